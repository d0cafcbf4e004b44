//! From registers to values.

use linepack_core::{Quality, Reason};

use crate::site::{ModbusPoint, RegisterOrder, RegisterType};

/// The value that stands at `at`, scaled, with its quality; NaN and bad where there is none.
pub(crate) fn from_registers(registers: &[u16], at: u16, spec: &ModbusPoint) -> (f64, Quality) {
    let at = usize::from(at);
    let raw = match spec.ty {
        RegisterType::U16 => words::<1>(registers, at, spec.order).map(|[a]| f64::from(a)),
        RegisterType::I16 => words::<1>(registers, at, spec.order).map(|[a]| f64::from(a.cast_signed())),
        RegisterType::U32 => bits32(registers, at, spec.order).map(f64::from),
        RegisterType::I32 => bits32(registers, at, spec.order).map(|v| f64::from(v.cast_signed())),
        RegisterType::F32 => bits32(registers, at, spec.order).map(|v| f64::from(f32::from_bits(v))),
        RegisterType::U64 => bits64(registers, at, spec.order).map(|v| v as f64),
        RegisterType::I64 => bits64(registers, at, spec.order).map(|v| v.cast_signed() as f64),
        RegisterType::F64 => bits64(registers, at, spec.order).map(f64::from_bits),
        RegisterType::Bit(n) => {
            words::<1>(registers, at, spec.order).map(|[a]| f64::from(a.checked_shr(n.into()).unwrap_or(0) & 1))
        }
    };
    scaled(raw, spec)
}

/// The same for tables of bits.
pub(crate) fn from_bits(bits: &[bool], at: u16, spec: &ModbusPoint) -> (f64, Quality) {
    scaled(bits.get(usize::from(at)).map(|&b| f64::from(u8::from(b))), spec)
}

fn scaled(raw: Option<f64>, spec: &ModbusPoint) -> (f64, Quality) {
    match raw.map(|v| v * spec.scale + spec.offset) {
        Some(v) if v.is_finite() => (v, Quality::Good),
        _ => (f64::NAN, Quality::Bad(Reason::BadReply)),
    }
}

/// `N` words as a big-endian device would have sent them.
fn words<const N: usize>(registers: &[u16], at: usize, order: RegisterOrder) -> Option<[u16; N]> {
    let mut out: [u16; N] = registers.get(at..at.checked_add(N)?)?.try_into().ok()?;
    if matches!(order, RegisterOrder::Cdab | RegisterOrder::Dcba) {
        out.reverse();
    }
    if matches!(order, RegisterOrder::Badc | RegisterOrder::Dcba) {
        out = out.map(u16::swap_bytes);
    }
    Some(out)
}

fn bits32(registers: &[u16], at: usize, order: RegisterOrder) -> Option<u32> {
    words(registers, at, order).map(|[a, b]| u32::from(a) << 16 | u32::from(b))
}

