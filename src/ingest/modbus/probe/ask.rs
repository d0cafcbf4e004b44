//! One request after the other, with a rest between, until enough have been asked.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_modbus::ExceptionCode;

use crate::ingest::modbus::client::{Client, ClientError};
use crate::ingest::modbus::pdu::{Answer, Request};
use crate::site::{ModbusSettings, Table};

/// How often a silent device is asked again.
const SILENT_AGAIN: u32 = 1;
/// How often a busy one is.
const BUSY_AGAIN: u32 = 10;

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The bytes.
    Data(Vec<u8>),
    /// A refusal.
    Refused(ExceptionCode),
    /// Nothing, twice.
    Silent,
    /// No more requests are allowed.
    Spent,
}

/// The way to the device.
#[derive(Debug)]
pub(super) struct Line {
    settings: ModbusSettings,
    unit: u8,
    client: Client<()>,
    pause: Duration,
    asked: u32,
    most: u32,
}

impl Line {
    pub(super) async fn open(settings: &ModbusSettings, unit: u8, most: u32) -> Result<Self, String> {
        let client = Client::connect(settings).await?;
        sleep(settings.connect_pause).await;
        Ok(Self { settings: settings.clone(), unit, client, pause: settings.pause, asked: 0, most })
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u32 {
        self.asked
    }

    /// Whether the scan had to stop.
    pub(super) fn is_spent(&self) -> bool {
        self.asked >= self.most
    }

    /// Rest between requests from now on.
    pub(super) fn rest(&mut self, pause: Duration) {
        self.pause = pause;
    }

    /// Reads, as part of the scan: a silent device is asked once more, a busy one until it has time.
    pub(super) async fn read(&mut self, table: Table, start: u16, count: u16) -> Result<Outcome, String> {
        let (mut silent, mut busy) = (0, 0);
        while !self.is_spent() {
            let (outcome, _) = self.once(table, start, count).await?;
            match outcome {
                Outcome::Silent if silent < SILENT_AGAIN => silent += 1,
                Outcome::Refused(ExceptionCode::Acknowledge | ExceptionCode::ServerDeviceBusy) if busy < BUSY_AGAIN => {
                    busy += 1;
                    sleep(self.settings.busy_wait).await;
                }
                outcome => return Ok(outcome),
            }
        }
        Ok(Outcome::Spent)
    }

    /// Reads once and tells how long it took.
    pub(super) async fn once(&mut self, table: Table, start: u16, count: u16) -> Result<(Outcome, Duration), String> {
        sleep(self.pause).await;
        let begin = Instant::now();
        self.asked += 1;
        let outcome = match self.exchange(Request::Read { table, start, count }).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // a device may close the line over a question it does not like
                self.client = Client::connect(&self.settings).await?;
                sleep(self.settings.connect_pause).await;
                Outcome::Silent
            }
        };
        Ok((outcome, begin.elapsed()))
    }

    async fn exchange(&mut self, request: Request) -> Result<Outcome, ClientError> {
        self.client.send(Instant::now(), self.unit, request, self.settings.timeout, ()).await?;
        loop {
            let deadline = self.client.deadline().unwrap_or_else(Instant::now);
            tokio::select! {
                reply = self.client.receive() => {
                    let reply = reply?;
                    return Ok(match reply.flight.request.answer(self.client.pdu(&reply)) {
                        Ok(Answer::Data(data)) => Outcome::Data(data.to_vec()),
                        Ok(Answer::Exception(code)) => Outcome::Refused(code),
                        Ok(Answer::Written) | Err(_) => Outcome::Silent,
                    });
                }
                () = sleep_until(deadline) => {
                    if self.client.expire(Instant::now()).is_some() {
                        return Ok(Outcome::Silent);
                    }
                }
            }
        }
    }

    /// Sends several reads at once; how many were answered rightly.
    pub(super) async fn together(&mut self, table: Table, start: u16, requests: u16) -> Result<u16, ClientError> {
        for _ in 0..requests {
            self.asked += 1;
            let request = Request::Read { table, start, count: 1 };
            self.client.send(Instant::now(), self.unit, request, self.settings.timeout, ()).await?;
        }
        let mut answered = 0;
        while let Some(deadline) = self.client.deadline() {
            tokio::select! {
                reply = self.client.receive() => {
                    let reply = reply?;
                    answered += u16::from(matches!(
                        reply.flight.request.answer(self.client.pdu(&reply)), Ok(Answer::Data(_))
                    ));
                }
                () = sleep_until(deadline) => while self.client.expire(Instant::now()).is_some() {},
            }
        }
        Ok(answered)
    }

    /// A connection as new, after something was tried that may have upset the device.
    pub(super) async fn renew(&mut self) -> Result<(), String> {
        self.client = Client::connect(&self.settings).await?;
        sleep(self.settings.connect_pause).await;
        Ok(())
    }
}
