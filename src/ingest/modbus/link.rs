//! The task of one Modbus TCP connection.
//!
//! One request is out at a time (`in_flight` above 1 is treated as 1). After silence or a garbled answer the socket is
//! replaced at once, because a late answer would be taken for the next one's. A connection that broke after good service
//! is tried again before anybody is alarmed.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::{ConnectionId, Delivery, Input, Quality, Reason, Sample, Ts};
use tokio::time::Instant;
use tokio_modbus::ExceptionCode;

use super::client::{Answer, Client};
use super::decode;
use super::devices::Devices;
use super::map::Map;
use super::plan::{Read, Value};
use super::schedule::{Next, Schedule};
use crate::ingest::backoff::Backoff;
use crate::ingest::feed::FeedError;
use crate::ingest::link::Link;
use crate::site::{ModbusSettings, Protocol, Site};

/// Shortest deadline of a connect: slow radio links need longer for it than for an answer.
const CONNECT: Duration = Duration::from_secs(2);
/// Wait before a busy device is asked once more, at most.
const BUSY: Duration = Duration::from_millis(200);

/// Why serving a connection ended.
enum Ended {
    /// The socket is of no use any more, but the other side lives: connect anew at once.
    Renew,
    /// The connection broke.
    Broke(String),
    /// The site has other settings for this link, or no such link.
    Settings,
}

/// Serves the link until its settings change.
pub(crate) async fn run(link: &mut Link, settings: &ModbusSettings) -> Result<(), FeedError> {
    let (site, present) = link.settings();
    match present {
        Some((connection, _)) => Session::new(link, settings, site, connection).run().await,
        None => Ok(()),
    }
}

struct Session<'a> {
    link: &'a mut Link,
    settings: &'a ModbusSettings,
    site: Arc<Site>,
    connection: ConnectionId,
    reads: Vec<Read>,
    /// Reads that were asked again because the device was busy.
    repeated: Vec<bool>,
    devices: Devices,
    schedule: Schedule,
    start: Instant,
    backoff: Backoff,
    /// The other side has shown since the last break that it serves.
    proven: bool,
}

impl<'a> Session<'a> {
    fn new(link: &'a mut Link, settings: &'a ModbusSettings, site: Arc<Site>, connection: ConnectionId) -> Self {
        let map = Map::new(&site, connection, settings.max_gap);
        Self {
            schedule: Schedule::new(&map.reads, Duration::ZERO, settings.timeout, settings.retry_max),
            repeated: vec![false; map.reads.len()],
            reads: map.reads,
            devices: Devices::new(map.assets),
            backoff: Backoff::new(settings.retry_max),
            start: Instant::now(),
            proven: true,
            link,
            settings,
            site,
            connection,
        }
    }

