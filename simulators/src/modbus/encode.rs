//! A value into registers.

use crate::plant::{ByteOrder, Register, RegisterType};

/// The registers of `value`; integers are rounded and held within their type. Bits give one register with the bits at
/// its low end.
pub fn encode(value: f64, register: &Register) -> Vec<u16> {
    let raw = if register.scale == 0.0 { value } else { (value - register.offset) / register.scale };
    let whole = raw.round();
    // `as` from a float holds at the ends of the type and turns NaN into 0
    let bytes = match register.ty {
        RegisterType::Bit(_) => return vec![u16::from(raw >= 0.5)],
        RegisterType::U16 => (whole as u16).to_be_bytes().to_vec(),
        RegisterType::I16 => (whole as i16).to_be_bytes().to_vec(),
        RegisterType::U32 => (whole as u32).to_be_bytes().to_vec(),
        RegisterType::I32 => (whole as i32).to_be_bytes().to_vec(),
        RegisterType::U64 => (whole as u64).to_be_bytes().to_vec(),
        RegisterType::I64 => (whole as i64).to_be_bytes().to_vec(),
        RegisterType::F32 => (raw as f32).to_be_bytes().to_vec(),
        RegisterType::F64 => raw.to_be_bytes().to_vec(),
        RegisterType::Bits { count, .. } => return vec![(whole as u16).min(0xffff_u16 >> (16 - count.clamp(1, 16)))],
        RegisterType::Bcd(registers) => bcd(whole as u64, registers),
        RegisterType::Text(registers) => text(whole, registers),
    };
    let (words_swapped, bytes_swapped) = match register.order {
        ByteOrder::Abcd => (false, false),
        ByteOrder::Cdab => (true, false),
        ByteOrder::Badc => (false, true),
        ByteOrder::Dcba => (true, true),
        ByteOrder::Cdabghef | ByteOrder::Efghabcd => {
            let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            return match (register.order, words.as_slice()) {
                (ByteOrder::Cdabghef, &[a, b, c, d]) => vec![b, a, d, c],
                (_, &[a, b, c, d]) => vec![c, d, a, b],
                _ => words,
            };
        }
    };
    let word = |pair: &[u8]| if bytes_swapped { [pair[1], pair[0]] } else { [pair[0], pair[1]] };
    let mut words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes(word(pair))).collect();
    if words_swapped {
        words.reverse();
    }
    words
}

/// Four decimal digits a register, held at all nines.
fn bcd(value: u64, registers: u8) -> Vec<u8> {
    let digits = 4 * usize::from(registers.min(4));
    let text = format!("{:0digits$}", value.min(10u64.saturating_pow(digits as u32) - 1));
    text.as_bytes().chunks_exact(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0')).collect()
}

/// Decimal digits from the left, zeros behind.
fn text(value: f64, registers: u8) -> Vec<u8> {
    let mut bytes = format!("{value}").into_bytes();
    bytes.resize(2 * usize::from(registers), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::Table;

    #[test]
    fn orders_and_types() {
        use ByteOrder::{Abcd, Badc, Cdab, Cdabghef, Dcba, Efghabcd};
        use RegisterType::{Bcd, Bit, Bits, F32, F64, I16, I32, I64, Text, U16, U32, U64};
        type Case = (f64, RegisterType, ByteOrder, f64, f64, &'static [u16]);
        let cases: &[Case] = &[
            (1.0, F32, Abcd, 1.0, 0.0, &[0x3f80, 0x0000]),
            (1.0, F32, Cdab, 1.0, 0.0, &[0x0000, 0x3f80]),
            (1.0, F32, Badc, 1.0, 0.0, &[0x803f, 0x0000]),
            (1.0, F32, Dcba, 1.0, 0.0, &[0x0000, 0x803f]),
            (305_419_896.0, U32, Abcd, 1.0, 0.0, &[0x1234, 0x5678]),
            (305_419_896.0, U32, Cdab, 1.0, 0.0, &[0x5678, 0x1234]),
            (305_419_896.0, U32, Badc, 1.0, 0.0, &[0x3412, 0x7856]),
            (305_419_896.0, U32, Dcba, 1.0, 0.0, &[0x7856, 0x3412]),
            (98.7, U16, Abcd, 0.1, 0.0, &[987]),
            (-12.3, I16, Abcd, 0.1, 0.0, &[0xff85]),
            (-1.0, I32, Abcd, 1.0, 0.0, &[0xffff, 0xffff]),
            (2.0, I64, Cdab, 1.0, 0.0, &[2, 0, 0, 0]),
            (2.0, U64, Abcd, 1.0, 0.0, &[0, 0, 0, 2]),
            (1.0, F64, Abcd, 1.0, 0.0, &[0x3ff0, 0, 0, 0]),
            (25.0, U16, Abcd, 1.0, -40.0, &[65]),
            (-5.0, U16, Abcd, 1.0, 0.0, &[0]),
            (1e9, U16, Abcd, 1.0, 0.0, &[0xffff]),
            (1.0, Bit(3), Abcd, 1.0, 0.0, &[1]),
            (9.0, Bits { first: 4, count: 3 }, Abcd, 1.0, 0.0, &[7]),
            (1234.0, Bcd(1), Abcd, 1.0, 0.0, &[0x1234]),
            (12_345_678.0, Bcd(2), Cdab, 1.0, 0.0, &[0x5678, 0x1234]),
            (1e9, Bcd(1), Abcd, 1.0, 0.0, &[0x9999]),
            (42.0, Text(2), Abcd, 1.0, 0.0, &[0x3432, 0]),
            (1.0, F64, Cdabghef, 1.0, 0.0, &[0, 0x3ff0, 0, 0]),
            (1.0, F64, Efghabcd, 1.0, 0.0, &[0, 0, 0x3ff0, 0]),
        ];
        for &(value, ty, order, scale, offset, expected) in cases {
            let register = Register { table: Table::Input, address: 0, ty, order, scale, offset };
            assert_eq!(encode(value, &register), expected, "{value} {ty:?} {order:?}");
        }
    }
}
