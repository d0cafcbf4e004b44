//! The sending half of a socket. Whoever has composed a frame writes it at once where the socket takes it; the session's
//! task wakes only when the socket is full, when something was missed, or when the screen says something.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::sync::Notify;

use super::group::{Group, Reader};
use super::ring::Frame;
use super::socket::Socket;
use super::websocket::{self, HEAD, Kind};

/// Longest message that is copied into one write, bytes; a longer one shares its bytes with the other screens'.
const COPIED: usize = 16 << 10;
/// Most bytes of a websocket frame; a longer message is several, because clients limit what they take as one.
const PIECE: usize = 256 << 10;

/// The sending half of a socket.
pub(super) struct Line {
    pub(super) socket: Socket,
    /// Frames go out as they were composed; else the session's task has to encode them.
    as_composed: bool,
    lane: Mutex<Lane>,
    /// The session's task has something to do.
    pub(super) wanted: Notify,
}

/// What the lock guards.
#[derive(Default)]
struct Lane {
    /// Messages sent.
    seq: u64,
    /// Whoever composed a frame may write it. Else the session's task is at it, and looks for what it missed before it is
    /// done.
    open: bool,
    /// The place in the group; the session's task has it while the lane is not open.
    reader: Option<Reader>,
    /// What the system has not taken yet; nothing while the lane is open.
    unsent: VecDeque<Bytes>,
}

/// A group's frame on its way to the screens.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) number: u64,
    pub(super) frame: Frame,
}

impl Line {
    pub(super) fn new(socket: Socket, as_composed: bool) -> Self {
        let as_composed = as_composed && socket.is_direct();
        Self { socket, as_composed, lane: Mutex::default(), wanted: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a frame of a group that this line follows, or has the session's task see to it. `room`: to put the message
    /// together in.
    pub(super) fn offer(&self, group: &Arc<Group>, news: &Numbered, room: &mut Vec<u8>) {
        let mut lane = self.lock();
        if !lane.open {
            return;
        }
        let Some(next) = lane.reader.as_ref().filter(|r| Arc::ptr_eq(&r.group, group)).map(Reader::next) else {
            return;
        };
        if next > news.number {
            return;
        }
        if next == news.number && self.as_composed && self.write(&mut lane, &news.frame, room) {
            lane.seq += 1;
            if let Some(reader) = &mut lane.reader {
                reader.took(news.number);
            }
            if lane.unsent.is_empty() {
                return;
            }
        }
        lane.open = false;
        self.wanted.notify_one();
    }

    /// False when the system takes nothing: then the frame was not sent, so that a newer one may go in its place.
    fn write(&self, lane: &mut Lane, frame: &Frame, room: &mut Vec<u8>) -> bool {
        room.clear();
        room.extend_from_slice(&[0; HEAD]);
        opening(room, "delta", lane.seq + 1, frame.ts.ms());
        let len = room.len() - HEAD + frame.body.len();
        if len > COPIED {
            return false;
        }
        room.extend_from_slice(&frame.body);
        let Some((head, _)) = room.split_first_chunk_mut() else { return false };
        let start = HEAD - websocket::head(head, Kind::Text, true, len);
        let message = room.get(start..).unwrap_or_default();
        match self.socket.try_write(message) {
            Ok(0) | Err(_) => false,
            Ok(written) => {
                let rest = message.get(written..).unwrap_or_default();
                if !rest.is_empty() {
                    lane.unsent.push_back(Bytes::copy_from_slice(rest));
                }
                true
            }
        }
    }

    /// Has the session's task look what there is.
    pub(super) fn call(&self) {
        self.lock().open = false;
        self.wanted.notify_one();
    }

    /// For the session's task: from now on only it writes. Its place in the group, unless it has it already.
    pub(super) fn hold(&self) -> Option<Reader> {
        let mut lane = self.lock();
        lane.open = false;
        lane.reader.take()
    }

    /// The session's task is done, if there is nothing new; else it has its place back. The frames of one who lets go
    /// here are written by whoever composes them.
    pub(super) fn let_go(&self, reader: Reader) -> Option<Reader> {
        let mut lane = self.lock();
        if !lane.unsent.is_empty() || reader.has_news() {
            return Some(reader);
        }
        lane.reader = Some(reader);
        lane.open = true;
        None
    }

    /// Queues a text message, to be sent with [`poll_send`](Self::poll_send).
    pub(super) fn queue(&self, kind: &str, ts_ms: i64, body: &Bytes) {
        let mut lane = self.lock();
        lane.seq += 1;
        let mut text = vec![];
        opening(&mut text, kind, lane.seq, ts_ms);
        let mut rest = body.clone();
        let first = rest.split_to(rest.len().min(PIECE));
        let mut room = [0; HEAD];
        let len = websocket::head(&mut room, Kind::Text, rest.is_empty(), text.len() + first.len());
        lane.unsent.push_back([room.get(HEAD - len..).unwrap_or_default(), &text].concat().into());
        lane.unsent.push_back(first);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            let len = websocket::head(&mut room, Kind::Continue, rest.is_empty(), piece.len());
            lane.unsent.push_back(Bytes::copy_from_slice(room.get(HEAD - len..).unwrap_or_default()));
            lane.unsent.push_back(piece);
        }
    }

    /// Queues a whole frame.
    pub(super) fn queue_frame(&self, frame: Bytes) {
        self.lock().unsent.push_back(frame);
    }

    /// The number of the next message, which counts as sent.
    pub(super) fn number(&self) -> u64 {
        let mut lane = self.lock();
        lane.seq += 1;
        lane.seq
    }

    /// Sends some of what is queued; true when nothing is left.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut lane = self.lock();
        let Some(bytes) = lane.unsent.front_mut() else {
            lane.unsent = VecDeque::new();
            return self.socket.poll_flush(cx).map_ok(|()| true);
        };
        let written = ready!(self.socket.poll_write(cx, bytes))?;
        if written == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(ErrorKind::WriteZero.into()));
        }
        bytes.advance(written.min(bytes.len()));
        if bytes.is_empty() {
            lane.unsent.pop_front();
        }
        Poll::Ready(Ok(false))
    }
}

/// How each message begins.
fn opening(out: &mut Vec<u8>, kind: &str, seq: u64, ts_ms: i64) {
    // writing into memory does not fail
    let _ = write!(out, "{{\"type\":\"{kind}\",\"seq\":{seq},\"ts_ms\":{ts_ms}");
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("as_composed", &self.as_composed).finish_non_exhaustive()
    }
}
