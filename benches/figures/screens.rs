//! Thousands of cheap screens on one thread: raw websockets, frames cut by hand, delays in one histogram.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, ready};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use crate::load::STAMP;
use crate::stats::{Histogram, now_us};
use crate::viewer::{Frames, PONG, request, rows, text};

/// What all screens together have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) frames: u64,
    pub(crate) values: u64,
    pub(crate) bytes: u64,
    pub(crate) delays: Histogram,
    /// The same of those that read slowly.
    pub(crate) slow: Histogram,
    pub(crate) snapshots: u64,
    pub(crate) closed: u64,
}

/// Who the screens are.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    pub(crate) address: String,
    pub(crate) token: String,
    pub(crate) rate: String,
    pub(crate) clients: usize,
    /// Of a hundred, so many read slowly.
    pub(crate) slow_percent: usize,
    /// Assets each looks at, of so many; all the same ones where the two are equal.
    pub(crate) assets: (usize, usize),
}

/// The running screens.
pub(crate) struct Screens {
    seen: Arc<Mutex<Seen>>,
    open: Arc<AtomicU64>,
    /// Screens to close and open again, so many a second.
    reconnects: Arc<AtomicU64>,
    reconnected: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Screens {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // one that failed has said so
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Screens {
    pub(crate) fn open(crowd: Crowd) -> Screens {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (open, reconnects, reconnected) = (Arc::default(), Arc::default(), Arc::default());
        let stop: Arc<AtomicBool> = Arc::default();
        let thread = std::thread::spawn({
            let (seen, open, stop) = (seen.clone(), Arc::clone(&open), stop.clone());
            let (reconnects, reconnected) = (Arc::clone(&reconnects), Arc::clone(&reconnected));
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let local = tokio::task::LocalSet::new();
                runtime.block_on(local.run_until(crowd_of(crowd, seen, open, reconnects, reconnected, stop)));
            }
        });
        Screens { seen, open, reconnects, reconnected, stop, thread: Some(thread) }
    }

    /// Screens that have their snapshot.
    pub(crate) fn ready(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn reset(&self) {
        *self.seen.lock().expect("seen") = Seen::default();
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("seen").clone()
    }

    /// Has so many a second close and come again.
    pub(crate) fn reconnect(&self, a_second: u64) {
        self.reconnects.store(a_second, Ordering::Relaxed);
    }

    /// Screens that came again and got their snapshot.
    pub(crate) fn reconnected(&self) -> u64 {
        self.reconnected.load(Ordering::Relaxed)
    }

    /// Closes them all.
    pub(crate) fn close(self) {}
}

struct Together {
    crowd: Crowd,
    seen: RefCell<Seen>,
    buffer: RefCell<Vec<u8>>,
    open: Arc<AtomicU64>,
    opening: tokio::sync::Semaphore,
}

async fn crowd_of(
    crowd: Crowd,
    seen: Arc<Mutex<Seen>>,
    open: Arc<AtomicU64>,
    reconnects: Arc<AtomicU64>,
    reconnected: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) {
    let together = Rc::new(Together {
        seen: RefCell::default(),
        buffer: RefCell::new(vec![0; 64 << 10]),
        open,
        opening: tokio::sync::Semaphore::new(64),
        crowd,
    });
    let start = |n: usize| tokio::task::spawn_local(screen(together.clone(), n, None));
    let mut screens: Vec<_> = (0..together.crowd.clients).map(start).collect();
    let (mut next, mut owed) = (0, 0.0);
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        owed += reconnects.load(Ordering::Relaxed) as f64 * 0.02;
        while owed >= 1.0 {
            owed -= 1.0;
            next = (next + 1) % screens.len();
            screens[next].abort();
            screens[next] = tokio::task::spawn_local(screen(together.clone(), next, Some(reconnected.clone())));
        }
        let mut all = seen.lock().expect("seen");
        let part = std::mem::take(&mut *together.seen.borrow_mut());
        all.frames += part.frames;
        all.values += part.values;
        all.bytes += part.bytes;
        all.snapshots += part.snapshots;
        all.closed += part.closed;
        all.delays.merge(&part.delays);
        all.slow.merge(&part.slow);
    }
}

async fn screen(together: Rc<Together>, n: usize, again: Option<Arc<AtomicU64>>) {
    let crowd = &together.crowd;
    let slow = n % 100 < crowd.slow_percent;
    let Ok(mut socket) = connect(&together, n, slow).await else {
        together.seen.borrow_mut().closed += 1;
        return;
    };
    let mut reading = Reading { frames: Frames::default(), greeted: false, slow, again };
    loop {
        if slow && reading.greeted {
            // reads a little, twice a second
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let read = std::future::poll_fn(|cx| {
            let mut buffer = together.buffer.borrow_mut();
            let room = if slow && reading.greeted { 2048 } else { buffer.len() };
            let mut buffer = ReadBuf::new(&mut buffer[..room]);
            let done = ready!(Pin::new(&mut socket).poll_read(cx, &mut buffer));
            reading.take(&together, buffer.filled());
            Poll::Ready(done.is_ok() && !buffer.filled().is_empty())
        });
        if !read.await {
            break;
        }
        if std::mem::take(&mut reading.frames.pinged) {
            // a full socket: the next ping will do
            let _ = socket.try_write(&PONG);
        }
    }
    together.seen.borrow_mut().closed += 1;
}

/// What one screen reads.
struct Reading {
    frames: Frames,
    /// It has its snapshot.
    greeted: bool,
    slow: bool,
    /// Where it counts that it came again.
    again: Option<Arc<AtomicU64>>,
}

impl Reading {
    fn take(&mut self, together: &Together, bytes: &[u8]) {
        let now = now_us() % 1_000_000_000;
        let mut seen = together.seen.borrow_mut();
        seen.bytes += bytes.len() as u64;
        self.frames.push(bytes, |frame| {
            if !self.greeted {
                self.greeted = true;
                together.open.fetch_add(1, Ordering::Relaxed);
                self.again.iter().for_each(|n| {
                    n.fetch_add(1, Ordering::Relaxed);
                });
                return;
            }
            seen.frames += 1;
            seen.snapshots += u64::from(frame.starts_with(b"{\"type\":\"snapshot\""));
            rows(frame, |_, _, value| {
                let Some(stamp) = value.checked_sub(STAMP) else { return };
                let delay = now.checked_sub(stamp).unwrap_or(now + 1_000_000_000 - stamp);
                seen.values += 1;
                if self.slow { seen.slow.add(delay) } else { seen.delays.add(delay) }
            });
        });
    }
}

async fn connect(together: &Together, n: usize, slow: bool) -> std::io::Result<TcpStream> {
    let crowd = &together.crowd;
    let _turn = together.opening.acquire().await.expect("open");
    let socket = TcpSocket::new_v4()?;
    if slow {
        socket.set_recv_buffer_size(4 << 10)?;
    }
    let mut socket = socket.connect(crowd.address.parse().expect("an address")).await?;
    socket.set_nodelay(true)?;
    socket.write_all(request(&crowd.address, &crowd.rate, &crowd.token).as_bytes()).await?;
    // nothing follows the answer before the subscription
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        if socket.read_buf(&mut head).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let (mine, all) = crowd.assets;
    // views overlap: neighbours share most of theirs
    let first = if mine == all { 0 } else { n * 37 % (all - mine) };
    let globs: Vec<_> = (first..first + mine).map(|a| format!("a{a}/*")).collect();
    let subscribe = serde_json::json!({"type": "subscribe", "topics": ["alarms"], "points": globs});
    socket.write_all(&text(&subscribe.to_string())).await?;
    Ok(socket)
}
