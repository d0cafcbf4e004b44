//! Carries the log into the database, in order, exactly once; waits while the database is away.

mod put;
mod spool;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::db::{Db, Kind};
use super::log::{self, Batch, Disk, Reader};
use super::postgres::lease;
use super::progress::Progress;
use super::sqlite::{self, Force};
use super::{StoreError, sql};
use crate::clock::Clock;
use crate::site::StoreSettings;
pub(super) use put::position;

/// Samples of one transaction on SQLite, about, a record counting as a hundred: some twenty megabytes of memory.
const BLOCK_BATCH: usize = 500_000;
/// The same where they go by COPY.
const COPY_BATCH: usize = 200_000;
/// Pauses between attempts grow to this.
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// So long samples may gather before a batch, unless somebody waits for it.
const GATHER: Duration = Duration::from_millis(500);
/// How often aggregates are made.
const ROLLUP: Duration = Duration::from_secs(10);
/// An attempt that takes longer counts as failed.
const ATTEMPT: Duration = Duration::from_secs(30);
/// Once the log is closed, the database gets this long for the rest; the next start carries over what is left.
const LAST: Duration = Duration::from_secs(5);
/// Aggregates are made for so long, then the log is looked at again.
const BUDGET: Duration = Duration::from_millis(300);

/// The writer's state.
#[derive(Debug)]
pub(super) struct Writer {
    db: Arc<Db>,
    kind: Kind,
    /// Where the log is.
    dir: PathBuf,
    disk: Disk,
    /// The log's name in `log_position`.
    log: String,
    spool: u64,
    progress: Arc<Progress>,
    reader: Reader,
    /// Read while the batch before it was on its way.
    ahead: Option<Batch>,
    applied: u64,
    /// The database may be as far as this: an answer was lost.
    doubt: u64,
    /// Segments that have no samples any more.
    thinned: HashSet<u64>,
    /// Weeks that have a partition.
    weeks: HashSet<i64>,
    retain_raw_ms: i64,
}

impl Writer {
    /// Takes up the log where the database has it.
    pub(super) async fn new(
        db: Arc<Db>,
        kind: Kind,
        dir: PathBuf,
        log: String,
        settings: &StoreSettings,
        progress: Arc<Progress>,
    ) -> Result<Self, StoreError> {
        let applied = position(&db, &log).await?;
        let disk = log::folder(&dir);
        let reader = Reader::new(disk.clone(), applied);
        Ok(Self {
            db,
            kind,
            dir,
            disk,
            log,
            spool: settings.spool_mib << 20,
            progress,
            reader,
            ahead: None,
            applied,
            doubt: applied,
            thinned: HashSet::new(),
            weeks: HashSet::new(),
            retain_raw_ms: i64::try_from(settings.retain_raw.as_millis()).unwrap_or(i64::MAX / 2),
        })
    }

    /// Carries over what an earlier run left, before a new log begins. Answers the last sequence number.
    pub(super) async fn carry_over(&mut self) -> Result<u64, StoreError> {
        let mut carried = 0;
        loop {
            let batch = self.read(u64::MAX).await?;
            self.complain(&batch);
            if batch.frames.is_empty() {
                break;
            }
            carried += batch.frames.len();
            self.put(&batch).await?;
        }
        if carried > 0 {
            tracing::info!(frames = carried, "what the last run left in the log is in the database now");
        }
        self.settle().await?;
        let disk = self.disk.clone();
        blocking(move || log::delete_all(&*disk)).await?;
        Ok(self.applied)
    }

    /// Stands at a log that begins anew.
    pub(super) fn begin(&mut self, last: u64) {
        self.reader.rewind(last);
    }

