//! Tables of the first version, a row a sample, become runs little by little while the hub works.

use sqlx::{Connection, SqlitePool};

use super::runs::{self, Runs};
use crate::store::block::{Bucket, Level, Measured, Row};
use crate::store::sql::sqlite as sql;

/// Rows of one transaction.
const ROWS: i64 = 20_000;

/// `point, ts, value, quality`.
type Sample = (i64, i64, Option<f64>, i64);
/// `point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality`.
type Aggregate =
    (i64, i64, i64, Option<f64>, Option<i64>, Option<f64>, Option<i64>, Option<f64>, Option<f64>, Option<f64>, i64);

/// Converts some rows of one table; whether there were any.
pub(in crate::store) async fn convert(writer: &SqlitePool, runs: &Runs) -> Result<bool, sqlx::Error> {
    let samples: Vec<Sample> = sqlx::query_as(sql::OLD_SAMPLES).bind(ROWS).fetch_all(writer).await?;
    if !samples.is_empty() {
        let end = samples.last().map(|s| (s.0, s.1)).unwrap_or_default();
        let rows = samples.into_iter().filter_map(|(point, ts, value, quality)| {
            Some((
                u32::try_from(point).ok()?,
                Measured { ts, value: value.unwrap_or(f64::NAN), quality: code(quality) },
            ))
        });
        move_over(writer, runs, Level::Raw, sql::OLD_SAMPLES_DELETE, end, rows.collect()).await?;
        return Ok(true);
    }
    for (level, read, delete) in [
        (Level::Minute, sql::OLD_MINUTES, sql::OLD_MINUTES_DELETE),
        (Level::Hour, sql::OLD_HOURS, sql::OLD_HOURS_DELETE),
    ] {
        let buckets: Vec<Aggregate> = sqlx::query_as(read).bind(ROWS).fetch_all(writer).await?;
        if !buckets.is_empty() {
            let end = buckets.last().map(|s| (s.0, s.1)).unwrap_or_default();
            let rows = buckets.into_iter().filter_map(|row| bucket(level, row)).collect();
            move_over(writer, runs, level, delete, end, rows).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

async fn move_over<T: Row>(
    writer: &SqlitePool,
    runs: &Runs,
    level: Level,
    delete: &'static str,
    end: (i64, i64),
    rows: Vec<(u32, T)>,
) -> Result<(), sqlx::Error> {
    let made = super::work(move || Ok(runs::of(rows))).await?;
    let mut connection = writer.acquire().await?;
    let mut tx = connection.begin().await?;
    runs::insert(&mut tx, level, &made).await?;
    sqlx::query(delete).bind(end.0).bind(end.1).execute(&mut *tx).await?;
    tx.commit().await?;
    runs.added(level, &made);
    Ok(())
}

/// The old mean was that of the samples; it stands for the whole span.
fn bucket(level: Level, row: Aggregate) -> Option<(u32, Bucket)> {
    let (point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality) = row;
    let covered = if mean.is_some() { level.width() } else { 0 };
    let bucket = Bucket {
        n: if min.is_some() && max.is_some() { n } else { 0 },
        min: min.unwrap_or(0.0),
        min_ts: min_ts.unwrap_or(ts),
        max: max.unwrap_or(0.0),
        max_ts: max_ts.unwrap_or(ts),
        first: first.unwrap_or(0.0),
        last: last.unwrap_or(0.0),
        integral: mean.unwrap_or(0.0) * covered as f64,
        covered,
        quality: code(quality),
        ..Bucket::new(ts)
    };
    Some((u32::try_from(point).ok()?, bucket))
}

fn code(quality: i64) -> u8 {
    u8::try_from(quality).unwrap_or(u8::MAX)
}
