//! What one link knows over its connections, and the loop that serves one of them.
//!
//! Several requests may be out; a write waits until none is, and nothing else goes out until it is answered.

mod answer;
mod calls;
mod control;
mod plan;
mod turn;
mod unit;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::{ConnectionId, Input};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::client::{Client, ClientError};
use super::control::Control;
use super::devices::Devices;
use super::frame::rtu;
use super::holes::Holes;
use super::plan::Read;
use super::schedule::Schedule;
use super::timer::Timer;
use crate::ingest::backoff::Backoff;
use crate::ingest::feed::FeedError;
use crate::ingest::link::Link;
use crate::ingest::write::{Write, WriteError};
use crate::site::{ModbusSettings, ModbusTransport, Site};
use calls::{Call, Calls};
use turn::{Event, Step};

/// Unanswered requests in a row, and no byte between, that make a socket suspect.
const DEAF: u32 = 2;
/// Verifications and waiting writes at once; more wait in their channel.
const CONTROLS: usize = 64;
/// A connection is not closed for a shorter idleness than this.
const WORTH_CLOSING: Duration = Duration::from_millis(20);

/// What a request is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    /// A read of a plan.
    Poll {
        /// Its index.
        read: usize,
        /// The plan.
        epoch: u32,
    },
    /// A write.
    Write(u64),
    /// A look whether a write holds.
    Look(u64),
}

/// Why serving a connection ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The socket is of no use any more, but the other side lives: connect anew at once.
    Renew,
    /// Nothing is due: connect when something is.
    Idle,
    /// The connection broke.
    Broke(String),
    /// The site has other settings for this link, or no such link.
    Settings,
}

/// What is known of a read beside its place.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// How often it was asked again because the device was busy.
    busy: u16,
    /// Silences in a row while the unit answered other reads.
    silent: u16,
    /// The unit's answers at the last silence.
    answers: u64,
}

/// The state of a link.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    link: &'a mut Link,
    settings: &'a ModbusSettings,
    site: Arc<Site>,
    connection: ConnectionId,
    reads: Vec<Read>,
    asked: Vec<Asked>,
    /// Counts plans: what was asked for an older one is not taken for this one's.
    epoch: u32,
    holes: Holes,
    /// The plan does not fit what is known of the device any more.
    replan: bool,
    devices: Devices,
    schedule: Schedule,
    controls: Vec<Control>,
    next_control: u64,
    start: Instant,
    backoff: Backoff,
    /// The other side has shown since the last break that it serves.
    proven: bool,
    /// Something was answered on the present connection.
    answered: bool,
    /// Silences in a row.
    deaf: u32,
    /// Nothing is sent before.
    free_at: Instant,
    /// Rest after an answer.
    rest: Duration,
    counters: Counters,
}

/// What is counted at every turn, looked up once.
#[derive(Debug)]
struct Counters {
    /// Polls that were skipped.
    missed: metrics::Counter,
    /// Answers nobody waited for any more.
    late: metrics::Counter,
}

impl Counters {
    fn new(connection: &str) -> Self {
        Self {
            missed: metrics::counter!("linepack_link_missed_total", "connection" => connection.to_owned()),
            late: metrics::counter!("linepack_modbus_late_answers_total", "connection" => connection.to_owned()),
        }
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        link: &'a mut Link,
        settings: &'a ModbusSettings,
        site: Arc<Site>,
        connection: ConnectionId,
    ) -> Self {
        let silence = match settings.transport {
            ModbusTransport::Rtu(line) => rtu::silence(line.baud),
            ModbusTransport::Tcp | ModbusTransport::RtuTcp => Duration::ZERO,
        };
        let start = Instant::now();
        let counters = Counters::new(&link.name);
        let mut new = Self {
            link,
            settings,
            site,
            connection,
            reads: Vec::new(),
            asked: Vec::new(),
            epoch: 0,
            holes: Holes::new(settings.hole_expiry),
            replan: false,
            devices: Devices::default(),
            schedule: Schedule::new(&[], Duration::ZERO, 0.0, Duration::ZERO, settings.timeout, settings.retry_max),
            controls: Vec::new(),
            next_control: 0,
            start,
            backoff: Backoff::new(settings.retry_max),
            proven: true,
            answered: false,
            deaf: 0,
            free_at: start,
            rest: settings.pause.max(silence),
            counters,
        };
        new.first_plan();
        new
    }

