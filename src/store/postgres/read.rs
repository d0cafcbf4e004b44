//! Minutes and hours of one point, as if every sample were in them: out of the tables, and made anew of the samples where the
//! tables do not know all of them yet.

use std::ops::Range;

use sqlx::PgPool;

use crate::store::StoreError;
use crate::store::apply::number;
use crate::store::block::{self, Bucket, HOLD, HOUR, Level, MINUTE, Measured, floor, hours, joined, made, reach};
use crate::store::source::{self, Aggregate};
use crate::store::sql::{history, rollup};

/// A span that is made anew is read in parts of this length, ms.
const PART: i64 = 24 * HOUR;

/// Minutes that begin within a span.
pub(in crate::store) async fn minutes(pool: &PgPool, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, StoreError> {
    // what is marked first, then what is stored: what is made in between is seen
    let unknown = unknown(pool, point, &span).await?;
    let spans = joined(unknown.into_iter().map(|minute| reach(minute, MINUTE)).collect(), &span);
    let mut rows = stored(pool, Level::Minute, point, &span).await?;
    for part in spans {
        rows.extend(anew(pool, point, part).await?);
    }
    block::settle(&mut rows);
    Ok(rows)
}

/// Hours that begin within a span.
pub(in crate::store) async fn hours_of(pool: &PgPool, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, StoreError> {
    let due: Vec<(i64,)> =
        sqlx::query_as(rollup::HOURS_DUE).bind(number(point)).bind(span.start).bind(span.end).fetch_all(pool).await?;
    let mut spans: Vec<Range<i64>> = due.into_iter().map(|(hour,)| hour..hour.saturating_add(HOUR)).collect();
    spans.extend(unknown(pool, point, &span).await?.into_iter().map(|minute| reach(minute, HOUR)));
    let mut rows = stored(pool, Level::Hour, point, &span).await?;
    for part in joined(spans, &span) {
        rows.extend(hours(&minutes(pool, point, part).await?));
    }
    block::settle(&mut rows);
    Ok(rows)
}

/// Minutes that have a sample the tables do not know, in the span or so short before it that it may still hold there.
async fn unknown(pool: &PgPool, point: u32, span: &Range<i64>) -> Result<Vec<i64>, StoreError> {
    let from = floor(span.start.saturating_sub(HOLD), MINUTE);
    let rows: Vec<(i64,)> =
        sqlx::query_as(rollup::MINUTES_UNKNOWN).bind(number(point)).bind(from).bind(span.end).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

async fn stored(pool: &PgPool, level: Level, point: u32, span: &Range<i64>) -> Result<Vec<Bucket>, StoreError> {
    let statement = if level == Level::Hour { history::HOUR } else { history::MINUTE };
    let rows: Vec<Aggregate> =
        sqlx::query_as(statement).bind(number(point)).bind(span.start).bind(span.end).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| source::bucket(level.width(), row)).collect())
}

/// Minutes of a span out of its samples.
pub(super) async fn anew(pool: &PgPool, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, StoreError> {
    let mut all = Vec::new();
    let mut begin = span.start;
    while begin < span.end {
        let part = begin..begin.saturating_add(PART).min(span.end);
        let mut samples: Vec<Measured> = Vec::new();
        let mut next = Some(part.start.saturating_sub(HOLD));
        while let Some(from) = next {
            let rows;
            (rows, next) = source::samples_of(pool, point, from, part.end).await?;
            samples.extend(rows);
        }
        begin = part.end;
        all.extend(made(&samples, part));
    }
    Ok(all)
}
