use linepack_core::PointId;
use proptest::prelude::*;

use super::*;
use crate::ingest::modbus::plan::{Wanted, plan};
use crate::ingest::modbus::testing::spec;
use crate::site::{ReadLimits, Table};
use RegisterOrder::{Abcd, Badc, Cdab, Cdabghef, Dcba, Efghabcd};
use RegisterType::{Bcd, Bit, Bits, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

const ORDERS: [RegisterOrder; 6] = [Abcd, Cdab, Badc, Dcba, Cdabghef, Efghabcd];

fn with(ty: RegisterType, order: RegisterOrder) -> ModbusPoint {
    ModbusPoint { order, ..spec(Table::Holding, 0, ty) }
}

fn bytes(registers: &[u16]) -> Vec<u8> {
    registers.iter().flat_map(|r| r.to_be_bytes()).collect()
}

fn check(registers: &[u16], ty: RegisterType, order: RegisterOrder, expect: f64) {
    assert_eq!(from_registers(&bytes(registers), 0, &with(ty, order)), (expect, Quality::Good), "{ty:?} {order:?}");
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
        (Cdabghef, [0xA800, 0xC05D, 0, 0]),
        (Efghabcd, [0, 0, 0xC05D, 0xA800]),
    ] {
        check(&r, F64, order, -118.625);
    }
    check(&[0, 1, 0, 2], U64, Abcd, 4_294_967_298.0);
    check(&[0xFFFF, 0xFFFF, 0xFFFF, 0xFFFD], I64, Abcd, -3.0);
    check(&[0xFDFF, 0xFFFF, 0xFFFF, 0xFFFF], I64, Dcba, -3.0);
    check(&[0x12F4], U8(Byte::High), Abcd, 18.0);
    check(&[0x12F4], U8(Byte::Low), Abcd, 244.0);
    check(&[0x12F4], I8(Byte::Low), Abcd, -12.0);
}

/// The six orders of eight bytes as makers number them, from the bytes 01 to 08 on the wire.
#[test]
fn the_six_orders_of_eight_bytes() {
    for (order, digits) in [
        (Abcd, [0x0102, 0x0304, 0x0506, 0x0708]),
        (Badc, [0x0201, 0x0403, 0x0605, 0x0807]),
        (Dcba, [0x0807, 0x0605, 0x0403, 0x0201]),
        (Cdab, [0x0708, 0x0506, 0x0304, 0x0102]),
        (Cdabghef, [0x0304, 0x0102, 0x0708, 0x0506]),
        (Efghabcd, [0x0506, 0x0708, 0x0102, 0x0304]),
    ] {
        assert_eq!(bits64(&bytes(&digits), 0, order), Some(0x0102_0304_0506_0708), "{order:?}");
    }
}

#[test]
fn bits_and_fields() {
    check(&[0b1000], Bit(3), Abcd, 1.0);
    check(&[0b1000], Bit(2), Abcd, 0.0);
    check(&[0x8000], Bit(15), Abcd, 1.0);
    check(&[0b0110_1000], Bits { first: 3, count: 3 }, Abcd, 5.0);
    check(&[0xFFFF], Bits { first: 0, count: 16 }, Abcd, 65535.0);
    check(&[0xA000], Bits { first: 12, count: 4 }, Abcd, 10.0);
    let point = with(Bit(0), Abcd);
    assert_eq!(from_bits(&[0b10], 1, &point), (1.0, Quality::Good));
    assert_eq!(from_bits(&[0b10, 0b1], 8, &point), (1.0, Quality::Good));
    assert_eq!(from_bits(&[0b10], 0, &point), (0.0, Quality::Good));
    assert!(from_bits(&[], 0, &point).0.is_nan());
}

#[test]
fn binary_coded_decimals() {
    check(&[0x1234], Bcd(1), Abcd, 1234.0);
    check(&[0x3412], Bcd(1), Badc, 1234.0);
    check(&[0x1234, 0x5678], Bcd(2), Abcd, 12_345_678.0);
    check(&[0x5678, 0x1234], Bcd(2), Cdab, 12_345_678.0);
    check(&[0, 0x0012, 0x3456, 0x7890], Bcd(4), Abcd, 1_234_567_890.0);
    let (value, quality) = from_registers(&bytes(&[0x12A4]), 0, &with(Bcd(1), Abcd));
    assert!(value.is_nan() && quality == Quality::Bad(Reason::BadReply));
}

#[test]
fn texts() {
    let point = |length, bytes, order| with(RegisterType::Text { length, bytes }, order);
    for (registers, point, expect) in [
        (&[0x4142, 0x4344][..], point(4, TextBytes::Both, Abcd), "ABCD"),
        (&[0x4142, 0x4344], point(3, TextBytes::Both, Abcd), "ABC"),
        (&[0x4241, 0x4443], point(4, TextBytes::Both, Badc), "ABCD"),
        (&[0x4100, 0x4200], point(2, TextBytes::High, Abcd), "AB"),
        (&[0x0041, 0x0042], point(2, TextBytes::Low, Abcd), "AB"),
        (&[0x4120, 0x2000, 0x5858], point(6, TextBytes::Both, Abcd), "A"),
        (&[0xE997, 0xA800], point(4, TextBytes::Both, Abcd), "门"),
        (&[0xFF41], point(2, TextBytes::Both, Abcd), "\u{fffd}A"),
    ] {
        assert_eq!(text(&bytes(registers), 0, &point).as_deref(), Some(expect), "{registers:04x?}");
        let (value, quality) = from_registers(&bytes(registers), 0, &point);
        assert_eq!((value, quality), (f64::from(crc32fast::hash(expect.as_bytes())), Quality::Good));
    }
    assert_eq!(text(&[0x41], 0, &point(2, TextBytes::Both, Abcd)), None);
}

