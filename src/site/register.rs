//! `modbus` of a point: table, address, type, order of bytes.

mod address;
mod kind;

use std::sync::Arc;

use super::section::{Section, Value};
use super::settings::{ModbusPoint, RegisterOrder, RegisterType, Table, WriteFunction};

/// Reads the table; `base` is the template's.
pub(super) fn read(mut s: Section<'_>, base: Option<u16>) -> Option<ModbusPoint> {
    let table = s.get("table").map(|v| {
        v.word(&[
            ("coil", Table::Coil),
            ("discrete", Table::Discrete),
            ("input", Table::Input),
            ("holding", Table::Holding),
        ])
    });
    let address_value = s.need("address");
    let address = address_value.and_then(|v| address::read(v, base, table.flatten()));
    if table.is_none() && address_value.is_some() && address.as_ref().is_none_or(|a| a.table.is_none()) {
        s.need("table");
    }
    let table = table.unwrap_or(address.and_then(|a| a.table));
    let ty = kind::read(&mut s, table.map(Table::is_bits));
    let order = s.get("order").and_then(|v| read_order(v, ty)).unwrap_or(RegisterOrder::Abcd);
    let scale_value = s.get("scale");
    let scale = scale_value.and_then(|v| {
        let scale = v.number()?;
        if scale == 0.0 { v.fail("a scale of 0 would make every value the same") } else { Some(scale) }
    });
    let offset_value = s.get("offset");
    let offset = offset_value.and_then(Value::number);
    let curve = s.get("curve").and_then(|v| {
        if scale_value.or(offset_value).is_some() {
            v.error("stands instead of scale and offset; leave these out");
        }
        read_curve(v)
    });
    let write = read_write(&mut s, table, ty);
    s.finish();
    let (address, ty) = (address?, ty?);
    if u32::from(address.number) + u32::from(ty.size()) > 65_536 {
        address_value?.error(format!("{} registers from {} go past the last one, 65535", ty.size(), address.number));
    }
    Some(ModbusPoint {
        table: table?,
        address: address.number,
        from_base: address.from_base,
        ty,
        order,
        scale: scale.unwrap_or(1.0),
        offset: offset.unwrap_or(0.0),
        curve,
        write,
    })
}

/// As many letters, or digits, as the value has bytes; four stand for the pattern at any size.
fn read_order(value: Value<'_>, ty: Option<RegisterType>) -> Option<RegisterOrder> {
    use RegisterOrder::{Abcd, Badc, Cdab, Cdabghef, Dcba, Efghabcd};
    let order = value.word(&[
        ("ABCD", (Abcd, 0)),
        ("CDAB", (Cdab, 0)),
        ("BADC", (Badc, 0)),
        ("DCBA", (Dcba, 0)),
        ("1234", (Abcd, 0)),
        ("3412", (Cdab, 0)),
        ("2143", (Badc, 0)),
        ("4321", (Dcba, 0)),
        ("AB", (Abcd, 1)),
        ("BA", (Badc, 1)),
        ("ABCDEFGH", (Abcd, 4)),
        ("GHEFCDAB", (Cdab, 4)),
        ("BADCFEHG", (Badc, 4)),
        ("HGFEDCBA", (Dcba, 4)),
        ("CDABGHEF", (Cdabghef, 4)),
        ("EFGHABCD", (Efghabcd, 4)),
        ("12345678", (Abcd, 4)),
        ("78563412", (Cdab, 4)),
        ("21436587", (Badc, 4)),
        ("87654321", (Dcba, 4)),
        ("34127856", (Cdabghef, 4)),
        ("56781234", (Efghabcd, 4)),
    ]);
    let (order, registers) = order?;
    match ty {
        Some(RegisterType::Text { .. }) if !matches!(order, Abcd | Badc) => {
            value.fail("characters stand as \"ABCD\", or \"BADC\" with the bytes of each register swapped")
        }
        Some(ty) if registers != 0 && registers != ty.size() => {
            value.fail(format!("the order does not fit a value of {} bytes", 2 * ty.size()))
        }
        _ => Some(order),
    }
}

/// `[[raw, value], …]`.
fn read_curve(value: Value<'_>) -> Option<Arc<[(f64, f64)]>> {
    let expected = || value.fail("expected two to 64 pairs of raw and value such as [[0, 0.0], [4095, 16.0]]");
    let items = value.list()?;
    if !(2..=64).contains(&items.len()) {
        return expected();
    }
    let mut curve = Vec::with_capacity(items.len());
    for item in items {
        let pair = item.list()?;
        let [raw, at] = pair.as_slice() else { return expected() };
        curve.push((raw.number()?, at.number()?));
    }
    if curve.windows(2).all(|w| w[0].0 < w[1].0) {
        Some(curve.into())
    } else {
        value.fail("the raw values must rise from pair to pair")
    }
}

/// `write` and `write_function`.
fn read_write(s: &mut Section<'_>, table: Option<Table>, ty: Option<RegisterType>) -> Option<WriteFunction> {
    let function_value = s.get("write_function");
    let function = function_value
        .and_then(|v| v.word(&[("single", WriteFunction::Single), ("multiple", WriteFunction::Multiple)]));
    let value = s.get("write");
    let wanted = value.and_then(Value::boolean).unwrap_or(false);
    if !wanted {
        if let Some(v) = function_value {
            v.error("needs write = true beside it");
        }
        return None;
    }
    let (value, table, ty) = (value?, table?, ty?);
    if matches!(table, Table::Discrete | Table::Input) {
        return value.fail("discrete and input tables can only be read; expected table coil or holding");
    }
    let part =
        matches!(ty, RegisterType::Bits { .. } | RegisterType::U8(_) | RegisterType::I8(_) | RegisterType::Text { .. })
            || (table == Table::Holding && matches!(ty, RegisterType::Bit(_)));
    if part {
        return value.fail("only whole registers and coils can be written");
    }
    match function {
        Some(WriteFunction::Single) if ty.size() > 1 => {
            function_value?.fail("a value of several registers would be torn; expected \"multiple\"")
        }
        Some(function) => Some(function),
        None if ty.size() > 1 => Some(WriteFunction::Multiple),
        None => Some(WriteFunction::Single),
    }
}
