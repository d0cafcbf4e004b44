//! Minute and hour aggregates on PostgreSQL alone; TimescaleDB makes them itself, SQLite with its blocks.
//!
//! A batch that is applied marks its minutes as due in the same transaction; some seconds after a minute has ended its
//! aggregate is made out of the raw samples, whatever was there before, and its hour is marked. To do it twice changes
//! nothing, and late samples are only one more mark.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;

use super::sql::keep as sql;
use super::sql::postgres::plain;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
/// A bucket is made when it has ended this long ago.
const SETTLE: i64 = 5_000;
/// Buckets of one transaction.
const CHUNK: i64 = 200;
/// Quality codes from here on are bad: not part of an aggregate.
const BAD: i16 = 0x20;

/// What a bucket's usable samples come to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Aggregate {
    n: i64,
    min: Option<(f64, i64)>,
    max: Option<(f64, i64)>,
    first: Option<f64>,
    last: Option<f64>,
    mean: Option<f64>,
    /// The worst of the usable; the worst of all where none is.
    quality: i16,
}

impl Aggregate {
    const EMPTY: Self = Self { n: 0, min: None, max: None, first: None, last: None, mean: None, quality: 0 };

    /// Takes in the next part in time order: a sample (`n` = 1) or a finer aggregate.
    fn add(&mut self, part: Aggregate) {
        if part.n == 0 {
            if self.n == 0 {
                self.quality = self.quality.max(part.quality);
            }
            return;
        }
        self.quality = if self.n == 0 { part.quality } else { self.quality.max(part.quality) };
        if let Some(low) = part.min
            && self.min.is_none_or(|(v, _)| low.0 < v)
        {
            self.min = Some(low);
        }
        if let Some(high) = part.max
            && self.max.is_none_or(|(v, _)| high.0 > v)
        {
            self.max = Some(high);
        }
        self.first = self.first.or(part.first);
        self.last = part.last.or(self.last);
        let n = self.n + part.n;
        if let Some(mean) = part.mean {
            let before = self.mean.unwrap_or(0.0);
            self.mean = Some(before + (mean - before) * (part.n as f64 / n as f64));
        }
        self.n = n;
    }

    fn of_sample(ts: i64, value: Option<f64>, quality: i16) -> Self {
        match value.filter(|v| v.is_finite() && quality < BAD) {
            Some(v) => Self {
                n: 1,
                min: Some((v, ts)),
                max: Some((v, ts)),
                first: Some(v),
                last: Some(v),
                mean: Some(v),
                quality,
            },
            None => Self { quality: quality.max(BAD), ..Self::EMPTY },
        }
    }
}

/// `bucket, point, ts, value, quality`.
type RawRow = (i64, i32, i64, Option<f64>, i16);
/// `bucket, point, n, min, min_ts, max, max_ts, first, last, mean, quality`.
type MinuteRow =
    (i64, i32, i64, Option<f64>, Option<i64>, Option<f64>, Option<i64>, Option<f64>, Option<f64>, Option<f64>, i16);

fn of_raw(rows: Vec<RawRow>) -> Vec<((i64, i32), Aggregate)> {
    group(rows.into_iter().map(|(bucket, point, ts, v, q)| ((bucket, point), Aggregate::of_sample(ts, v, q))))
}

fn of_minutes(rows: Vec<MinuteRow>) -> Vec<((i64, i32), Aggregate)> {
    group(rows.into_iter().map(|(bucket, point, n, min, min_ts, max, max_ts, first, last, mean, quality)| {
        ((bucket, point), Aggregate { n, min: min.zip(min_ts), max: max.zip(max_ts), first, last, mean, quality })
    }))
}

/// Folds neighbours of one key.
fn group(parts: impl Iterator<Item = ((i64, i32), Aggregate)>) -> Vec<((i64, i32), Aggregate)> {
    let mut all: Vec<((i64, i32), Aggregate)> = Vec::new();
    for (key, part) in parts {
        match all.last_mut() {
            Some((last, sum)) if *last == key => sum.add(part),
            _ => {
                let mut sum = Aggregate::EMPTY;
                sum.add(part);
                all.push((key, sum));
            }
        }
    }
    all
}

/// Writes one aggregate.
macro_rules! put {
    ($tx:ident, $statement:expr, $point:expr, $bucket:expr, $a:expr) => {
        sqlx::query($statement)
            .bind($point)
            .bind($bucket)
            .bind($a.n)
            .bind($a.min.map(|(v, _)| v))
            .bind($a.min.map(|(_, ts)| ts))
            .bind($a.max.map(|(v, _)| v))
            .bind($a.max.map(|(_, ts)| ts))
            .bind($a.first)
            .bind($a.last)
            .bind($a.mean)
            .bind($a.quality)
            .execute(&mut *$tx)
            .await?
    };
}

