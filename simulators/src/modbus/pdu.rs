//! One request in, one answer out.

use super::bank::Bank;
use crate::plant::Table;

const ILLEGAL_FUNCTION: u8 = 1;
const ILLEGAL_ADDRESS: u8 = 2;
const ILLEGAL_VALUE: u8 = 3;

/// The answer to a request PDU (function code first): data, or an exception.
pub(super) fn answer(bank: &mut Bank, request: &[u8]) -> Vec<u8> {
    let Some((&function, body)) = request.split_first() else { return vec![0x80, ILLEGAL_FUNCTION] };
    let reply = match function {
        1 => read_bits(bank, Table::Coil, body),
        2 => read_bits(bank, Table::Discrete, body),
        3 => read_words(bank, Table::Holding, body),
        4 => read_words(bank, Table::Input, body),
        5 => write_coil(bank, body),
        6 => write_word(bank, body),
        15 => write_coils(bank, body),
        16 => write_words(bank, body),
        _ => Err(ILLEGAL_FUNCTION),
    };
    match reply {
        Ok(mut data) => {
            data.insert(0, function);
            data
        }
        Err(code) => exception(function, code),
    }
}

/// An exception answer.
pub(super) fn exception(function: u8, code: u8) -> Vec<u8> {
    vec![function | 0x80, code]
}

/// Two 16-bit fields and what follows.
fn fields(body: &[u8]) -> Result<(u16, u16, &[u8]), u8> {
    match body {
        [a, b, c, d, rest @ ..] => Ok((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]), rest)),
        _ => Err(ILLEGAL_VALUE),
    }
}

fn read_bits(bank: &Bank, table: Table, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, count, _) = fields(body)?;
    if !(1..=2000).contains(&count) {
        return Err(ILLEGAL_VALUE);
    }
    let bits = bank.read(table, address, count).ok_or(ILLEGAL_ADDRESS)?;
    let mut data = vec![0u8; 1 + usize::from(count).div_ceil(8)];
    data[0] = count.div_ceil(8) as u8;
    for (i, bit) in bits.enumerate() {
        data[1 + i / 8] |= u8::from(bit != 0) << (i % 8);
    }
    Ok(data)
}

fn read_words(bank: &Bank, table: Table, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, count, _) = fields(body)?;
    if !(1..=125).contains(&count) {
        return Err(ILLEGAL_VALUE);
    }
    let words = bank.read(table, address, count).ok_or(ILLEGAL_ADDRESS)?;
    let mut data = vec![(count * 2) as u8];
    data.extend(words.flat_map(u16::to_be_bytes));
    Ok(data)
}

fn write_coil(bank: &mut Bank, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, value, _) = fields(body)?;
    let bit = match value {
        0xff00 => 1,
        0x0000 => 0,
        _ => return Err(ILLEGAL_VALUE),
    };
    if bank.write(Table::Coil, address, &[bit]) { Ok(body[..4].to_vec()) } else { Err(ILLEGAL_ADDRESS) }
}

fn write_word(bank: &mut Bank, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, value, _) = fields(body)?;
    if bank.write(Table::Holding, address, &[value]) { Ok(body[..4].to_vec()) } else { Err(ILLEGAL_ADDRESS) }
}

fn write_coils(bank: &mut Bank, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, count, rest) = fields(body)?;
    let bytes = usize::from(count).div_ceil(8);
    if !(1..=1968).contains(&count) || rest.len() != bytes + 1 || usize::from(rest[0]) != bytes {
        return Err(ILLEGAL_VALUE);
    }
    let bits: Vec<u16> = (0..usize::from(count)).map(|i| u16::from(rest[1 + i / 8] >> (i % 8) & 1)).collect();
    if bank.write(Table::Coil, address, &bits) { Ok(body[..4].to_vec()) } else { Err(ILLEGAL_ADDRESS) }
}

