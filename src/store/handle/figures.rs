//! What the figures of the alarm system are made of: the journal, row by row.

use futures_util::TryStreamExt;

use super::Store;
use crate::store::db::on;
use crate::store::{StoreError, sql};

/// What the figures need of a journal row.
#[derive(Debug, sqlx::FromRow)]
pub struct FiguresRow {
    /// Running number.
    pub id: i64,
    /// Alarm id.
    pub alarm: String,
    /// State before.
    pub from_state: String,
    /// State after.
    pub to_state: String,
    /// What moved it.
    pub cause: String,
    /// Hub time.
    pub ts_ms: i64,
}

impl Store {
    /// Hands over the journal of a period (`to_ms` exclusive) in the order of time; millions of rows need no memory.
    pub async fn figures(
        &self,
        from_ms: i64,
        to_ms: i64,
        mut take: impl FnMut(FiguresRow) + Send,
    ) -> Result<(), StoreError> {
        on!(&*self.0.db, pool => {
            let mut rows = sqlx::query_as::<_, FiguresRow>(sql::FIGURES).bind(from_ms).bind(to_ms).fetch(pool);
            while let Some(row) = rows.try_next().await? {
                take(row);
            }
        });
        Ok(())
    }

    /// The rows after a running number, at most so many.
    pub async fn figures_after(&self, id: i64, limit: usize) -> Result<Vec<FiguresRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(on!(&*self.0.db, pool => sqlx::query_as(sql::FIGURES_AFTER).bind(id).bind(limit).fetch_all(pool).await)?)
    }

    /// Running number of the last row before a moment; 0 where there is none.
    pub async fn figures_before(&self, at_ms: i64) -> Result<i64, StoreError> {
        let (id,): (i64,) =
            on!(&*self.0.db, pool => sqlx::query_as(sql::FIGURES_BEFORE).bind(at_ms).fetch_one(pool).await)?;
        Ok(id)
    }

    /// Alarms that stood at a moment, with since when, milliseconds.
    pub async fn figures_standing(&self, at_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(on!(&*self.0.db, pool => sqlx::query_as(sql::FIGURES_STANDING).bind(at_ms).fetch_all(pool).await)?)
    }
}
