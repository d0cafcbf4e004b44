//! `modbus` of a point: table, address, type, order of bytes.

use super::section::{Section, Value};
use super::settings::{ModbusPoint, RegisterOrder, RegisterType, Table};

/// Reads the table.
pub(super) fn read(mut s: Section<'_>) -> Option<ModbusPoint> {
    let table = s.need("table").and_then(|v| {
        v.word(&[
            ("coil", Table::Coil),
            ("discrete", Table::Discrete),
            ("input", Table::Input),
            ("holding", Table::Holding),
        ])
    });
    let bits = table.map(|t| matches!(t, Table::Coil | Table::Discrete));
    let address_value = s.need("address");
    let address = address_value.and_then(|v| v.small(0..=65_535));
    let bit = s.get("bit");
    let ty_value = s.need("type");
    let ty = ty_value.and_then(|v| {
        v.word(&[
            ("u16", RegisterType::U16),
            ("i16", RegisterType::I16),
            ("u32", RegisterType::U32),
            ("i32", RegisterType::I32),
            ("u64", RegisterType::U64),
            ("i64", RegisterType::I64),
            ("f32", RegisterType::F32),
            ("f64", RegisterType::F64),
            ("bit", RegisterType::Bit(0)),
        ])
    });
    let ty = match (ty, ty_value) {
        (Some(RegisterType::Bit(_)), Some(ty_value)) => match (bit, bits) {
            (Some(v), Some(false)) => v.small(0..=15).and_then(|n| u8::try_from(n).ok()).map(RegisterType::Bit),
            (Some(v), Some(true)) => v.fail("a coil or discrete input is one bit; leave \"bit\" out"),
            (None, Some(false)) => ty_value.fail("which bit of the register? expected \"bit\" from 0 to 15 beside it"),
            (_, None) | (None, Some(true)) => Some(RegisterType::Bit(0)),
        },
        (Some(ty), Some(ty_value)) => {
            if let Some(v) = bit {
                v.error("belongs to type \"bit\"");
            }
            if bits == Some(true) {
                ty_value.error("coil and discrete tables hold bits; expected type \"bit\"");
            }
            Some(ty)
        }
        _ => None,
    };
    let order = s.get("order").and_then(|v| read_order(v, ty)).unwrap_or(RegisterOrder::Abcd);
    let scale = s.get("scale").and_then(|v| {
        let scale = v.number()?;
        if scale == 0.0 { v.fail("a scale of 0 would make every value the same") } else { Some(scale) }
    });
    let offset = s.get("offset").and_then(Value::number);
    s.finish();
    let point = ModbusPoint {
        table: table?,
        address: address?,
        ty: ty?,
        order,
        scale: scale.unwrap_or(1.0),
        offset: offset.unwrap_or(0.0),
    };
    if u32::from(point.address) + u32::from(point.ty.size()) > 65_536 {
        address_value?.error(format!(
            "{} registers from {} go past the last one, 65535",
            point.ty.size(),
            point.address
        ));
    }
    Some(point)
}

/// As many letters as the value has bytes; four stand for the pattern at any size.
fn read_order(value: Value<'_>, ty: Option<RegisterType>) -> Option<RegisterOrder> {
    use RegisterOrder::{Abcd, Badc, Cdab, Dcba};
    let order = value.word(&[
        ("ABCD", (Abcd, 0)),
        ("CDAB", (Cdab, 0)),
        ("BADC", (Badc, 0)),
        ("DCBA", (Dcba, 0)),
        ("AB", (Abcd, 1)),
        ("BA", (Badc, 1)),
        ("ABCDEFGH", (Abcd, 4)),
        ("GHEFCDAB", (Cdab, 4)),
        ("BADCFEHG", (Badc, 4)),
        ("HGFEDCBA", (Dcba, 4)),
    ]);
    let (order, registers) = order?;
    match ty.map(RegisterType::size) {
        Some(size) if registers != 0 && registers != size => {
            value.fail(format!("the order does not fit a value of {} bytes", 2 * size))
        }
        _ => Some(order),
    }
}
