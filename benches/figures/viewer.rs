//! A cheap screen: a raw websocket on a thread of its own that finds the stamps in the frames.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::load::STAMP;
use crate::stats::{Histogram, now_us};

/// What a screen has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Values, each once.
    pub(crate) values: u64,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    /// After the first.
    pub(crate) snapshots: u64,
    pub(crate) delays: Histogram,
    /// Newest stamp a point, microseconds since the base.
    newest: Vec<u64>,
}

/// A connected, subscribed screen.
pub(crate) struct Viewer {
    seen: Arc<Mutex<Seen>>,
    socket: TcpStream,
    thread: Option<JoinHandle<()>>,
}

/// What to look at.
#[derive(Clone, Debug)]
pub(crate) struct Look<'a> {
    /// `host:port`.
    pub(crate) address: &'a str,
    pub(crate) token: &'a str,
    pub(crate) rate: &'a str,
    pub(crate) points: &'a [&'a str],
    /// Points an asset has, to number them.
    pub(crate) of_asset: usize,
}

impl Viewer {
    /// Opens a screen and waits for its snapshot.
    pub(crate) fn open(look: &Look<'_>) -> Viewer {
        let mut socket = upgrade(look.address, look.rate, look.token).expect("the socket opens");
        let subscribe = serde_json::json!({"type": "subscribe", "topics": ["alarms"], "points": look.points});
        socket.write_all(&text(&subscribe.to_string())).expect("subscribe");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let mut frames = Frames::default();
        while frames.read(&mut socket).expect("a snapshot").is_empty() {}
        socket.set_read_timeout(None).expect("no limit");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let thread = std::thread::spawn({
            let (seen, mut socket, of_asset) = (seen.clone(), socket.try_clone().expect("a handle"), look.of_asset);
            move || {
                while let Some(frames) = frames.read(&mut socket) {
                    let now = now_us();
                    let mut seen = seen.lock().expect("seen");
                    frames.iter().for_each(|frame| seen.take(frame, now, of_asset));
                }
            }
        });
        Viewer { seen, socket, thread: Some(thread) }
    }

    /// Forgets what was seen so far.
    pub(crate) fn reset(&self) {
        let mut seen = self.seen.lock().expect("seen");
        let newest = std::mem::take(&mut seen.newest);
        *seen = Seen { newest, ..Seen::default() };
    }

    /// Stamps count from here; delays are measured from now on.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("seen").clone()
    }

    /// Closes it.
    pub(crate) fn close(self) {}
}

impl Drop for Viewer {
    fn drop(&mut self) {
        // it may be gone already
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

static BASE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// The moment stamps count from, for all screens.
pub(crate) fn count_from(base: u64) {
    BASE.store(base, std::sync::atomic::Ordering::Relaxed);
}

impl Seen {
    pub(crate) fn take(&mut self, frame: &[u8], now: u64, of_asset: usize) {
        self.frames += 1;
        self.bytes += frame.len() as u64;
        if frame.starts_with(b"{\"type\":\"snapshot\"") {
            self.snapshots += 1;
        }
        let now = now.saturating_sub(BASE.load(std::sync::atomic::Ordering::Relaxed));
        rows(frame, |asset, point, value| {
            let Some(stamp) = value.checked_sub(STAMP) else { return };
            let at = asset * of_asset + point;
            if at >= self.newest.len() {
                self.newest.resize(at + 1, u64::MAX);
            }
            let newest = &mut self.newest[at];
            if *newest == u64::MAX || stamp > *newest {
                *newest = stamp;
                self.values += 1;
                self.delays.add(now.saturating_sub(stamp));
            }
        });
    }
}

/// Finds `["a12/p3",1000123456.0,` and tells asset, point, value.
pub(crate) fn rows(frame: &[u8], mut each: impl FnMut(usize, usize, u64)) {
    let mut rest = frame;
    while let Some(at) = rest.iter().position(|&b| b == b'[') {
        rest = &rest[at + 1..];
        let Some(name) = rest.strip_prefix(b"\"a") else { continue };
        let (asset, name) = number(name);
        let Some(name) = name.strip_prefix(b"/p") else { continue };
        let (point, name) = number(name);
        let Some(value) = name.strip_prefix(b"\",") else { continue };
        let (value, after) = number(value);
        rest = after;
        each(asset as usize, point as usize, value);
    }
}

fn number(text: &[u8]) -> (u64, &[u8]) {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = text[..digits].iter().fold(0, |n: u64, b| n.wrapping_mul(10) + u64::from(b - b'0'));
    (value, &text[digits..])
}

/// Opens a websocket by hand.
pub(crate) fn upgrade(address: &str, rate: &str, token: &str) -> std::io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.write_all(request(address, rate, token).as_bytes())?;
    let mut head = vec![];
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 101") {
        Ok(socket)
    } else {
        Err(std::io::Error::other(String::from_utf8_lossy(&head).into_owned()))
    }
}

/// The request of a websocket.
pub(crate) fn request(address: &str, rate: &str, token: &str) -> String {
    format!(
        "GET /api/v1/live?rate={rate} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
}

/// A client's text frame, masked with zeros.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        n @ 0..126 => frame.push(0x80 | n as u8),
        n => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&u16::try_from(n).expect("a short message").to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// An answer to a ping.
pub(crate) const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pending: Vec<u8>,
    /// Pieces of a message that is not whole.
    message: Vec<u8>,
    /// A ping came that was not answered.
    pub(crate) pinged: bool,
}

impl Frames {
    /// The frames of one read that are whole; none when the socket has closed.
    fn read(&mut self, socket: &mut TcpStream) -> Option<VecDeque<Vec<u8>>> {
        let mut buffer = vec![0; 256 << 10];
        let n = socket.read(&mut buffer).ok().filter(|&n| n > 0)?;
        let mut frames = VecDeque::new();
        self.push(&buffer[..n], |frame| frames.push_back(frame.to_vec()));
        if std::mem::take(&mut self.pinged) {
            socket.write_all(&PONG).ok()?;
        }
        Some(frames)
    }

    /// Takes bytes and gives out the text frames that are whole.
    pub(crate) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        if self.pending.is_empty() {
            let used = self.cut(bytes, &mut each);
            self.pending.extend_from_slice(&bytes[used..]);
            return;
        }
        self.pending.extend_from_slice(bytes);
        let mut pending = std::mem::take(&mut self.pending);
        let used = self.cut(&pending, &mut each);
        pending.drain(..used);
        if !pending.is_empty() {
            self.pending = pending;
        }
    }

    /// How much of it was whole.
    fn cut(&mut self, bytes: &[u8], each: &mut impl FnMut(&[u8])) -> usize {
        let mut at = 0;
        while let Some((opcode, start, end)) = header(&bytes[at..]).filter(|h| at + h.2 <= bytes.len()) {
            let payload = &bytes[at + start..at + end];
            match opcode {
                // a whole message, pieces, the last piece
                0x81 => each(payload),
                0x01 | 0x00 => self.message.extend_from_slice(payload),
                0x80 => {
                    self.message.extend_from_slice(payload);
                    each(&self.message);
                    self.message = Vec::new();
                }
                0x89 => self.pinged = true,
                _ => {}
            }
            at += end;
        }
        at
    }
}

/// Whether it is the last piece and its opcode, where the payload begins and ends.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (start, len) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
        n => (2, usize::from(n)),
    };
    Some((first & 0x8f, start, start + len))
}
