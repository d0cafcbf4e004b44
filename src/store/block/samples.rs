//! Samples of one point: count, times, values, qualities. All good: one byte for the qualities; else as run lengths.

use super::Measured;
use super::column::{Cursor, Damaged, Scratch, get_floats, get_ints, put_floats, put_ints, put_varint};

const ALL_GOOD: u8 = 0;
const RUNS: u8 = 1;

/// Appends samples in time order.
pub(super) fn put(rows: &[Measured], room: &mut Scratch, out: &mut Vec<u8>) {
    put_varint(rows.len() as u64, out);
    room.ints.clear();
    room.ints.extend(rows.iter().map(|r| r.ts));
    put_ints(&room.ints, out);
    // what is not a number costs nothing when it repeats the one before
    let mut before = 0.0;
    room.floats.clear();
    room.floats.extend(rows.iter().map(|r| {
        before = if r.value.is_finite() { r.value } else { before };
        before
    }));
    put_floats(&room.floats, &mut room.likely, &mut room.whole, out);
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

/// Appends them again.
pub(super) fn get(from: &mut Cursor<'_>, room: &mut Scratch, rows: &mut Vec<Measured>) -> Result<(), Damaged> {
    let n = from.count()?;
    get_ints(from, n, &mut room.ints)?;
    get_floats(from, n, &mut room.whole, &mut room.floats)?;
    let start = rows.len();
    let both = room.ints.iter().zip(&room.floats);
    rows.extend(both.map(|(&ts, &value)| Measured { ts, value, quality: 0 }));
    let read = qualities(from, &mut rows[start..]);
    if read.is_err() {
        rows.truncate(start);
    }
    read
}

fn qualities(from: &mut Cursor<'_>, rows: &mut [Measured]) -> Result<(), Damaged> {
    match from.byte()? {
        ALL_GOOD => {}
        RUNS => {
            let mut rest = rows;
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
    Ok(())
}
