//! The bytes of a socket after its upgrade, plain or TLS.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// One thread at a time writes: whoever holds the line's lock. Only the session's task waits for it.
pub(super) enum Socket {
    /// Anybody may write as much as the system takes at once.
    Plain(TcpStream),
    Tls(Mutex<TokioIo<Upgraded>>),
}

impl Socket {
    /// The socket, and what the other side has sent already.
    pub(super) fn new(upgraded: Upgraded) -> (Self, Bytes) {
        match downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => (Self::Plain(parts.io.into_inner()), parts.read_buf),
            Err(upgraded) => (Self::Tls(Mutex::new(TokioIo::new(upgraded))), Bytes::new()),
        }
    }

    /// Whether [`try_write`](Self::try_write) may write anything.
    pub(super) fn is_direct(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Writes what the system takes at once; `WouldBlock` when nothing.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.try_write(bytes),
            Self::Tls(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Writes some of it.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => loop {
                ready!(tcp.poll_write_ready(cx))?;
                match tcp.try_write(bytes) {
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                    written => return Poll::Ready(written),
                }
            },
            Self::Tls(io) => Pin::new(&mut *lock(io)).poll_write(cx, bytes),
        }
    }

    /// Everything written is on its way, and the socket takes more: so that what is written next is as new as can be.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => tcp.poll_write_ready(cx),
            Self::Tls(io) => Pin::new(&mut *lock(io)).poll_flush(cx),
        }
    }

    /// Reads some bytes; none: the other side is gone.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => loop {
                ready!(tcp.poll_read_ready(cx))?;
                match tcp.try_read(buffer) {
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                    read => return Poll::Ready(read),
                }
            },
            Self::Tls(io) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(&mut *lock(io)).poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }
}

fn lock(io: &Mutex<TokioIo<Upgraded>>) -> MutexGuard<'_, TokioIo<Upgraded>> {
    io.lock().unwrap_or_else(PoisonError::into_inner)
}
