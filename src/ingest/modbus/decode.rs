//! From an answer's bytes to values.

use linepack_core::{Quality, Reason};

use super::plan::Value;
use crate::site::{Byte, ModbusPoint, RegisterOrder, RegisterType, TextBytes};

/// The value that stands `at` registers after the start, scaled, with its quality; NaN and bad where there is none. The
/// value of a text is its CRC-32: a change is seen and recorded.
pub(crate) fn from_registers(data: &[u8], at: u16, spec: &ModbusPoint) -> (f64, Quality) {
    let raw = match spec.ty {
        RegisterType::Text { .. } => text(data, at.into(), spec).map(|t| f64::from(crc32fast::hash(t.as_bytes()))),
        ty => number(data, at.into(), ty, spec.order),
    };
    scaled(raw, spec)
}

/// The same for values that are decoded alike. Most of what polling costs beside the sockets: what they have in common is
/// looked at once.
pub(crate) fn run(data: &[u8], values: &[Value], mut each: impl FnMut(&Value, (f64, Quality))) {
    use RegisterType::{F32, I16, I32, U16, U32};
    let Some(ModbusPoint { ty, order, .. }) = values.first().map(|v| &*v.spec) else { return };
    match ty {
        U16 => all(values, |at| number(data, at, U16, *order), each),
        I16 => all(values, |at| number(data, at, I16, *order), each),
        U32 => all(values, |at| number(data, at, U32, *order), each),
        I32 => all(values, |at| number(data, at, I32, *order), each),
        F32 => all(values, |at| number(data, at, F32, *order), each),
        _ => values.iter().for_each(|v| each(v, from_registers(data, v.at, &v.spec))),
    }
}

fn all(values: &[Value], raw: impl Fn(usize) -> Option<f64>, mut each: impl FnMut(&Value, (f64, Quality))) {
    let Some(first) = values.first() else { return };
    for v in values {
        each(v, scaled(raw(v.at.into()), &first.spec));
    }
}

/// What a number says before it is scaled.
#[inline(always)]
fn number(data: &[u8], at: usize, ty: RegisterType, order: RegisterOrder) -> Option<f64> {
    let one = || bits16(data, at, order);
    match ty {
        RegisterType::U16 => one().map(f64::from),
        RegisterType::I16 => one().map(|a| f64::from(a.cast_signed())),
        RegisterType::U32 => bits32(data, at, order).map(f64::from),
        RegisterType::I32 => bits32(data, at, order).map(|v| f64::from(v.cast_signed())),
        RegisterType::F32 => bits32(data, at, order).map(|v| f64::from(f32::from_bits(v))),
        RegisterType::U64 => bits64(data, at, order).map(|v| v as f64),
        RegisterType::I64 => bits64(data, at, order).map(|v| v.cast_signed() as f64),
        RegisterType::F64 => bits64(data, at, order).map(f64::from_bits),
        RegisterType::U8(byte) => one().map(|a| f64::from(pick(a, byte))),
        RegisterType::I8(byte) => one().map(|a| f64::from(pick(a, byte).cast_signed())),
        RegisterType::Bcd(1) => one().and_then(|a| decimal(a.into())),
        RegisterType::Bcd(2) => bits32(data, at, order).and_then(|v| decimal(v.into())),
        RegisterType::Bcd(_) => bits64(data, at, order).and_then(decimal),
        RegisterType::Bit(n) => one().map(|a| f64::from(a.checked_shr(n.into()).unwrap_or(0) & 1)),
        RegisterType::Bits { first, count } => one().map(|a| {
            let mask = (1u32 << count.min(16)) - 1;
            f64::from(u32::from(a).checked_shr(first.into()).unwrap_or(0) & mask)
        }),
        RegisterType::Text { .. } => None,
    }
}

/// The same for tables of bits.
pub(crate) fn from_bits(data: &[u8], at: u16, spec: &ModbusPoint) -> (f64, Quality) {
    let bit = data.get(usize::from(at / 8)).map(|byte| f64::from(byte >> (at % 8) & 1));
    scaled(bit, spec)
}

