//! Samples and aggregates as compressed bytes: pure functions, no database.

mod bits;
mod bucket;
mod buckets;
mod column;
mod decimal;
pub(super) mod fuzz;
mod pack;
mod reach;
mod samples;
mod spans;
#[cfg(test)]
mod tests;

pub(super) use bucket::{Bucket, HOLD, hold_into, hours};
pub(super) use column::{Cursor, Damaged, Scratch};
pub(super) use pack::{Run, open, pack, seal, unpack_one};
pub(super) use reach::{joined, made, reach};
pub(super) use spans::Spans;

/// Quality codes from here on are bad.
pub(super) const BAD: u8 = 0x20;
/// A minute, ms.
pub(super) const MINUTE: i64 = 60_000;
/// An hour, ms.
pub(super) const HOUR: i64 = 3_600_000;

/// A sample of a point that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// Source time, ms.
    pub(super) ts: i64,
    /// NaN where it was not a number.
    pub(super) value: f64,
    /// [`linepack_core::Quality::code`].
    pub(super) quality: u8,
}

impl Measured {
    /// Whether it counts in aggregates.
    pub(super) fn usable(&self) -> bool {
        self.value.is_finite() && self.quality < BAD
    }
}

/// How fine rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    /// Samples.
    Raw,
    /// Minute aggregates.
    Minute,
    /// Hour aggregates.
    Hour,
}

impl Level {
    /// Finest first.
    pub(super) const ALL: [Self; 3] = [Self::Raw, Self::Minute, Self::Hour];

    /// As the tables have it.
    pub(super) const fn code(self) -> i64 {
        self as i64
    }

    /// Width of a row, ms; of a sample 1.
    pub(super) const fn width(self) -> i64 {
        match self {
            Self::Raw => 1,
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
        }
    }

    /// Blocks end only where a span of this ends, so that each coarser row is made of one block.
    pub(super) const fn align(self) -> i64 {
        match self {
            Self::Raw => MINUTE,
            Self::Minute | Self::Hour => HOUR,
        }
    }
}

/// Begin of the span a moment lies in; times far out of the world stay where they are.
pub(super) fn floor(ts: i64, width: i64) -> i64 {
    ts.saturating_sub(ts.rem_euclid(width))
}

/// What lies in blocks: samples or aggregates.
pub(super) trait Row: Copy + Send + 'static {
    /// When, ms.
    fn ts(&self) -> i64;
    /// Which of two of the same time stays.
    fn stays(old: Self, new: Self) -> Self;
    /// Value (none for an aggregate) and quality, beside a block for whoever goes on from it.
    fn end(&self) -> (Option<f64>, u8);
    /// Appends rows in time order.
    fn put(rows: &[Self], room: &mut Scratch, out: &mut Vec<u8>);
    /// Appends them again; nothing where they are damaged.
    fn get(from: &mut Cursor<'_>, room: &mut Scratch, rows: &mut Vec<Self>) -> Result<(), Damaged>;
    /// Aggregates of the next coarser level: `before` is the sample before the rows, whole buckets end at `until`.
    fn coarser(level: Level, before: Option<Measured>, rows: &[Self], until: i64) -> Vec<Bucket>;
}

impl Row for Measured {
    fn ts(&self) -> i64 {
        self.ts
    }
    /// The first that came stays, as with a key in a table.
    fn stays(old: Self, _: Self) -> Self {
        old
    }
    fn end(&self) -> (Option<f64>, u8) {
        (self.value.is_finite().then_some(self.value), self.quality)
    }
    fn put(rows: &[Self], room: &mut Scratch, out: &mut Vec<u8>) {
        samples::put(rows, room, out);
    }
    fn get(from: &mut Cursor<'_>, room: &mut Scratch, rows: &mut Vec<Self>) -> Result<(), Damaged> {
        samples::get(from, room, rows)
    }
    fn coarser(_: Level, before: Option<Measured>, rows: &[Self], until: i64) -> Vec<Bucket> {
        let begin = before.map_or(i64::MIN, |b| floor(b.ts, MINUTE).saturating_add(MINUTE));
        hold_into(0, MINUTE, before, rows, begin, until)
    }
}

impl Row for Bucket {
    fn ts(&self) -> i64 {
        self.ts
    }
    /// Raw samples only go, so an aggregate of fewer was made of what retention left over.
    fn stays(old: Self, new: Self) -> Self {
        if new.n >= old.n { new } else { old }
    }
    fn end(&self) -> (Option<f64>, u8) {
        (None, self.quality)
    }
    fn put(rows: &[Self], room: &mut Scratch, out: &mut Vec<u8>) {
        buckets::put(rows, room, out);
    }
    fn get(from: &mut Cursor<'_>, room: &mut Scratch, rows: &mut Vec<Self>) -> Result<(), Damaged> {
        buckets::get(from, room, rows)
    }
    fn coarser(level: Level, _: Option<Measured>, rows: &[Self], _: i64) -> Vec<Bucket> {
        if level == Level::Minute { hours(rows) } else { vec![] }
    }
}

/// Puts rows into time order, one of each time; `rows` are in the order they came.
pub(super) fn settle<T: Row>(rows: &mut Vec<T>) {
    let n = settled(rows).len();
    rows.truncate(n);
}

/// The same where they lie: the rows that stay are at the beginning.
pub(super) fn settled<T: Row>(rows: &mut [T]) -> &[T] {
    if rows.windows(2).all(|w| w[0].ts() < w[1].ts()) {
        return rows;
    }
    rows.sort_by_key(Row::ts);
    let mut kept = 0;
    for at in 1..rows.len() {
        if rows[at].ts() == rows[kept].ts() {
            rows[kept] = T::stays(rows[kept], rows[at]);
        } else {
            kept += 1;
            rows[kept] = rows[at];
        }
    }
    &rows[..=kept]
}
