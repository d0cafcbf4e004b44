//! Modbus TCP: transaction, protocol, length and unit before each PDU.

use super::{Frame, FrameError};
use crate::ingest::modbus::pdu::Request;

/// Bytes before the PDU.
const HEADER: usize = 7;

/// Appends a request.
pub(crate) fn encode(transaction: u16, unit: u8, request: &Request, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend(transaction.to_be_bytes());
    out.extend([0, 0, 0, 0, unit]);
    request.encode(out);
    let length = u16::try_from(out.len() - start - HEADER + 1).unwrap_or(u16::MAX);
    out[start + 4..start + 6].copy_from_slice(&length.to_be_bytes());
}

/// The first frame, where it is whole.
pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
    let &[t0, t1, p0, p1, l0, l1, unit, ..] = bytes else { return Ok(None) };
    let protocol = u16::from_be_bytes([p0, p1]);
    if protocol != 0 {
        return Err(FrameError::Protocol(protocol));
    }
    // unit, function and at most 252 bytes of data
    let length = u16::from_be_bytes([l0, l1]);
    if !(2..=254).contains(&length) {
        return Err(FrameError::Length(length));
    }
    let end = HEADER - 1 + usize::from(length);
    let transaction = u16::from_be_bytes([t0, t1]);
    Ok((bytes.len() >= end).then_some(Frame { transaction, unit, pdu: HEADER..end, end }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Table;

    #[test]
    fn a_request_and_its_answer() {
        let mut out = Vec::new();
        encode(0x1501, 0x11, &Request::Read { table: Table::Holding, start: 0x6B, count: 3 }, &mut out);
        assert_eq!(out, [0x15, 1, 0, 0, 0, 6, 0x11, 3, 0, 0x6B, 0, 3]);
        let answer = [0x15, 1, 0, 0, 0, 9, 0x11, 3, 6, 2, 0x2B, 0, 0, 0, 0x64, 0xAA];
        for cut in 0..15 {
            assert_eq!(decode(&answer[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(decode(&answer), Ok(Some(Frame { transaction: 0x1501, unit: 0x11, pdu: 7..15, end: 15 })));
    }

    #[test]
    fn what_is_no_modbus_is_told_at_once() {
        assert_eq!(decode(b"HTTP/1.1"), Err(FrameError::Protocol(u16::from_be_bytes(*b"TP"))));
        for length in [0u16, 1, 255, u16::MAX] {
            let [a, b] = length.to_be_bytes();
            assert_eq!(decode(&[0, 1, 0, 0, a, b, 1]), Err(FrameError::Length(length)));
        }
    }
}
