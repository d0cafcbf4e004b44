//! How far the log and the database are; shared by the log's two ends and by whoever asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Positions are sequence numbers of the log.
#[derive(Debug)]
pub(super) struct Progress {
    durable: watch::Sender<Durable>,
    applied: watch::Sender<u64>,
    /// Somebody waits until the database has the log up to here.
    hurry: watch::Sender<u64>,
    /// How often upkeep was asked for, and the last of it that was done.
    asked: watch::Sender<u64>,
    kept: watch::Sender<u64>,
    health: Mutex<Health>,
}

/// The log's end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Durable {
    /// Last number that is durable.
    pub(super) seq: u64,
    /// Nothing more will come.
    pub(super) closed: bool,
}

/// The database's end.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// The last attempt went through.
    pub(super) up: bool,
    /// Why not, for people.
    pub(super) detail: String,
    /// Bytes of the log not yet in the database.
    pub(super) spool_bytes: u64,
    /// Samples lost since the start because the disk queue was full.
    pub(super) lost: u64,
    /// The disk has no space for the log.
    pub(super) full: bool,
    /// Hub time of the oldest thing the database has not got, ms.
    pending_since: Option<i64>,
}

impl Progress {
    /// Nothing written, nothing applied.
    pub(super) fn new() -> Self {
        Self {
            durable: watch::Sender::new(Durable { seq: 0, closed: true }),
            applied: watch::Sender::new(0),
            hurry: watch::Sender::new(0),
            asked: watch::Sender::new(0),
            kept: watch::Sender::new(0),
            health: Mutex::new(Health { up: true, ..Health::default() }),
        }
    }

    /// Both ends stand at `last`.
    pub(super) fn begin(&self, last: u64) {
        self.applied.send_replace(last);
        self.durable.send_replace(Durable { seq: last, closed: false });
    }

    /// Last durable number.
    pub(super) fn durable(&self) -> u64 {
        self.durable.borrow().seq
    }

    /// To wait for more.
    pub(super) fn watch(&self) -> watch::Receiver<Durable> {
        self.durable.subscribe()
    }

    /// The log has made everything to `seq` durable.
    pub(super) fn synced(&self, seq: u64, now: i64) {
        let mut health = self.health();
        health.pending_since.get_or_insert(now);
        self.durable.send_modify(|d| d.seq = seq);
    }

    /// The writing end is gone.
    pub(super) fn log_closed(&self) {
        self.durable.send_modify(|d| d.closed = true);
        self.hurry.send_replace(u64::MAX);
    }

    /// The database has everything to `seq`, which the log took at `at`.
    pub(super) fn applied(&self, seq: u64, at: i64) {
        {
            let mut health = self.health();
            health.up = true;
            health.detail.clear();
            health.pending_since = (seq < self.durable()).then_some(at);
            if health.pending_since.is_none() {
                health.spool_bytes = 0;
            }
        }
        self.applied.send_replace(seq);
    }

    /// The database answers.
    pub(super) fn answered(&self) {
        let mut health = self.health();
        health.up = true;
        health.detail.clear();
    }

    /// The database did not take it.
    pub(super) fn failed(&self, why: String) {
        let mut health = self.health();
        health.up = false;
        health.detail = why;
    }

    /// Bytes waiting; samples that had to go.
    pub(super) fn spooled(&self, bytes: u64, lost: u64) {
        let mut health = self.health();
        health.spool_bytes = bytes;
        health.lost += lost;
    }

    /// The log's disk has no space, or has again.
    pub(super) fn full(&self, full: bool) {
        self.health().full = full;
    }

    /// Asks the writer for upkeep and waits for it, `limit` at most; whether it was done.
    pub(super) async fn upkeep(&self, limit: Duration) -> bool {
        let mut mine = 0;
        self.asked.send_modify(|n| {
            *n += 1;
            mine = *n;
        });
        let mut kept = self.kept.subscribe();
        matches!(tokio::time::timeout(limit, kept.wait_for(|&k| k >= mine)).await, Ok(Ok(_)))
    }

    /// To wait for somebody who asks for upkeep.
    pub(super) fn watch_asked(&self) -> watch::Receiver<u64> {
        self.asked.subscribe()
    }

    /// Upkeep is done up to what was asked as number `n`.
    pub(super) fn kept(&self, n: u64) {
        self.kept.send_replace(n);
    }

    /// To learn that somebody waits.
    pub(super) fn watch_hurry(&self) -> watch::Receiver<u64> {
        self.hurry.subscribe()
    }

    /// Waits until all that is durable now is applied, `limit` at most.
    pub(super) async fn caught_up(&self, limit: Duration) {
        let goal = self.durable();
        let mut applied = self.applied.subscribe();
        self.hurry.send_if_modified(|h| std::mem::replace(h, goal.max(*h)) < goal);
        // both an expired wait and a closed channel mean: as far as it goes
        let _ = tokio::time::timeout(limit, applied.wait_for(|&a| a >= goal)).await;
    }

    /// Health now, and the age of the oldest thing that waits, ms.
    pub(super) fn status(&self, now: i64) -> (Health, i64) {
        let health = self.health().clone();
        let behind = health.pending_since.map_or(0, |since| (now - since).max(0));
        (health, behind)
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
