//! Columns of numbers. Whole numbers: short columns as variable-length differences, others in as few bits as they need; other
//! numbers as whole ones where that is exact, else by pco.

use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress_into};

use super::bits;
use super::decimal::{self, Form};

/// From so many numbers on bits are worth their groups' heads.
const LONG: usize = 24;
/// From so many numbers on pco is worth its header.
const PCO_LONG: usize = 160;
/// No column is longer.
pub(in crate::store) const MAX: usize = 1 << 21;
const SINGLE: u8 = 253;
const PLAIN: u8 = 254;
const PACKED: u8 = 255;
const VARINT: u8 = 0;
/// As the first version wrote long columns; still read.
const PCO: u8 = 1;
const BITS: u8 = 2;

/// The bytes are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a damaged block of history")]
pub(in crate::store) struct Damaged;

/// Room to work in, used again and again.
#[derive(Debug, Default)]
pub(in crate::store) struct Scratch {
    pub(super) ints: Vec<i64>,
    pub(super) floats: Vec<f64>,
    pub(super) whole: Vec<i64>,
    /// How the column before was written.
    pub(super) likely: Form,
}

/// Bytes that are read from the front.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Cursor<'a>(pub(in crate::store) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(Damaged)?;
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        self.bytes(1).map(|b| b[0])
    }

    pub(super) fn varint(&mut self) -> Result<u64, Damaged> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    /// A number that is a length.
    pub(super) fn length(&mut self) -> Result<usize, Damaged> {
        usize::try_from(self.varint()?).ok().filter(|&n| n <= MAX * 16).ok_or(Damaged)
    }

    /// A number of rows.
    pub(super) fn count(&mut self) -> Result<usize, Damaged> {
        self.length().and_then(|n| if n <= MAX { Ok(n) } else { Err(Damaged) })
    }

    /// A number with a sign.
    pub(super) fn signed(&mut self) -> Result<i64, Damaged> {
        self.varint().map(unzigzag)
    }
}

pub(super) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_signed(value: i64, out: &mut Vec<u8>) {
    put_varint(zigzag(value), out);
}

pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Integers that change little from one to the next.
pub(super) fn put_ints(values: &[i64], out: &mut Vec<u8>) {
    if values.len() >= LONG {
        out.push(BITS);
        bits::put(values, out);
        return;
    }
    out.push(VARINT);
    let mut before = 0i64;
    for &value in values {
        put_signed(value.wrapping_sub(before), out);
        before = value;
    }
}

/// Reads `n` integers.
pub(super) fn get_ints(from: &mut Cursor<'_>, n: usize, out: &mut Vec<i64>) -> Result<(), Damaged> {
    out.clear();
    match from.byte()? {
        BITS => bits::get(from, n, out),
        PCO => unpacked(from, n, out),
        VARINT if n <= from.0.len() => {
            let mut before = 0i64;
            for _ in 0..n {
                before = before.wrapping_add(from.signed()?);
                out.push(before);
            }
            Ok(())
        }
        _ => Err(Damaged),
    }
}

fn unpacked<T: pco::data_types::Number + Default>(
    from: &mut Cursor<'_>,
    n: usize,
    out: &mut Vec<T>,
) -> Result<(), Damaged> {
    let len = from.length()?;
    let bytes = from.bytes(len)?;
    out.resize(n, T::default());
    let done = simple_decompress_into(bytes, out).map_err(|_| Damaged)?;
    if done.n_processed == n && done.finished { Ok(()) } else { Err(Damaged) }
}

/// Finite numbers. `likely`: the form of a column before; `whole` is room to work in.
pub(super) fn put_floats(values: &[f64], likely: &mut Form, whole: &mut Vec<i64>, out: &mut Vec<u8>) {
    if let Some(form) = decimal::whole(values, likely, whole) {
        out.push(form.code());
        put_ints(whole, out);
        return;
    }
    if decimal::singles(values, whole).is_some() {
        out.push(SINGLE);
        put_ints(whole, out);
        return;
    }
    if values.len() >= PCO_LONG
        && let Ok(bytes) = simple_compress(values, &ChunkConfig::default().with_compression_level(4))
    {
        out.push(PACKED);
        put_varint(bytes.len() as u64, out);
        out.extend_from_slice(&bytes);
        return;
    }
    out.push(PLAIN);
    for v in values {
        out.extend_from_slice(&v.to_le_bytes());
    }
}

/// Reads `n` numbers. `whole` is room to work in.
pub(super) fn get_floats(
    from: &mut Cursor<'_>,
    n: usize,
    whole: &mut Vec<i64>,
    out: &mut Vec<f64>,
) -> Result<(), Damaged> {
    out.clear();
    match from.byte()? {
        PACKED => unpacked(from, n, out)?,
        PLAIN => {
            let (each, _) = from.bytes(n.checked_mul(8).ok_or(Damaged)?)?.as_chunks::<8>();
            out.extend(each.iter().map(|b| f64::from_le_bytes(*b)));
        }
        SINGLE => {
            get_ints(from, n, whole)?;
            decimal::from_singles(whole, out);
        }
        code => {
            let form = Form::from_code(code).ok_or(Damaged)?;
            get_ints(from, n, whole)?;
            form.numbers(whole, out);
        }
    }
    Ok(())
}
