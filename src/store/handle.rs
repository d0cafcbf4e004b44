//! The one handle to the database, whichever it is.

mod figures;
mod journal;
mod people;

pub use figures::{FiguresKind, FiguresPage, FiguresRow};

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linepack_core::{Registry, Saved};
use tokio_util::sync::CancellationToken;

use super::db::{self, Db, Kind, on_writer};
use super::points::Points;
use super::postgres::{lease, tender};
use super::progress::Progress;
use super::users::Lately;
use super::writer::Writer;
use super::{HistoryQuery, HistoryReading, Log, StoreError, keeper, load, sql};
use crate::clock::Clock;
use crate::lifecycle::Tasks;
use crate::site::StoreSettings;
use crate::wire;

/// Names of one statement that registers points.
const NAMES: usize = 10_000;

/// Clones share the pools.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Arc<Db>,
    kind: Kind,
    settings: StoreSettings,
    /// Where the log's segments are.
    dir: PathBuf,
    points: Arc<Points>,
    progress: Arc<Progress>,
    lately: Lately,
    /// Held while this process writes the log.
    lock: Mutex<Option<File>>,
    /// Name of the log, while this process writes it.
    log: Mutex<Option<String>>,
    /// The writer has ended.
    written: CancellationToken,
}

/// For `readyz`, metrics and the footer of every screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreStatus {
    /// The database answers.
    pub up: bool,
    /// Age of the oldest thing in the log the database has not got, milliseconds.
    pub behind_ms: i64,
    /// Bytes of the log not yet in the database.
    pub spool_bytes: u64,
    /// Samples lost since the start because the disk queue was full.
    pub lost_samples: u64,
    /// `sqlite`, `postgres`, `timescaledb`.
    pub kind: &'static str,
    /// Why it is not up; for people.
    pub detail: String,
    /// The disk of the log is full: nothing can be recorded until there is space.
    pub disk_full: bool,
}

impl Store {
    /// Opens the database, runs migrations. `dir`: the site folder.
    pub async fn open(settings: &StoreSettings, dir: &Path) -> Result<Store, StoreError> {
        let (db, kind, log) = db::open(settings, dir).await?;
        sql::check(&db, kind).await?;
        Ok(Store(Arc::new(Inner {
            db: Arc::new(db),
            kind,
            settings: settings.clone(),
            dir: log,
            points: Arc::default(),
            progress: Arc::new(Progress::new()),
            lately: Lately::default(),
            lock: Mutex::new(None),
            log: Mutex::new(None),
            written: CancellationToken::new(),
        })))
    }

    /// Opens the log, carries over what the database has not seen, gives every point its number (again after a reload
    /// with [`Store::adopt`]) and starts the writer task, which ends when the log has been dropped and carried over.
    pub async fn start(&self, registry: Arc<Registry>, tasks: &Tasks) -> Result<Log, StoreError> {
        let inner = &self.0;
        std::fs::create_dir_all(&inner.dir)?;
        let lock = File::create(inner.dir.join("lock"))?;
        if lock.try_lock().is_err() {
            return Err(StoreError::Refused(format!("another hub runs on {}", inner.dir.display())));
        }
        inner.lock.lock().unwrap_or_else(PoisonError::into_inner).replace(lock);
        let name = log_name(&inner.dir)?;
        on_writer!(&*inner.db, pool => sqlx::query(sql::POSITION_NEW).bind(&name).execute(pool).await.map(drop))?;
        if let Db::Postgres { pool, .. } = &*inner.db {
            lease::take(pool, &name).await?;
        }
        inner.log.lock().unwrap_or_else(PoisonError::into_inner).replace(name.clone());
        let mut writer =
            Writer::new(inner.db.clone(), inner.kind, inner.dir.clone(), name, &inner.settings, inner.progress.clone())
                .await?;
        let last = writer.carry_over().await?;
        self.adopt(registry.clone()).await?;
        let disk = super::log::folder(&inner.dir);
        let cap = inner.settings.spool_mib << 20;
        let mut log = Log::begin(disk, last, cap, inner.points.clone(), inner.progress.clone())?;
        log.adopt(&registry)?;
        writer.begin(last);
        let (done, stopping) = (inner.written.clone().drop_guard(), tasks.stopping());
        tasks.spawn("store writer", async move {
            let _done = done;
            writer.run().await?;
            // whoever drops the log stops the hub
            stopping.cancelled().await;
            Ok(())
        });
        if let Db::Postgres { pool, .. } = &*inner.db {
            let tend = tender::run(pool.clone(), inner.kind, inner.progress.clone(), tasks.stopping());
            tasks.spawn("store tender", async move {
                tend.await;
                Ok(())
            });
        }
        let (keep, stopping) = (inner.clone(), tasks.stopping());
        tasks.spawn("store keeper", async move {
            stopping.run_until_cancelled(keep.keep()).await;
            Ok(())
        });
        Ok(log)
    }

    /// After a reload: numbers for new points. The log must be told before samples of the new registry are appended.
    pub async fn adopt(&self, registry: Arc<Registry>) -> Result<(), StoreError> {
        let Inner { db, points, .. } = &*self.0;
        let mut missing = points.missing(&registry);
        if missing.is_empty() {
            return Ok(());
        }
        self.learn().await?;
        missing = points.missing(&registry);
        match &**db {
            Db::Sqlite { writer, .. } => {
                for part in missing.chunks(NAMES) {
                    let names = serde_json::to_string(part).map_err(std::io::Error::from)?;
                    sqlx::query(sql::sqlite::POINTS_ADD).bind(names).execute(writer).await?;
                }
            }
            Db::Postgres { pool, .. } => {
                for part in missing.chunks(NAMES) {
                    sqlx::query(sql::postgres::POINTS_ADD).bind(part).execute(pool).await?;
                }
            }
        }
        if !missing.is_empty() {
            self.learn().await?;
        }
        Ok(())
    }

