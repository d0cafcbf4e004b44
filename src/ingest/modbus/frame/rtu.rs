//! RTU: the unit before each PDU, a CRC-16 behind it. Frames end where their function says, and by silence.

use std::time::Duration;

use super::Frame;
use crate::ingest::modbus::pdu::Request;

/// Bits of a character on the line, start and stop included.
const CHARACTER: u32 = 11;

/// Table of the CRC with polynomial A001.
const CRC: [u16; 256] = {
    let mut table = [0u16; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// What stands in the bytes received so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The answer.
    Answer(Frame),
    /// A whole answer to something else; it ends there.
    Foreign(usize),
    /// No whole frame yet.
    Nothing,
}

/// The checksum, low byte first on the line.
pub(crate) fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| crc >> 8 ^ CRC[usize::from((crc as u8) ^ byte)])
}

/// Appends a request.
pub(crate) fn encode(unit: u8, request: &Request, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(unit);
    request.encode(out);
    let crc = crc(&out[start..]);
    out.extend(crc.to_le_bytes());
}

/// Looks for the answer of a unit to a function. Bytes before it that fit nothing are noise of the line turning round.
pub(crate) fn find(bytes: &[u8], unit: u8, function: u8) -> Found {
    let mut foreign = None;
    for start in 0..bytes.len() {
        let Some(frame) = whole(bytes, start) else { continue };
        if frame.unit == unit && bytes[frame.pdu.start] & 0x7F == function {
            return Found::Answer(frame);
        }
        foreign = Some(frame.end);
        break;
    }
    foreign.map_or(Found::Nothing, Found::Foreign)
}

/// The silence that ends a frame: 3.5 characters, 1.75 ms above 19200 baud.
pub(crate) fn silence(baud: u32) -> Duration {
    if baud > 19_200 {
        return Duration::from_micros(1750);
    }
    Duration::from_secs_f64(3.5 * f64::from(CHARACTER) / f64::from(baud.max(1)))
}

/// The frame that begins there, if it is whole and its checksum right.
fn whole(bytes: &[u8], start: usize) -> Option<Frame> {
    let rest = &bytes[start..];
    let length = match *rest {
        [_, 0x81..=0xFF, ..] => 5,
        [_, 1..=4, count, ..] => 5 + usize::from(count),
        [_, 5 | 6 | 15 | 16, ..] => 8,
        _ => return None,
    };
    let frame = rest.get(..length)?;
    let (body, sum) = frame.split_at(length - 2);
    let end = start + length;
    (crc(body).to_le_bytes() == *sum).then_some(Frame { transaction: 0, unit: frame[0], pdu: start + 1..end - 2, end })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::site::Table;

    /// Unit 1 answers function 3 with one register, 0x1234.
    fn answer() -> Vec<u8> {
        let mut bytes = vec![1, 3, 2, 0x12, 0x34];
        bytes.extend(crc(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn checksums_as_published() {
        assert_eq!(crc(b"123456789"), 0x4B37);
        assert_eq!(crc(&[0x02, 0x07]), 0x1241);
        let mut out = Vec::new();
        encode(1, &Request::Read { table: Table::Holding, start: 0, count: 10 }, &mut out);
        assert_eq!(out, [1, 3, 0, 0, 0, 10, 0xC5, 0xCD]);
    }

    #[test]
    fn an_answer_is_found_whole_and_behind_noise() {
        let frame = answer();
        for cut in 0..frame.len() {
            assert_eq!(find(&frame[..cut], 1, 3), Found::Nothing, "{cut}");
        }
        let whole =
            |start: usize| Found::Answer(Frame { transaction: 0, unit: 1, pdu: start + 1..start + 5, end: start + 7 });
        assert_eq!(find(&frame, 1, 3), whole(0));
        let noisy = [&[0xFF, 0x00], frame.as_slice()].concat();
        assert_eq!(find(&noisy, 1, 3), whole(2));
        let mut refusal = vec![1, 0x83, 2];
        refusal.extend(crc(&refusal).to_le_bytes());
        assert!(matches!(find(&refusal, 1, 3), Found::Answer(f) if f.pdu == (1..3)));
    }

    #[test]
    fn anothers_answer_is_told_apart_and_a_broken_one_is_none() {
        let frame = answer();
        assert_eq!(find(&frame, 2, 3), Found::Foreign(7));
        assert_eq!(find(&frame, 1, 4), Found::Foreign(7));
        let mut broken = frame;
        broken[3] ^= 1;
        assert_eq!(find(&broken, 1, 3), Found::Nothing);
    }

    #[test]
    fn silences_of_the_serial_line() {
        assert_eq!(silence(9600).as_micros(), 4010);
        assert_eq!(silence(19_200).as_micros(), 2005);
        assert_eq!(silence(115_200).as_micros(), 1750);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..600), unit: u8, function in 1u8..17) {
            if let Found::Answer(f) = find(&bytes, unit, function) {
                prop_assert!(f.end <= bytes.len() && f.pdu.end + 2 == f.end);
            }
        }
    }
}
