//! How others reach the engine.

use std::sync::Arc;

use linepack_core::hub::ModelState;
use linepack_core::{AlarmId, Input, Refusal, Reply, Sample};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use super::gather::{Gather, Sender};
use crate::site::Site;

/// Samples that may wait for the engine, and as many again for the disk: 50 MB each. A queue counted in inputs alone
/// could hold gigabytes when each of them is large.
pub(super) const SAMPLES: u32 = 1 << 20;

/// Sends inputs to the engine; clones share the queues.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    data: mpsc::Sender<Mail>,
    commands: mpsc::Sender<Mail>,
    /// One permit a sample on its way.
    room: Arc<Semaphore>,
    gather: Arc<Gather>,
    recording: Arc<watch::Sender<bool>>,
}

/// What the engine reads.
#[derive(Debug)]
pub struct Mails {
    queue: mpsc::Receiver<Mail>,
    gather: Arc<Gather>,
}

impl Mails {
    /// The next one; none when nobody can send any more. Can be given up without losing any.
    pub async fn recv(&mut self) -> Option<Mail> {
        let mut mail = self.queue.recv().await?;
        if let Some(side) = mail.gathered {
            mail.input = Input::Samples(self.gather.take(side));
        }
        Some(mail)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
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
    /// Generation of the registry its numbers belong to; another one is refused.
    pub generation: Option<u64>,
    /// With a reload: the whole site.
    pub site: Option<Arc<Site>>,
    /// Nothing but a question between two inputs.
    pub question: Option<Question>,
    /// Its samples were gathered, at this side.
    gathered: Option<usize>,
    /// Its share of the room, given back when the engine has taken it.
    #[expect(dead_code, reason = "held for its drop")]
    room: Option<OwnedSemaphorePermit>,
    /// Its sender's share of the queue, given back at the same time.
    pub share: Option<OwnedSemaphorePermit>,
}

impl Mail {
    /// An input nobody waits for.
    pub fn input(input: Input) -> Self {
        Self {
            input,
            durable: None,
            answer: None,
            generation: None,
            site: None,
            question: None,
            gathered: None,
            room: None,
            share: None,
        }
    }
}

/// What detectors know and think now.
#[derive(Debug)]
pub struct Question {
    /// Of which alarms.
    pub of: Vec<AlarmId>,
    /// Told; alarms without a detector are left out.
    pub answer: oneshot::Sender<Vec<ModelState>>,
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
    /// The disk is full; what was asked may yet be carried out when there is space (503).
    #[error("the disk is full: nothing can be recorded")]
    NotRecorded,
    /// The hub stops.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl EngineHandle {
    /// A handle and the two ends the engine reads: data, commands. Both bounded: data waits when full (pollers then
    /// skip polls, QoS 1 stays unacknowledged), commands answer busy. Commands are read before data.
    pub fn channel(data: usize, commands: usize) -> (Self, Mails, Mails) {
        let (data, data_rx) = mpsc::channel(data);
        let (commands, commands_rx) = mpsc::channel(commands);
        let room = Arc::new(Semaphore::new(SAMPLES as usize));
        let recording = Arc::new(watch::Sender::new(true));
        let gather = Arc::new(Gather::default());
        let mails = |queue| Mails { queue, gather: gather.clone() };
        let ends = (mails(data_rx), mails(commands_rx));
        (Self { data, commands, room, gather, recording }, ends.0, ends.1)
    }

    /// Where the committer says whether it can make things durable.
    pub fn recording(&self) -> Arc<watch::Sender<bool>> {
        self.recording.clone()
    }

    /// Whether what is handed in can be made durable now.
    pub fn is_recording(&self) -> bool {
        *self.recording.borrow()
    }

    /// Whether the engine still takes inputs.
    pub fn is_running(&self) -> bool {
        !self.commands.is_closed()
    }

    /// Hands over field data; waits while the engine is behind. `generation`: of the registry its numbers belong to.
    pub async fn feed(&self, generation: u64, input: Input) -> Result<(), Closed> {
        self.send(Mail { generation: Some(generation), ..Mail::input(input) }).await
    }

    /// The same, with all that may go with it.
    pub async fn send(&self, mail: Mail) -> Result<(), Closed> {
        let room = match &mail.input {
            Input::Samples(samples) => room(&self.room, samples.len()).await,
            _ => None,
        };
        self.data.send(Mail { room, ..mail }).await.map_err(|_| Closed)
    }

