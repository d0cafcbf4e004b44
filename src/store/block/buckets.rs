//! Aggregates of one point, a column each.

use super::Bucket;
use super::column::{Cursor, Damaged, Scratch, get_floats, get_ints, put_floats, put_ints, put_varint};

type Whole = fn(&Bucket) -> i64;
type Number = fn(&Bucket) -> f64;

const WHOLE: [Whole; 6] = [
    |b| b.ts,
    |b| b.n,
    |b| b.min_ts.wrapping_sub(b.ts),
    |b| b.max_ts.wrapping_sub(b.ts),
    |b| b.covered,
    |b| i64::from(b.quality),
];
/// The integral is kept as the mean it stands for is exact enough in it: rounded to a millionth of a unit and millisecond.
const NUMBERS: [Number; 5] = [|b| b.min, |b| b.max, |b| b.first, |b| b.last, |b| rounded(b.integral)];

fn rounded(integral: f64) -> f64 {
    let steps = (integral * 1e6).round();
    if steps.abs() < 9e15 { steps / 1e6 } else { integral }
}

/// Appends aggregates in time order.
pub(super) fn put(rows: &[Bucket], room: &mut Scratch, out: &mut Vec<u8>) {
    put_varint(rows.len() as u64, out);
    for column in WHOLE {
        room.ints.clear();
        room.ints.extend(rows.iter().map(column));
        put_ints(&room.ints, out);
    }
    for column in NUMBERS {
        room.floats.clear();
        room.floats.extend(rows.iter().map(column));
        put_floats(&room.floats, &mut room.likely, &mut room.whole, out);
    }
}

/// Appends them again.
pub(super) fn get(from: &mut Cursor<'_>, room: &mut Scratch, rows: &mut Vec<Bucket>) -> Result<(), Damaged> {
    let n = from.count()?;
    let mut whole: [Vec<i64>; 6] = Default::default();
    for column in &mut whole {
        get_ints(from, n, column)?;
    }
    let mut numbers: [Vec<f64>; 5] = Default::default();
    for column in &mut numbers {
        get_floats(from, n, &mut room.whole, column)?;
    }
    let [ts, count, min_ts, max_ts, covered, quality] = whole;
    let [min, max, first, last, integral] = numbers;
    let start = rows.len();
    for i in 0..n {
        let Ok(quality) = u8::try_from(quality[i]) else {
            rows.truncate(start);
            return Err(Damaged);
        };
        rows.push(Bucket {
            ts: ts[i],
            n: count[i],
            min: min[i],
            min_ts: ts[i].wrapping_add(min_ts[i]),
            max: max[i],
            max_ts: ts[i].wrapping_add(max_ts[i]),
            first: first[i],
            last: last[i],
            integral: integral[i],
            covered: covered[i],
            quality,
        });
    }
    Ok(())
}
