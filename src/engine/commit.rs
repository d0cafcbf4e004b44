//! Makes turns durable, then shows them: nothing is seen, pushed, paged or acknowledged before its commit.
//!
//! Group commit: all turns that wait share one `fdatasync`, however many events they carry.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::control::Operate;
use linepack_core::dispatch::CrewState;
use linepack_core::{Event, Refusal, Registry, Reply, Sample};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::control::Order;
use crate::push::{Change, Feed};
use crate::site::Site;
use crate::store::{Log, StoreError, records};
use crate::view::{Board, BoardChange, Picture, Values, View};

/// Turns that may share one commit.
const GROUP: usize = 512;
/// How often a full disk is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Once the hub stops, a full disk is tried for this long.
const LAST: Duration = Duration::from_secs(3);

/// What one step of the core produced, on its way to the disk.
#[derive(Debug)]
pub struct Turn {
    /// The registry the numbers below belong to.
    pub registry: Arc<Registry>,
    /// Changes.
    pub events: Vec<Event>,
    /// Keys of alarms a reload took away.
    pub dropped_alarms: Vec<String>,
    /// Commands to be sent once the events are durable.
    pub operate: Vec<Operate>,
    /// For the historian.
    pub history: Vec<Sample>,
    /// Crews that only moved: shown, not stored.
    pub moved: Vec<CrewState>,
    /// The core's answer.
    pub reply: Option<Result<Reply, Refusal>>,
    /// Told when the turn is durable.
    pub durable: Option<oneshot::Sender<()>>,
    /// Told the reply when the turn is durable.
    pub answer: Option<oneshot::Sender<Result<Reply, Refusal>>>,
    /// After a reload: the new site and its slots.
    pub site: Option<(Arc<Site>, Arc<Values>)>,
    /// Sync samples that nobody waits for.
    pub flush: bool,
    /// Its share of the room for samples, given back when the turn is through.
    pub room: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// Nothing to write, to show or to tell, and nothing to flush.
    pub fn is_idle(&self) -> bool {
        !self.flush && !self.has_content()
    }

    fn has_content(&self) -> bool {
        !self.history.is_empty() || !self.moved.is_empty() || self.is_awaited()
    }

    /// Somebody waits for it or must see it: sync now.
    fn is_awaited(&self) -> bool {
        !self.events.is_empty()
            || !self.dropped_alarms.is_empty()
            || self.durable.is_some()
            || self.answer.is_some()
            || self.site.is_some()
    }
}

/// The committer's state. Blocking; runs on a thread of its own.
#[derive(Debug)]
pub struct Committer {
    /// The log.
    pub log: Log,
    /// What readers see.
    pub view: View,
    /// To the screens.
    pub feed: Feed,
    /// Wakes the notifiers, who compare the board they last published with the present one.
    pub wake: watch::Sender<u64>,
    /// Commands on their way to the field.
    pub orders: mpsc::Sender<Order>,
    /// False while the disk is full: nothing can be recorded, so nothing that must be is taken.
    pub recording: Arc<watch::Sender<bool>>,
    /// The hub stops.
    pub stop: CancellationToken,
}

impl Committer {
    /// Runs until the engine is gone. An error means that nothing can be made durable: the hub must stop.
    pub fn run(mut self, mut turns: mpsc::Receiver<Turn>) -> Result<(), StoreError> {
        let mut group = Vec::with_capacity(GROUP);
        let mut unsynced = false;
        while let Some(first) = turns.blocking_recv() {
            group.push(first);
            while group.len() < GROUP
                && let Ok(next) = turns.try_recv()
            {
                group.push(next);
            }
            let mut awaited = false;
            for turn in &group {
                if let Some((site, _)) = &turn.site {
                    self.log.adopt(&site.registry)?;
                }
                self.log.append(&records(&turn.registry, &turn.events, &turn.dropped_alarms), &turn.history)?;
                unsynced |= turn.has_content();
                awaited |= turn.is_awaited() || (turn.flush && unsynced);
            }
            if awaited && unsynced {
                self.sync()?;
                unsynced = false;
            }
            self.show(&mut group);
        }
        self.sync()
    }

    /// Makes durable what was appended. While the disk is full it waits for space, and the engine and the field with it;
    /// readers go on with what they have, commands are refused.
    fn sync(&mut self) -> Result<(), StoreError> {
        let mut last = None;
        loop {
            match self.log.sync() {
                Err(e) if e.is_full() => {
                    if self.recording.send_replace(false) {
                        tracing::error!(error = %e, "the disk is full: nothing can be recorded until there is space");
                    }
                    if self.stop.is_cancelled() && *last.get_or_insert_with(Instant::now) + LAST < Instant::now() {
                        return Err(e);
                    }
                    metrics::counter!("linepack_store_disk_full_total").increment(1);
                    tokio::runtime::Handle::current().block_on(tokio::time::sleep(RETRY));
                }
                done => {
                    done?;
                    if !self.recording.send_replace(true) {
                        tracing::info!("there is space on the disk again: recording goes on");
                    }
                    return Ok(());
                }
            }
        }
    }

    fn show(&mut self, group: &mut Vec<Turn>) {
        let before = self.view.load();
        let mut board = Board::clone(&before.board);
        let (mut site, mut values) = (before.site.clone(), before.values.clone());
        let mut registry = before.registry.clone();
        let mut change = BoardChange::default();
        let mut reloaded = false;
        for turn in group.iter_mut() {
            if let Some((new_site, new_values)) = turn.site.take() {
                (site, values) = (new_site, new_values);
                board = Board { version: board.version, ..Board::default() };
                change = BoardChange::default();
                reloaded = true;
            }
            // the same numbers as before, or those of the new site; settings of alarms may be others
            registry = turn.registry.clone();
            for event in &turn.events {
                board.apply(&turn.registry, event, &mut change);
            }
            for crew in turn.moved.drain(..) {
                change.crews.push(crew.id);
                board.crews.insert(crew.id, Arc::new(crew));
            }
        }
        if reloaded || !change.is_empty() {
            board.version += 1;
            let board_version = board.version;
            change.version = board_version;
            self.view.store(Picture { site, registry, values, board: Arc::new(board) });
            self.wake.send_replace(board_version);
            self.feed.send(if reloaded { Change::Reloaded } else { Change::Board(change) });
        }
        for turn in group.drain(..) {
            self.order(&turn);
            if let Some(durable) = turn.durable {
                // the waiter may have gone away
                let _ = durable.send(());
            }
            if let (Some(answer), Some(reply)) = (turn.answer, turn.reply) {
                let _ = answer.send(reply);
            }
        }
    }

    /// Hands on what may be sent now that it is durable.
    fn order(&self, turn: &Turn) {
        for &operate in &turn.operate {
            let verify_within = Duration::from_millis(turn.registry.control.verify_within.0.unsigned_abs());
            let order = Order { generation: turn.registry.generation, verify_within, operate };
            if let Err(error) = self.orders.try_send(order) {
                metrics::counter!("linepack_commands_dropped_total").increment(1);
                tracing::error!(%error, command = %operate.control, "a command was not sent");
            }
        }
    }
}
