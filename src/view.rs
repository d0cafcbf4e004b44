//! What readers (API, sockets, notifiers) see: a lock-free snapshot the engine publishes. They never lock the engine
//! and never wait for it.
//!
//! Values stand in atomic slots, written as they arrive. Alarms, incidents, assignments and crews stand in persistent
//! maps and are published only after they are durable; publishing costs what changed, not what exists.

mod alarm;
mod board;
mod convert;
mod models;
mod standing;
mod values;

use std::sync::Arc;

use arc_swap::ArcSwap;
use linepack_core::Registry;

pub use alarm::flood;
pub use board::{Board, BoardChange};
pub use convert::{command, number};
pub use standing::handover;
pub use values::Values;

use crate::site::Site;

/// The present picture; cheap to clone the `Arc` and keep for one answer.
#[derive(Debug)]
pub struct Picture {
    /// The site it belongs to.
    pub site: Arc<Site>,
    /// Its registry, with the settings of alarms that people changed.
    pub registry: Arc<Registry>,
    /// Current values, live.
    pub values: Arc<Values>,
    /// Alarms, incidents, assignments, crews as last committed.
    pub board: Arc<Board>,
}

/// The handle readers hold.
#[derive(Clone, Debug)]
pub struct View(Arc<ArcSwap<Picture>>);

impl View {
    /// Starts with a picture.
    pub fn new(picture: Picture) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(picture)))
    }

    /// The present picture.
    pub fn load(&self) -> Arc<Picture> {
        self.0.load_full()
    }

    /// Replaces it. Only the committer calls this.
    pub fn store(&self, picture: Picture) {
        self.0.store(Arc::new(picture));
    }
}