    async fn learn(&self) -> Result<(), StoreError> {
        let names = match &*self.0.db {
            Db::Sqlite { pool, .. } => super::sqlite::names(pool).await?,
            Db::Postgres { pool, .. } => {
                let rows: Vec<(i32, String)> = sqlx::query_as(sql::POINTS).fetch_all(pool).await?;
                rows.into_iter().filter_map(|(id, name)| Some((u32::try_from(id).ok()?, name))).collect()
            }
        };
        self.0.points.learn(names);
        Ok(())
    }

    /// What a restart brings back.
    pub async fn load(&self, registry: &Registry) -> Result<Saved, StoreError> {
        load::saved(&self.0.db, registry).await
    }

    /// Waits until all that is in the log now is in the database, a second at most; so that who asks after an
    /// acknowledgement finds its journal row.
    pub async fn caught_up(&self) {
        self.0.progress.caught_up(Duration::from_secs(1)).await;
    }

    /// Does at once what is otherwise done from time to time: aggregates, then retention. After an import, say.
    pub async fn upkeep(&self) -> Result<(), StoreError> {
        if !self.0.progress.upkeep(Duration::from_secs(60)).await {
            return Err(StoreError::Refused("the database is too busy, or the hub does not run".into()));
        }
        keeper::refresh(&self.0.db, self.0.kind, &self.0.settings).await?;
        keeper::expire(&self.0.db, self.0.kind, &self.0.settings).await
    }

    /// How it is.
    pub fn status(&self) -> StoreStatus {
        let (health, behind_ms) = self.0.progress.status(Clock::System.now().ms());
        StoreStatus {
            up: health.up,
            behind_ms,
            spool_bytes: health.spool_bytes,
            lost_samples: health.lost,
            kind: self.0.kind.name(),
            detail: health.detail,
            disk_full: health.full,
        }
    }

    /// History, to be read series by series. What is in the log already is carried over first, for a second at most.
    pub async fn read_history(&self, query: HistoryQuery) -> HistoryReading {
        self.caught_up().await;
        HistoryReading::new(self.0.db.clone(), self.0.points.clone(), query)
    }

    /// The same, all at once. `unit` and `behind_ms` are left empty.
    pub async fn history(&self, query: &HistoryQuery) -> Result<wire::History, StoreError> {
        let mut reading = self.read_history(query.clone()).await;
        let mut series = Vec::new();
        while let Some(next) = reading.next().await? {
            series.push(next);
        }
        Ok(wire::History {
            from_ms: query.from_ms,
            to_ms: query.to_ms,
            resolution: reading.resolution().to_owned(),
            aggregate: None,
            every: None,
            gaps: self.history_gaps((query.from_ms, query.to_ms)).await?,
            series,
            behind_ms: 0,
        })
    }

    /// Carries the rest of the log into the database (bounded time) and closes the pools. The log must have been dropped.
    pub async fn close(&self) {
        let inner = &self.0;
        let started = inner.lock.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if started && tokio::time::timeout(Duration::from_secs(8), inner.written.cancelled()).await.is_err() {
            tracing::warn!("the rest of the log is not in the database; the next start carries it over");
        }
        match &*inner.db {
            Db::Sqlite { pool, writer, .. } => {
                pool.close().await;
                writer.close().await;
            }
            Db::Postgres { pool, .. } => {
                let log = inner.log.lock().unwrap_or_else(PoisonError::into_inner).take();
                // a server that is away frees it by itself
                if let Some(log) = log
                    && let Err(e) = lease::end(pool, &log).await
                {
                    tracing::debug!(error = %e, "the database keeps this hub's claim until it runs out");
                }
                pool.close().await;
            }
        }
        inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn shared_db(&self) -> Arc<Db> {
        self.0.db.clone()
    }

    pub(super) fn points(&self) -> &Points {
        &self.0.points
    }
}

impl Inner {
    async fn keep(&self) {
        let mut pause = keeper::FIRST;
        loop {
            tokio::time::sleep(pause).await;
            pause = keeper::EVERY;
            if let Err(e) = keeper::expire(&self.db, self.kind, &self.settings).await {
                tracing::warn!(
                    error = &e as &dyn std::error::Error,
                    "retention was not carried out; it will be tried again"
                );
            }
        }
    }
}

/// The log's own name, made with it: a database that has never seen this log takes all of it, one that has goes on.
fn log_name(dir: &Path) -> Result<String, StoreError> {
    let path = dir.join("id");
    if let Ok(name) = std::fs::read_to_string(&path)
        && uuid::Uuid::parse_str(name.trim()).is_ok()
    {
        return Ok(name.trim().to_owned());
    }
    let name = uuid::Uuid::now_v7().to_string();
    let temporary = dir.join("id.tmp");
    std::fs::write(&temporary, &name)?;
    File::open(&temporary)?.sync_all()?;
    std::fs::rename(&temporary, &path)?;
    File::open(dir)?.sync_all()?;
    Ok(name)
}
