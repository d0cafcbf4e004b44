//! Minute and hour aggregates on PostgreSQL, with TimescaleDB or without; SQLite makes them with its blocks.
//!
//! What is sorted in marks its minutes as due in the same transaction. Some seconds after a minute has ended its aggregate is made
//! out of the samples, whatever was there before, with those that follow in which a value only still held, and their hours
//! are marked. To do it twice changes nothing, and late samples are only one more mark.

mod made;

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::block::{Bucket, HOUR, Measured, floor, hours};
use crate::store::source::{self, Aggregate};
use crate::store::sql::rollup as sql;
use made::{MINUTE, Run, make};

/// A bucket is made when it has ended this long ago, ms.
const SETTLE: i64 = 5_000;
/// Buckets of one transaction.
const CHUNK: i64 = 500;

/// Point and begin of a bucket.
type Place = (i32, i64);
const START: Place = (i32::MIN, i64::MIN);

/// Makes everything that is due, in small transactions, unless it is to stop.
pub(super) async fn reconcile(pool: &PgPool, now: i64, stopping: &CancellationToken) -> Result<(), sqlx::Error> {
    let settled = floor(now.saturating_sub(SETTLE), MINUTE);
    let mut after = Some(START);
    while let Some(place) = after.filter(|_| !stopping.is_cancelled()) {
        after = some_minutes(pool, place, settled).await?;
    }
    after = Some(START);
    while let Some(place) = after.filter(|_| !stopping.is_cancelled()) {
        after = some_hours(pool, place, settled.saturating_sub(HOUR)).await?;
    }
    Ok(())
}

/// Makes minutes that are due and lie behind `after`, by point and time; where to go on.
async fn some_minutes(pool: &PgPool, after: Place, settled: i64) -> Result<Option<Place>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let due: Vec<(i32, i64, bool)> = sqlx::query_as(sql::DUE)
        .bind(i32::try_from(MINUTE).unwrap_or(i32::MAX))
        .bind(after.0)
        .bind(after.1)
        .bind(settled - MINUTE)
        .bind(CHUNK)
        .fetch_all(&mut *tx)
        .await?;
    let Some(last) = due.last().map(|d| (d.0, d.1)) else { return Ok(None) };
    let runs = Run::of(&due);
    let samples = samples(&mut tx, &runs).await?;
    let mut buckets = BTreeMap::new();
    let mut marks = BTreeSet::new();
    let mut touched = BTreeSet::new();
    let mut ends = Vec::with_capacity(runs.len());
    for (run, samples) in runs.iter().zip(&samples) {
        let made = make(run, samples, settled);
        let mut hour = floor(run.begin, HOUR);
        while hour < made.end {
            touched.insert((run.point, hour));
            hour += HOUR;
        }
        marks.extend(made.also.map(|bucket| (run.point, bucket)));
        buckets.extend(made.buckets.into_iter().map(|b| ((run.point, b.ts), b)));
        ends.push(made.end);
    }
    for (point, bucket, _) in &due {
        marks.remove(&(*point, *bucket));
    }
    sqlx::query(sql::MINUTE_CLEAR)
        .bind(runs.iter().map(|r| r.point).collect::<Vec<_>>())
        .bind(runs.iter().map(|r| r.begin).collect::<Vec<_>>())
        .bind(ends)
        .execute(&mut *tx)
        .await?;
    put(&mut tx, sql::MINUTE_PUT, &buckets).await?;
    done(&mut tx, MINUTE, due.iter().map(|d| (d.0, d.1))).await?;
    mark(&mut tx, MINUTE, &marks).await?;
    mark(&mut tx, HOUR, &touched).await?;
    tx.commit().await?;
    Ok(Some(last))
}

/// Makes hours that are due, begin at `latest` at most and lie behind `after`.
async fn some_hours(pool: &PgPool, after: Place, latest: i64) -> Result<Option<Place>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let due: Vec<(i32, i64, bool)> = sqlx::query_as(sql::DUE)
        .bind(i32::try_from(HOUR).unwrap_or(i32::MAX))
        .bind(after.0)
        .bind(after.1)
        .bind(latest)
        .bind(CHUNK)
        .fetch_all(&mut *tx)
        .await?;
    let Some(last) = due.last().map(|d| (d.0, d.1)) else { return Ok(None) };
    let (points, begins): (Vec<i32>, Vec<i64>) = due.iter().map(|d| (d.0, d.1)).unzip();
    let ends: Vec<i64> = begins.iter().map(|b| b.saturating_add(HOUR)).collect();
    let rows: Vec<OfPoint> = sqlx::query_as(sql::MINUTES_OF).bind(&points).bind(&begins).fetch_all(&mut *tx).await?;
    let mut buckets = BTreeMap::new();
    for part in rows.chunk_by(|a, b| a.point == b.point) {
        let minutes: Vec<Bucket> = part.iter().map(|r| source::bucket(MINUTE, r.minute)).collect();
        buckets.extend(hours(&minutes).into_iter().map(|b| ((part[0].point, b.ts), b)));
    }
    sqlx::query(sql::HOUR_CLEAR).bind(&points).bind(&begins).bind(&ends).execute(&mut *tx).await?;
    put(&mut tx, sql::HOUR_PUT, &buckets).await?;
    done(&mut tx, HOUR, due.iter().map(|d| (d.0, d.1))).await?;
    tx.commit().await?;
    Ok(Some(last))
}

