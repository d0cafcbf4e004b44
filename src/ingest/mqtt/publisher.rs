//! What the notifier holds to send through a broker.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};

use super::client::QoS;

/// Messages that may wait for the connection's task. Full: `publish` says busy at once, the notifier tries again.
const QUEUE: usize = 1024;
/// Topics of retained alarms that may wait for the notifier. Full: the rest is dropped and counted; they come again with
/// the next connection.
const RETAINED: usize = 16_384;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// There is no connection.
    #[error("the broker is not connected")]
    Down,
    /// Too many messages wait.
    #[error("too many messages wait for the broker")]
    Busy,
}

/// Sends the hub's own messages through one connection with `publish = true`; clones share it.
#[derive(Clone, Debug)]
pub struct Publisher {
    name: Arc<str>,
    queue: mpsc::Sender<Outgoing>,
    connected: watch::Receiver<Option<u64>>,
    retained: Arc<Mutex<Option<mpsc::Receiver<String>>>>,
}

impl Publisher {
    /// The connection's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of the present connection, counting from 1; none while there is no connection. A new number: retained
    /// messages may be stale, and what was not confirmed must be sent again.
    pub fn connected(&self) -> watch::Receiver<Option<u64>> {
        self.connected.clone()
    }

    /// Hands over a message without waiting. The receiver resolves when the broker has acknowledged it (QoS 1) or it was
    /// written (QoS 0); it fails when the connection broke before that.
    pub fn publish(
        &self,
        topic: &str,
        payload: Bytes,
        qos: QoS,
        retain: bool,
    ) -> Result<oneshot::Receiver<()>, PublishError> {
        if self.connected.borrow().is_none() {
            return Err(PublishError::Down);
        }
        let (done, confirmed) = oneshot::channel();
        let message = Outgoing { topic: topic.to_owned(), payload, qos, retain, done };
        self.queue.try_send(message).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => PublishError::Busy,
            mpsc::error::TrySendError::Closed(_) => PublishError::Down,
        })?;
        Ok(confirmed)
    }

    /// Topics under `linepack/v1/alarms/` that the broker holds a retained message for, told after each connect, so that
    /// stale ones can be cleared. There is one receiver: the first caller gets it.
    pub fn retained_alarms(&self) -> Option<mpsc::Receiver<String>> {
        self.retained.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A message on its way to the connection's task.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) done: oneshot::Sender<()>,
}

/// The task's ends.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) queue: mpsc::Receiver<Outgoing>,
    pub(crate) connected: watch::Sender<Option<u64>>,
    pub(crate) retained: mpsc::Sender<String>,
}

/// A publisher and the ends its task works with.
pub(crate) fn channel(name: &Arc<str>) -> (Publisher, Ends) {
    let (queue, queue_end) = mpsc::channel(QUEUE);
    let (connected_end, connected) = watch::channel(None);
    let (retained_end, retained) = mpsc::channel(RETAINED);
    let retained = Arc::new(Mutex::new(Some(retained)));
    (
        Publisher { name: name.clone(), queue, connected, retained },
        Ends { queue: queue_end, connected: connected_end, retained: retained_end },
    )
}
