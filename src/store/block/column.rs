//! Columns of numbers: short ones as variable-length deltas, long ones by pco; decimals as integers where that is exact.

use pco::standalone::{simple_compress, simple_decompress_into};
use pco::{ChunkConfig, DeltaSpec, ModeSpec};

/// From so many numbers on pco is worth its header.
const LONG: usize = 160;
/// No column is longer.
pub(in crate::store) const MAX: usize = 1 << 21;
/// Most digits after the point of a decimal.
const DIGITS: u8 = 9;
const PLAIN: u8 = 254;
const PACKED: u8 = 255;
const VARINT: u8 = 0;
const PCO: u8 = 1;
const POWERS: [f64; DIGITS as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// The bytes are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a damaged block of history")]
pub(in crate::store) struct Damaged;

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
    put_varint(((value << 1) ^ (value >> 63)).cast_unsigned(), out);
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Integers that change little from one to the next.
pub(super) fn put_ints(values: &[i64], out: &mut Vec<u8>) {
    if values.len() >= LONG {
        let config = ChunkConfig::default()
            .with_compression_level(4)
            .with_mode_spec(ModeSpec::Classic)
            .with_delta_spec(DeltaSpec::TryConsecutive(1));
        if let Ok(bytes) = simple_compress(values, &config) {
            out.push(PCO);
            put_varint(bytes.len() as u64, out);
            out.extend_from_slice(&bytes);
            return;
        }
    }
    out.push(VARINT);
    let mut before = 0i64;
    for &value in values {
        put_signed(value.wrapping_sub(before), out);
        before = value;
    }
}

/// Reads `n` integers.
pub(super) fn get_ints(from: &mut Cursor<'_>, n: usize) -> Result<Vec<i64>, Damaged> {
    match from.byte()? {
        PCO => unpacked(from, n),
        VARINT if n <= from.0.len() => {
            let mut before = 0i64;
            (0..n)
                .map(|_| {
                    before = before.wrapping_add(from.signed()?);
                    Ok(before)
                })
                .collect()
        }
        _ => Err(Damaged),
    }
}

fn unpacked<T: pco::data_types::Number + Default>(from: &mut Cursor<'_>, n: usize) -> Result<Vec<T>, Damaged> {
    let len = from.length()?;
    let bytes = from.bytes(len)?;
    let mut values = vec![T::default(); n];
    let done = simple_decompress_into(bytes, &mut values).map_err(|_| Damaged)?;
    if done.n_processed == n && done.finished { Ok(values) } else { Err(Damaged) }
}

/// Numbers as integers of their last decimal place, if every one comes back to the bit.
fn decimals(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    const EXACT: f64 = 9e15;
    let exact = |v: f64, power: f64| {
        let whole = (v * power).round();
        // through the integer: it has no negative zero
        (whole.abs() < EXACT && (whole as i64 as f64 / power).to_bits() == v.to_bits()).then_some(whole as i64)
    };
    let mut digits = 0u8;
    'digits: loop {
        let power = POWERS[usize::from(digits)];
        let mut whole = Vec::with_capacity(values.len());
        for &v in values {
            let Some(w) = exact(v, power) else {
                // the number that does not fit says how many more places there must be
                digits = (digits + 1..=DIGITS).find(|&d| exact(v, POWERS[usize::from(d)]).is_some())?;
                continue 'digits;
            };
            whole.push(w);
        }
        return Some((digits, whole));
    }
}

/// Finite numbers.
pub(super) fn put_floats(values: &[f64], out: &mut Vec<u8>) {
    if let Some((digits, whole)) = decimals(values) {
        out.push(digits);
        put_ints(&whole, out);
        return;
    }
    if values.len() >= LONG
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

/// Reads `n` numbers.
pub(super) fn get_floats(from: &mut Cursor<'_>, n: usize) -> Result<Vec<f64>, Damaged> {
    match from.byte()? {
        PACKED => unpacked(from, n),
        PLAIN => {
            let (each, _) = from.bytes(n.checked_mul(8).ok_or(Damaged)?)?.as_chunks::<8>();
            Ok(each.iter().map(|b| f64::from_le_bytes(*b)).collect())
        }
        digits => {
            let power = *POWERS.get(usize::from(digits)).ok_or(Damaged)?;
            Ok(get_ints(from, n)?.into_iter().map(|w| w as f64 / power).collect())
        }
    }
}
