//! One connection: requests go out, answers come back to the request they belong to, every wait has an end.
//!
//! On Modbus TCP transaction numbers tell a late answer from the one that is awaited. RTU has none: after silence the same
//! unit is not asked the same function again until its late answer cannot come any more.

mod stream;

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::frame::rtu::{self, Found};
use super::frame::{FrameError, mbap};
use super::pdu::Request;
use crate::site::{ModbusSettings, ModbusTransport};
use stream::Stream;
pub(crate) use stream::open_serial;

/// Shortest deadline of a connect: slow radio links need longer for it than for an answer.
const CONNECT: Duration = Duration::from_secs(2);
/// Bytes that may wait for a frame's end; the largest frame has 260.
const INPUT: usize = 512;
/// Room for a read's request; writes of many registers are longer.
const REQUEST: usize = 16;

/// A connection to a Modbus server. `T` says what each request is for.
#[derive(Debug)]
pub(crate) struct Client<T> {
    stream: Stream,
    transport: ModbusTransport,
    input: Vec<u8>,
    /// Where the unread part of `input` begins.
    at: usize,
    transaction: u16,
    /// In the order of their sending.
    flights: Vec<Flight<T>>,
    /// RTU: unit, function and until when its late answer may still come.
    owed: Option<(u8, u8, Instant)>,
    late: u64,
}

/// A request that is out.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    transaction: u16,
    unit: u8,
    /// What was asked.
    pub(crate) request: Request,
    /// Silence, if there is no answer by then.
    deadline: Instant,
    /// What for.
    pub(crate) tag: T,
    sent: Instant,
}

/// A request that could not go out at once.
#[derive(Debug)]
pub(crate) struct Unsent<T> {
    bytes: Vec<u8>,
    flight: Flight<T>,
    /// An answer to an earlier request may come until then.
    quiet_at: Option<Instant>,
}

impl<T> Unsent<T> {
    /// What for.
    pub(crate) fn tag(&self) -> &T {
        &self.flight.tag
    }
}

/// An answer with the request it belongs to.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    /// The request.
    pub(crate) flight: Flight<T>,
    pdu: Range<usize>,
}

