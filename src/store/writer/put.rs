//! A batch into the database: once, and without what it will never take.

use std::collections::BTreeSet;

use super::{Writer, blocking, ousted};
use crate::clock::Clock;
use crate::store::apply::{self, Applied};
use crate::store::db::{Db, Kind, on};
use crate::store::log::{self, Batch};
use crate::store::{StoreError, sql};

/// Width of a partition, ms.
const WEEK: i64 = 7 * 86_400_000;

impl Writer {
    /// Applies a batch; frame by frame where the database refuses something in it, so that one bad frame stops nothing.
    pub(super) async fn put(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.make_weeks(batch).await?;
        match self.put_frames(&batch.frames).await {
            Err(StoreError::Database(e)) if is_about_data(&e) => {
                for frame in &batch.frames {
                    if frame.seq <= self.applied {
                        continue;
                    }
                    match self.put_frames(std::slice::from_ref(frame)).await {
                        Err(StoreError::Database(e)) if is_about_data(&e) => self.set_aside(frame, &e).await?,
                        other => other?,
                    }
                }
                Ok(())
            }
            other => other,
        }
    }

    async fn put_frames(&mut self, frames: &[log::Frame]) -> Result<(), StoreError> {
        let Some(last) = frames.last().map(|f| f.seq) else { return Ok(()) };
        self.doubt = self.doubt.max(last);
        match apply::apply(&self.db, &self.log, self.applied, frames).await? {
            Applied::Done => {
                self.applied = last;
                return Ok(());
            }
            Applied::Elsewhere => {}
            Applied::Ousted => return Err(ousted()),
        }
        // a commit whose answer was lost: the database is further than it said
        let there = position(&self.db, &self.log).await?;
        if there <= self.applied || there > self.progress.durable().max(last) {
            return Err(StoreError::Refused("another hub writes into this database from the same log".into()));
        }
        self.applied = there;
        self.reader.rewind(there);
        Ok(())
    }

    /// A frame the database will never take goes into a file beside the log, so that a person can look at it.
    async fn set_aside(&mut self, frame: &log::Frame, why: &sqlx::Error) -> Result<(), StoreError> {
        tracing::error!(error = %why, seq = frame.seq, "the database refuses a frame; it is set aside in refused.jsonl");
        metrics::counter!("linepack_store_refused_total").increment(1);
        let line = serde_json::to_string(&frame.records).map_err(std::io::Error::from)?;
        let path = self.dir.join("refused.jsonl");
        blocking(move || {
            use std::io::Write;
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "{line}")?;
            file.sync_data()
        })
        .await?;
        self.applied = self.skip_to(frame.seq).await?;
        Ok(())
    }

    pub(super) async fn skip_to(&mut self, seq: u64) -> Result<u64, StoreError> {
        let (from, to) = (apply::position(self.applied), apply::position(seq));
        on!(&*self.db, pool => sqlx::query(sql::POSITION_MOVE)
            .bind(&self.log).bind(to).bind(from).execute(pool).await.map(drop))?;
        Ok(seq)
    }

    /// On plain PostgreSQL the weeks of recent samples have partitions; all else lies in the default one.
    async fn make_weeks(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let (Db::Postgres { pool, .. }, Kind::Postgres) = (&*self.db, self.kind) else { return Ok(()) };
        let now = Clock::System.now().ms();
        let this = week(now);
        let range = week(now - self.retain_raw_ms)..=this + WEEK;
        let touched = batch.frames.iter().flat_map(|f| f.samples.iter().map(|s| week(s.ts)));
        let wanted: BTreeSet<i64> =
            touched.chain([this, this + WEEK]).filter(|w| range.contains(w) && !self.weeks.contains(w)).collect();
        for week in wanted {
            sqlx::query(sql::postgres::plain::MAKE_WEEK).bind(week).execute(pool).await?;
            self.weeks.insert(week);
        }
        Ok(())
    }
}

/// Begin of the week a moment lies in, as partitions count weeks.
fn week(ms: i64) -> i64 {
    ms.div_euclid(WEEK) * WEEK
}

/// How far the database has a log.
pub(in crate::store) async fn position(db: &Db, log: &str) -> Result<u64, StoreError> {
    let row: Option<(i64,)> = on!(db, pool => sqlx::query_as(sql::POSITION).bind(log).fetch_optional(pool).await)?;
    Ok(row.and_then(|(p,)| u64::try_from(p).ok()).unwrap_or(0))
}

/// The database took offence at a value, not at the moment: another attempt would end the same.
fn is_about_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(e) => match e.code() {
            // SQLSTATE classes: data exception, integrity constraint; SQLite: constraint (19), mismatch (20), too big (18)
            Some(code) if code.len() == 5 => code.starts_with("22") || code.starts_with("23"),
            Some(code) => code.parse::<u32>().is_ok_and(|c| matches!(c & 0xff, 18..=20)),
            None => false,
        },
        sqlx::Error::Encode(_) => true,
        _ => false,
    }
}
