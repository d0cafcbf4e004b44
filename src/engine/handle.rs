//! How others reach the engine.

use linepack_core::{Input, Refusal, Reply};
use tokio::sync::{mpsc, oneshot};

/// Sends inputs to the engine; clones share the queues.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    data: mpsc::Sender<Mail>,
    commands: mpsc::Sender<Mail>,
}

/// One input on its way, with who waits for what.
#[derive(Debug)]
pub struct Mail {
    /// What happened.
    pub input: Input,
    /// Told when everything the input brought is durable.
    pub durable: Option<oneshot::Sender<()>>,
    /// Told the answer, once it is durable.
    pub answer: Option<oneshot::Sender<Result<Reply, Refusal>>>,
}

/// The engine has shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hub is shutting down")]
pub struct Closed;

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AskError {
    /// The core refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much to do; try again (503 with Retry-After).
    #[error("the hub is busy")]
    Busy,
    /// The hub stops.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl EngineHandle {
    /// A handle and the two ends the engine reads: data, commands. Both bounded: data waits when full (pollers then
    /// skip polls, QoS 1 stays unacknowledged), commands answer busy. Commands are read before data.
    pub fn channel(data: usize, commands: usize) -> (Self, mpsc::Receiver<Mail>, mpsc::Receiver<Mail>) {
        let (data, data_rx) = mpsc::channel(data);
        let (commands, commands_rx) = mpsc::channel(commands);
        (Self { data, commands }, data_rx, commands_rx)
    }

    /// Hands over field data; waits while the engine is behind.
    pub async fn feed(&self, input: Input) -> Result<(), Closed> {
        self.data.send(Mail { input, durable: None, answer: None }).await.map_err(|_| Closed)
    }

    /// The same; the receiver resolves when it cannot be lost any more (then QoS 1 may be acknowledged).
    pub async fn feed_durable(&self, input: Input) -> Result<oneshot::Receiver<()>, Closed> {
        let (durable, told) = oneshot::channel();
        self.data.send(Mail { input, durable: Some(durable), answer: None }).await.map_err(|_| Closed)?;
        Ok(told)
    }

    /// Has a command carried out and answers once its events are durable.
    pub async fn ask(&self, input: Input) -> Result<Reply, AskError> {
        let (answer, told) = oneshot::channel();
        self.commands.try_send(Mail { input, durable: None, answer: Some(answer) }).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => AskError::Busy,
            mpsc::error::TrySendError::Closed(_) => AskError::Closed(Closed),
        })?;
        Ok(told.await.map_err(|_| Closed)??)
    }
}