    /// Asks what is due until the connection or the settings are of no use any more.
    pub(crate) async fn serve(
        &mut self,
        client: &mut Client<Task>,
        writes: &mut mpsc::Receiver<Write>,
    ) -> Result<Ended, FeedError> {
        let mut timer = Timer::new();
        let mut calls = Calls::new(writes, self.link.site.clone());
        self.free_at = Instant::now() + self.settings.connect_pause;
        self.answered = false;
        self.deaf = 0;
        loop {
            if !self.holes.known().is_empty() {
                self.replan |= self.holes.expire(self.start.elapsed());
            }
            if self.replan && client.outstanding() == 0 {
                self.plan_anew();
            }
            let next = match self.send_due(client) {
                Step::Wait(next) => next,
                step => match self.carry_out(step, client).await? {
                    Ok(()) => continue,
                    Err(e) => return self.broken(client, &e).await,
                },
            };
            let wake = [next, client.deadline()].into_iter().flatten().min();
            if self.settings.idle_close && client.outstanding() == 0 && self.controls.is_empty() && self.is_far(next) {
                return Ok(Ended::Idle);
            }
            let event = poll_fn(|cx| self.poll_event(cx, client, &mut timer, &mut calls, wake)).await;
            let ended = match event {
                Event::Taken => None,
                Event::Reply(reply) => self.take(client, reply).await?,
                Event::Broken(e) => Some(self.broken(client, &e).await?),
                Event::Ring => self.expire(client).await?,
                Event::Call(call) => match call? {
                    Call::Write(write) => {
                        self.accept(write);
                        None
                    }
                    Call::Site => (!self.adopt().await?).then_some(Ended::Settings),
                },
            };
            let late = client.take_late();
            if late > 0 {
                self.counters.late.increment(late);
            }
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// Does what has to be waited for.
    async fn carry_out(&mut self, step: Step, client: &mut Client<Task>) -> Result<Result<(), ClientError>, FeedError> {
        let (task, error) = match step {
            Step::Wait(_) => return Ok(Ok(())),
            Step::Up => return self.up().await.map(Ok),
            Step::Rest(i) => {
                let now = self.link.clock.now();
                let bad = |read| answer::bad(read, now, linepack_core::Reason::ConfigurationError);
                let samples = self.reads.get(i).map(bad).unwrap_or_default();
                return self.feed(Input::Samples(samples)).await.map(Ok);
            }
            Step::Failed(task, e) => (task, e),
            Step::Send(unsent) => {
                let task = *unsent.tag();
                match client.send_rest(unsent).await {
                    Ok(()) => return Ok(Ok(())),
                    Err(e) => (task, e),
                }
            }
        };
        self.unsent(task).await?;
        Ok(Err(error))
    }

    /// What a broken connection means.
    async fn broken(&mut self, client: &mut Client<Task>, error: &ClientError) -> Result<Ended, FeedError> {
        Ok(match error {
            ClientError::Garbled(_) | ClientError::Noise => {
                tracing::debug!(connection = &*self.link.name, %error, "no Modbus");
                self.link.status.error();
                for flight in client.forget() {
                    self.spoiled(flight.tag, flight.unit()).await?;
                }
                self.after_noise().await
            }
            ClientError::Closed | ClientError::Lost(_) if client.outstanding() == 0 && self.answered => Ended::Idle,
            ClientError::Closed | ClientError::Lost(_) => Ended::Broke(error.to_string()),
        })
    }

    fn is_far(&self, next: Option<Instant>) -> bool {
        next.is_none_or(|at| at.saturating_duration_since(Instant::now()) > WORTH_CLOSING)
    }

    fn count_missed(&mut self) {
        let missed = self.schedule.take_missed();
        if missed > 0 {
            self.link.status.missed(missed);
            self.counters.missed.increment(missed);
        }
    }

    /// Hands over one input. With a site that was replaced meanwhile it is dropped: the next poll brings a new one.
    async fn feed(&mut self, input: Input) -> Result<(), FeedError> {
        let fed = self.link.feed.feed(&self.site, input).await;
        self.unless_outdated(fed)
    }

    fn unless_outdated(&self, fed: Result<(), FeedError>) -> Result<(), FeedError> {
        if fed == Err(FeedError::Outdated) {
            self.link.status.missed(1);
            return Ok(());
        }
        fed
    }

    /// When the next read is due, for a link without a connection.
    pub(crate) fn next_due(&mut self) -> Option<Instant> {
        let controls = self.controls.iter().filter_map(Control::due).min();
        let read = self.schedule.peek().map(|at| self.start + at);
        [controls, read].into_iter().flatten().min()
    }

    /// Waits for another site.
    pub(crate) async fn changed(&mut self) -> Result<(), FeedError> {
        self.link.changed().await
    }

    /// Another wait after a failure.
    pub(crate) fn backoff(&mut self) -> Duration {
        self.backoff.next()
    }

    /// Whether the other side had served since the last break; from now on it has not.
    pub(crate) fn take_proven(&mut self) -> bool {
        std::mem::take(&mut self.proven)
    }
}

/// Why a write fails whose link is away.
fn down(text: &str) -> WriteError {
    WriteError::Down(text.to_owned())
}