fn write_words(bank: &mut Bank, body: &[u8]) -> Result<Vec<u8>, u8> {
    let (address, count, rest) = fields(body)?;
    let bytes = usize::from(count) * 2;
    if !(1..=123).contains(&count) || rest.len() != bytes + 1 || usize::from(rest[0]) != bytes {
        return Err(ILLEGAL_VALUE);
    }
    let words: Vec<u16> = rest[1..].chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    if bank.write(Table::Holding, address, &words) { Ok(body[..4].to_vec()) } else { Err(ILLEGAL_ADDRESS) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plant::{ByteOrder, Register, RegisterType};

    fn bank() -> Bank {
        let mut bank = Bank::default();
        for (table, address, ty) in [
            (Table::Holding, 10, RegisterType::U16),
            (Table::Holding, 12, RegisterType::U16),
            (Table::Coil, 0, RegisterType::Bit(0)),
            (Table::Coil, 9, RegisterType::Bit(0)),
            (Table::Input, 65_535, RegisterType::U16),
        ] {
            let register = Register { table, address, ty, order: ByteOrder::Abcd, scale: 1.0, offset: 0.0 };
            bank.measure(&register, 1.0);
        }
        bank
    }

    #[test]
    fn answers_by_the_book() {
        let cases: &[(&[u8], &[u8])] = &[
            (&[3, 0, 10, 0, 3], &[3, 6, 0, 1, 0, 0, 0, 1]),
            (&[3, 0, 9, 0, 1], &[0x83, 2]),
            (&[3, 0, 12, 0, 2], &[0x83, 2]),
            (&[3, 0, 10, 0, 0], &[0x83, 3]),
            (&[3, 0, 10, 0, 126], &[0x83, 3]),
            (&[4, 0xff, 0xff, 0, 1], &[4, 2, 0, 1]),
            (&[4, 0xff, 0xff, 0, 2], &[0x84, 2]),
            (&[1, 0, 0, 0, 10], &[1, 2, 0x01, 0x02]),
            (&[2, 0, 0, 0, 1], &[0x82, 2]),
            (&[6, 0, 10, 0x12, 0x34], &[6, 0, 10, 0x12, 0x34]),
            (&[3, 0, 10, 0, 1], &[3, 2, 0x12, 0x34]),
            (&[5, 0, 1, 0xff, 0], &[5, 0, 1, 0xff, 0]),
            (&[5, 0, 1, 0x12, 0], &[0x85, 3]),
            (&[15, 0, 0, 0, 10, 2, 0xff, 0x03], &[15, 0, 0, 0, 10]),
            (&[1, 0, 0, 0, 10], &[1, 2, 0xff, 0x03]),
            (&[15, 0, 0, 0, 10, 1, 0xff], &[0x8f, 3]),
            (&[16, 0, 10, 0, 2, 4, 0, 7, 0, 8], &[16, 0, 10, 0, 2]),
            (&[16, 0, 12, 0, 2, 4, 0, 7, 0, 8], &[0x90, 2]),
            (&[16, 0, 10, 0, 2, 3, 0, 7, 0], &[0x90, 3]),
            (&[3, 0, 10, 0, 2], &[3, 4, 0, 7, 0, 8]),
            (&[43, 14, 1, 0], &[0xab, 1]),
            (&[3, 0], &[0x83, 3]),
        ];
        let mut bank = bank();
        for (request, expected) in cases {
            assert_eq!(&answer(&mut bank, request), expected, "{request:?}");
        }
    }

    #[test]
    fn keeps_what_a_master_wrote() {
        let mut bank = bank();
        answer(&mut bank, &[6, 0, 10, 0, 5]);
        let register = Register {
            table: Table::Holding,
            address: 10,
            ty: RegisterType::U16,
            order: ByteOrder::Abcd,
            scale: 1.0,
            offset: 0.0,
        };
        bank.measure(&register, 99.0);
        assert_eq!(answer(&mut bank, &[3, 0, 10, 0, 1]), [3, 2, 0, 5]);
    }

    proptest! {
        #[test]
        fn any_request_is_answered_with_its_function(request in proptest::collection::vec(any::<u8>(), 1..260)) {
            let reply = answer(&mut bank(), &request);
            prop_assert_eq!(reply[0] & 0x7f, request[0] & 0x7f);
            prop_assert!(reply.len() <= 253);
        }
    }
}
