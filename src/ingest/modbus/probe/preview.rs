//! Raw registers in every type and order side by side, and which of them look like measured values.

use crate::ingest::modbus::decode::from_registers;
use crate::site::{ModbusPoint, RegisterOrder, RegisterType, Table};

/// The orders of two registers.
pub(super) const ORDERS: [(RegisterOrder, &str); 4] = [
    (RegisterOrder::Abcd, "ABCD"),
    (RegisterOrder::Cdab, "CDAB"),
    (RegisterOrder::Badc, "BADC"),
    (RegisterOrder::Dcba, "DCBA"),
];
/// The orders of four registers.
pub(super) const WIDE_ORDERS: [(RegisterOrder, &str); 6] = [
    (RegisterOrder::Abcd, "ABCDEFGH"),
    (RegisterOrder::Cdab, "GHEFCDAB"),
    (RegisterOrder::Badc, "BADCFEHG"),
    (RegisterOrder::Dcba, "HGFEDCBA"),
    (RegisterOrder::Cdabghef, "CDABGHEF"),
    (RegisterOrder::Efghabcd, "EFGHABCD"),
];
/// What a manual may multiply by.
const SCALES: [f64; 5] = [1.0, 0.1, 0.01, 0.001, 10.0];
/// Below it a register looks like a plain number or a state.
const SMALL: u16 = 0x3000;

/// A type, its word, and the orders it comes in.
type Kind<'a> = (RegisterType, &'static str, &'a [(RegisterOrder, &'static str)]);

/// A value the registers may hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) ty: RegisterType,
    pub(super) name: &'static str,
    pub(super) order: RegisterOrder,
    pub(super) order_name: &'static str,
    /// NaN where it is no number.
    pub(super) value: f64,
    /// It looks like a measured value.
    pub(super) plausible: bool,
}

/// All readings of the registers from the first on, as many as there are registers for.
pub(super) fn readings(registers: &[u16], wide: bool) -> Vec<Reading> {
    let data: Vec<u8> = registers.iter().take(4).flat_map(|r| r.to_be_bytes()).collect();
    let one = [(RegisterOrder::Abcd, "AB")];
    let mut all = Vec::new();
    let kinds: [Kind<'_>; 8] = [
        (RegisterType::U16, "u16", &one),
        (RegisterType::I16, "i16", &one),
        (RegisterType::U32, "u32", &ORDERS),
        (RegisterType::I32, "i32", &ORDERS),
        (RegisterType::F32, "f32", &ORDERS),
        (RegisterType::U64, "u64", &WIDE_ORDERS),
        (RegisterType::I64, "i64", &WIDE_ORDERS),
        (RegisterType::F64, "f64", &WIDE_ORDERS),
    ];
    for (ty, name, orders) in kinds {
        let size = usize::from(ty.size());
        if size > registers.len() || size == 4 && !wide {
            continue;
        }
        for &(order, order_name) in orders {
            let (value, _) = from_registers(&data, 0, &point(ty, order));
            all.push(Reading { ty, name, order, order_name, value, plausible: is_plausible(ty, value) });
        }
    }
    all
}

fn point(ty: RegisterType, order: RegisterOrder) -> ModbusPoint {
    ModbusPoint {
        table: Table::Holding,
        address: 0,
        from_base: false,
        ty,
        order,
        scale: 1.0,
        offset: 0.0,
        curve: None,
        write: None,
    }
}

/// Measured values are neither tiny nor enormous; a word in the wrong place makes them so.
pub(super) fn is_plausible(ty: RegisterType, value: f64) -> bool {
    let size = value.abs();
    match ty {
        RegisterType::F32 | RegisterType::F64 => (1e-3..1e7).contains(&size),
        RegisterType::U32 | RegisterType::I32 => (1.0..1e7).contains(&size),
        RegisterType::U64 | RegisterType::I64 => (1.0..1e12).contains(&size),
        RegisterType::I16 => size < 30_000.0,
        _ => true,
    }
}

