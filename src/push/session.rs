//! One socket: reads what the screen wants, writes its snapshot, and those frames of its group that could not be written
//! when they were composed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;

use super::brief::AlarmForm;
use super::group::{News, Reader};
use super::interest::{Interest, Rate, Scope};
use super::line::Line;
use super::shared::Shared;
use super::socket::Socket;
use super::websocket::{Decoder, Heard, Kind, closing, frame};
use crate::wire::{ClientMessage, ServerMessage};

/// How long things may take on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Between two pings.
    pub ping: Duration,
    /// A socket not heard of for so long is closed.
    pub silence: Duration,
    /// A write that takes longer closes the socket.
    pub write: Duration,
    /// Between two looks whether the login still holds.
    pub login: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self { ping: s(20), silence: s(60), write: s(10), login: s(30) }
    }
}

/// Whether the login a socket was opened with still holds.
pub type StillIn = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    MsgPack,
}

/// What a socket is opened with.
pub(super) struct Opening {
    pub(super) rate: Rate,
    pub(super) scope: Scope,
    pub(super) encoding: Encoding,
    pub(super) alarms: AlarmForm,
    pub(super) still_in: StillIn,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

pub(super) struct Session {
    line: Arc<Line>,
    decoder: Decoder,
    opening: Opening,
    interest: Option<Arc<Interest>>,
    /// The place in the group, while this task sends.
    reader: Option<Reader>,
    heard: Instant,
    shared: Counted,
}

/// Counts a session as long as it lives. Dropped after the session's reader.
struct Counted(Arc<Shared>);

/// The socket is to be closed: with a code and a reason for the other side, because the other side says so, or it is just
/// gone.
enum Gone {
    Close(CloseCode, &'static str),
    Left(Option<u16>),
    Lost,
}

/// How long the last words may take.
const LAST: Duration = Duration::from_secs(1);
/// Bytes read at once.
const READ: usize = 1 << 10;

impl Session {
    /// `heard`: what the client has sent already.
    pub(super) fn new(socket: Socket, heard: &[u8], opening: Opening, shared: Arc<Shared>) -> Self {
        let open = shared.sessions.fetch_add(1, Ordering::AcqRel) + 1;
        metrics::gauge!("linepack_push_sessions").set(open as f64);
        let line = Arc::new(Line::new(socket, opening.encoding == Encoding::Json));
        let mut decoder = Decoder::default();
        decoder.push(heard);
        let shared = Counted(shared);
        Self { line, decoder, opening, interest: None, reader: None, heard: Instant::now(), shared }
    }

    pub(super) async fn run(mut self) {
        let last = match self.serve().await {
            Ok(()) | Err(Gone::Lost) => return,
            Err(Gone::Left(code)) => code.map(|code| closing(code.into(), "")).unwrap_or_default(),
            Err(Gone::Close(code, reason)) => {
                metrics::counter!("linepack_push_closed_total", "reason" => reason).increment(1);
                closing(code, reason)
            }
        };
        self.hold();
        self.line.queue_frame(frame(Kind::Close, true, &last));
        // the other side may be gone already
        let line = self.line.clone();
        let _ = tokio::time::timeout(LAST, async move { while let Ok(false) = sent(&line).await {} }).await;
    }

    async fn serve(&mut self) -> Result<(), Gone> {
        let (stop, line, limits) = (self.opening.stop.clone(), self.line.clone(), self.opening.limits);
        let (mut ping, mut login) = (Instant::now() + limits.ping, Instant::now() + limits.login);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(Gone::Close(CloseCode::Away, "the hub stops")),
                heard = hear(&line, &mut self.decoder) => self.take(heard?).await?,
                () = line.wanted.notified() => self.tell().await?,
                () = tokio::time::sleep_until(ping.min(login)) => {
                    let now = Instant::now();
                    if now >= ping {
                        if self.heard.elapsed() > limits.silence {
                            return Err(Gone::Close(CloseCode::Policy, "not heard of for too long"));
                        }
                        self.say(frame(Kind::Ping, true, &[])).await?;
                        ping = now + limits.ping;
                    }
                    if now >= login {
                        if !(self.opening.still_in)().await {
                            return Err(Gone::Close(CloseCode::Policy, "the login has ended"));
                        }
                        login = now + limits.login;
                    }
                }
            }
        }
    }

    /// Something the screen said.
    async fn take(&mut self, heard: Heard) -> Result<(), Gone> {
        self.heard = Instant::now();
        let read: Result<ClientMessage, String> = match heard {
            Heard::Text(text) => serde_json::from_str(&text).map_err(|e| e.to_string()),
            Heard::Binary(bytes) => rmp_serde::from_slice(&bytes).map_err(|e| e.to_string()),
            Heard::Ping(payload) => return self.say(frame(Kind::Pong, true, &payload)).await,
            Heard::Pong => return Ok(()),
            Heard::Close(code) => return Err(Gone::Left(code)),
        };
        self.hold();
        match read.and_then(|wanted| Interest::new(wanted, self.opening.rate, self.opening.scope.clone())) {
            Ok(interest) => {
                self.interest = Some(Arc::new(interest.with_alarms(self.opening.alarms)));
                self.leave();
                self.show("subscribe").await?;
            }
            Err(detail) => {
                let error = encoded(self.opening.encoding, &ServerMessage::Error { seq: self.line.number(), detail })?;
                self.line.queue_frame(error);
            }
        }
        self.tell().await
    }

    /// Sends a frame of its own.
    async fn say(&mut self, frame: Bytes) -> Result<(), Gone> {
        self.hold();
        self.line.queue_frame(frame);
        self.tell().await
    }

