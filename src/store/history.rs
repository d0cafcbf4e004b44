//! `GET /history`: the finest that is there and not too much: samples where they are still there and not too many, minute or
//! hour aggregates for the rest. One series at a time, so that an answer is never in memory as a whole.

use std::sync::Arc;

use linepack_core::Quality;

use super::block::{Level, floor};
use super::db::{Db, on};
use super::points::Points;
use super::reduce::Reducer;
use super::{HistoryQuery, Store, StoreError, source, sql};
use crate::wire;

/// More samples than this a point are not read for one answer; aggregates are.
const RAW_MAX: i64 = 200_000;
/// More aggregates than this a point are not read; coarser ones are.
const AGGREGATES_MAX: i64 = 100_000;

/// An answer that is read series by series.
#[derive(Debug)]
pub struct HistoryReading {
    db: Arc<Db>,
    points: Arc<Points>,
    query: HistoryQuery,
    next: usize,
    coarsest: Level,
    reduced: bool,
}

impl HistoryReading {
    pub(super) fn new(db: Arc<Db>, points: Arc<Points>, query: HistoryQuery) -> Self {
        Self { db, points, query, next: 0, coarsest: Level::Raw, reduced: false }
    }

    /// The next series, in the order asked; points the database does not know have no rows. `unit` is left empty.
    pub async fn next(&mut self) -> Result<Option<wire::Series>, StoreError> {
        let Some(name) = self.query.points.get(self.next).cloned() else { return Ok(None) };
        self.next += 1;
        let number = number(&self.db, &self.points, &name).await?;
        let &HistoryQuery { from_ms: from, to_ms: to, max_points: max, .. } = &self.query;
        let mut reducer = Reducer::new(from, to, max);
        if let Some(point) = number {
            for (level, from, to) in plan(&self.db, point, from, to).await? {
                self.coarsest = self.coarsest.max(level);
                let mut part = Some(from);
                while let Some(from) = part {
                    let (rows, next) = source::rows(&self.db, level, point, from, to).await?;
                    rows.into_iter().for_each(|row| reducer.push(row));
                    part = next;
                }
            }
        }
        let (rows, reduced) = reducer.finish();
        self.reduced |= reduced;
        let rows = rows
            .into_iter()
            .map(|(ts, v, q)| wire::HistoryRow(ts, v, Quality::from_code(q).class().to_owned()))
            .collect();
        Ok(Some(wire::Series { point: name, unit: String::new(), rows }))
    }

    /// How fine what was read so far is.
    pub fn resolution(&self) -> &'static str {
        match (self.coarsest, self.reduced) {
            (Level::Raw, false) => "raw",
            (Level::Raw, true) => "reduced",
            (Level::Minute, _) => "minute",
            (Level::Hour, _) => "hour",
        }
    }
}

impl Store {
    /// Spans in `from..to` in which samples were lost, `[from, to]`, both inclusive, milliseconds.
    pub async fn history_gaps(&self, (from, to): (i64, i64)) -> Result<Vec<[i64; 2]>, StoreError> {
        let rows: Vec<(i64, i64)> =
            on!(self.db(), pool => sqlx::query_as(sql::GAPS).bind(from).bind(to).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(from, to)| [from, to]).collect())
    }
}

/// The number of a point; another process may have made the point since the numbers were read.
pub(super) async fn number(db: &Db, points: &Points, name: &str) -> Result<Option<u32>, StoreError> {
    if let Some(number) = points.get(name) {
        return Ok(Some(number));
    }
    let row: Option<(i32,)> = on!(db, pool => sqlx::query_as(sql::POINT).bind(name).fetch_optional(pool).await)?;
    let number = row.and_then(|(n,)| u32::try_from(n).ok());
    points.learn(number.map(|n| (n, name.to_owned())));
    Ok(number)
}

/// What of a range is read how fine, in time order.
async fn plan(db: &Db, point: u32, from: i64, to: i64) -> Result<Vec<(Level, i64, i64)>, StoreError> {
    let minutes = to.saturating_sub(from) / Level::Minute.width();
    let finest = if !source::more_than(db, point, from, to, RAW_MAX).await? {
        Level::Raw
    } else if minutes <= AGGREGATES_MAX {
        Level::Minute
    } else {
        Level::Hour
    };
    let mut parts = Vec::new();
    let mut end = to;
    for level in Level::ALL.into_iter().filter(|&l| l >= finest) {
        if end <= from {
            break;
        }
        // what has expired at this level is told by the next; the coarsest tells of all that is left
        let begin = match level {
            Level::Hour => Some(from),
            _ => source::first(db, level, point, floor(from, level.width()), end).await?,
        };
        let Some(begin) = begin else { continue };
        let coarser = if level == Level::Raw { Level::Minute } else { Level::Hour };
        let begin = floor(begin, coarser.width()).max(from);
        let part = (level, begin, end);
        if level == finest || has(db, level, point, begin, end).await? {
            parts.push(part);
            end = begin;
        }
    }
    // samples that wait for their aggregates are found at any level; nothing at all is raw
    if let Some(last) = parts.last_mut()
        && last.0 == Level::Raw
    {
        last.1 = from;
    }
    parts.reverse();
    Ok(parts)
}

/// Whether there is anything to show; a value that only still held is not.
async fn has(db: &Db, level: Level, point: u32, from: i64, to: i64) -> Result<bool, StoreError> {
    let mut part = Some(from);
    while let Some(from) = part {
        let (rows, next) = source::rows(db, level, point, from, to).await?;
        if !rows.is_empty() {
            return Ok(true);
        }
        part = next;
    }
    Ok(false)
}