    async fn run(mut self) -> Result<(), FeedError> {
        self.devices.count(&self.link.status);
        loop {
            let deadline = self.settings.timeout.max(CONNECT);
            let trouble = match Client::connect(&self.settings.address, deadline, self.settings.timeout).await {
                Ok(mut client) => {
                    if self.proven {
                        self.up().await?;
                    }
                    match self.serve(&mut client).await? {
                        Ended::Settings => return Ok(()),
                        Ended::Renew => continue,
                        Ended::Broke(_) if std::mem::take(&mut self.proven) => continue,
                        Ended::Broke(detail) => detail,
                    }
                }
                Err(detail) => detail,
            };
            self.proven = false;
            self.link.status.error();
            self.link.tell(&self.site, self.connection, false, &trouble).await?;
            tokio::select! {
                () = tokio::time::sleep(self.backoff.next()) => {}
                changed = self.link.changed() => {
                    changed?;
                    if !self.adopt().await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Asks what is due until the connection or the settings are of no use any more.
    async fn serve(&mut self, client: &mut Client) -> Result<Ended, FeedError> {
        loop {
            if self.link.site.has_changed().map_err(|_| FeedError::Closed)? && !self.adopt().await? {
                return Ok(Ended::Settings);
            }
            let due = self.schedule.next(self.start.elapsed());
            self.link.status.missed(self.schedule.take_missed());
            match due {
                Next::Read(i) => {
                    if let Some(ended) = self.ask(client, i).await? {
                        return Ok(ended);
                    }
                }
                Next::Wait(until) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(self.start + until) => {}
                        changed = self.link.changed() => changed?,
                    }
                }
                Next::Idle => {
                    self.up().await?;
                    self.link.changed().await?;
                }
            }
        }
    }

    /// One request, and what follows from its answer.
    async fn ask(&mut self, client: &mut Client, i: usize) -> Result<Option<Ended>, FeedError> {
        let Some(read) = self.reads.get(i) else { return Ok(None) };
        let unit = read.unit;
        let answer = client.read(read).await;
        let received = self.link.clock.now();
        let samples = match &answer {
            Answer::Registers(r) => samples(read, received, |v| decode::from_registers(r, v.at, &v.spec)),
            Answer::Bits(b) => samples(read, received, |v| decode::from_bits(b, v.at, &v.spec)),
            Answer::Exception(code) if may_repeat(*code) && !self.repeated[i] => Vec::new(),
            Answer::Exception(code) => bad(read, received, reason(*code)),
            Answer::Garbled(_) => bad(read, received, Reason::BadReply),
            Answer::Silent | Answer::Lost(_) => Vec::new(),
        };
        if let Some(trouble) = trouble(&answer, self.settings.timeout) {
            self.link.status.error();
            tracing::debug!(connection = &*self.link.name, unit, trouble, "read failed");
        } else {
            self.link.status.good(received);
            self.backoff.reset();
        }
        if !self.proven && !matches!(answer, Answer::Lost(_)) {
            self.up().await?;
        }
        if !samples.is_empty() {
            self.feed(Input::Samples(samples)).await?;
        }
        match answer {
            Answer::Exception(code) if may_repeat(code) && !self.repeated[i] => {
                self.repeated[i] = true;
                self.schedule.again(i, self.start.elapsed() + BUSY.min(self.settings.timeout));
                Ok(None)
            }
            Answer::Exception(code) if is_gateway(code) => {
                self.repeated[i] = false;
                self.unit_failed(unit).await?;
                Ok(None)
            }
            Answer::Registers(_) | Answer::Bits(_) | Answer::Exception(_) => {
                self.repeated[i] = false;
                self.unit_answered(unit).await?;
                Ok(None)
            }
            Answer::Garbled(_) => {
                self.unit_failed(unit).await?;
                tokio::time::sleep(self.backoff.next().min(self.settings.timeout)).await;
                Ok(Some(Ended::Renew))
            }
            Answer::Silent => {
                self.unit_failed(unit).await?;
                Ok(Some(Ended::Renew))
            }
            Answer::Lost(detail) => {
                self.unit_failed(unit).await?;
                Ok(Some(Ended::Broke(detail)))
            }
        }
    }

    /// The connection serves.
    async fn up(&mut self) -> Result<(), FeedError> {
        if self.link.told == Some(false) {
            self.schedule.reconnected(self.start.elapsed());
        }
        self.proven = true;
        self.link.tell(&self.site, self.connection, true, "").await
    }

    async fn unit_answered(&mut self, unit: u8) -> Result<(), FeedError> {
        self.schedule.answered(unit);
        self.tell_devices(unit, true).await
    }

    async fn unit_failed(&mut self, unit: u8) -> Result<(), FeedError> {
        if self.schedule.failed(unit, self.start.elapsed()) {
            self.tell_devices(unit, false).await?;
        }
        Ok(())
    }

    async fn tell_devices(&mut self, unit: u8, up: bool) -> Result<(), FeedError> {
        let Some(before) = self.devices.set(unit, up) else { return Ok(()) };
        self.devices.count(&self.link.status);
        if !up {
            tracing::warn!(connection = &*self.link.name, unit, "unit {unit} of {} does not answer", self.link.name);
        } else if before == Some(false) {
            tracing::info!(connection = &*self.link.name, unit, "unit {unit} of {} answers again", self.link.name);
        }
        for input in self.devices.inputs(unit, up) {
            self.feed(input).await?;
        }
        Ok(())
    }

    /// Takes over a new site. False: this link has other settings there, or is gone.
    async fn adopt(&mut self) -> Result<bool, FeedError> {
        let (site, present) = self.link.settings();
        let connection = match present {
            Some((connection, Protocol::ModbusTcp(settings))) if settings == *self.settings => connection,
            _ => return Ok(false),
        };
        let map = Map::new(&site, connection, self.settings.max_gap);
        let now = self.start.elapsed();
        let mut schedule = Schedule::new(&map.reads, now, self.settings.timeout, self.settings.retry_max);
        for unit in self.devices.down() {
            schedule.mark_down(unit, now);
        }
        self.devices = Devices::new(map.assets);
        self.repeated = vec![false; map.reads.len()];
        (self.site, self.connection, self.reads, self.schedule) = (site, connection, map.reads, schedule);
        self.devices.count(&self.link.status);
        if let Some(up) = self.link.told.take() {
            self.link.tell(&self.site, connection, up, "").await?;
        }
        for unit in self.devices.units() {
            if self.schedule.is_down(unit) {
                self.tell_devices(unit, false).await?;
            }
        }
        Ok(true)
    }

    /// Hands over one input. With a site that was replaced meanwhile it is dropped: the next poll brings a new one.
    async fn feed(&mut self, input: Input) -> Result<(), FeedError> {
        match self.link.feed.feed(&self.site, vec![input]).await {
            Err(FeedError::Outdated) => {
                self.link.status.missed(1);
                Ok(())
            }
            other => other,
        }
    }
}

/// All values of one request share its time of receipt: Modbus has no other.
fn samples(read: &Read, received: Ts, value: impl Fn(&Value) -> (f64, Quality)) -> Vec<Sample> {
    read.values
        .iter()
        .map(|v| {
            let (value, quality) = value(v);
            Sample { point: v.point, ts: received, received, value, quality, delivery: Delivery::Live }
        })
        .collect()
}

fn bad(read: &Read, received: Ts, reason: Reason) -> Vec<Sample> {
    samples(read, received, |_| (f64::NAN, Quality::Bad(reason)))
}

/// What an exception says about the values asked for.
fn reason(code: ExceptionCode) -> Reason {
    match code {
        ExceptionCode::ServerDeviceFailure | ExceptionCode::MemoryParityError => Reason::SensorFailure,
        ExceptionCode::GatewayPathUnavailable
        | ExceptionCode::GatewayTargetDevice
        | ExceptionCode::Acknowledge
        | ExceptionCode::ServerDeviceBusy => Reason::CommFailure,
        _ => Reason::BadReply,
    }
}

/// The gateway lives, the device behind it does not answer.
fn is_gateway(code: ExceptionCode) -> bool {
    matches!(code, ExceptionCode::GatewayPathUnavailable | ExceptionCode::GatewayTargetDevice)
}

/// The device wants to be asked again later.
fn may_repeat(code: ExceptionCode) -> bool {
    matches!(code, ExceptionCode::Acknowledge | ExceptionCode::ServerDeviceBusy)
}

fn trouble(answer: &Answer, timeout: Duration) -> Option<String> {
    match answer {
        Answer::Registers(_) | Answer::Bits(_) => None,
        Answer::Exception(code) => Some(code.to_string()),
        Answer::Garbled(detail) | Answer::Lost(detail) => Some(detail.clone()),
        Answer::Silent => Some(format!("no answer within {timeout:?}")),
    }
}