/// Makes what is due, for about `budget`. Answers the last minute that was looked at, and whether all was done.
pub(super) async fn reconcile(pool: &PgPool, now: i64, budget: Duration) -> Result<(i64, bool), sqlx::Error> {
    let until = Instant::now() + budget;
    let minutes = now - SETTLE - MINUTE;
    let hours = now - 2 * SETTLE - MINUTE - HOUR;
    loop {
        let done = {
            let mut tx = pool.begin().await?;
            let due: Vec<(i64, i32)> =
                sqlx::query_as(sql::DUE).bind(MINUTE).bind(minutes).bind(CHUNK).fetch_all(&mut *tx).await?;
            let rows = sqlx::query_as(plain::DUE_RAW).bind(minutes).bind(CHUNK).fetch_all(&mut *tx).await?;
            for ((bucket, point), a) in of_raw(rows) {
                put!(tx, sql::MINUTE_PUT, point, bucket, a);
            }
            for &(bucket, point) in &due {
                let hour = bucket.div_euclid(HOUR) * HOUR;
                sqlx::query(sql::DUE_ADD).bind(HOUR).bind(hour).bind(point).execute(&mut *tx).await?;
                sqlx::query(sql::DUE_DONE).bind(MINUTE).bind(bucket).bind(point).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            due.is_empty()
        };
        if done {
            break;
        }
        if Instant::now() >= until {
            return Ok((minutes, false));
        }
    }
    loop {
        let done = {
            let mut tx = pool.begin().await?;
            let due: Vec<(i64, i32)> =
                sqlx::query_as(sql::DUE).bind(HOUR).bind(hours).bind(CHUNK).fetch_all(&mut *tx).await?;
            let rows = sqlx::query_as(sql::DUE_MINUTES).bind(hours).bind(CHUNK).fetch_all(&mut *tx).await?;
            for ((bucket, point), a) in of_minutes(rows) {
                put!(tx, sql::HOUR_PUT, point, bucket, a);
            }
            for &(bucket, point) in &due {
                sqlx::query(sql::DUE_DONE).bind(HOUR).bind(bucket).bind(point).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            due.is_empty()
        };
        if done || Instant::now() >= until {
            return Ok((minutes, done));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_keeps_its_extremes_with_their_times_and_leaves_bad_samples_out() {
        let rows = vec![
            (0, 1, 10, Some(5.0), 0),
            (0, 1, 20, Some(-1.0), 0),
            (0, 1, 30, Some(9999.0), 0x22),
            (0, 1, 40, Some(8.0), 0x10),
            (0, 1, 50, None, 0x23),
            (60_000, 1, 60_001, None, 0x23),
        ];
        let made = of_raw(rows);
        assert_eq!(made.len(), 2);
        let a = made[0].1;
        assert_eq!((a.n, a.min, a.max, a.first, a.last), (3, Some((-1.0, 20)), Some((8.0, 40)), Some(5.0), Some(8.0)));
        assert!((a.mean.unwrap() - 4.0).abs() < 1e-12);
        assert_eq!(a.quality, 0x10);
        assert_eq!(made[1].1, Aggregate { quality: 0x23, ..Aggregate::EMPTY });
    }

    #[test]
    fn an_hour_made_of_minutes_is_the_hour_made_of_samples() {
        let samples: Vec<(i64, f64)> = (0..3600).map(|s| (s * 1000, f64::from(s as i32 * 7919 % 1000))).collect();
        let whole = of_raw(samples.iter().map(|&(ts, v)| (0, 1, ts, Some(v), 0)).collect())[0].1;
        let minutes = of_raw(samples.iter().map(|&(ts, v)| (ts / MINUTE * MINUTE, 1, ts, Some(v), 0)).collect());
        let again = of_minutes(
            minutes
                .iter()
                .map(|(_, a)| {
                    let ((lo, lo_ts), (hi, hi_ts)) = (a.min.unwrap(), a.max.unwrap());
                    (0, 1, a.n, Some(lo), Some(lo_ts), Some(hi), Some(hi_ts), a.first, a.last, a.mean, a.quality)
                })
                .collect(),
        )[0]
        .1;
        assert_eq!(
            (whole.n, whole.min, whole.max, whole.first, whole.last),
            (again.n, again.min, again.max, again.first, again.last)
        );
        assert!((whole.mean.unwrap() - again.mean.unwrap()).abs() < 1e-9);
    }
}