    /// From now on only this task sends.
    fn hold(&mut self) {
        if let Some(reader) = self.line.hold() {
            self.reader = Some(reader);
        }
    }

    /// Sends what is queued and what is new in the group, until there is nothing; from then on frames are sent as they are
    /// composed.
    async fn tell(&mut self) -> Result<(), Gone> {
        self.hold();
        loop {
            self.send().await?;
            let Some(reader) = self.reader.take() else { return Ok(()) };
            let Some(mut reader) = self.line.let_go(reader) else { return Ok(()) };
            let shared = &self.shared.0;
            let news = reader.take(|| shared.load(), |registry| shared.names(registry));
            self.reader = Some(reader);
            match news {
                News::Frames(frames) => {
                    for frame in frames {
                        self.queue("delta", frame.ts.ms(), &frame.body)?;
                    }
                }
                News::Lagged => self.show("behind").await?,
                News::Ended => {
                    self.leave();
                    self.show("reload").await?;
                }
            }
        }
    }

    /// Queues a snapshot, to go on from it.
    async fn show(&mut self, why: &'static str) -> Result<(), Gone> {
        let Some(interest) = self.interest.clone() else { return Ok(()) };
        metrics::counter!("linepack_push_snapshots_total", "why" => why).increment(1);
        loop {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => {
                    let (shared, interest) = (self.shared.0.clone(), interest.clone());
                    let mut reader = if shared.is_quick(&interest) {
                        shared.join(&interest)
                    } else {
                        let joined = tokio::task::spawn_blocking(move || shared.join(&interest)).await;
                        joined.map_err(|_| Gone::Close(CloseCode::Error, "the hub could not read the site"))?
                    };
                    reader.sit(&self.line);
                    none.insert(reader)
                }
            };
            if let Some(snapshot) = self.shared.0.snapshot(&reader.group).await {
                reader.follow(&snapshot);
                return self.queue("snapshot", snapshot.ts.ms(), &snapshot.body);
            }
            self.leave();
        }
    }

    fn leave(&mut self) {
        if self.reader.take().is_some() {
            self.shared.0.left();
        }
    }

    /// Queues a message with the shared body.
    fn queue(&self, kind: &str, ts_ms: i64, body: &Bytes) -> Result<(), Gone> {
        match self.opening.encoding {
            Encoding::Json => self.line.queue(kind, ts_ms, body),
            Encoding::MsgPack => {
                let head = format!("{{\"type\":\"{kind}\",\"seq\":{},\"ts_ms\":{ts_ms}", self.line.number());
                let message = serde_json::from_slice(&[head.as_bytes(), body].concat()).map_err(unreadable)?;
                self.line.queue_frame(encoded(Encoding::MsgPack, &message)?);
            }
        }
        Ok(())
    }

    /// Sends what is queued; each write has its time anew, so that a large snapshot may take long but not stand still.
    async fn send(&self) -> Result<(), Gone> {
        loop {
            tokio::select! {
                biased;
                sent = tokio::time::timeout(self.opening.limits.write, sent(&self.line)) => match sent {
                    Ok(Ok(true)) => return Ok(()),
                    Ok(Ok(false)) => {}
                    Ok(Err(_)) => return Err(Gone::Lost),
                    Err(_) => return Err(Gone::Close(CloseCode::Policy, "too slow")),
                },
                () = self.opening.stop.cancelled() => return Err(Gone::Close(CloseCode::Away, "the hub stops")),
            }
        }
    }
}

/// Sends some of what is queued; true when nothing is left and the socket takes more.
async fn sent(line: &Line) -> std::io::Result<bool> {
    std::future::poll_fn(|cx| line.poll_send(cx)).await
}

/// What the screen says next.
async fn hear(line: &Line, decoder: &mut Decoder) -> Result<Heard, Gone> {
    std::future::poll_fn(|cx| {
        loop {
            match decoder.next() {
                Ok(Some(heard)) => return Poll::Ready(Ok(heard)),
                Ok(None) => {}
                Err(broken) => return Poll::Ready(Err(Gone::Close(broken.code(), broken.reason()))),
            }
            let mut buffer = [0; READ];
            match ready!(line.socket.poll_read(cx, &mut buffer)) {
                Ok(0) | Err(_) => return Poll::Ready(Err(Gone::Lost)),
                Ok(read) => decoder.push(buffer.get(..read).unwrap_or_default()),
            }
        }
    })
    .await
}

/// A message of its own in a frame.
fn encoded(encoding: Encoding, message: &ServerMessage) -> Result<Bytes, Gone> {
    Ok(match encoding {
        Encoding::Json => frame(Kind::Text, true, &serde_json::to_vec(message).map_err(unreadable)?),
        Encoding::MsgPack => frame(Kind::Binary, true, &rmp_serde::to_vec_named(message).map_err(unreadable)?),
    })
}

/// A message the hub cannot write is its own fault; the screen reconnects and gets a snapshot.
fn unreadable(e: impl std::error::Error) -> Gone {
    tracing::error!(error = %e, "a message to a screen could not be encoded");
    Gone::Close(CloseCode::Error, "the hub could not encode a message")
}

impl Drop for Session {
    fn drop(&mut self) {
        // the line is the group's too, as long as the place in it is taken
        self.hold();
        self.reader = None;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let open = self.0.sessions.fetch_sub(1, Ordering::AcqRel).saturating_sub(1);
        metrics::gauge!("linepack_push_sessions").set(open as f64);
        self.0.left();
    }
}
