//! What a point's samples come to at any step: from the stored minutes and hours where the step allows it, made anew where
//! samples wait that those do not know yet.

use std::ops::Range;

use sqlx::{Acquire, SqliteConnection, SqlitePool};

use super::read::{self, rows_of};
use crate::store::block::{
    Bucket, HOLD, HOUR, Level, MINUTE, Measured, Spans, floor, hours, joined, made, reach, settle,
};
use crate::store::sql::sqlite as sql;

/// Stored rows of one part.
const ROWS: i64 = 20_000;

/// The level whose rows make up buckets of `every` ms from `from` on, if one does.
pub(in crate::store) fn level(from: i64, every: i64) -> Option<Level> {
    let fits = |level: &Level| every % level.width() == 0 && from.rem_euclid(level.width()) == 0;
    [Level::Hour, Level::Minute].into_iter().find(fits)
}

/// Buckets of `every` ms from `from` on, which are made up of rows of `level`; `to` may cut the last. A bounded part, and where
/// the next one begins.
pub(in crate::store) async fn aggregates(
    pool: &SqlitePool,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
    every: i64,
) -> Result<(Vec<Bucket>, Option<i64>), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    // one picture of the tables: a fold may move rows from runs to blocks between two statements
    let mut tx = connection.begin().await?;
    let part = every.max((ROWS * level.width()) / every * every);
    let end = from.saturating_add(part).min(to);
    let mut out = Spans::new(from, every);
    let whole = floor(end, level.width()).max(from);
    let rows = match level {
        Level::Hour => of_hours(&mut tx, point, from..whole).await?,
        _ => of_minutes(&mut tx, point, from..whole).await?,
    };
    out.extend(&rows);
    let minutes = floor(end, MINUTE).max(whole);
    out.extend(&of_minutes(&mut tx, point, whole..minutes).await?);
    if minutes < end {
        let rows = read::all(&mut tx, point, minutes.saturating_sub(HOLD), end).await?;
        out.extend(&made(&rows, minutes..end));
    }
    tx.commit().await?;
    Ok((out.made(), Some(end).filter(|&end| end < to)))
}

/// What of a range from `from` on is left in minutes and hours only, because the samples have expired; and where samples begin.
pub(in crate::store) async fn expired(
    pool: &SqlitePool,
    point: u32,
    from: i64,
    to: i64,
    every: i64,
) -> Result<(Vec<Bucket>, i64), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin().await?;
    let oldest = read::oldest(&mut tx, Level::Raw, point).await?.map_or(from, |ts| floor(ts, MINUTE));
    let oldest = oldest.min(floor(to, MINUTE));
    let mut out = Spans::new(from, every);
    if oldest > from {
        let kept = of_minutes(&mut tx, point, floor(from, MINUTE)..oldest).await?;
        out.extend(kept.iter().filter(|b| b.ts >= from));
    }
    tx.commit().await?;
    Ok((out.made(), oldest.max(from)))
}

/// Minutes of a span that begins and ends with one, as if every sample were in them.
async fn of_minutes(tx: &mut SqliteConnection, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, sqlx::Error> {
    if span.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = Vec::new();
    if let Some(oldest) = read::oldest(tx, Level::Minute, point).await?
        && floor(oldest, HOUR) > span.start
    {
        // a step that is not of hours, and yet only hours are left
        let until = floor(oldest, HOUR).min(floor(span.end, HOUR));
        let kept = read::stored(tx, Level::Hour, point, span.start, until).await?;
        rows.extend(kept.into_iter().filter(|b| b.ts >= span.start));
    }
    rows.extend(read::stored(tx, Level::Minute, point, span.start, span.end).await?);
    let mut unknown = Vec::new();
    let fresh = read::runs(tx, Level::Raw, point, span.start.saturating_sub(HOLD + MINUTE), span.end).await?;
    for sample in rows_of::<Measured>(&fresh, point) {
        unknown.push(reach(sample.ts, MINUTE));
    }
    // what the newest block's last sample holds is known when the next one is there
    let tail: Option<(i64,)> =
        sqlx::query_as(sql::BLOCK_TAIL).bind(Level::Raw.code()).bind(i64::from(point)).fetch_optional(&mut *tx).await?;
    unknown.extend(tail.map(|(ts,)| reach(ts, MINUTE)));
    for part in joined(unknown, &span) {
        let samples = read::all(tx, point, part.start.saturating_sub(HOLD), part.end).await?;
        rows.extend(made(&samples, part));
    }
    settle(&mut rows);
    Ok(rows)
}

/// Hours of a span that begins and ends with one, as if every sample were in them.
async fn of_hours(tx: &mut SqliteConnection, point: u32, span: Range<i64>) -> Result<Vec<Bucket>, sqlx::Error> {
    if span.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = read::stored(tx, Level::Hour, point, span.start, span.end).await?;
    let mut unknown = Vec::new();
    let minutes = read::runs(tx, Level::Minute, point, span.start, span.end).await?;
    for minute in rows_of::<Bucket>(&minutes, point) {
        let hour = floor(minute.ts, HOUR);
        unknown.push(hour..hour.saturating_add(HOUR));
    }
    let fresh = read::runs(tx, Level::Raw, point, span.start.saturating_sub(HOLD + MINUTE), span.end).await?;
    for sample in rows_of::<Measured>(&fresh, point) {
        unknown.push(reach(sample.ts, HOUR));
    }
    let tail: Option<(i64,)> =
        sqlx::query_as(sql::BLOCK_TAIL).bind(Level::Raw.code()).bind(i64::from(point)).fetch_optional(&mut *tx).await?;
    unknown.extend(tail.map(|(ts,)| reach(ts, HOUR)));
    for part in joined(unknown, &span) {
        rows.extend(hours(&of_minutes(tx, point, part).await?));
    }
    settle(&mut rows);
    Ok(rows)
}
