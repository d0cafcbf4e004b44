//! Live screens: prepared frames over websockets.
//!
//! One task ([`Push::run`]) reads what changed and composes a frame for every *group*: screens with the same interest
//! (topics, globs, viewport widened to tiles, rate). Each thing is encoded once a flush, each frame composed once a
//! group; a session only puts its own `seq` before it. Frames stand in a short ring a group; a session reads at its own
//! pace, and one the ring has left behind gets a new snapshot. So a slow screen holds up nobody, sees the newest values
//! and misses no alarm: the snapshot has them all.

mod delta;
mod encode;
mod feed;
#[cfg(test)]
mod fixture;
pub mod glob;
mod group;
mod ids;
mod interest;
mod names;
mod pace;
mod pusher;
mod route;
mod session;
mod shared;
mod snapshot;

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use feed::{Change, Feed, FeedEnd};
pub use route::{LiveQuery, PushState, route};
pub use session::{Limits, StillIn};

use crate::clock::Clock;
use crate::view::View;

/// Live screens; clones share them.
#[derive(Clone, Debug)]
pub struct Push {
    shared: Arc<shared::Shared>,
    limits: Limits,
    stop: CancellationToken,
}

impl Push {
    /// No screens yet. Sockets close when `stop` is cancelled.
    pub fn new(view: View, clock: Clock, stop: CancellationToken) -> Self {
        Self { shared: Arc::new(shared::Shared::new(view, clock)), limits: Limits::default(), stop }
    }

    /// With other limits than the usual ones.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sockets open.
    pub fn sessions(&self) -> usize {
        self.shared.sessions.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Turns changes into frames until the hub stops or the engine is gone.
    pub fn run(&self, feed: FeedEnd) -> impl Future<Output = anyhow::Result<()>> + Send + 'static {
        pusher::Pusher::new(self.shared.clone(), Instant::now()).run(feed, self.stop.clone())
    }
}