/// A minute and whose it is.
#[derive(sqlx::FromRow)]
struct OfPoint {
    point: i32,
    #[sqlx(flatten)]
    minute: Aggregate,
}

/// The samples of each run, the one before it and the one behind it.
async fn samples(tx: &mut sqlx::PgConnection, runs: &[Run]) -> Result<Vec<Vec<Measured>>, sqlx::Error> {
    let rows: Vec<(i32, i64, Option<f64>, i16)> = sqlx::query_as(sql::SAMPLES_OF)
        .bind((0..).take(runs.len()).collect::<Vec<i32>>())
        .bind(runs.iter().map(|r| r.point).collect::<Vec<_>>())
        .bind(runs.iter().map(|r| r.begin).collect::<Vec<_>>())
        .bind(runs.iter().map(|r| r.end).collect::<Vec<_>>())
        .bind(runs.iter().map(|r| r.begin).min())
        .bind(runs.iter().map(|r| r.end).max())
        .fetch_all(tx)
        .await?;
    let mut all = vec![Vec::new(); runs.len()];
    for (run, ts, value, quality) in rows {
        if let Some(of) = usize::try_from(run).ok().and_then(|run| all.get_mut(run)) {
            of.push(source::measured(ts, value, quality));
        }
    }
    Ok(all)
}

async fn put(
    tx: &mut sqlx::PgConnection,
    statement: &'static str,
    buckets: &BTreeMap<Place, Bucket>,
) -> Result<(), sqlx::Error> {
    if buckets.is_empty() {
        return Ok(());
    }
    fn each<T>(all: &BTreeMap<Place, Bucket>, of: impl Fn(&Bucket) -> T) -> Vec<T> {
        all.values().map(of).collect()
    }
    let some = |b: &Bucket, v: f64| (b.n > 0).then_some(v);
    sqlx::query(statement)
        .bind(buckets.keys().map(|k| k.0).collect::<Vec<_>>())
        .bind(each(buckets, |b| b.ts))
        .bind(each(buckets, |b| b.n))
        .bind(each(buckets, |b| some(b, b.min)))
        .bind(each(buckets, |b| (b.n > 0).then_some(b.min_ts)))
        .bind(each(buckets, |b| some(b, b.max)))
        .bind(each(buckets, |b| (b.n > 0).then_some(b.max_ts)))
        .bind(each(buckets, |b| some(b, b.first)))
        .bind(each(buckets, |b| some(b, b.last)))
        .bind(each(buckets, Bucket::mean))
        .bind(each(buckets, |b| i16::from(b.quality)))
        .bind(each(buckets, |b| b.integral))
        .bind(each(buckets, |b| b.covered))
        .execute(tx)
        .await?;
    Ok(())
}

async fn done(tx: &mut sqlx::PgConnection, span: i64, due: impl Iterator<Item = Place>) -> Result<(), sqlx::Error> {
    let (points, buckets): (Vec<i32>, Vec<i64>) = due.unzip();
    sqlx::query(sql::DUE_DONE)
        .bind(i32::try_from(span).unwrap_or(i32::MAX))
        .bind(points)
        .bind(buckets)
        .execute(tx)
        .await?;
    Ok(())
}

async fn mark(tx: &mut sqlx::PgConnection, span: i64, marks: &BTreeSet<Place>) -> Result<(), sqlx::Error> {
    if marks.is_empty() {
        return Ok(());
    }
    let (points, buckets): (Vec<i32>, Vec<i64>) = marks.iter().copied().unzip();
    sqlx::query(sql::DUE_ADD)
        .bind(i32::try_from(span).unwrap_or(i32::MAX))
        .bind(points)
        .bind(buckets)
        .execute(tx)
        .await?;
    Ok(())
}
