//! What follows from an answer, or from none.

use linepack_core::{Delivery, Input, PointId, Quality, Reason, Sample, Ts};
use tokio::time::Instant;
use tokio_modbus::ExceptionCode;

use super::{DEAF, Ended, Session, Task};
use crate::ingest::feed::FeedError;
use crate::ingest::modbus::client::{Client, Reply};
use crate::ingest::modbus::decode;
use crate::ingest::modbus::pdu::Answer;
use crate::ingest::modbus::plan::{Read, Value};
use crate::site::{ModbusTransport, RegisterType};

/// Silences in a row, the unit answering between, after which a read counts as refused.
const SILENCES: u16 = 3;

impl Session<'_> {
    /// An answer came.
    pub(super) async fn take(&mut self, client: &Client<Task>, reply: Reply<Task>) -> Result<Option<Ended>, FeedError> {
        self.heard();
        let flight = &reply.flight;
        let unit = flight.unit();
        if !self.proven {
            self.up().await?;
        }
        let answer = match flight.request.answer(client.pdu(&reply)) {
            Ok(answer) => answer,
            Err(error) => {
                self.link.status.error();
                tracing::debug!(connection = &*self.link.name, unit, %error, "bad answer");
                self.spoiled(flight.tag, unit).await?;
                return Ok(Some(self.after_noise().await));
            }
        };
        if let Answer::Exception(code) = answer {
            self.link.status.error();
            tracing::debug!(connection = &*self.link.name, unit, %code, "refused");
        } else {
            self.backoff.reset();
        }
        match flight.tag {
            Task::Poll { read, epoch } if epoch == self.epoch => self.polled(read, answer).await?,
            Task::Poll { .. } => self.unit_answered(unit).await?,
            Task::Write(id) => self.written(id, unit, answer).await?,
            Task::Look(id) => {
                self.unit_answered(unit).await?;
                self.look(id, answer);
            }
        }
        Ok(None)
    }

    /// A poll was answered.
    async fn polled(&mut self, i: usize, answer: Answer<'_>) -> Result<(), FeedError> {
        let received = self.link.clock.now();
        let Some((read, asked)) = self.reads.get(i).zip(self.asked.get_mut(i)) else { return Ok(()) };
        let unit = read.unit;
        asked.silent = 0;
        let code = match answer {
            Answer::Data(data) => {
                asked.busy = 0;
                self.link.status.good(received);
                if read.texts {
                    self.keep_texts(read, data);
                }
                if self.holes.concern(read) {
                    self.replan |= self.holes.answered(read, self.start.elapsed());
                }
                let fed = self.link.feed.samples(&self.site, |out| decoded(read, data, received, out)).await;
                self.unless_outdated(fed)?;
                return self.unit_answered(unit).await;
            }
            Answer::Exception(code) => code,
            Answer::Written => return Ok(()),
        };
        let now = self.start.elapsed();
        let reason = match code {
            ExceptionCode::Acknowledge | ExceptionCode::ServerDeviceBusy => {
                asked.busy += 1;
                if asked.busy <= self.settings.busy_retries {
                    self.schedule.again(i, now + self.settings.busy_wait);
                    return self.unit_answered(unit).await;
                }
                asked.busy = 0;
                Reason::CommFailure
            }
            ExceptionCode::IllegalDataAddress | ExceptionCode::IllegalDataValue => {
                let alone = read.refused || read.middle().is_none();
                self.replan |= self.holes.refused(read, now);
                if !alone {
                    return self.unit_answered(unit).await;
                }
                Reason::ConfigurationError
            }
            ExceptionCode::IllegalFunction => {
                self.replan |= self.holes.unknown(read, now);
                Reason::ConfigurationError
            }
            ExceptionCode::ServerDeviceFailure | ExceptionCode::MemoryParityError => Reason::DeviceFailure,
            ExceptionCode::GatewayPathUnavailable | ExceptionCode::GatewayTargetDevice => {
                let samples = bad(read, received, Reason::CommFailure);
                self.feed(Input::Samples(samples)).await?;
                return self.unit_failed(unit).await;
            }
            _ => Reason::BadReply,
        };
        let samples = bad(read, received, reason);
        self.feed(Input::Samples(samples)).await?;
        self.unit_answered(unit).await
    }

    /// What came is no answer to what was asked.
    pub(super) async fn spoiled(&mut self, task: Task, unit: u8) -> Result<(), FeedError> {
        match task {
            Task::Poll { read, epoch } if epoch == self.epoch => {
                let received = self.link.clock.now();
                if let Some(read) = self.reads.get(read) {
                    let samples = bad(read, received, Reason::BadReply);
                    self.feed(Input::Samples(samples)).await?;
                }
            }
            other => self.unsent(other).await?,
        }
        self.unit_failed(unit).await
    }

    /// Nothing on this connection can be trusted any more.
    pub(super) async fn after_noise(&mut self) -> Ended {
        tokio::time::sleep(self.backoff.next().min(self.settings.timeout)).await;
        Ended::Renew
    }

    /// Requests whose time is over.
    pub(super) async fn expire(&mut self, client: &mut Client<Task>) -> Result<Option<Ended>, FeedError> {
        let now = Instant::now();
        while let Some(flight) = client.expire(now) {
            let unit = flight.unit();
            self.link.status.error();
            tracing::debug!(connection = &*self.link.name, unit, "no answer within {:?}", flight.age(now));
            if client.has_noise() && self.settings.transport != ModbusTransport::Tcp {
                // half an answer, or one with a wrong checksum
                self.spoiled(flight.tag, unit).await?;
                return Ok(Some(self.after_noise().await));
            }
            self.deaf += 1;
            match flight.tag {
                Task::Poll { read, epoch } if epoch == self.epoch => self.poll_silent(read).await?,
                Task::Poll { .. } => self.unit_failed(unit).await?,
                other => {
                    self.timed_out(other, now);
                    self.unit_failed(unit).await?;
                }
            }
            self.free_at = self.free_at.max(now + self.settings.pause);
        }
        let suspect = self.deaf >= DEAF && !matches!(self.settings.transport, ModbusTransport::Rtu(_));
        Ok(suspect.then_some(Ended::Renew))
    }

    /// A poll was not answered.
    pub(super) async fn poll_silent(&mut self, i: usize) -> Result<(), FeedError> {
        let Some((read, asked)) = self.reads.get(i).zip(self.asked.get_mut(i)) else { return Ok(()) };
        let (unit, now) = (read.unit, self.start.elapsed());
        if self.holes.silent(read) {
            return Ok(());
        }
        if read.refused {
            self.holes.refused(read, now);
            let samples = bad(read, self.link.clock.now(), Reason::ConfigurationError);
            return self.feed(Input::Samples(samples)).await;
        }
        let answers = self.devices.answers(unit);
        asked.silent = if answers == asked.answers { 1 } else { asked.silent + 1 };
        asked.answers = answers;
        if asked.silent >= SILENCES {
            asked.silent = 0;
            self.replan |= self.holes.refused(read, now);
            return Ok(());
        }
        self.unit_failed(unit).await
    }

    fn keep_texts(&self, read: &Read, data: &[u8]) {
        for v in read.values.iter().filter(|v| matches!(v.spec.ty, RegisterType::Text { .. })) {
            if let Some(text) = decode::text(data, v.at.into(), &v.spec) {
                self.site.texts.set(read.point(v), text);
            }
        }
    }
}

/// All values of one request share its time of receipt: Modbus has no other.
#[inline]
fn sample(point: PointId, received: Ts, (value, quality): (f64, Quality)) -> Sample {
    Sample { point, ts: received, received, value, quality, delivery: Delivery::Live }
}

/// Adds the values of an answer.
pub(super) fn decoded(read: &Read, data: &[u8], received: Ts, out: &mut Vec<Sample>) {
    out.reserve(read.values.len());
    if read.table.is_bits() {
        let bit = |v: &Value| decode::from_bits(data, v.at, &v.spec);
        out.extend(read.values.iter().map(|v| sample(read.point(v), received, bit(v))));
        return;
    }
    for run in read.runs() {
        decode::run(data, run, |v, value| out.push(sample(read.point(v), received, value)));
    }
}

/// The values of a read that could not be read.
pub(super) fn bad(read: &Read, received: Ts, reason: Reason) -> Vec<Sample> {
    read.points().map(|p| sample(p, received, (f64::NAN, Quality::Bad(reason)))).collect()
}
