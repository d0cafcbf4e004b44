//! What a point's samples come to at any step: from the stored minutes and hours where the step allows it.

use std::ops::Range;

use sqlx::PgPool;

use super::read;
use crate::store::StoreError;
use crate::store::apply::number;
use crate::store::block::{Bucket, HOUR, Level, MINUTE, Spans, floor};
use crate::store::sql::history;

/// Stored rows of one part.
const ROWS: i64 = 20_000;

/// Buckets of `every` ms from `from` on, which are made up of rows of `level`; `to` may cut the last. A bounded part, and where
/// the next one begins.
pub(in crate::store) async fn aggregates(
    pool: &PgPool,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
    every: i64,
) -> Result<(Vec<Bucket>, Option<i64>), StoreError> {
    let part = every.max((ROWS * level.width()) / every * every);
    let end = from.saturating_add(part).min(to);
    let mut out = Spans::new(from, every);
    let whole = floor(end, level.width()).max(from);
    let rows = match level {
        Level::Hour => read::hours_of(pool, point, from..whole).await?,
        _ => minutes(pool, point, from..whole).await?,
    };
    out.extend(&rows);
    let last = floor(end, MINUTE).max(whole);
    out.extend(&minutes(pool, point, whole..last).await?);
    out.extend(&read::anew(pool, point, last..end).await?);
    Ok((out.made(), Some(end).filter(|&end| end < to)))
}

/// What of a range from `from` on is left in minutes and hours only, because the samples have expired; and where samples begin.
pub(in crate::store) async fn expired(
    pool: &PgPool,
    point: u32,
    from: i64,
    to: i64,
    every: i64,
) -> Result<(Vec<Bucket>, i64), StoreError> {
    let until = floor(to, MINUTE);
    let oldest = oldest(pool, history::RAW_OLDEST, point).await?.map_or(until, |ts| floor(ts, MINUTE)).min(until);
    let mut out = Spans::new(from, every);
    if oldest > from {
        let kept = minutes(pool, point, floor(from, MINUTE)..oldest).await?;
        out.extend(kept.iter().filter(|b| b.ts >= from));
    }
    Ok((out.made(), oldest.max(from)))
}

/// Minutes of a span; where those have expired, hours.
async fn minutes(pool: &PgPool, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, StoreError> {
    if span.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = Vec::new();
    let mut begin = span.start;
    if let Some(oldest) = oldest(pool, history::MINUTE_OLDEST, point).await?
        && floor(oldest, HOUR) > span.start
    {
        let until = floor(oldest, HOUR).min(floor(span.end, HOUR)).max(span.start);
        let kept = read::hours_of(pool, point, floor(span.start, HOUR)..until).await?;
        rows.extend(kept.into_iter().filter(|b| b.ts >= span.start));
        begin = until;
    }
    rows.extend(read::minutes(pool, point, begin..span.end).await?);
    Ok(rows)
}

async fn oldest(pool: &PgPool, statement: &'static str, point: u32) -> Result<Option<i64>, StoreError> {
    let (oldest,): (Option<i64>,) =
        sqlx::query_as(statement).bind(number(point)).bind(i64::MIN).bind(i64::MAX).fetch_one(pool).await?;
    Ok(oldest)
}
