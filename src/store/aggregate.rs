//! What a point's samples come to, step by step: time-weighted, with the extremes and their moments.

use linepack_core::Quality;

use super::block::{Bucket, HOLD, Measured, hold_into};
use super::db::Db;
use super::history::number;
use super::{Store, StoreError, postgres, source, sqlite};

/// Buckets of one part that are made of samples.
const PART: usize = 4096;

/// What a point's samples come to in one span of time. A value holds until the next sample, ten minutes at most; a bad one
/// holds nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryAggregate {
    /// Begin, ms.
    pub start_ms: i64,
    /// Usable samples.
    pub n: u64,
    /// Time in which a usable value held, ms.
    pub covered_ms: i64,
    /// Sum of value times the milliseconds it held.
    pub integral: f64,
    /// Lowest usable sample and its time, ms.
    pub lowest: Option<(f64, i64)>,
    /// Highest usable sample and its time, ms.
    pub highest: Option<(f64, i64)>,
    /// First usable sample.
    pub first: Option<f64>,
    /// Last usable sample.
    pub last: Option<f64>,
    /// The worst of the usable samples; the worst of all where none is.
    pub quality: Quality,
}

impl HistoryAggregate {
    /// Mean over the time a usable value held.
    pub fn mean(&self) -> Option<f64> {
        (self.covered_ms > 0).then(|| self.integral / self.covered_ms as f64)
    }
}

impl From<Bucket> for HistoryAggregate {
    fn from(b: Bucket) -> Self {
        let some = b.n > 0;
        Self {
            start_ms: b.ts,
            n: b.n.try_into().unwrap_or(0),
            covered_ms: b.covered,
            integral: b.integral,
            lowest: some.then_some((b.min, b.min_ts)),
            highest: some.then_some((b.max, b.max_ts)),
            first: some.then_some(b.first),
            last: some.then_some(b.last),
            quality: Quality::from_code(b.quality),
        }
    }
}

/// Aggregates of one point, in time order, part by part.
#[derive(Debug)]
pub struct HistoryAggregates<'a> {
    db: &'a Db,
    /// None: the database has no such point.
    point: Option<u32>,
    /// Where the next part begins.
    next: Option<i64>,
    to: i64,
    every: i64,
}

impl HistoryAggregates<'_> {
    /// The next ones; none are left where it is `None`. A part may be empty.
    pub async fn next(&mut self) -> Result<Option<Vec<HistoryAggregate>>, StoreError> {
        let (Some(point), Some(from)) = (self.point, self.next.take()) else { return Ok(None) };
        let (buckets, next) = part(self.db, point, from, self.to, self.every).await?;
        self.next = next;
        Ok(Some(buckets.into_iter().map(HistoryAggregate::from).collect()))
    }
}

impl Store {
    /// What a point's samples from `from_ms` on and before `to_ms` come to: a bucket each `every_ms`, the first begins at
    /// `from_ms`, `to_ms` (not in the future) may cut the last. Buckets in which nothing was measured and nothing held are left
    /// out. Steps of whole minutes and hours are read from stored aggregates.
    pub async fn aggregates(
        &self,
        point: &str,
        from_ms: i64,
        to_ms: i64,
        every_ms: i64,
    ) -> Result<HistoryAggregates<'_>, StoreError> {
        self.caught_up().await;
        let point = number(self.db(), self.points(), point).await?;
        let next = (from_ms < to_ms).then_some(from_ms);
        Ok(HistoryAggregates { db: self.db(), point, next, to: to_ms, every: every_ms.max(1) })
    }
}

/// The bounded part that begins at `from`, and where the next one begins.
pub(super) async fn part(
    db: &Db,
    point: u32,
    from: i64,
    to: i64,
    every: i64,
) -> Result<(Vec<Bucket>, Option<i64>), StoreError> {
    let (mut all, mut at) = match (db, sqlite::level(from, every)) {
        (Db::Sqlite { pool, .. }, Some(level)) => {
            return Ok(sqlite::aggregates(pool, level, point, from, to, every).await?);
        }
        (Db::Sqlite { pool, .. }, None) => sqlite::expired(pool, point, from, to, every).await?,
        (Db::Postgres { pool, .. }, Some(level)) => {
            return postgres::aggregates(pool, level, point, from, to, every).await;
        }
        (Db::Postgres { pool, .. }, None) => postgres::expired(pool, point, from, to, every).await?,
    };
    // out of the samples themselves
    let mut held = None::<Measured>;
    let mut next = Some(at.saturating_sub(HOLD));
    while let Some(begin) = next {
        let rows;
        (rows, next) = source::samples(db, point, begin, to).await?;
        let fresh = rows.partition_point(|r| r.ts < at);
        held = rows[..fresh].last().copied().or(held);
        let until = next.map_or(to, |_| rows.last().map_or(at, |r| r.ts)).max(at);
        for b in hold_into(from, every, held, &rows[fresh..], at, until) {
            match all.last_mut() {
                Some(last) if last.ts == b.ts => last.absorb(&b),
                _ => all.push(b),
            }
        }
        held = rows.last().copied().or(held);
        at = until;
        if next.is_some() && all.len() > PART {
            // the last one may go on in the next part
            return Ok(match all.pop() {
                Some(last) => (all, Some(last.ts)),
                None => (all, None),
            });
        }
    }
    Ok((all, None))
}
