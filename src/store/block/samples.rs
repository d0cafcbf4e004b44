//! Samples of one point: count, times, values, qualities. All good: one byte for the qualities; else as run lengths.

use super::Measured;
use super::column::{Cursor, Damaged, get_floats, get_ints, put_floats, put_ints, put_varint};

const ALL_GOOD: u8 = 0;
const RUNS: u8 = 1;

/// Appends samples in time order.
pub(super) fn put(rows: &[Measured], out: &mut Vec<u8>) {
    put_varint(rows.len() as u64, out);
    let times: Vec<i64> = rows.iter().map(|r| r.ts).collect();
    put_ints(&times, out);
    // what is not a number costs nothing when it repeats the one before
    let mut before = 0.0;
    let values: Vec<f64> = rows
        .iter()
        .map(|r| {
            before = if r.value.is_finite() { r.value } else { before };
            before
        })
        .collect();
    put_floats(&values, out);
    if rows.iter().all(|r| r.quality == 0 && r.value.is_finite()) {
        out.push(ALL_GOOD);
        return;
    }
    out.push(RUNS);
    for run in rows.chunk_by(|a, b| state(a) == state(b)) {
        let (quality, number) = state(&run[0]);
        out.push(quality);
        put_varint(((run.len() as u64) << 1) | u64::from(number), out);
    }
}

fn state(r: &Measured) -> (u8, bool) {
    (r.quality, r.value.is_finite())
}

/// Reads them back.
pub(super) fn get(from: &mut Cursor<'_>) -> Result<Vec<Measured>, Damaged> {
    let n = from.count()?;
    let times = get_ints(from, n)?;
    let values = get_floats(from, n)?;
    let mut rows: Vec<Measured> =
        times.into_iter().zip(values).map(|(ts, value)| Measured { ts, value, quality: 0 }).collect();
    match from.byte()? {
        ALL_GOOD => {}
        RUNS => {
            let mut rest = rows.as_mut_slice();
            while !rest.is_empty() {
                let quality = from.byte()?;
                let run = from.varint()?;
                let len = usize::try_from(run >> 1).map_err(|_| Damaged)?;
                let (these, others) = rest.split_at_mut_checked(len).filter(|_| len > 0).ok_or(Damaged)?;
                for row in these {
                    row.quality = quality;
                    if run & 1 == 0 {
                        row.value = f64::NAN;
                    }
                }
                rest = others;
            }
        }
        _ => return Err(Damaged),
    }
    Ok(rows)
}
