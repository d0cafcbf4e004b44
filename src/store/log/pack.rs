//! Samples in few bytes: about five for a measured value, in one pass, without state between frames.
//!
//! Sorted by point and time. Each sample is a control byte and what it says follows: the distance to the point before,
//! the time's difference, the quality, the value. Measured values have few decimals, so most are a small whole number and
//! an exponent; registers of 32 bits come back as they were. Every value comes back to the bit, NaN as NaN.

use super::frame::StoredSample;

/// Low four bits of the control byte: 0 to 6 are decimals of a whole number.
const NAN: u8 = 7;
const F32: u8 = 8;
const F64: u8 = 9;
/// From here on: one to six decimals of a whole number that was cut to 32 bits, as most devices do.
const SINGLE: u8 = 10;
const KIND: u8 = 0x0f;
const NEXT_POINT: u8 = 0x10;
const SAME_POINT: u8 = 0x20;
const SAME_TS: u8 = 0x40;
const SAME_QUALITY: u8 = 0x80;

const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Added to a smaller number, it leaves the nearest whole one in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Whole numbers up to here are found that way.
const EXACT: f64 = 2_251_799_813_685_248.0;
/// A whole number that takes more than the four bytes of an f32.
const LONG: u64 = 1 << 28;
/// Bytes of a sample at most.
const MOST: usize = 32;

/// Appends samples. Sorts them; those of one point and time keep their order.
pub(crate) fn pack(out: &mut Vec<u8>, at: i64, samples: &mut [StoredSample]) {
    samples.sort_by_key(|s| (s.point, s.ts));
    out.reserve(samples.len() * 8);
    let mut last = StoredSample { point: 0, ts: at, value: 0.0, quality: 0 };
    let mut kind = 0;
    for s in samples {
        let mut bytes = Bytes { all: [0; MOST], len: 1 };
        let mut bits = 0;
        match s.point - last.point {
            0 => bits |= SAME_POINT,
            1 => bits |= NEXT_POINT,
            far => bytes.varint(u64::from(far)),
        }
        match s.ts.wrapping_sub(last.ts) {
            0 => bits |= SAME_TS,
            step => bytes.varint(zigzag(step)),
        }
        if s.quality == last.quality {
            bits |= SAME_QUALITY;
        } else {
            bytes.add(&[s.quality]);
        }
        // neighbours are mostly of one kind
        kind = value(&mut bytes, s.value, kind);
        bytes.all[0] = bits | kind;
        out.extend_from_slice(&bytes.all[..bytes.len]);
        last = *s;
    }
}

/// What one sample takes.
struct Bytes {
    all: [u8; MOST],
    len: usize,
}

impl Bytes {
    fn add(&mut self, bytes: &[u8]) {
        self.all[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn varint(&mut self, mut v: u64) {
        while v >= 0x80 {
            self.add(&[v.to_le_bytes()[0] | 0x80]);
            v >>= 7;
        }
        self.add(&[v.to_le_bytes()[0]]);
    }
}

/// Reads back `n` samples, which must be all there is.
pub(crate) fn unpack(mut bytes: &[u8], at: i64, n: u64) -> Option<Vec<StoredSample>> {
    // each takes a byte at least: a count that cannot be allocates nothing
    let n = usize::try_from(n).ok().filter(|&n| n <= bytes.len())?;
    let mut samples = Vec::with_capacity(n);
    let mut last = StoredSample { point: 0, ts: at, value: 0.0, quality: 0 };
    for _ in 0..n {
        let control = byte(&mut bytes)?;
        let far = match control & (NEXT_POINT | SAME_POINT) {
            SAME_POINT => 0,
            NEXT_POINT => 1,
            _ => u32::try_from(take_varint(&mut bytes)?).ok()?,
        };
        last.point = last.point.checked_add(far)?;
        if control & SAME_TS == 0 {
            last.ts = last.ts.wrapping_add(unzigzag(take_varint(&mut bytes)?));
        }
        if control & SAME_QUALITY == 0 {
            last.quality = byte(&mut bytes)?;
        }
        last.value = match control & KIND {
            NAN => f64::NAN,
            F32 => f64::from(f32::from_le_bytes(array(&mut bytes)?)),
            F64 => f64::from_le_bytes(array(&mut bytes)?),
            kind => number(unzigzag(take_varint(&mut bytes)?) as f64, kind),
        };
        samples.push(last);
    }
    bytes.is_empty().then_some(samples)
}

/// Appends a value; answers its kind. `likely`: the kind of the one before.
fn value(out: &mut Bytes, v: f64, likely: u8) -> u8 {
    if v.is_nan() {
        return NAN;
    }
    let single = v as f32;
    let fits = f64::from(single).to_bits() == v.to_bits();
    let first = if likely == F32 && fits { 0 } else { likely };
    let kinds = (0..NAN).chain(SINGLE..=KIND);
    // where neither the likely kind nor a whole number will do for an f32, it is worth no search
    let kinds = kinds.take(if likely == F32 && fits { 0 } else { usize::MAX });
    let found = std::iter::once(first).chain(kinds).find_map(|kind| Some((kind, zigzag(whole(v, kind)?))));
    match found {
        Some((kind, whole)) if whole < LONG || !fits => {
            out.varint(whole);
            kind
        }
        _ if fits => {
            out.add(&single.to_le_bytes());
            F32
        }
        _ => {
            out.add(&v.to_le_bytes());
            F64
        }
    }
}

/// Decimals of a kind that is a whole number.
fn power(kind: u8) -> f64 {
    let decimals = if kind >= SINGLE { kind - SINGLE + 1 } else { kind };
    POWERS.get(usize::from(decimals)).copied().unwrap_or(1.0)
}

/// The value of a whole number.
fn number(whole: f64, kind: u8) -> f64 {
    let value = whole / power(kind);
    if kind >= SINGLE { f64::from(value as f32) } else { value }
}

/// The whole number of a kind that gives exactly this value again.
fn whole(v: f64, kind: u8) -> Option<i64> {
    let near = v * power(kind);
    let rounded = near + ROUND;
    let whole = rounded.to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
    // through the whole number: it has no negative zero
    (!(NAN..SINGLE).contains(&kind) && near.abs() < EXACT && number(rounded - ROUND, kind).to_bits() == v.to_bits())
        .then_some(whole)
}

fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)).cast_unsigned()
}

