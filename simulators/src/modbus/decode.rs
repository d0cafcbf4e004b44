//! Registers that a master wrote, back into a value.

use super::{Bank, encode};
use crate::plant::{ByteOrder, Register, RegisterType, Table};

/// The value that stands in a unit's registers now.
pub fn read(bank: &Bank, register: &Register) -> Option<f64> {
    let count = u16::try_from(encode(0.0, register).len()).ok()?;
    let words: Vec<u16> = bank.read(register.table, register.address, count)?.collect();
    decode(&words, register)
}

/// The value in `words`; none for types that no device here is commanded with.
fn decode(words: &[u16], register: &Register) -> Option<f64> {
    let (words_swapped, bytes_swapped) = match register.order {
        ByteOrder::Abcd => (false, false),
        ByteOrder::Cdab => (true, false),
        ByteOrder::Badc => (false, true),
        ByteOrder::Dcba => (true, true),
        ByteOrder::Cdabghef | ByteOrder::Efghabcd => return None,
    };
    let turn = |word: u16| if bytes_swapped { word.swap_bytes() } else { word };
    let raw = match (register.ty, words) {
        (RegisterType::Bit(_), &[a]) if matches!(register.table, Table::Coil | Table::Discrete) => f64::from(a & 1),
        (RegisterType::Bit(bit), &[a]) => f64::from(a >> bit.min(15) & 1),
        (RegisterType::U16, &[a]) => f64::from(turn(a)),
        (RegisterType::I16, &[a]) => f64::from(turn(a).cast_signed()),
        (RegisterType::F32, &[a, b]) => {
            let (high, low) = if words_swapped { (b, a) } else { (a, b) };
            f64::from(f32::from_bits(u32::from(turn(high)) << 16 | u32::from(turn(low))))
        }
        _ => return None,
    };
    Some(raw * register.scale + register.offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_encoded() {
        for ty in [RegisterType::U16, RegisterType::I16, RegisterType::F32] {
            for order in [ByteOrder::Abcd, ByteOrder::Cdab, ByteOrder::Badc, ByteOrder::Dcba] {
                let register = Register { table: Table::Holding, address: 0, ty, order, scale: 0.5, offset: -8.0 };
                let value = decode(&encode(101.5, &register), &register);
                assert_eq!(value, Some(101.5), "{ty:?} {order:?}");
            }
        }
        for (table, bit, word, value) in [
            (Table::Coil, 0, 1, 1.0),
            (Table::Coil, 0, 0, 0.0),
            (Table::Holding, 2, 0b100, 1.0),
            (Table::Holding, 2, 1, 0.0),
        ] {
            let (ty, order) = (RegisterType::Bit(bit), ByteOrder::Abcd);
            let register = Register { table, address: 0, ty, order, scale: 1.0, offset: 0.0 };
            assert_eq!(decode(&[word], &register), Some(value), "{table:?} {word}");
        }
    }
}