/// The order in which the registers are best explained as measured numbers with a fraction.
pub(super) fn usual_order(registers: &[(u16, u16)]) -> Option<&'static str> {
    let score = |order: RegisterOrder| {
        let (mut i, mut pairs, mut strange) = (0, 0, 0);
        while let Some(&(address, first)) = registers.get(i) {
            let second = registers.get(i + 1).filter(|(next, _)| address.checked_add(1) == Some(*next));
            let is_float = second.is_some_and(|&(_, second)| {
                let data: Vec<u8> = [first, second].iter().flat_map(|r| r.to_be_bytes()).collect();
                let (value, _) = from_registers(&data, 0, &point(RegisterType::F32, order));
                // two small integers are no float
                is_plausible(RegisterType::F32, value) && first.max(second) >= SMALL
            });
            pairs += usize::from(is_float);
            strange += usize::from(!is_float && first >= SMALL);
            i += 1 + usize::from(is_float);
        }
        (pairs > 0).then_some((pairs, std::cmp::Reverse(strange)))
    };
    let scored = ORDERS.iter().rev().filter_map(|(order, name)| Some((score(*order)?, *name)));
    scored.max_by_key(|(score, _)| *score).map(|(_, name)| name)
}

/// How an expected value can be read from the registers, if it can.
pub(super) fn matches(registers: &[u16], expected: f64) -> Vec<String> {
    let mut all = Vec::new();
    for scale in SCALES {
        for r in readings(registers, true) {
            let close = (r.value * scale - expected).abs() <= (expected.abs() * 1e-4).max(scale / 2.0 * 1.01);
            let is_exact = !matches!(r.ty, RegisterType::F32 | RegisterType::F64)
                || (r.value - expected).abs() <= expected.abs() * 1e-4;
            if close && is_exact && r.value != 0.0 {
                let scale = if scale == 1.0 { String::new() } else { format!(", scale = {scale}") };
                all.push(format!("type = \"{}\", order = \"{}\"{scale}", r.name, r.order_name));
            }
        }
        if !all.is_empty() {
            return all;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_shows_in_its_order() {
        // 98.75 with the low word first
        let all = readings(&[0x8000, 0x42C5], false);
        let float = |order| all.iter().find(|r| (r.name, r.order_name) == ("f32", order)).unwrap();
        assert!(float("CDAB").plausible && float("CDAB").value == 98.75);
        assert!(!float("ABCD").plausible && !float("BADC").plausible);
        assert_eq!(usual_order(&[(4, 0x8000), (5, 0x42C5)]), Some("CDAB"));
        assert_eq!(usual_order(&[(0, 0x42C5), (2, 0x8000)]), None, "they are no neighbours");
        assert_eq!(usual_order(&[(0, 1), (1, 2)]), None, "these are integers");
    }

    #[test]
    fn as_many_readings_as_registers() {
        assert_eq!(readings(&[1], true).len(), 2);
        assert_eq!(readings(&[1, 2], true).len(), 2 + 3 * 4);
        assert_eq!(readings(&[1, 2, 3, 4], true).len(), 2 + 3 * 4 + 3 * 6);
        assert_eq!(readings(&[1, 2, 3, 4], false).len(), 2 + 3 * 4);
        assert!(readings(&[], true).is_empty());
    }

    #[test]
    fn an_expected_value_is_found_with_its_scale() {
        assert_eq!(
            matches(&[987], 98.7),
            ["type = \"u16\", order = \"AB\", scale = 0.1", "type = \"i16\", order = \"AB\", scale = 0.1"]
        );
        assert_eq!(matches(&[0x8000, 0x42C5], 98.75), ["type = \"f32\", order = \"CDAB\""]);
        assert!(matches(&[5], 98.7).is_empty());
        assert!(matches(&[0], 0.0).is_empty(), "a zero proves nothing");
    }
}