fn unzigzag(v: u64) -> i64 {
    (v >> 1).cast_signed() ^ -(v & 1).cast_signed()
}

/// Seven bits a byte, low ones first.
pub(super) fn varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push(v.to_le_bytes()[0] | 0x80);
        v >>= 7;
    }
    out.push(v.to_le_bytes()[0]);
}

pub(super) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut v = 0;
    for shift in (0..64).step_by(7) {
        let b = byte(bytes)?;
        let part = u64::from(b & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        v |= part << shift;
        if b & 0x80 == 0 {
            return Some(v);
        }
    }
    None
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first)
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measured() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (-1_000_000i64..1_000_000, 0usize..7).prop_map(|(n, e)| n as f64 / POWERS[e]),
            2 => any::<f32>().prop_map(f64::from),
            1 => any::<u64>().prop_map(f64::from_bits),
            1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, EXACT, -EXACT, 0.1 + 0.2]),
        ]
    }

    fn samples() -> impl Strategy<Value = Vec<StoredSample>> {
        let point = prop_oneof![3 => 0u32..40, 1 => any::<u32>()];
        let ts = prop_oneof![3 => 1_700_000_000_000i64..1_700_000_010_000, 1 => any::<i64>()];
        let quality = prop_oneof![3 => Just(0u8), 1 => any::<u8>()];
        let one = (point, ts, measured(), quality).prop_map(|(point, ts, value, quality)| StoredSample {
            point,
            ts,
            value,
            quality,
        });
        prop::collection::vec(one, 0..300)
    }

    fn bits(s: &StoredSample) -> (u32, i64, u64, u8) {
        let value = if s.value.is_nan() { f64::NAN } else { s.value };
        (s.point, s.ts, value.to_bits(), s.quality)
    }

    proptest! {
        #[test]
        fn every_sample_comes_back_to_the_bit(mut samples in samples(), at in any::<i64>()) {
            let mut expected: Vec<_> = samples.iter().map(bits).collect();
            expected.sort_by_key(|s| (s.0, s.1));
            let mut out = vec![];
            pack(&mut out, at, &mut samples);
            let back = unpack(&out, at, samples.len() as u64).unwrap();
            prop_assert_eq!(back.iter().map(bits).collect::<Vec<_>>(), expected);
            prop_assert!(unpack(&out, at, samples.len() as u64 + 1).is_none());
        }

        #[test]
        fn noise_is_refused_or_read_and_never_harms(bytes in prop::collection::vec(any::<u8>(), 0..200), n in any::<u64>(), m in 0u64..40) {
            unpack(&bytes, 0, n);
            unpack(&bytes, 0, m);
        }
    }

    #[test]
    fn a_measured_value_takes_few_bytes() {
        let at = 1_700_000_000_000;
        let mut samples: Vec<_> = (0..5000u32)
            .map(|i| StoredSample {
                point: i * 7 % 5000,
                ts: at - i64::from(i % 90),
                value: f64::from(1000 + i % 500) / 10.0,
                quality: 0,
            })
            .collect();
        let mut out = vec![];
        pack(&mut out, at, &mut samples);
        assert!(out.len() <= 5 * samples.len(), "{} bytes a sample", out.len() as f64 / 5000.0);
    }
}
