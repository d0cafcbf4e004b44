//! One connection, one request at a time, every wait with a deadline.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_modbus::client::{Client as _, Context};
use tokio_modbus::prelude::SlaveContext as _;
use tokio_modbus::{ExceptionCode, Request, Response, Slave};

use super::plan::Read;
use crate::site::Table;

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Registers, as many as asked for.
    Registers(Vec<u16>),
    /// Bits, at least as many as asked for.
    Bits(Vec<bool>),
    /// The device or gateway refused.
    Exception(ExceptionCode),
    /// Bytes that are no answer to the request. The connection is of no use any more.
    Garbled(String),
    /// Nothing in time. A late answer would be taken for the next one's, so the connection is of no use any more.
    Silent,
    /// The connection is gone.
    Lost(String),
}

/// A connection to a Modbus TCP server.
pub(crate) struct Client {
    context: Context,
    timeout: Duration,
}

impl Client {
    /// Connects within `deadline`; calls then take `timeout` at most.
    pub(crate) async fn connect(address: &str, deadline: Duration, timeout_: Duration) -> Result<Self, String> {
        let stream = match timeout(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(e)) => return Err(format!("cannot connect to {address}: {e}")),
            Err(_) => return Err(format!("no connection to {address} within {deadline:?}")),
        };
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        Ok(Self { context: tokio_modbus::client::tcp::attach(stream), timeout: timeout_ })
    }

    /// Asks.
    pub(crate) async fn read(&mut self, read: &Read) -> Answer {
        let request = match read.table {
            Table::Coil => Request::ReadCoils(read.start, read.count),
            Table::Discrete => Request::ReadDiscreteInputs(read.start, read.count),
            Table::Input => Request::ReadInputRegisters(read.start, read.count),
            Table::Holding => Request::ReadHoldingRegisters(read.start, read.count),
        };
        self.context.set_slave(Slave(read.unit));
        let Ok(answer) = timeout(self.timeout, self.context.call(request)).await else { return Answer::Silent };
        let count = usize::from(read.count);
        match answer {
            Ok(Ok(Response::ReadInputRegisters(r) | Response::ReadHoldingRegisters(r))) if r.len() == count => {
                Answer::Registers(r)
            }
            Ok(Ok(Response::ReadCoils(b) | Response::ReadDiscreteInputs(b)))
                if b.len() == count.next_multiple_of(8) =>
            {
                Answer::Bits(b)
            }
            Ok(Ok(other)) => Answer::Garbled(format!("asked for {count} values, got {}", size(&other))),
            Ok(Err(exception)) => Answer::Exception(exception),
            Err(tokio_modbus::Error::Protocol(e)) => Answer::Garbled(short(&e.to_string())),
            Err(tokio_modbus::Error::Transport(e)) => match e.kind() {
                std::io::ErrorKind::InvalidData
                | std::io::ErrorKind::InvalidInput
                | std::io::ErrorKind::UnexpectedEof => Answer::Garbled(short(&e.to_string())),
                // The client reports an orderly end of the stream as "error 0".
                _ if e.raw_os_error() == Some(0) => Answer::Lost("the other side closed the connection".to_owned()),
                _ => Answer::Lost(e.to_string()),
            },
        }
    }
}

fn size(answer: &Response) -> usize {
    match answer {
        Response::ReadInputRegisters(r) | Response::ReadHoldingRegisters(r) => r.len(),
        Response::ReadCoils(b) | Response::ReadDiscreteInputs(b) => b.len(),
        _ => 0,
    }
}

/// Protocol errors print the whole answer; its beginning is enough.
fn short(text: &str) -> String {
    text.chars().take(120).collect()
}