fn bits64(registers: &[u16], at: usize, order: RegisterOrder) -> Option<u64> {
    words(registers, at, order).map(|w: [u16; 4]| w.into_iter().fold(0, |all, word| all << 16 | u64::from(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Table;
    use RegisterOrder::{Abcd, Badc, Cdab, Dcba};
    use RegisterType::{Bit, F32, F64, I16, I32, I64, U16, U32, U64};

    fn spec(ty: RegisterType, order: RegisterOrder) -> ModbusPoint {
        ModbusPoint { table: Table::Holding, address: 0, ty, order, scale: 1.0, offset: 0.0 }
    }

    fn check(registers: &[u16], ty: RegisterType, order: RegisterOrder, expect: f64) {
        assert_eq!(from_registers(registers, 0, &spec(ty, order)), (expect, Quality::Good), "{ty:?} {order:?}");
    }

    #[test]
    fn all_types_in_all_orders() {
        check(&[0xFFFE], U16, Abcd, 65534.0);
        check(&[0xFEFF], U16, Badc, 65534.0);
        check(&[0xFFFE], U16, Cdab, 65534.0);
        check(&[0xFEFF], U16, Dcba, 65534.0);
        check(&[0xFFFE], I16, Abcd, -2.0);
        for (order, a, b) in
            [(Abcd, 0x1234, 0x5678), (Cdab, 0x5678, 0x1234), (Badc, 0x3412, 0x7856), (Dcba, 0x7856, 0x3412)]
        {
            check(&[a, b], U32, order, f64::from(0x1234_5678));
            check(&[a, b], I32, order, f64::from(0x1234_5678));
        }
        check(&[0xFFFF, 0xFFFE], I32, Abcd, -2.0);
        // 123456.0 as an IEEE 754 single is 47F12000
        for (order, a, b) in
            [(Abcd, 0x47F1, 0x2000), (Cdab, 0x2000, 0x47F1), (Badc, 0xF147, 0x0020), (Dcba, 0x0020, 0xF147)]
        {
            check(&[a, b], F32, order, 123_456.0);
        }
        // -118.625 as an IEEE 754 double is C05DA80000000000
        for (order, r) in [
            (Abcd, [0xC05D, 0xA800, 0, 0]),
            (Cdab, [0, 0, 0xA800, 0xC05D]),
            (Badc, [0x5DC0, 0x00A8, 0, 0]),
            (Dcba, [0, 0, 0x00A8, 0x5DC0]),
        ] {
            check(&r, F64, order, -118.625);
        }
        check(&[0, 1, 0, 2], U64, Abcd, 4_294_967_298.0);
        check(&[0xFFFF, 0xFFFF, 0xFFFF, 0xFFFD], I64, Abcd, -3.0);
        check(&[0xFDFF, 0xFFFF, 0xFFFF, 0xFFFF], I64, Dcba, -3.0);
        check(&[0b1000], Bit(3), Abcd, 1.0);
        check(&[0b1000], Bit(2), Abcd, 0.0);
        check(&[0x8000], Bit(15), Abcd, 1.0);
    }

    #[test]
    fn examples_printed_in_the_specification() {
        // 6.3, read holding registers 108–110: 022B 0000 0064
        check(&[0x022B, 0x0000, 0x0064], U16, Abcd, 555.0);
        assert_eq!(from_registers(&[0x022B, 0, 0x64], 2, &spec(U16, Abcd)).0, 100.0);
        // 6.4, read input register 9: 000A
        check(&[0x000A], U16, Abcd, 10.0);
    }

    #[test]
    fn scale_and_offset_apply_in_this_order() {
        let spec = ModbusPoint { scale: 0.1, offset: -40.0, ..spec(U16, Abcd) };
        assert!((from_registers(&[615], 0, &spec).0 - 21.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_number_is_bad() {
        let bad = |registers: &[u16], at, spec: ModbusPoint| {
            let (v, q) = from_registers(registers, at, &spec);
            assert!(v.is_nan() && q == Quality::Bad(Reason::BadReply), "{registers:?}");
        };
        bad(&[0x7FC0, 0], 0, spec(F32, Abcd));
        bad(&[0x7F80, 0], 0, spec(F32, Abcd));
        bad(&[0xFFF0, 0, 0, 0], 0, spec(F64, Abcd));
        bad(&[1], 0, spec(U32, Abcd));
        bad(&[], 0, spec(U16, Abcd));
        bad(&[1, 2], u16::MAX, spec(U64, Abcd));
        bad(&[0x7F7F, 0xFFFF], 0, ModbusPoint { scale: f64::MAX, ..spec(F32, Abcd) });
    }

    #[test]
    fn bits_of_a_table() {
        let spec = spec(Bit(0), Abcd);
        assert_eq!(from_bits(&[false, true], 1, &spec), (1.0, Quality::Good));
        assert_eq!(from_bits(&[false, true], 0, &spec), (0.0, Quality::Good));
        assert!(from_bits(&[], 0, &spec).0.is_nan());
    }
}
