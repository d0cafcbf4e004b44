//! Rows of one point out of whichever database, a bounded part at a time.

use sqlx::PgPool;

use super::StoreError;
use super::apply::number;
use super::block::{self, BAD, Bucket, HOLD, Level, Measured, floor};
use super::db::Db;
use super::reduce::Row;
use super::sql::history as h;
use super::{postgres, sqlite};

/// Rows of one part on PostgreSQL.
const PART: i64 = 20_000;

/// A row of table `sample_minute` or `sample_hour`.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(super) struct Aggregate {
    ts: i64,
    n: i64,
    min: Option<f64>,
    min_ts: Option<i64>,
    max: Option<f64>,
    max_ts: Option<i64>,
    first: Option<f64>,
    last: Option<f64>,
    mean: Option<f64>,
    quality: i16,
    integral: Option<f64>,
    covered: Option<i64>,
}

/// Samples from `from` on, before `to`, in time order; and where the next part begins, if there may be one.
pub(super) async fn samples(
    db: &Db,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Measured>, Option<i64>), StoreError> {
    let pool = match db {
        Db::Sqlite { pool, .. } => return Ok(sqlite::page(pool, point, from, to).await?),
        Db::Postgres { pool, .. } => pool,
    };
    samples_of(pool, point, from, to).await
}

/// The same on PostgreSQL.
pub(super) async fn samples_of(
    pool: &PgPool,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Measured>, Option<i64>), StoreError> {
    let rows: Vec<(i64, Option<f64>, i16)> =
        sqlx::query_as(h::RAW).bind(number(point)).bind(from).bind(to).bind(PART).fetch_all(pool).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == PART);
    let next = rows.last().filter(|_| full).map(|r| r.0.saturating_add(1)).filter(|&next| next < to);
    let mut rows: Vec<Measured> = rows.into_iter().map(|(ts, value, q)| measured(ts, value, q)).collect();
    block::settle(&mut rows);
    Ok((rows, next))
}

/// Aggregates that begin from `from` on and before `to`, samples among them that no aggregate knows yet, and where the next
/// part begins.
pub(super) async fn buckets(
    db: &Db,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Bucket>, Vec<Measured>, Option<i64>), StoreError> {
    let pool = match db {
        Db::Sqlite { pool, .. } => return Ok(sqlite::buckets(pool, level, point, from, to).await?),
        Db::Postgres { pool, .. } => pool,
    };
    // nothing is looked for where nothing is
    let oldest =
        [first(db, level, point, from, to).await?, first(db, Level::Raw, point, from.saturating_sub(HOLD), to).await?];
    let Some(oldest) = oldest.into_iter().flatten().min() else { return Ok((vec![], vec![], None)) };
    let width = level.width();
    let begin = floor(oldest.max(from), width);
    let end = begin.saturating_add(PART * width).min(to);
    let rows = match level {
        Level::Hour => postgres::hours_of(pool, point, begin..end).await?,
        _ => postgres::minutes(pool, point, begin..end).await?,
    };
    Ok((rows, vec![], Some(end).filter(|&end| end < to)))
}

/// Where a point's rows of a level begin in a range.
pub(super) async fn first(db: &Db, level: Level, point: u32, from: i64, to: i64) -> Result<Option<i64>, StoreError> {
    let pool = match db {
        Db::Sqlite { pool, .. } => return Ok(sqlite::first(pool, level, point, from, to).await?),
        Db::Postgres { pool, .. } => pool,
    };
    let statement = match level {
        Level::Raw => h::RAW_OLDEST,
        Level::Minute => h::MINUTE_OLDEST,
        Level::Hour => h::HOUR_OLDEST,
    };
    let (first,): (Option<i64>,) =
        sqlx::query_as(statement).bind(number(point)).bind(from).bind(to).fetch_one(pool).await?;
    Ok(first)
}

/// Whether a point has more than about `most` samples in a range.
pub(super) async fn more_than(db: &Db, point: u32, from: i64, to: i64, most: i64) -> Result<bool, StoreError> {
    let n = match db {
        // a block has some hundred samples at least
        Db::Sqlite { pool, .. } => sqlite::count(pool, Level::Raw, point, from, to, most / 256 + 2).await?,
        Db::Postgres { pool, .. } => {
            let (n,): (i64,) = sqlx::query_as(h::RAW_COUNT)
                .bind(number(point))
                .bind(from)
                .bind(to)
                .bind(most + 1)
                .fetch_one(pool)
                .await?;
            n
        }
    };
    Ok(n > most)
}

/// Rows for a picture: of aggregates their lowest and highest sample, with their own times.
pub(super) async fn rows(
    db: &Db,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Row>, Option<i64>), StoreError> {
    if level == Level::Raw {
        let (rows, next) = samples(db, point, from, to).await?;
        return Ok((rows.iter().map(row).collect(), next));
    }
    let (buckets, samples, next) = buckets(db, level, point, floor(from, level.width()), to).await?;
    let end = next.unwrap_or(to);
    let mut rows: Vec<Row> = samples.iter().map(row).collect();
    for b in buckets {
        match b.n {
            1.. => rows.extend([(b.min_ts, Some(b.min), b.quality), (b.max_ts, Some(b.max), b.quality)]),
            // a value that still held is no sample
            _ if b.covered > 0 => {}
            _ => rows.push((b.ts, None, b.quality)),
        }
    }
    // of a bucket that the range cuts, the samples themselves where they are still there
    for (from, to) in edges(level.width(), from, end) {
        rows.extend(self::samples(db, point, from, to).await?.0.iter().map(row));
    }
    rows.retain(|r| r.0 >= from && r.0 < to);
    rows.sort_by_key(|r| r.0);
    rows.dedup_by_key(|r| r.0);
    Ok((rows, next))
}

fn edges(width: i64, from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    let low = floor(from, width);
    let head = (low < from).then(|| (from, low.saturating_add(width).min(to)));
    let tail = floor(to, width);
    let tail = (tail < to).then_some((tail.max(from), to));
    head.into_iter().chain(tail)
}

fn row(m: &Measured) -> Row {
    (m.ts, m.value.is_finite().then_some(m.value), m.quality)
}

/// A sample out of its columns.
pub(super) fn measured(ts: i64, value: Option<f64>, quality: i16) -> Measured {
    Measured { ts, value: value.unwrap_or(f64::NAN), quality: code(quality) }
}

/// A table's row of `width` ms; a mean that was not weighted by time stands for the whole of it.
pub(super) fn bucket(width: i64, row: Aggregate) -> Bucket {
    let n = if row.min.is_some() && row.max.is_some() { row.n } else { 0 };
    let whole = if n > 0 && row.mean.is_some() { width } else { 0 };
    let covered = row.covered.unwrap_or(whole);
    Bucket {
        n,
        min: row.min.unwrap_or(0.0),
        min_ts: row.min_ts.unwrap_or(row.ts),
        max: row.max.unwrap_or(0.0),
        max_ts: row.max_ts.unwrap_or(row.ts),
        first: row.first.unwrap_or(0.0),
        last: row.last.unwrap_or(0.0),
        integral: row.integral.unwrap_or_else(|| row.mean.unwrap_or(0.0) * covered as f64),
        covered,
        quality: if n > 0 || covered > 0 { code(row.quality) } else { code(row.quality).max(BAD) },
        ..Bucket::new(row.ts)
    }
}

fn code(quality: i16) -> u8 {
    u8::try_from(quality).unwrap_or(u8::MAX)
}
