//! All samples of points, or their aggregates of any width, one bounded part after the other: for whoever writes files.

use std::sync::Arc;

use futures_util::Stream;
use futures_util::stream::try_unfold;

use super::block::{Bucket, HOLD, Level, Measured, floor, hold_into};
use super::db::Db;
use super::points::Points;
use super::{StoreError, history, source};

/// A sample as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredValue {
    /// Source time, ms.
    pub ts_ms: i64,
    /// None where it was not a number.
    pub value: Option<f64>,
    /// [`linepack_core::Quality::code`].
    pub quality: u8,
}

/// What the samples of a span come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredBucket {
    /// Begin, ms.
    pub ts_ms: i64,
    /// Usable samples.
    pub n: i64,
    /// Lowest of the usable.
    pub min: Option<f64>,
    /// Highest.
    pub max: Option<f64>,
    /// First in time.
    pub first: Option<f64>,
    /// Last.
    pub last: Option<f64>,
    /// Mean over the time in which a usable value held: until the next sample, ten minutes at most.
    pub mean: Option<f64>,
    /// The worst of the usable, of all where none is: [`linepack_core::Quality::code`].
    pub quality: u8,
}

/// Rows of one point in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<T> {
    /// Full name.
    pub point: Arc<str>,
    /// Some thousand rows at most.
    pub rows: Vec<T>,
}

/// Where a reading stands.
struct At {
    db: Arc<Db>,
    points: Arc<Points>,
    names: std::vec::IntoIter<String>,
    from: i64,
    to: i64,
    current: Option<Current>,
}

struct Current {
    name: Arc<str>,
    number: u32,
    level: Level,
    next: i64,
    /// This level tells up to here, ms.
    end: i64,
    /// The last sample so far.
    before: Option<Measured>,
    /// The bucket the last part ended in.
    open: Option<Bucket>,
    /// Where to begin is known.
    begun: bool,
    /// Samples have been read.
    continues: bool,
}

impl At {
    /// The point that is being read, the next one where the last is done.
    async fn current(&mut self) -> Result<Option<Current>, StoreError> {
        if let Some(current) = self.current.take() {
            return Ok(Some(current));
        }
        for name in self.names.by_ref() {
            if let Some(number) = history::number(&self.db, &self.points, &name).await? {
                let (next, end) = (self.from, self.to);
                let name = name.into();
                return Ok(Some(Current {
                    name,
                    number,
                    level: Level::Raw,
                    next,
                    end,
                    before: None,
                    open: None,
                    begun: false,
                    continues: false,
                }));
            }
        }
        Ok(None)
    }
}

/// Samples of points, one point after the other; parts may be empty.
pub(super) fn samples(
    db: Arc<Db>,
    points: Arc<Points>,
    names: Vec<String>,
    from: i64,
    to: i64,
) -> impl Stream<Item = Result<Part<StoredValue>, StoreError>> + Send + 'static {
    let at = At { db, points, names: names.into_iter(), from, to, current: None };
    try_unfold(at, |mut at| async move {
        let Some(mut c) = at.current().await? else { return Ok(None) };
        let (rows, next) = source::samples(&at.db, c.number, c.next, at.to).await?;
        let rows = rows.iter().map(|m| StoredValue {
            ts_ms: m.ts,
            value: m.value.is_finite().then_some(m.value),
            quality: m.quality,
        });
        let part = Part { point: c.name.clone(), rows: rows.collect() };
        if let Some(next) = next {
            c.next = next;
            at.current = Some(c);
        }
        Ok(Some((part, at)))
    })
}

/// Aggregates of `every` ms, out of samples; where those have expired, out of minute or hour aggregates if `every` is a multiple.
pub(super) fn buckets(
    db: Arc<Db>,
    points: Arc<Points>,
    names: Vec<String>,
    from: i64,
    to: i64,
    every: i64,
) -> impl Stream<Item = Result<Part<StoredBucket>, StoreError>> + Send + 'static {
    let every = every.max(1);
    let at = At { db, points, names: names.into_iter(), from, to, current: None };
    try_unfold(at, move |mut at| async move {
        let Some(mut c) = at.current().await? else { return Ok(None) };
        if !c.begun {
            begin(&at, &mut c, every).await?;
        }
        let (made, next) = if c.level == Level::Raw {
            let (rows, next) = source::samples(&at.db, c.number, c.next, at.to).await?;
            // the first part begins where it is asked for, the others where the last one ended
            let begin = if c.continues { c.before.map_or(c.next, |b| b.ts) } else { c.next };
            let until = if next.is_some() { rows.last().map_or(i64::MIN, |r| r.ts) } else { at.to };
            let made = hold_into(every, c.before, &rows, begin, until);
            c.continues = true;
            c.before = rows.last().copied().or(c.before);
            (made, next)
        } else {
            let (rows, _, next) = source::buckets(&at.db, c.level, c.number, c.next, c.end).await?;
            (rows, next)
        };
        let mut rows: Vec<Bucket> = Vec::with_capacity(made.len() + 1);
        for b in c.open.take().into_iter().chain(made) {
            let ts = floor(b.ts, every);
            match rows.last_mut() {
                Some(last) if last.ts == ts => last.absorb(&b),
                _ => rows.push(Bucket { ts, ..b }),
            }
        }
        let point = c.name.clone();
        let more = match next {
            Some(next) => {
                c.next = next;
                true
            }
            None if c.level != Level::Raw && c.end < at.to => {
                // the samples of the rest are still there
                (c.level, c.next) = (Level::Raw, c.end);
                true
            }
            None => false,
        };
        if more {
            c.open = rows.pop();
            at.current = Some(c);
        }
        Ok(Some((Part { point, rows: rows.iter().map(stored).collect() }, at)))
    })
}

/// Finds out where a point's samples begin, what tells of the time before, and what still holds at the begin.
async fn begin(at: &At, c: &mut Current, every: i64) -> Result<(), StoreError> {
    c.begun = true;
    let raw = source::first(&at.db, Level::Raw, c.number, at.from, at.to).await?;
    let end = raw.map_or(at.to, |first| floor(first, every));
    for level in [Level::Hour, Level::Minute] {
        if end <= at.from || every % level.width() != 0 {
            continue;
        }
        let from = floor(at.from, level.width());
        let finer = level == Level::Hour
            && source::first(&at.db, Level::Minute, c.number, from, end)
                .await?
                .is_some_and(|m| m < from + level.width());
        if !finer && source::first(&at.db, level, c.number, from, end).await?.is_some() {
            (c.level, c.next, c.end) = (level, from, end);
            return Ok(());
        }
    }
    let mut from = Some(at.from.saturating_sub(HOLD));
    while let Some(next) = from {
        let (rows, next) = source::samples(&at.db, c.number, next, at.from).await?;
        c.before = rows.last().copied().or(c.before);
        from = next;
    }
    Ok(())
}

fn stored(b: &Bucket) -> StoredBucket {
    let known = |v: f64| (b.n > 0).then_some(v);
    StoredBucket {
        ts_ms: b.ts,
        n: b.n,
        min: known(b.min),
        max: known(b.max),
        first: known(b.first),
        last: known(b.last),
        mean: b.mean(),
        quality: b.quality,
    }
}