    /// Runs until the log is closed and carried over.
    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        let mut durable = self.progress.watch();
        let mut asked = self.progress.watch_asked();
        let mut kept = 0;
        let mut backoff = Duration::from_millis(100);
        let mut next_rollup = Instant::now() + ROLLUP;
        let mut hurry = self.progress.watch_hurry();
        // SQLite is given a few large batches rather than many small ones
        let gather = if self.kind == Kind::Sqlite { GATHER } else { Duration::ZERO };
        let mut next_carry = Instant::now();
        let mut give_up: Option<Instant> = None;
        loop {
            let goal = *durable.borrow_and_update();
            if goal.closed {
                let until = *give_up.get_or_insert_with(|| Instant::now() + LAST);
                if self.applied >= goal.seq || Instant::now() >= until {
                    return Ok(());
                }
            }
            let wanted = *asked.borrow_and_update();
            let awaited = *hurry.borrow_and_update() > self.applied;
            if self.applied < goal.seq && !awaited && Instant::now() < next_carry {
                tokio::select! {
                    _ = hurry.changed() => {}
                    () = tokio::time::sleep_until(next_carry) => {}
                }
                continue;
            }
            // a field that never pauses must not keep the rest of the work from being done
            let overdue = Instant::now() >= next_rollup + 2 * ROLLUP;
            let work = async {
                if self.applied < goal.seq && !overdue {
                    self.carry(goal.seq).await?;
                    if self.applied >= goal.seq {
                        next_carry = Instant::now() + gather;
                    }
                } else if wanted > kept || Instant::now() >= next_rollup {
                    let finished = self.idle_work(wanted > kept).await?;
                    let behind = self.applied < goal.seq;
                    next_rollup = Instant::now() + if finished || behind { ROLLUP } else { Duration::ZERO };
                    if finished {
                        kept = wanted;
                        if self.kind == Kind::Sqlite {
                            self.progress.kept(wanted);
                        }
                    }
                }
                Ok::<_, StoreError>(())
            };
            match tokio::time::timeout(ATTEMPT, work).await {
                Ok(Ok(())) => {
                    backoff = Duration::from_millis(100);
                    if self.applied >= goal.seq {
                        tokio::select! {
                            _ = durable.changed() => {}
                            _ = asked.changed() => {}
                            () = tokio::time::sleep_until(next_rollup) => {}
                        }
                    }
                }
                Ok(Err(StoreError::Refused(why))) => return Err(anyhow::anyhow!(why)),
                failed => {
                    let why = match failed {
                        Ok(Err(e)) => reason(&e),
                        _ => format!("no answer for {} s", ATTEMPT.as_secs()),
                    };
                    metrics::counter!("linepack_store_failures_total").increment(1);
                    tracing::warn!(reason = why, "the database did not take a batch, trying again");
                    self.progress.failed(why);
                    self.start_over();
                    self.keep_within_spool().await?;
                    tokio::time::sleep(backoff).await;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                }
            }
        }
    }

    /// One batch from the log into the database.
    async fn carry(&mut self, goal: u64) -> Result<(), StoreError> {
        let batch = match self.ahead.take() {
            Some(batch) => batch,
            None => self.read(goal).await?,
        };
        self.complain(&batch);
        let Some(last) = batch.frames.last() else {
            // durable, and yet not there: damaged on the disk. What was readable is in; the rest cannot be had.
            tracing::error!(from = self.applied + 1, to = goal, "part of the log cannot be read back");
            metrics::counter!("linepack_store_log_damaged_total").increment(1);
            self.applied = self.skip_to(goal).await?;
            self.progress.applied(self.applied, Clock::System.now().ms());
            return Ok(());
        };
        let at = last.at;
        let before = self.applied;
        self.put_reading_on(&batch, goal).await?;
        self.progress.applied(self.applied, at);
        if self.holds_done(before).await? {
            self.settle().await?;
            let (disk, applied) = (self.disk.clone(), self.applied);
            blocking(move || log::delete_applied(&*disk, applied)).await?;
        }
        if let Db::Sqlite { writer, runs, .. } = &*self.db {
            sqlite::tend(writer, runs, Force::default(), BUDGET).await?;
        }
        if self.applied < goal {
            // a database that is slower than the field fills the disk as one that is away does
            self.keep_within_spool().await?;
        }
        Ok(())
    }

    /// Aggregates, and a look at whether the database is still there. Whether all that was due is done.
    async fn idle_work(&mut self, asked: bool) -> Result<bool, StoreError> {
        let mut finished = true;
        if let Db::Sqlite { writer, runs, .. } = &*self.db {
            finished = sqlite::tend(writer, runs, Force { late: asked, before: None }, BUDGET).await?;
        }
        if let Db::Postgres { pool, .. } = &*self.db {
            let mut connection = pool.acquire().await?;
            if !lease::keep(&mut connection, &self.log).await? {
                return Err(ousted());
            }
        }
        self.progress.answered();
        Ok(finished)
    }

    /// Whether a segment is wholly applied now that was not at `before`.
    async fn holds_done(&self, before: u64) -> Result<bool, StoreError> {
        let (disk, applied) = (self.disk.clone(), self.applied);
        blocking(move || Ok(log::held(&*disk, before)?.first() != log::held(&*disk, applied)?.first())).await
    }

    /// Makes sure that what was committed survives a power failure, before the log's copy of it goes.
    async fn settle(&self) -> Result<(), StoreError> {
        if let Db::Sqlite { writer, .. } = &*self.db {
            let mut connection = writer.acquire().await?;
            sqlx::query(sql::sqlite::SYNC_FULL).execute(&mut *connection).await?;
            let touched = sqlx::query(sql::sqlite::TOUCH).execute(&mut *connection).await;
            sqlx::query(sql::sqlite::SYNC_NORMAL).execute(&mut *connection).await?;
            touched?;
        }
        Ok(())
    }

    /// Reads what comes after what is applied, whatever was read before.
    pub(super) fn start_over(&mut self) {
        self.ahead = None;
        self.reader.rewind(self.applied);
    }

    /// Puts a batch, and reads the next one meanwhile: a server at work elsewhere leaves the time for it.
    async fn put_reading_on(&mut self, batch: &Batch, goal: u64) -> Result<(), StoreError> {
        let last = batch.frames.last().map_or(goal, |f| f.seq);
        if self.kind == Kind::Sqlite || last >= goal {
            return self.put(batch).await;
        }
        let reading = self.reading(goal);
        let (put, read) = tokio::join!(self.put(batch), reading);
        let (reader, next) = read?;
        self.reader = reader;
        put?;
        // a batch of nothing says nothing about a goal that has moved since
        if self.applied == last && !next.frames.is_empty() {
            self.ahead = Some(next);
        } else {
            self.start_over();
        }
        Ok(())
    }

    async fn read(&mut self, up_to: u64) -> Result<Batch, StoreError> {
        let (reader, batch) = self.reading(up_to).await?;
        self.reader = reader;
        Ok(batch)
    }

    /// Reads on another thread; the reader comes back with what it read.
    fn reading(&mut self, up_to: u64) -> impl Future<Output = Result<(Reader, Batch), StoreError>> + use<> {
        let mut reader = std::mem::replace(&mut self.reader, Reader::new(self.disk.clone(), self.applied));
        let size = if self.kind == Kind::Sqlite { BLOCK_BATCH } else { COPY_BATCH };
        blocking(move || {
            let batch = reader.read(up_to, size)?;
            Ok((reader, batch))
        })
    }

    fn complain(&self, batch: &Batch) {
        if batch.damaged > 0 {
            metrics::counter!("linepack_store_log_damaged_total").increment(batch.damaged);
            tracing::error!(segments = batch.damaged, "damage inside the log; the files are kept as *.damaged");
        }
    }
}

fn ousted() -> StoreError {
    StoreError::Refused("another hub has taken over this database; this one stops".into())
}

/// For people, without secrets.
fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Database(e) => e.to_string(),
        other => other.to_string(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??)
}
