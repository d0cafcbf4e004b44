//! What carries the bytes: a socket or a serial line.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_serial::{DataBits, SerialPortBuilderExt, SerialStream, StopBits};

use super::INPUT;
use crate::site::{ModbusSettings, ModbusTransport, Parity, SerialLine};

/// An open line.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Serial(SerialStream),
}

impl Stream {
    /// Opens it.
    pub(super) async fn open(settings: &ModbusSettings) -> io::Result<Self> {
        match settings.transport {
            ModbusTransport::Tcp | ModbusTransport::RtuTcp => {
                let stream = TcpStream::connect(&settings.address).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            ModbusTransport::Rtu(line) => Ok(Self::Serial(open_serial(&settings.address, line)?)),
        }
    }

    /// Appends what there is, at most `most` bytes; 0 at the end. Nothing is held while it waits: a link among thousands
    /// would find a buffer of its own cold.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let mut bytes = [const { MaybeUninit::uninit() }; INPUT];
        let mut bytes = ReadBuf::uninit(&mut bytes[..most.min(INPUT)]);
        ready!(match self {
            Self::Tcp(s) => Pin::new(s).poll_read(cx, &mut bytes),
            Self::Serial(s) => Pin::new(s).poll_read(cx, &mut bytes),
        })?;
        into.extend_from_slice(bytes.filled());
        Poll::Ready(Ok(bytes.filled().len()))
    }

    /// Writes what can be written at once; says how much that was.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self::Tcp(s) = self else { return Ok(0) };
        match s.try_write(bytes) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(0),
            written => written,
        }
    }

    /// Writes all of it.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(s) => s.write_all(bytes).await,
            Self::Serial(s) => s.write_all(bytes).await,
        }
    }
}

/// Opens a serial device.
pub(crate) fn open_serial(device: &str, line: SerialLine) -> io::Result<SerialStream> {
    let port = tokio_serial::new(device, line.baud)
        .data_bits(DataBits::Eight)
        .parity(match line.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        })
        .stop_bits(if line.stop_bits == 2 { StopBits::Two } else { StopBits::One });
    Ok(port.open_native_async()?)
}