#[test]
fn scale_and_offset_apply_in_this_order() {
    let point = ModbusPoint { scale: 0.1, offset: -40.0, ..with(U16, Abcd) };
    assert!((from_registers(&bytes(&[615]), 0, &point).0 - 21.5).abs() < 1e-9);
}

#[test]
fn a_curve_is_straight_between_its_points_and_ends_with_them() {
    let curve: std::sync::Arc<[_]> = [(0.0, -10.0), (100.0, 0.0), (1000.0, 50.0)].into();
    let point = ModbusPoint { curve: Some(curve), ..with(U16, Abcd) };
    for (raw, expect) in [(0, -10.0), (50, -5.0), (100, 0.0), (550, 25.0), (1000, 50.0)] {
        assert_eq!(from_registers(&bytes(&[raw]), 0, &point), (expect, Quality::Good), "{raw}");
    }
    let (value, quality) = from_registers(&bytes(&[1001]), 0, &point);
    assert!(value.is_nan() && quality == Quality::Bad(Reason::OutOfRange));
}

#[test]
fn what_is_no_number_is_bad() {
    let bad = |registers: &[u16], at, spec: ModbusPoint| {
        let (v, q) = from_registers(&bytes(registers), at, &spec);
        assert!(v.is_nan() && q == Quality::Bad(Reason::BadReply), "{registers:?}");
    };
    bad(&[0x7FC0, 0], 0, with(F32, Abcd));
    bad(&[0x7F80, 0], 0, with(F32, Abcd));
    bad(&[0xFFF0, 0, 0, 0], 0, with(F64, Abcd));
    bad(&[1], 0, with(U32, Abcd));
    bad(&[], 0, with(U16, Abcd));
    bad(&[1, 2], u16::MAX, with(U64, Abcd));
    bad(&[0x7F7F, 0xFFFF], 0, ModbusPoint { scale: f64::MAX, ..with(F32, Abcd) });
}

proptest! {
    #[test]
    fn each_order_undoes_itself(words in prop::array::uniform4(any::<u16>()), two: bool) {
        for order in ORDERS {
            let mut twice = words;
            let part = &mut twice[..if two && order != Cdabghef && order != Efghabcd { 2 } else { 4 }];
            reorder(part, order);
            reorder(part, order);
            prop_assert_eq!(twice, words, "{:?}", order);
        }
    }

    #[test]
    fn no_answer_is_too_strange(data in prop::collection::vec(any::<u8>(), 0..300), at: u16, length in 1u8..=250) {
        let types = [
            U16, I16, U32, I32, U64, I64, F32, F64, U8(Byte::High), I8(Byte::Low), Bcd(1), Bcd(2), Bcd(4), Bit(255),
            Bits { first: 255, count: 255 }, RegisterType::Text { length, bytes: TextBytes::Both },
        ];
        for (ty, order) in types.into_iter().flat_map(|t| ORDERS.map(|o| (t, o))) {
            let (value, quality) = from_registers(&data, at, &with(ty, order));
            prop_assert_eq!(value.is_finite(), quality == Quality::Good);
            from_bits(&data, at, &with(ty, order));
        }
    }

    /// All points of a device, read and decoded by runs, against each decoded alone.
    #[test]
    fn points_together_are_what_each_is_alone(
        points in prop::collection::vec((0usize..8, 0usize..3, 0u16..60, 0usize..3), 1..40),
        data in prop::collection::vec(any::<u8>(), 0..130),
    ) {
        let types = [U16, I16, U32, I32, F32, F64, Bit(3), RegisterType::Text { length: 4, bytes: TextBytes::Both }];
        let line: std::sync::Arc<[(f64, f64)]> = [(0.0, 1.0), (70_000.0, 9.0)].into();
        let spec = |(ty, order, address, scaling): (usize, usize, u16, usize)| ModbusPoint {
            order: ORDERS[order],
            scale: if scaling == 1 { 0.1 } else { 1.0 },
            curve: (scaling == 2).then(|| line.clone()),
            ..spec(Table::Holding, address, types[ty])
        };
        let wanted = points.into_iter().map(spec).enumerate().map(|(i, spec)| Wanted {
            point: PointId(i as u32),
            unit: 1,
            every: std::time::Duration::from_secs(1),
            address: spec.address,
            limits: ReadLimits::default(),
            spec: spec.into(),
        });
        for read in plan(wanted.collect(), &[]) {
            let mut together = Vec::new();
            for values in read.runs() {
                run(&data, values, |v, (value, quality)| together.push((v.after, value.to_bits(), quality)));
            }
            let alone = read.values.iter().map(|v| {
                let (value, quality) = from_registers(&data, v.at, &v.spec);
                (v.after, value.to_bits(), quality)
            });
            prop_assert_eq!(together, alone.collect::<Vec<_>>());
        }
    }
}
