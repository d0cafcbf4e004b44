//! Writes to the field: what the hub wants a device to do, on its way to the link that owns the point.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::PointId;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

/// Writes that may wait for a link; full: busy at once.
const WAITING: usize = 16;

/// One value to be written to the device that a point belongs to.
#[derive(Debug)]
pub struct Write {
    /// The registry the point's number belongs to.
    pub generation: u64,
    /// Which point.
    pub point: PointId,
    /// In the point's unit.
    pub value: f64,
    /// Not sent after this moment.
    pub expires: Instant,
    /// The value must be read back within this time of the write.
    pub verify_within: Duration,
    /// Told what came of it; exactly once.
    pub answer: oneshot::Sender<Result<(), WriteError>>,
}

/// Why a write did not do what was wanted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// Too many writes wait already. Nothing was sent.
    #[error("the link has too many writes waiting")]
    Busy,
    /// The link or the device does not answer. Nothing was sent.
    #[error("not connected: {0}")]
    Down(String),
    /// The point cannot be written over its connection. Nothing was sent.
    #[error("this point cannot be written: {0}")]
    NotWritable(String),
    /// Its time ran out before it could be sent. Nothing was sent.
    #[error("expired before it could be sent")]
    Expired,
    /// The site was read anew meanwhile. Nothing was sent.
    #[error("the site was read anew")]
    Outdated,
    /// The device refused it.
    #[error("the device refused: {0}")]
    Refused(String),
    /// Sent, and no answer came: whether the device did it is not known.
    #[error("sent, but no answer came: {0}")]
    NoAnswer(String),
    /// Sent and answered, but the value read back in time is another.
    #[error("sent, but the device reads {found}")]
    Unverified {
        /// What was read last; NaN where nothing could be read.
        found: f64,
    },
}

/// A link's end; survives restarts of its task.
pub(crate) type Writes = Arc<Mutex<mpsc::Receiver<Write>>>;

/// The way to one link.
pub(crate) fn channel() -> (mpsc::Sender<Write>, Writes) {
    let (to, from) = mpsc::channel(WAITING);
    (to, Arc::new(Mutex::new(from)))
}