    /// Another one that gathers samples.
    pub fn sender(&self) -> Sender {
        self.gather.sender()
    }

    /// Adds samples to what waits for the engine. `generation`: of the registry their numbers belong to. False: there is
    /// no room now, or the site is being replaced; `fill` was not called.
    #[inline]
    pub fn gather(&self, generation: u64, sender: &mut Sender, fill: impl FnOnce(&mut Vec<Sample>)) -> bool {
        let place = |side| {
            let place = self.data.try_reserve().ok();
            let mail = Mail { generation: Some(generation), gathered: Some(side), ..Mail::input(Input::Tick) };
            place.map(|place| place.send(mail)).is_some()
        };
        self.gather.add(generation, sender, place, fill)
    }

    /// To be called when a sender has sent something else: what it gathers from now on comes behind that.
    pub fn gather_behind(&self, sender: Sender) {
        self.gather.close(sender);
    }

    /// Of which generation samples are gathered from now on; of none while the site is being replaced.
    pub fn gather_for(&self, generation: Option<u64>) {
        self.gather.accept(generation);
    }

    /// Hands over field data. The receiver resolves when it cannot be lost any more, and fails when it was not taken.
    pub async fn feed_durable(&self, generation: u64, input: Input) -> Result<oneshot::Receiver<()>, Closed> {
        let (durable, told) = oneshot::channel();
        let mail = Mail { generation: Some(generation), durable: Some(durable), ..Mail::input(input) };
        self.send(mail).await?;
        Ok(told)
    }

    /// Has a command carried out and answers once its events are durable.
    pub async fn ask(&self, generation: u64, input: Input) -> Result<Reply, AskError> {
        let mut recording = self.recording.subscribe();
        if !*recording.borrow_and_update() {
            return Err(AskError::NotRecorded);
        }
        let (answer, told) = oneshot::channel();
        let mail = Mail { generation: Some(generation), answer: Some(answer), ..Mail::input(input) };
        self.commands.try_send(mail).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => AskError::Busy,
            mpsc::error::TrySendError::Closed(_) => AskError::Closed(Closed),
        })?;
        // dropped without an answer: the site was read anew meanwhile, ask again
        tokio::select! {
            biased;
            answer = told => answer.map_err(|_| AskError::Busy)?.map_err(AskError::Refused),
            // the sender lives as long as this handle
            _ = recording.wait_for(|on| !on) => Err(AskError::NotRecorded),
        }
    }

    /// What detectors know and think now. Changes nothing and waits for no disk.
    pub async fn models(&self, generation: u64, of: Vec<AlarmId>) -> Result<Vec<ModelState>, AskError> {
        let (answer, told) = oneshot::channel();
        let question = Some(Question { of, answer });
        let mail = Mail { generation: Some(generation), question, ..Mail::input(Input::Tick) };
        self.commands.try_send(mail).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => AskError::Busy,
            mpsc::error::TrySendError::Closed(_) => AskError::Closed(Closed),
        })?;
        told.await.map_err(|_| AskError::Busy)
    }

    /// Tells the core something that has no numbers of a registry in it; waits while the engine is behind.
    pub async fn tell(&self, input: Input) -> Result<(), Closed> {
        self.commands.send(Mail::input(input)).await.map_err(|_| Closed)
    }

    /// Replaces the site; resolves when readers see the new one.
    pub async fn reload(&self, site: Arc<Site>) -> Result<(), Closed> {
        let (durable, told) = oneshot::channel();
        let input = Input::Reload(site.registry.clone());
        let mail = Mail { durable: Some(durable), site: Some(site), ..Mail::input(input) };
        self.commands.send(mail).await.map_err(|_| Closed)?;
        told.await.map_err(|_| Closed)
    }
}

/// Permits for so many samples; for all there are when it is more, so that no input is too large to pass.
pub(super) async fn room(room: &Arc<Semaphore>, samples: usize) -> Option<OwnedSemaphorePermit> {
    let samples = u32::try_from(samples).unwrap_or(SAMPLES).min(SAMPLES);
    // it is never closed, so there is no error to meet
    room.clone().acquire_many_owned(samples).await.ok()
}
