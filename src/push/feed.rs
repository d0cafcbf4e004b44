//! From the engine to the screens. Never waits: when the pusher is behind, changes fold into "everything changed",
//! and sessions get a new snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linepack_core::PointId;
use tokio::sync::mpsc;

use crate::view::BoardChange;

/// What changed.
#[derive(Debug)]
pub enum Change {
    /// Values that moved by more than their deadband, with the slots already written.
    Values(Vec<PointId>),
    /// A commit, with the view already published.
    Board(BoardChange),
    /// The site was read anew: every session needs a snapshot.
    Reloaded,
}

/// The engine's end.
#[derive(Clone, Debug)]
pub struct Feed {
    tx: mpsc::Sender<Change>,
    overflow: Arc<AtomicBool>,
}

/// The pusher's end.
#[derive(Debug)]
pub struct FeedEnd {
    /// Changes in order.
    pub rx: mpsc::Receiver<Change>,
    overflow: Arc<AtomicBool>,
}

impl Feed {
    /// Bounded; full: the change is folded into the overflow mark.
    pub fn channel(capacity: usize) -> (Feed, FeedEnd) {
        let (tx, rx) = mpsc::channel(capacity);
        let overflow = Arc::new(AtomicBool::new(false));
        (Feed { tx, overflow: overflow.clone() }, FeedEnd { rx, overflow })
    }

    /// Hands over a change; never waits.
    pub fn send(&self, change: Change) {
        if self.tx.try_send(change).is_err() {
            self.overflow.store(true, Ordering::Release);
            metrics::counter!("linepack_push_overflow_total").increment(1);
        }
    }
}

impl FeedEnd {
    /// Whether changes were folded since the last call: then everybody needs a snapshot.
    pub fn take_overflow(&self) -> bool {
        self.overflow.swap(false, Ordering::AcqRel)
    }
}
