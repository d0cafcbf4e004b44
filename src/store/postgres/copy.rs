//! Rows of table `sample` as PostgreSQL's binary COPY wants them: big-endian, each field with its length before it.

use crate::store::log::StoredSample;

/// Signature, flags, length of the header's extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Instead of a row's number of fields.
pub(super) const TRAILER: [u8; 2] = (-1i16).to_be_bytes();
/// Bytes of the longest row.
pub(super) const ROW: usize = 2 + (4 + 4) + (4 + 8) + (4 + 8) + (4 + 2);

/// Appends a row: point, ts, value (null where it is not finite), quality.
pub(super) fn row(out: &mut Vec<u8>, s: &StoredSample) {
    let mut row = [0; ROW];
    row[0..2].copy_from_slice(&4i16.to_be_bytes());
    row[2..6].copy_from_slice(&4i32.to_be_bytes());
    row[6..10].copy_from_slice(&s.point.to_be_bytes());
    row[10..14].copy_from_slice(&8i32.to_be_bytes());
    row[14..22].copy_from_slice(&s.ts.to_be_bytes());
    let quality = if s.value.is_finite() {
        row[22..26].copy_from_slice(&8i32.to_be_bytes());
        row[26..34].copy_from_slice(&s.value.to_be_bytes());
        34
    } else {
        row[22..26].copy_from_slice(&(-1i32).to_be_bytes());
        26
    };
    row[quality..quality + 4].copy_from_slice(&2i32.to_be_bytes());
    row[quality + 4..quality + 6].copy_from_slice(&i16::from(s.quality).to_be_bytes());
    out.extend_from_slice(&row[..quality + 6]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_laid_out_as_the_manual_says() {
        let mut out = vec![];
        row(&mut out, &StoredSample { point: 258, ts: -2, value: 1.5, quality: 0x23 });
        let mut expected = vec![0, 4, 0, 0, 0, 4, 0, 0, 1, 2, 0, 0, 0, 8];
        expected.extend([0xff; 7]);
        expected.extend([0xfe, 0, 0, 0, 8, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x23]);
        assert_eq!(out, expected);
        assert_eq!(HEADER.len(), 19);
    }

    #[test]
    fn what_is_no_number_is_null() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut out = vec![];
            row(&mut out, &StoredSample { point: 1, ts: 1, value, quality: 0 });
            assert_eq!(out.len(), ROW - 8);
            assert_eq!(out[22..26], [0xff; 4]);
        }
    }
}
