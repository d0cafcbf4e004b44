//! `type` and the keys that go with it.

use crate::site::section::{Section, Value};
use crate::site::settings::{Byte, RegisterType, TextBytes};

/// Longest text, bytes: what one read can bring.
const LONGEST: u16 = 250;

/// Reads it; `bits` tells whether the table holds bits.
pub(super) fn read(s: &mut Section<'_>, bits: Option<bool>) -> Option<RegisterType> {
    let bit = s.get("bit");
    let count = s.get("bits");
    let byte = s.get("byte");
    let registers = s.get("registers");
    let length = s.get("length");
    let value = s.need("type")?;
    let ty = value.word(&[
        ("u16", RegisterType::U16),
        ("i16", RegisterType::I16),
        ("u32", RegisterType::U32),
        ("i32", RegisterType::I32),
        ("u64", RegisterType::U64),
        ("i64", RegisterType::I64),
        ("f32", RegisterType::F32),
        ("f64", RegisterType::F64),
        ("u8", RegisterType::U8(Byte::Low)),
        ("i8", RegisterType::I8(Byte::Low)),
        ("bcd", RegisterType::Bcd(1)),
        ("bit", RegisterType::Bit(0)),
        ("string", RegisterType::Text { length: 0, bytes: TextBytes::Both }),
    ])?;
    for (given, fits, of) in [
        (bit, matches!(ty, RegisterType::Bit(_)), "\"bit\""),
        (count, matches!(ty, RegisterType::Bit(_)), "\"bit\""),
        (registers, matches!(ty, RegisterType::Bcd(_)), "\"bcd\""),
        (length, matches!(ty, RegisterType::Text { .. }), "\"string\""),
        (
            byte,
            matches!(ty, RegisterType::Text { .. } | RegisterType::U8(_) | RegisterType::I8(_)),
            "\"u8\", \"i8\" or \"string\"",
        ),
    ] {
        if let Some(v) = given.filter(|_| !fits) {
            v.error(format!("belongs to type {of}"));
        }
    }
    if bits == Some(true) && !matches!(ty, RegisterType::Bit(_)) {
        value.error("coil and discrete tables hold bits; expected type \"bit\"");
    }
    match ty {
        RegisterType::Bit(_) => read_bit(value, bit, count, bits),
        RegisterType::U8(_) => byte.map_or(Some(ty), |v| read_byte(v).map(RegisterType::U8)),
        RegisterType::I8(_) => byte.map_or(Some(ty), |v| read_byte(v).map(RegisterType::I8)),
        RegisterType::Bcd(_) => registers.map_or(Some(ty), |v| match v.small(1..=4)? {
            3 => v.fail("expected 1, 2 or 4"),
            n => u8::try_from(n).ok().map(RegisterType::Bcd),
        }),
        RegisterType::Text { .. } => read_text(value, length, byte),
        other => Some(other),
    }
}

fn read_bit(
    ty: Value<'_>,
    bit: Option<Value<'_>>,
    count: Option<Value<'_>>,
    bits: Option<bool>,
) -> Option<RegisterType> {
    let first = match (bit, bits) {
        (Some(v), Some(false)) => v.small(0..=15)?,
        (Some(v), Some(true)) => return v.fail("a coil or discrete input is one bit; leave \"bit\" out"),
        (None, Some(false)) => {
            return ty.fail("which bit of the register? expected \"bit\" from 0 to 15 beside it");
        }
        (_, None) | (None, Some(true)) => 0,
    };
    let Some(v) = count else { return u8::try_from(first).ok().map(RegisterType::Bit) };
    if bits == Some(true) {
        return v.fail("a coil or discrete input is one bit; leave \"bits\" out");
    }
    let count = v.small(1..=16 - first)?;
    let (first, count) = (u8::try_from(first).ok()?, u8::try_from(count).ok()?);
    Some(if count == 1 { RegisterType::Bit(first) } else { RegisterType::Bits { first, count } })
}

fn read_byte(value: Value<'_>) -> Option<Byte> {
    value.word(&[("high", Byte::High), ("low", Byte::Low)])
}

fn read_text(ty: Value<'_>, length: Option<Value<'_>>, byte: Option<Value<'_>>) -> Option<RegisterType> {
    let bytes = match byte {
        None => TextBytes::Both,
        Some(v) => match read_byte(v)? {
            Byte::High => TextBytes::High,
            Byte::Low => TextBytes::Low,
        },
    };
    let Some(length) = length else { return ty.fail("how long? expected \"length\" in bytes beside it") };
    let most = if bytes == TextBytes::Both { LONGEST } else { LONGEST / 2 };
    let length = u8::try_from(length.small(1..=most)?).ok()?;
    Some(RegisterType::Text { length, bytes })
}