/// Why a connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Bytes that are no answer.
    #[error("{0}")]
    Garbled(#[from] FrameError),
    /// More bytes than any answer has.
    #[error("noise instead of an answer")]
    Noise,
    /// The other side closed it.
    #[error("the other side closed the connection")]
    Closed,
    /// It broke.
    #[error("{0}")]
    Lost(#[from] io::Error),
}

impl<T> Client<T> {
    /// Connects.
    pub(crate) async fn connect(settings: &ModbusSettings) -> Result<Self, String> {
        let deadline = Instant::now() + settings.timeout.max(CONNECT);
        let stream = match timeout_at(deadline, Stream::open(settings)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(e)) => return Err(format!("cannot connect to {}: {e}", settings.address)),
            Err(_) => return Err(format!("no connection to {} in time", settings.address)),
        };
        Ok(Self {
            stream,
            transport: settings.transport,
            input: Vec::new(),
            at: 0,
            transaction: 0,
            flights: Vec::new(),
            owed: None,
            late: 0,
        })
    }

    /// Sends a request that has `timeout` from `now` on to be answered, without waiting for anything. What could not be sent
    /// is given back, for [`Client::send_rest`].
    pub(crate) fn try_send(
        &mut self,
        now: Instant,
        unit: u8,
        request: Request,
        timeout: Duration,
        tag: T,
    ) -> Result<Option<Unsent<T>>, ClientError> {
        let quiet_at = self.owed.take_if(|o| (o.0, o.1) == (unit, request.function())).map(|o| o.2);
        // the next to be served finds this memory warm; kept, it would be cold when it is needed again
        let mut bytes = Vec::with_capacity(REQUEST);
        if self.transport == ModbusTransport::Tcp {
            self.transaction = self.transaction.wrapping_add(1);
            mbap::encode(self.transaction, unit, &request, &mut bytes);
        } else {
            // what is left of a frame nobody waits for
            self.input.clear();
            self.at = 0;
            rtu::encode(unit, &request, &mut bytes);
        }
        // there is room for a request nearly always: then no timer is needed
        let written = if quiet_at.is_none() { self.stream.try_write(&bytes)? } else { 0 };
        let flight = Flight { transaction: self.transaction, unit, request, deadline: now + timeout, tag, sent: now };
        if written < bytes.len() {
            bytes.drain(..written);
            return Ok(Some(Unsent { bytes, flight, quiet_at }));
        }
        self.fly(flight);
        Ok(None)
    }

    /// Sends what could not be sent at once.
    pub(crate) async fn send_rest(&mut self, unsent: Unsent<T>) -> Result<(), ClientError> {
        let Unsent { bytes, mut flight, quiet_at } = unsent;
        if let Some(quiet_at) = quiet_at {
            self.discard(quiet_at).await?;
            self.input.clear();
            let timeout = flight.deadline.duration_since(flight.sent);
            flight.sent = Instant::now();
            flight.deadline = flight.sent + timeout;
        }
        match timeout_at(flight.deadline, self.stream.write_all(&bytes)).await {
            Ok(written) => written?,
            Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
        self.fly(flight);
        Ok(())
    }

    /// Both.
    pub(crate) async fn send(
        &mut self,
        now: Instant,
        unit: u8,
        request: Request,
        timeout: Duration,
        tag: T,
    ) -> Result<(), ClientError> {
        match self.try_send(now, unit, request, timeout, tag)? {
            Some(unsent) => self.send_rest(unsent).await,
            None => Ok(()),
        }
    }

    fn fly(&mut self, flight: Flight<T>) {
        self.flights.reserve_exact(1);
        self.flights.push(flight);
    }

    /// The next answer to a request that is out; waits also when none is, to see the connection break. Can be given up at
    /// any moment without losing anything.
    pub(crate) async fn receive(&mut self) -> Result<Reply<T>, ClientError> {
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// The same.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply<T>, ClientError>> {
        loop {
            if let Some(reply) = self.next_frame()? {
                return Poll::Ready(Ok(reply));
            }
            if self.at == self.input.len() {
                // as with a request's bytes: no link holds memory while it waits
                self.input = Vec::new();
                self.at = 0;
                if self.flights.is_empty() {
                    self.flights = Vec::new();
                }
            } else if self.at > 0 {
                self.input.drain(..self.at);
                self.at = 0;
            }
            if self.input.len() >= INPUT {
                return Poll::Ready(Err(ClientError::Noise));
            }
            let room = INPUT - self.input.len();
            if ready!(self.stream.poll_read(cx, &mut self.input, room))? == 0 {
                return Poll::Ready(Err(ClientError::Closed));
            }
        }
    }

    /// The PDU of an answer just received.
    pub(crate) fn pdu(&self, reply: &Reply<T>) -> &[u8] {
        self.input.get(reply.pdu.clone()).unwrap_or_default()
    }

    /// The first request whose time is over.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Flight<T>> {
        let at = self.flights.iter().position(|f| f.deadline <= now)?;
        let flight = self.flights.remove(at);
        if self.transport != ModbusTransport::Tcp {
            let until = now + flight.deadline.duration_since(flight.sent);
            self.owed = Some((flight.unit, flight.request.function(), until));
        }
        Some(flight)
    }

    /// When the first request that is out runs out of time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.flights.iter().map(|f| f.deadline).min()
    }

    /// Requests that are out.
    pub(crate) fn outstanding(&self) -> usize {
        self.flights.len()
    }

    /// Whether bytes have come that are no answer yet.
    pub(crate) fn has_noise(&self) -> bool {
        self.input.len() > self.at
    }

    /// Takes back what is out: answers to it are late ones from now on.
    pub(crate) fn forget(&mut self) -> impl Iterator<Item = Flight<T>> {
        std::mem::take(&mut self.flights).into_iter()
    }

    /// Answers since the last call that came when nobody waited for them any more.
    pub(crate) fn take_late(&mut self) -> u64 {
        std::mem::take(&mut self.late)
    }

    fn next_frame(&mut self) -> Result<Option<Reply<T>>, ClientError> {
        loop {
            let bytes = &self.input[self.at..];
            if bytes.is_empty() {
                return Ok(None);
            }
            let (frame, flight) = if self.transport == ModbusTransport::Tcp {
                let Some(frame) = mbap::decode(bytes)? else { return Ok(None) };
                let is = |f: &Flight<T>| (f.transaction, f.unit) == (frame.transaction, frame.unit);
                let flight = self.flights.iter().position(is);
                (frame, flight)
            } else {
                let Some(f) = self.flights.first() else {
                    // nobody waits: a late answer, or noise
                    self.at = self.input.len();
                    return Ok(None);
                };
                match rtu::find(bytes, f.unit, f.request.function()) {
                    Found::Answer(frame) => (frame, Some(0)),
                    Found::Foreign(end) => {
                        self.late += 1;
                        self.at += end;
                        continue;
                    }
                    Found::Nothing => return Ok(None),
                }
            };
            let base = self.at;
            self.at += frame.end;
            match flight.map(|i| self.flights.remove(i)) {
                Some(flight) => {
                    let pdu = base + frame.pdu.start..base + frame.pdu.end;
                    return Ok(Some(Reply { flight, pdu }));
                }
                None => self.late += 1,
            }
        }
    }

    /// Reads until a moment and throws it away.
    async fn discard(&mut self, until: Instant) -> Result<(), ClientError> {
        loop {
            self.input.clear();
            self.at = 0;
            let read = poll_fn(|cx| self.stream.poll_read(cx, &mut self.input, INPUT));
            match timeout_at(until, read).await {
                Err(_) => return Ok(()),
                Ok(Ok(0)) => return Err(ClientError::Closed),
                Ok(Ok(_)) => self.late += 1,
                Ok(Err(e)) => return Err(e.into()),
            }
        }
    }
}

impl<T> Flight<T> {
    /// How long it has been out, from its sending.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.sent)
    }

    /// Whom it asked.
    pub(crate) fn unit(&self) -> u8 {
        self.unit
    }
}
