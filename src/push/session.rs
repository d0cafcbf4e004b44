//! One socket: reads what the screen wants, writes its snapshot and the frames of its group.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::group::{News, Reader};
use super::interest::{Interest, Rate, Scope};
use super::pieces::pieces;
use super::shared::Shared;
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
    pub(super) still_in: StillIn,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

/// A socket after its upgrade, plain or TLS.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

pub(super) struct Session {
    socket: Socket,
    opening: Opening,
    /// Messages sent.
    seq: u64,
    interest: Option<Arc<Interest>>,
    reader: Option<Reader>,
    heard: Instant,
    shared: Counted,
}

/// Counts a session as long as it lives. Dropped after the session's reader.
struct Counted(Arc<Shared>);

/// The socket is to be closed: with a code and a reason for the other side, or just gone.
enum Gone {
    Close(CloseCode, &'static str),
    Lost,
}

impl Session {
    pub(super) fn new(socket: Socket, opening: Opening, shared: Arc<Shared>) -> Self {
        let open = shared.sessions.fetch_add(1, Ordering::AcqRel) + 1;
        metrics::gauge!("linepack_push_sessions").set(open as f64);
        let shared = Counted(shared);
        Self { socket, opening, seq: 0, interest: None, reader: None, heard: Instant::now(), shared }
    }

    pub(super) async fn run(mut self) {
        if let Err(Gone::Close(code, reason)) = self.serve().await {
            metrics::counter!("linepack_push_closed_total", "reason" => reason).increment(1);
            let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            // the other side may be gone already
            let _ = tokio::time::timeout(Duration::from_secs(1), self.socket.send(close)).await;
        }
    }

    async fn serve(&mut self) -> Result<(), Gone> {
        let stop = self.opening.stop.clone();
        let every = |period| {
            let mut timer = tokio::time::interval_at(Instant::now() + period, period);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            timer
        };
        let limits = self.opening.limits;
        let (mut ping, mut login) = (every(limits.ping), every(limits.login));
        loop {
            let news = async {
                match &mut self.reader {
                    Some(reader) => reader.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return Err(Gone::Close(CloseCode::Away, "the hub stops")),
                message = self.socket.next() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Err(Gone::Lost),
                },
                () = news => self.tell().await?,
                _ = ping.tick() => {
                    if self.heard.elapsed() > limits.silence {
                        return Err(Gone::Close(CloseCode::Policy, "not heard of for too long"));
                    }
                    self.write([Message::Ping(Bytes::new())]).await?;
                }
                _ = login.tick() => {
                    if !(self.opening.still_in)().await {
                        return Err(Gone::Close(CloseCode::Policy, "the login has ended"));
                    }
                }
            }
        }
    }

    /// A message from the screen.
    async fn hear(&mut self, message: Message) -> Result<(), Gone> {
        self.heard = Instant::now();
        let read: Result<ClientMessage, String> = match &message {
            Message::Text(text) => serde_json::from_str(text).map_err(|e| e.to_string()),
            Message::Binary(bytes) => rmp_serde::from_slice(bytes).map_err(|e| e.to_string()),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) | Message::Frame(_) => return Err(Gone::Lost),
        };
        match read.and_then(|wanted| Interest::new(wanted, self.opening.rate, self.opening.scope.clone())) {
            Ok(interest) => {
                self.interest = Some(Arc::new(interest));
                self.leave();
                self.show("subscribe").await
            }
            Err(detail) => {
                self.seq += 1;
                let error = self.encode(&ServerMessage::Error { seq: self.seq, detail })?;
                self.write([error]).await
            }
        }
    }

    /// What is new in the group.
    async fn tell(&mut self) -> Result<(), Gone> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let shared = &self.shared.0;
        match reader.take(|| shared.load(), |registry| shared.names(registry)) {
            News::Frames(frames) => {
                for frame in frames {
                    self.send("delta", frame.ts.ms(), &frame.body).await?;
                }
                Ok(())
            }
            News::Lagged => self.show("behind").await,
            News::Ended => {
                self.leave();
                self.show("reload").await
            }
        }
    }

    /// Sends a snapshot and goes on from it.
    async fn show(&mut self, why: &'static str) -> Result<(), Gone> {
        let Some(interest) = self.interest.clone() else { return Ok(()) };
        metrics::counter!("linepack_push_snapshots_total", "why" => why).increment(1);
        loop {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => {
                    let (shared, interest) = (self.shared.0.clone(), interest.clone());
                    none.insert(if shared.is_quick(&interest) {
                        shared.join(&interest)
                    } else {
                        let joined = tokio::task::spawn_blocking(move || shared.join(&interest)).await;
                        joined.map_err(|_| Gone::Close(CloseCode::Error, "the hub could not read the site"))?
                    })
                }
            };
            if let Some(snapshot) = self.shared.0.snapshot(&reader.group).await {
                reader.follow(&snapshot);
                return self.send("snapshot", snapshot.ts.ms(), &snapshot.body).await;
            }
            self.leave();
        }
    }

    fn leave(&mut self) {
        if self.reader.take().is_some() {
            self.shared.0.left();
        }
    }

    /// The session's own head before the shared body.
    async fn send(&mut self, kind: &str, ts_ms: i64, body: &Bytes) -> Result<(), Gone> {
        self.seq += 1;
        let head = format!("{{\"type\":\"{kind}\",\"seq\":{},\"ts_ms\":{ts_ms}", self.seq);
        match self.opening.encoding {
            Encoding::Json => self.write(pieces(head, body)).await,
            Encoding::MsgPack => {
                let message = serde_json::from_slice(&[head.as_bytes(), body].concat()).map_err(unreadable)?;
                self.write([self.encode(&message)?]).await
            }
        }
    }

    fn encode(&self, message: &ServerMessage) -> Result<Message, Gone> {
        Ok(match self.opening.encoding {
            Encoding::Json => Message::text(serde_json::to_string(message).map_err(unreadable)?),
            Encoding::MsgPack => Message::binary(rmp_serde::to_vec_named(message).map_err(unreadable)?),
        })
    }

    /// Writes; each piece has its time anew, so that a large snapshot may take long but not stand still.
    async fn write(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), Gone> {
        for message in messages {
            written(&self.opening, self.socket.feed(message)).await?;
        }
        written(&self.opening, self.socket.flush()).await
    }
}

async fn written(opening: &Opening, write: impl Future<Output = Result<(), Error>>) -> Result<(), Gone> {
    tokio::select! {
        biased;
        sent = tokio::time::timeout(opening.limits.write, write) => match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone::Lost),
            Err(_) => Err(Gone::Close(CloseCode::Policy, "too slow")),
        },
        () = opening.stop.cancelled() => Err(Gone::Close(CloseCode::Away, "the hub stops")),
    }
}

/// A message the hub cannot write is its own fault; the screen reconnects and gets a snapshot.
fn unreadable(e: impl std::error::Error) -> Gone {
    tracing::error!(error = %e, "a message to a screen could not be encoded");
    Gone::Close(CloseCode::Error, "the hub could not encode a message")
}

impl Drop for Counted {
    fn drop(&mut self) {
        let open = self.0.sessions.fetch_sub(1, Ordering::AcqRel).saturating_sub(1);
        metrics::gauge!("linepack_push_sessions").set(open as f64);
        self.0.left();
    }
}
