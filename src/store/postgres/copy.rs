//! Runs of samples as PostgreSQL's binary COPY wants them: big-endian, each field with its length before it.

use crate::store::log::StoredSample;

/// Signature, flags, length of the header's extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Instead of a row's number of fields.
pub(super) const TRAILER: [u8; 2] = (-1i16).to_be_bytes();
/// Samples of a run: with more a row would be stored out of its page.
const RUN: usize = 64;
/// Points of a shard; stands in the tables' statements too.
const SHARD: u32 = 64;

/// Object identifiers of PostgreSQL's own types (`pg_type.dat`).
const INT4: u32 = 23;
const INT8: u32 = 20;
const FLOAT8: u32 = 701;
const INT2: u32 = 21;

/// Cuts sorted samples into runs.
pub(super) fn runs(samples: &[StoredSample]) -> impl Iterator<Item = &[StoredSample]> {
    samples.chunk_by(|a, b| shard(a) == shard(b)).flat_map(|of| of.chunks(RUN))
}

/// Points with neighbouring numbers lie together: a question about one looks through no others.
fn shard(s: &StoredSample) -> u32 {
    s.point / SHARD
}

/// Appends a run as a row: shard, first and last point, and arrays of points, times, values (null where one is not finite) and
/// qualities. Samples come sorted by point.
pub(super) fn row(out: &mut Vec<u8>, run: &[StoredSample]) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    out.extend_from_slice(&7i16.to_be_bytes());
    field(out, &shard(first).to_be_bytes());
    field(out, &first.point.to_be_bytes());
    field(out, &last.point.to_be_bytes());
    array(out, INT4, run, |s| Some(s.point.to_be_bytes()));
    array(out, INT8, run, |s| Some(s.ts.to_be_bytes()));
    array(out, FLOAT8, run, |s| s.value.is_finite().then(|| s.value.to_be_bytes()));
    array(out, INT2, run, |s| Some(i16::from(s.quality).to_be_bytes()));
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Number of dimensions, whether there are nulls, type, length, first index, elements.
fn array<const N: usize>(
    out: &mut Vec<u8>,
    of: u32,
    run: &[StoredSample],
    element: impl Fn(&StoredSample) -> Option<[u8; N]>,
) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&1i32.to_be_bytes());
    out.extend_from_slice(&1i32.to_be_bytes());
    out.extend_from_slice(&of.to_be_bytes());
    out.extend_from_slice(&length(run.len()));
    out.extend_from_slice(&1i32.to_be_bytes());
    for s in run {
        match element(s) {
            Some(bytes) => field(out, &bytes),
            None => out.extend_from_slice(&(-1i32).to_be_bytes()),
        }
    }
    let size = length(out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&size);
}

/// A run is short.
fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_laid_out_as_the_manual_says() {
        let mut out = vec![];
        let one = StoredSample { point: 258, ts: -2, value: 1.5, quality: 0x23 };
        row(&mut out, &[one, StoredSample { point: 259, value: f64::NAN, ..one }]);
        let mut expected = vec![0, 7, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 1, 3];
        let head = |bytes: u8, of: [u8; 2]| {
            let [high, low] = of;
            [0, 0, 0, bytes, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, high, low, 0, 0, 0, 2, 0, 0, 0, 1]
        };
        expected.extend(head(20 + 16, [0, 23]));
        expected.extend([0, 0, 0, 4, 0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 1, 3]);
        expected.extend(head(20 + 24, [0, 20]));
        for _ in 0..2 {
            expected.extend([0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
        }
        expected.extend(head(20 + 16, [2, 189]));
        expected.extend([0, 0, 0, 8, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        expected.extend(head(20 + 12, [0, 21]));
        expected.extend([0, 0, 0, 2, 0, 0x23, 0, 0, 0, 2, 0, 0x23]);
        assert_eq!(out, expected);
        assert_eq!(HEADER.len(), 19);
    }

    #[test]
    fn a_run_is_short_and_of_one_shard() {
        let sample = |point| StoredSample { point, ts: 0, value: 0.0, quality: 0 };
        let samples: Vec<StoredSample> = (0..200).flat_map(|point| [sample(point); 3]).collect();
        let runs: Vec<_> = runs(&samples).collect();
        assert!(runs.iter().all(|r| r.len() <= RUN && r.iter().all(|s| shard(s) == shard(&r[0]))));
        assert_eq!(runs.concat(), samples);
        assert_eq!(runs.len(), 3 * 3 + 1);
    }

    #[test]
    fn what_is_no_number_is_null() {
        let length = |value| {
            let mut out = vec![];
            row(&mut out, &[StoredSample { point: 1, ts: 1, value, quality: 0 }]);
            out.len()
        };
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(length(value), length(1.0) - 8);
        }
    }
}
