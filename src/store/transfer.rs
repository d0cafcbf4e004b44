//! History out and in, beside a hub that serves or without one.

use std::sync::Arc;

use linepack_core::{Quality, Registry};

use super::apply::{self, Applied};
use super::block::Measured;
use super::db::{Db, on, on_writer};
use super::log::{Frame, StoredSample};
use super::{Store, StoreError, history, source, sql};
use crate::clock::Clock;

/// One sample of history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistorySample {
    /// Source time, ms.
    pub ts_ms: i64,
    /// None where there was no number.
    pub value: Option<f64>,
    /// How far it may be trusted.
    pub quality: Quality,
}

/// Samples of one point, in time order, part by part.
#[derive(Debug)]
pub struct HistorySamples<'a> {
    db: &'a Db,
    /// None: the database has no such point.
    point: Option<u32>,
    from: i64,
    to: i64,
}

impl HistorySamples<'_> {
    /// The next ones; none are left where it is empty.
    pub async fn next(&mut self) -> Result<Vec<HistorySample>, StoreError> {
        let Some(point) = self.point else { return Ok(vec![]) };
        while self.from < self.to {
            let (rows, next) = source::samples(self.db, point, self.from, self.to).await?;
            self.from = next.unwrap_or(self.to);
            if !rows.is_empty() {
                let of = |m: Measured| HistorySample {
                    ts_ms: m.ts,
                    value: m.value.is_finite().then_some(m.value),
                    quality: Quality::from_code(m.quality),
                };
                return Ok(rows.into_iter().map(of).collect());
            }
        }
        Ok(vec![])
    }
}

impl Store {
    /// Names of all points that may have history.
    pub async fn point_names(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(i32, String)> = on!(self.db(), pool => sqlx::query_as(sql::POINTS).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(_, name)| name).collect())
    }

    /// Raw samples of a point in `from..to`, milliseconds.
    pub async fn samples(&self, point: &str, from: i64, to: i64) -> Result<HistorySamples<'_>, StoreError> {
        let number = history::number(self.db(), self.points(), point).await?;
        Ok(HistorySamples { db: self.db(), point: number, from, to })
    }

    /// Begins or goes on with an import that is known by a name.
    pub async fn import(&self, registry: Arc<Registry>, name: &str) -> Result<HistoryImport, StoreError> {
        self.adopt(registry.clone()).await?;
        let log = format!("{}{name}", apply::IMPORT);
        on_writer!(self.db(), pool => sqlx::query(sql::POSITION_NEW).bind(&log).execute(pool).await.map(drop))?;
        let position = super::writer::position(self.db(), &log).await?;
        Ok(HistoryImport { store: self.clone(), registry, log, position })
    }
}

/// Samples on their way into the tables without the log: how many rows are in stands beside them.
#[derive(Debug)]
pub struct HistoryImport {
    store: Store,
    registry: Arc<Registry>,
    log: String,
    position: u64,
}

impl HistoryImport {
    /// Rows that are in.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The number of a point of the site.
    pub fn number(&self, point: &str) -> Option<u32> {
        self.registry.find_point(point)?;
        self.store.points().get(point)
    }

    /// Samples (number, source time in ms, value, quality) of the rows to `position`: all of them or none.
    pub async fn put(&mut self, position: u64, samples: &[(u32, i64, Option<f64>, Quality)]) -> Result<(), StoreError> {
        if position <= self.position {
            return Ok(());
        }
        let samples = samples.iter().map(|&(point, ts, value, quality)| StoredSample {
            point,
            ts,
            value: value.unwrap_or(f64::NAN),
            quality: quality.code(),
        });
        let frame = Frame { seq: position, at: Clock::System.now().ms(), records: vec![], samples: samples.collect() };
        match apply::apply(self.store.db(), &self.log, self.position, &[frame]).await? {
            Applied::Done => self.position = position,
            Applied::Elsewhere | Applied::Ousted => {
                return Err(StoreError::Refused("the same file is being imported by another program".into()));
            }
        }
        Ok(())
    }
}
