//! History of one point step by step: `GET /history` with `aggregate`, and `linepack export --every`.

use std::sync::Arc;
use std::vec::IntoIter;

use jiff::tz::TimeZone;

use super::db::Db;
use super::history::number;
use super::step::{Step, Stretch};
use super::{HistoryAggregate, Store, StoreError, aggregate};

/// Spans of one point in time order, read part by part.
#[derive(Debug)]
pub struct HistorySteps {
    db: Arc<Db>,
    /// None: the database has no such point.
    point: Option<u32>,
    stretches: IntoIter<Stretch>,
    under_way: Option<Stretch>,
    /// The present, ms: nobody knows what held after it.
    now: i64,
}

impl Store {
    /// What a point's samples come to in each span of `step` that has something of `from..to` (ms). Spans are whole; the one
    /// that is not over at `now` is told so far. Those in which nothing was measured and nothing held are left out.
    pub async fn steps(
        &self,
        point: &str,
        (from, to): (i64, i64),
        step: Step,
        zone: &TimeZone,
        now: i64,
    ) -> Result<HistorySteps, StoreError> {
        let point = number(self.db(), self.points(), point).await?;
        let stretches = step.stretches(zone, from, to.min(now)).into_iter();
        Ok(HistorySteps { db: self.shared_db(), point, stretches, under_way: None, now })
    }
}

impl HistorySteps {
    /// The next ones; `None` when there are no more. A part may be empty.
    pub async fn next(&mut self) -> Result<Option<Vec<HistoryAggregate>>, StoreError> {
        let Some(point) = self.point else { return Ok(None) };
        let Some(stretch) = self.under_way.take().or_else(|| self.stretches.next()) else { return Ok(None) };
        let to = stretch.to.min(self.now);
        if stretch.from >= to {
            return Ok(None);
        }
        let (buckets, next) = aggregate::part(&self.db, point, stretch.from, to, stretch.every).await?;
        self.under_way = next.map(|from| Stretch { from, ..stretch });
        Ok(Some(buckets.into_iter().map(HistoryAggregate::from).collect()))
    }
}
