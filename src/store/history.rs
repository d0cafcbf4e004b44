//! `GET /history`: the finest that is there and not too much: raw, reduced from raw, or out of minute or hour aggregates.

use linepack_core::Quality;

use super::db::{Db, on};
use super::points::Points;
use super::reduce::{Row, reduce};
use super::sql::{self, history as h};
use super::{HistoryQuery, StoreError};
use crate::wire;

/// More raw rows than this a point are not read for one answer; aggregates are.
const RAW_MAX: i64 = 100_000;
/// More aggregates than this a point are not read; coarser ones are.
const AGGREGATES_MAX: i64 = 100_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;

/// How fine an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Resolution {
    Raw,
    Reduced,
    Minute,
    Hour,
}

impl Resolution {
    const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Reduced => "reduced",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }
}

/// `ts, n, min, min_ts, max, max_ts, quality`.
type AggregateRow = (i64, i64, Option<f64>, Option<i64>, Option<f64>, Option<i64>, i16);

/// Answers a query; points the database does not know have no rows.
pub(super) async fn history(db: &Db, points: &Points, query: &HistoryQuery) -> Result<wire::History, StoreError> {
    let &HistoryQuery { from_ms: from, to_ms: to, max_points: max, .. } = query;
    let mut numbers = Vec::with_capacity(query.points.len());
    for name in &query.points {
        numbers.push(match points.get(name) {
            Some(n) => Some(n),
            None => look_up(db, points, name).await?,
        });
    }
    let mut resolution = Resolution::Raw;
    for &point in numbers.iter().flatten() {
        resolution = resolution.max(choose(db, point, from, to, max).await?);
    }
    let mut series = Vec::with_capacity(numbers.len());
    for (name, number) in query.points.iter().zip(numbers) {
        let rows = match number {
            Some(point) => read(db, point, from, to, resolution).await?,
            None => vec![],
        };
        let rows = reduce(&rows, from, to, max)
            .into_iter()
            .map(|(ts, v, q)| wire::HistoryRow(ts, v, Quality::from_code(q).class().to_owned()))
            .collect();
        series.push(wire::Series { point: name.clone(), unit: String::new(), rows });
    }
    Ok(wire::History { from_ms: from, to_ms: to, resolution: resolution.name().to_owned(), series, behind_ms: 0 })
}

/// Another process may have made the point since the numbers were read.
pub(super) async fn look_up(db: &Db, points: &Points, name: &str) -> Result<Option<u32>, StoreError> {
    let row: Option<(i32,)> = on!(db, pool => sqlx::query_as(sql::POINT).bind(name).fetch_optional(pool).await)?;
    let number = row.and_then(|(n,)| u32::try_from(n).ok());
    points.learn(number.map(|n| (name.to_owned(), n)));
    Ok(number)
}

async fn choose(db: &Db, point: u32, from: i64, to: i64, max: usize) -> Result<Resolution, StoreError> {
    let point = super::apply::number(point);
    let (rows,): (i64,) = on!(db, pool => sqlx::query_as(h::RAW_COUNT)
        .bind(point).bind(from).bind(to).bind(RAW_MAX + 1).fetch_one(pool).await)?;
    let (oldest,): (Option<i64>,) =
        on!(db, pool => sqlx::query_as(h::RAW_OLDEST).bind(point).bind(from).bind(to).fetch_one(pool).await)?;
    // where raw samples have expired, only aggregates tell of the time before
    let raw_from = oldest.map_or(to, |o| o.div_euclid(MINUTE) * MINUTE);
    let expired: Option<(i64,)> = on!(db, pool => sqlx::query_as(h::MINUTE_ANY).bind(point).bind(from).bind(raw_from).fetch_optional(pool).await)?;
    if rows <= RAW_MAX && expired.is_none() {
        let older: Option<(i64,)> = on!(db, pool => sqlx::query_as(h::HOUR_ANY)
            .bind(point).bind(from).bind(raw_from.div_euclid(HOUR) * HOUR).fetch_optional(pool).await)?;
        if older.is_none() {
            let fits = usize::try_from(rows).is_ok_and(|n| n <= max);
            return Ok(if fits { Resolution::Raw } else { Resolution::Reduced });
        }
        return Ok(Resolution::Hour);
    }
    let (first,): (Option<i64>,) = on!(db, pool => sqlx::query_as(h::MINUTE_OLDEST)
        .bind(point).bind(from).bind(to).fetch_one(pool).await)?;
    let minutes_from = first.unwrap_or(to);
    let older: Option<(i64,)> = on!(db, pool => sqlx::query_as(h::HOUR_ANY)
        .bind(point).bind(from).bind(minutes_from.div_euclid(HOUR) * HOUR).fetch_optional(pool).await)?;
    let many = to.saturating_sub(minutes_from.max(from)) / MINUTE > AGGREGATES_MAX;
    Ok(if older.is_some() || many { Resolution::Hour } else { Resolution::Minute })
}

async fn read(db: &Db, point: u32, from: i64, to: i64, resolution: Resolution) -> Result<Vec<Row>, StoreError> {
    let number = super::apply::number(point);
    let (statement, width) = match resolution {
        Resolution::Raw | Resolution::Reduced => return raw(db, number, from, to).await,
        Resolution::Minute => (h::MINUTE, MINUTE),
        Resolution::Hour => (h::HOUR, HOUR),
    };
    let begin = from.div_euclid(width) * width;
    let buckets: Vec<AggregateRow> =
        on!(db, pool => sqlx::query_as(statement).bind(number).bind(begin).bind(to).fetch_all(pool).await)?;
    let mut rows = Vec::with_capacity(buckets.len() * 2);
    for &(ts, n, min, min_ts, max, max_ts, quality) in &buckets {
        let quality = u8::try_from(quality).unwrap_or(u8::MAX);
        let mut pair: Vec<Row> = match (n, min.zip(min_ts), max.zip(max_ts)) {
            (1.., Some((lo, lo_ts)), Some((hi, hi_ts))) => {
                vec![(lo_ts, Some(lo), quality), (hi_ts, Some(hi), quality)]
            }
            _ => vec![(ts, None, quality)],
        };
        pair.sort_unstable_by_key(|r| r.0);
        pair.dedup_by_key(|r| r.0);
        rows.extend(pair.into_iter().filter(|r| (from..to).contains(&r.0)));
    }
    // the newest buckets are not made yet
    let tail = buckets.last().map_or(from, |b| b.0 + width).max(from);
    rows.extend(raw(db, number, tail, to).await?);
    Ok(rows)
}

async fn raw(db: &Db, point: i32, from: i64, to: i64) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<(i64, Option<f64>, i16)> = on!(db, pool => sqlx::query_as(h::RAW)
        .bind(point).bind(from).bind(to).bind(RAW_MAX).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(|(ts, v, q)| (ts, v, u8::try_from(q).unwrap_or(u8::MAX))).collect())
}
