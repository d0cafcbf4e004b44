//! The usual turn of a link, without a wait in it: an answer to a poll is handed over, the next poll goes out.
//!
//! What an async function knows stands in the memory of its task, and a link among thousands finds that cold at every turn.
//! Here it stands on the stack.

use std::task::{Context, Poll};

use tokio::time::Instant;

use super::answer::decoded;
use super::calls::{Call, Calls};
use super::{CONTROLS, Session, Task};
use crate::ingest::feed::FeedError;
use crate::ingest::modbus::client::{Client, ClientError, Reply, Unsent};
use crate::ingest::modbus::control::{Control, Phase};
use crate::ingest::modbus::pdu::{Answer, Request};
use crate::ingest::modbus::schedule::Next;
use crate::ingest::modbus::timer::Timer;
use crate::ingest::write::Write;
use crate::site::Site;

/// What there is to do before a link waits.
pub(super) enum Step {
    /// Nothing, before this moment if time alone brings something.
    Wait(Option<Instant>),
    /// A request that could not go out at once.
    Send(Unsent<Task>),
    /// A request that could not go out at all.
    Failed(Task, ClientError),
    /// This read's addresses are left alone: its values are bad without asking.
    Rest(usize),
    /// There is nothing to read: being connected is all that can be told.
    Up,
}

/// What a link has waited for.
pub(super) enum Event {
    /// An answer, which was taken.
    Taken,
    /// An answer that is no usual one.
    Reply(Reply<Task>),
    /// The connection broke.
    Broken(ClientError),
    /// It is time.
    Ring,
    /// A write, another site.
    Call(Result<Call<Write>, FeedError>),
}

impl Session<'_> {
    /// Sends what is due as far as requests may be out.
    pub(super) fn send_due(&mut self, client: &mut Client<Task>) -> Step {
        let mut sent = None;
        loop {
            let busy = client.outstanding() >= usize::from(self.settings.in_flight);
            if busy && self.controls.is_empty() {
                // the answer will be here long before the next turn: a timer that stands there need not be moved
                let turn = sent.and_then(|now| self.schedule.peek().filter(|at| *at > now));
                return Step::Wait(turn.map(|at| self.start + at));
            }
            let now = Instant::now();
            self.drop_expired(now);
            let controls = self.controls.iter().filter_map(Control::due).min();
            if self.controls.iter().any(|c| c.phase == Phase::Sent) || self.replan {
                return Step::Wait(controls);
            }
            if busy {
                return Step::Wait(None);
            }
            if now < self.free_at {
                return Step::Wait(Some(self.free_at));
            }
            let (unit, request, task) = if controls.is_some_and(|at| at <= now) {
                if client.outstanding() > 0 && self.write_is_due(now) {
                    return Step::Wait(None);
                }
                let Some(due) = self.due_control(now) else { continue };
                due
            } else {
                let due = self.schedule.next(now - self.start);
                self.count_missed();
                match due {
                    Next::Read(i) => {
                        let Some(read) = self.reads.get(i) else { continue };
                        if self.holes.rests(read, now - self.start) {
                            return Step::Rest(i);
                        }
                        let request = Request::Read { table: read.table, start: read.start, count: read.count };
                        (read.unit, request, Task::Poll { read: i, epoch: self.epoch })
                    }
                    Next::Wait(until) => {
                        return Step::Wait([Some(self.start + until), controls].into_iter().flatten().min());
                    }
                    Next::Idle if client.outstanding() == 0 && !self.proven || self.link.told.is_none() => {
                        return Step::Up;
                    }
                    Next::Idle => return Step::Wait(controls),
                }
            };
            if !self.settings.pause.is_zero() {
                self.free_at = now + self.settings.pause;
            }
            match client.try_send(now, unit, request, self.settings.timeout, task) {
                Ok(None) => sent = Some(now - self.start),
                Ok(Some(unsent)) => return Step::Send(unsent),
                Err(e) => return Step::Failed(task, e),
            }
        }
    }

    /// Whatever comes first; what is earlier here goes first.
    pub(super) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client<Task>,
        timer: &mut Timer,
        calls: &mut Calls<'_, Write, std::sync::Arc<Site>>,
        wake: Option<Instant>,
    ) -> Poll<Event> {
        if let Poll::Ready(reply) = client.poll_receive(cx) {
            return Poll::Ready(match reply {
                Ok(reply) if self.take_at_once(client, &reply) => Event::Taken,
                Ok(reply) => Event::Reply(reply),
                Err(e) => Event::Broken(e),
            });
        }
        if wake.is_some_and(|wake| timer.poll(cx, wake).is_ready()) {
            return Poll::Ready(Event::Ring);
        }
        if self.controls.len() < CONTROLS {
            return calls.poll(cx).map(Event::Call);
        }
        Poll::Pending
    }

    /// Takes the usual answer: numbers for a poll, from a unit that is known to answer. False: nothing was done with it.
    fn take_at_once(&mut self, client: &Client<Task>, reply: &Reply<Task>) -> bool {
        let Task::Poll { read: i, epoch } = reply.flight.tag else { return false };
        let (unit, flight) = (reply.flight.unit(), &reply.flight);
        let Some((read, asked)) = self.reads.get(i).zip(self.asked.get_mut(i)) else { return false };
        if epoch != self.epoch || !self.proven || read.texts || self.holes.concern(read) || !self.devices.is_up(unit) {
            return false;
        }
        let Ok(Answer::Data(data)) = flight.request.answer(client.pdu(reply)) else { return false };
        let received = self.link.clock.now();
        if !self.link.feed.gather(&self.site, |out| decoded(read, data, received, out)) {
            return false;
        }
        (asked.silent, asked.busy) = (0, 0);
        self.link.status.good(received);
        self.heard();
        self.backoff.reset();
        self.schedule.answered(unit);
        self.devices.set(unit, true);
        true
    }

    /// The other side is there.
    pub(super) fn heard(&mut self) {
        self.deaf = 0;
        self.answered = true;
        if !self.rest.is_zero() {
            self.free_at = Instant::now() + self.rest;
        }
    }
}
