//! Live screens: prepared frames over websockets.
//!
//! One task ([`Push::run`]) reads what changed and composes a frame for every *group*: screens with the same interest
//! (topics, globs, viewport widened to tiles, rate). Each value is encoded once a change, each frame composed once a
//! group, and written to every socket that takes it at once, with the session's own `seq` before it. A session whose socket
//! is full goes on when it is not: of what it falls behind with only the numbers are kept, and it is told their present
//! state in one frame. So a slow screen holds up nobody, costs no memory, sees the newest values and misses no alarm.

mod brief;
mod delta;
mod encode;
mod feed;
#[cfg(test)]
mod fixture;
pub mod glob;
mod group;
mod ids;
mod interest;
mod line;
mod names;
mod pace;
mod pusher;
mod ring;
mod route;
mod session;
mod shared;
mod snapshot;
mod socket;
mod sweep;
mod upgrade;
mod websocket;
mod whole;

use std::sync::Arc;

use tokio::time::Instant;

pub use feed::{Change, Feed, FeedEnd};
pub use route::{LiveQuery, PushState, route};
pub use session::{Limits, StillIn};
pub use upgrade::Upgrade;

use crate::clock::Clock;
use crate::lifecycle::Tasks;
use crate::view::View;

/// Live screens; clones share them.
#[derive(Clone, Debug)]
pub struct Push {
    shared: Arc<shared::Shared>,
    limits: Limits,
    tasks: Tasks,
}

impl Push {
    /// No screens yet. Sockets close when the tasks are asked to stop.
    pub fn new(view: View, clock: Clock, tasks: &Tasks) -> Self {
        Self { shared: Arc::new(shared::Shared::new(view, clock)), limits: Limits::default(), tasks: tasks.clone() }
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
        pusher::Pusher::new(self.shared.clone(), Instant::now()).run(feed, self.tasks.clone())
    }
}