/// The characters of a text, without the padding behind them.
pub(crate) fn text(data: &[u8], at: usize, spec: &ModbusPoint) -> Option<String> {
    let RegisterType::Text { length, bytes } = spec.ty else { return None };
    let registers = data.get(at.checked_mul(2)?..)?.get(..2 * usize::from(spec.ty.size()))?;
    let swapped = swaps_bytes(spec.order);
    let mut out = Vec::with_capacity(length.into());
    for pair in registers.chunks_exact(2) {
        let (high, low) = if swapped { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
        match bytes {
            TextBytes::Both => out.extend([high, low]),
            TextBytes::High => out.push(high),
            TextBytes::Low => out.push(low),
        }
    }
    out.truncate(length.into());
    let end = out.iter().position(|b| *b == 0).unwrap_or(out.len());
    Some(String::from_utf8_lossy(&out[..end]).trim_end().to_owned())
}

fn scaled(raw: Option<f64>, spec: &ModbusPoint) -> (f64, Quality) {
    let value = match (raw, spec.curve.as_deref()) {
        (Some(raw), Some(curve)) => match along(curve, raw) {
            Some(value) => Some(value),
            None => return (f64::NAN, Quality::Bad(Reason::OutOfRange)),
        },
        (raw, None) => raw.map(|v| v * spec.scale + spec.offset),
        (None, _) => None,
    };
    match value {
        Some(v) if v.is_finite() => (v, Quality::Good),
        _ => (f64::NAN, Quality::Bad(Reason::BadReply)),
    }
}

/// The value on a line through points of rising `x`; none outside.
pub(crate) fn along(curve: &[(f64, f64)], x: f64) -> Option<f64> {
    let above = curve.partition_point(|(at, _)| *at < x);
    match (curve.get(above.wrapping_sub(1)), curve.get(above)) {
        (_, Some(&(at, value))) if at == x => Some(value),
        (Some(&(x0, y0)), Some(&(x1, y1))) => Some(y0 + (y1 - y0) * ((x - x0) / (x1 - x0))),
        _ => None,
    }
}

const fn pick(register: u16, byte: Byte) -> u8 {
    let [high, low] = register.to_be_bytes();
    match byte {
        Byte::High => high,
        Byte::Low => low,
    }
}

/// Binary-coded decimal; none where a digit is above 9.
fn decimal(mut bcd: u64) -> Option<f64> {
    let mut value = 0u64;
    for _ in 0..16 {
        bcd = bcd.rotate_left(4);
        let digit = bcd & 15;
        if digit > 9 {
            return None;
        }
        value = value * 10 + digit;
    }
    Some(value as f64)
}

/// Turns words in a device's order into big-endian ones, and the other way round: each order is its own inverse.
pub(crate) fn reorder(words: &mut [u16], order: RegisterOrder) {
    match order {
        RegisterOrder::Abcd => {}
        RegisterOrder::Cdab => words.reverse(),
        RegisterOrder::Badc => words.iter_mut().for_each(|w| *w = w.swap_bytes()),
        RegisterOrder::Dcba => {
            words.reverse();
            words.iter_mut().for_each(|w| *w = w.swap_bytes());
        }
        RegisterOrder::Cdabghef => words.chunks_mut(2).for_each(<[u16]>::reverse),
        RegisterOrder::Efghabcd => words.rotate_left(words.len() / 2),
    }
}

// most of what polling costs beside the sockets: no loops, no slices of words

fn bits16(data: &[u8], at: usize, order: RegisterOrder) -> Option<u16> {
    let word = u16::from_be_bytes(*bytes(data, at)?);
    Some(if swaps_bytes(order) { word.swap_bytes() } else { word })
}

fn bits32(data: &[u8], at: usize, order: RegisterOrder) -> Option<u32> {
    let all = u32::from_be_bytes(*bytes(data, at)?);
    Some(match order {
        RegisterOrder::Abcd => all,
        RegisterOrder::Badc => all.swap_bytes().rotate_left(16),
        RegisterOrder::Dcba => all.swap_bytes(),
        // two words have but one other order
        RegisterOrder::Cdab | RegisterOrder::Cdabghef | RegisterOrder::Efghabcd => all.rotate_left(16),
    })
}

fn bits64(data: &[u8], at: usize, order: RegisterOrder) -> Option<u64> {
    let bytes: &[u8; 8] = bytes(data, at)?;
    let mut words = [0u16; 4];
    for (word, pair) in words.iter_mut().zip(bytes.chunks_exact(2)) {
        *word = u16::from_be_bytes([pair[0], pair[1]]);
    }
    reorder(&mut words, order);
    Some(words.into_iter().fold(0, |all, word| all << 16 | u64::from(word)))
}

/// The bytes from a register on.
fn bytes<const N: usize>(data: &[u8], at: usize) -> Option<&[u8; N]> {
    data.get(at.checked_mul(2)?..)?.first_chunk()
}

fn swaps_bytes(order: RegisterOrder) -> bool {
    matches!(order, RegisterOrder::Badc | RegisterOrder::Dcba)
}

#[cfg(test)]
mod tests;
