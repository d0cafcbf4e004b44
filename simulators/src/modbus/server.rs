//! The sockets of one gateway or line with its units behind it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::bank::Bank;
use super::{pdu, rtu};
use crate::error::SimError;
use crate::plant::{Framing, Server};
use crate::tasks::Tasks;

/// Masters at once; more wait in the listener's queue.
const CONNECTIONS: usize = 64;
/// Exception 0x0B: nothing behind the gateway under that unit number.
const NO_SUCH_UNIT: u8 = 0x0b;

/// A gateway, or a serial line.
#[derive(Clone, Debug)]
pub struct ModbusServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    units: Mutex<HashMap<u8, Bank>>,
    /// False: the gateway is dead; every connection is broken at once. The port is kept: another program that took it
    /// would answer in its place.
    pub(super) on: watch::Sender<bool>,
}

impl ModbusServer {
    /// Binds (port 0 picks a free one) and answers until `stop`; `units` go by unit identifier.
    pub async fn start(
        address: SocketAddr,
        units: HashMap<u8, Bank>,
        stop: CancellationToken,
    ) -> Result<Self, SimError> {
        Self::start_in(Server { address, framing: Framing::Tcp }, units, &Tasks::new(stop)).await
    }

    /// The same, among tasks that are waited for.
    pub(crate) async fn start_in(server: Server, units: HashMap<u8, Bank>, tasks: &Tasks) -> Result<Self, SimError> {
        let address = server.address;
        let listen = |source| SimError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared { units: Mutex::new(units), on: watch::Sender::new(true) });
        match server.framing {
            Framing::Tcp => tasks.spawn(serve(listener, address, shared.clone(), tasks.clone())),
            Framing::Rtu => tasks.spawn(rtu::serve(listener, address, shared.clone())),
        }
        Ok(Self { address, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The units, to put values in.
    pub fn units(&self) -> MutexGuard<'_, HashMap<u8, Bank>> {
        self.shared.units()
    }

    /// Switches the whole gateway off (every connection, also a new one, is broken at once) or on.
    pub fn power(&self, on: bool) {
        self.shared.on.send_replace(on);
    }
}

impl Shared {
    /// A bank is whole after every single step, so a poisoned lock does no harm.
    pub(super) fn units(&self) -> MutexGuard<'_, HashMap<u8, Bank>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>, tasks: Tasks) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(slot) = slots.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = shared.clone();
                tasks.spawn(async move {
                    converse(stream, &shared).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, %address, "simulated gateway cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers one master until it leaves, breaks the protocol or the gateway goes off.
async fn converse(mut stream: TcpStream, shared: &Shared) {
    // answers are small and awaited; a failure only costs time
    let _ = stream.set_nodelay(true);
    let mut power = shared.on.subscribe();
    let mut frame = [0u8; 260];
    loop {
        let read = tokio::select! {
            // a request that came with the power cut is not answered
            biased;
            _ = power.wait_for(|on| !on) => None,
            read = read_frame(&mut stream, &mut frame) => read,
        };
        let Some(length) = read else { return };
        let reply = reply(shared, &frame[..length]);
        if stream.write_all(&reply).await.is_err() {
            return;
        }
    }
}

/// One MBAP frame into `frame`; its length, or nothing at the end or when it is not Modbus.
async fn read_frame(stream: &mut TcpStream, frame: &mut [u8; 260]) -> Option<usize> {
    stream.read_exact(&mut frame[..7]).await.ok()?;
    let protocol = u16::from_be_bytes([frame[2], frame[3]]);
    let length = usize::from(u16::from_be_bytes([frame[4], frame[5]]));
    if protocol != 0 || !(2..=254).contains(&length) {
        return None;
    }
    stream.read_exact(&mut frame[7..6 + length]).await.ok()?;
    Some(6 + length)
}

fn reply(shared: &Shared, frame: &[u8]) -> Vec<u8> {
    let (unit, request) = (frame[6], &frame[7..]);
    let pdu = match shared.units().get_mut(&unit) {
        Some(bank) => pdu::answer(bank, request),
        None => pdu::exception(request[0], NO_SUCH_UNIT),
    };
    let mut out = Vec::with_capacity(7 + pdu.len());
    out.extend_from_slice(&frame[..4]);
    out.extend_from_slice(&(pdu.len() as u16 + 1).to_be_bytes());
    out.push(unit);
    out.extend_from_slice(&pdu);
    out
}

#[cfg(test)]
mod tests {
    use tokio_modbus::prelude::*;

    use super::*;
    use crate::plant::{ByteOrder, Register, RegisterType, Table};

    fn register(table: Table, address: u16, ty: RegisterType, order: ByteOrder) -> Register {
        Register { table, address, ty, order, scale: 1.0, offset: 0.0 }
    }

    async fn server() -> (ModbusServer, CancellationToken) {
        let mut bank = Bank::default();
        bank.measure(&register(Table::Input, 2, RegisterType::F32, ByteOrder::Abcd), 98.75);
        bank.measure(&register(Table::Holding, 7, RegisterType::F32, ByteOrder::Cdab), 98.75);
        bank.measure(&register(Table::Holding, 20, RegisterType::Bit(5), ByteOrder::Abcd), 1.0);
        bank.measure(&register(Table::Coil, 0, RegisterType::Bit(0), ByteOrder::Abcd), 0.0);
        bank.measure(&register(Table::Discrete, 4, RegisterType::Bit(0), ByteOrder::Abcd), 1.0);
        let stop = CancellationToken::new();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ModbusServer::start(any, HashMap::from([(3, bank)]), stop.clone()).await.unwrap();
        (server, stop)
    }

    async fn client(server: &ModbusServer, unit: u8) -> tokio_modbus::client::Context {
        tcp::connect_slave(server.address(), Slave(unit)).await.unwrap()
    }

    #[tokio::test]
    async fn an_independent_client_reads_and_writes() {
        let (server, _stop) = server().await;
        let mut client = client(&server, 3).await;
        assert_eq!(client.read_input_registers(2, 2).await.unwrap().unwrap(), [0x42c5, 0x8000]);
        assert_eq!(client.read_holding_registers(7, 2).await.unwrap().unwrap(), [0x8000, 0x42c5]);
        assert_eq!(client.read_holding_registers(20, 1).await.unwrap().unwrap(), [0x0020]);
        assert_eq!(client.read_discrete_inputs(4, 1).await.unwrap().unwrap(), [true]);
        client.write_single_coil(0, true).await.unwrap().unwrap();
        assert_eq!(client.read_coils(0, 1).await.unwrap().unwrap(), [true]);
        client.write_multiple_coils(0, &[false]).await.unwrap().unwrap();
        assert_eq!(client.read_coils(0, 1).await.unwrap().unwrap(), [false]);
        client.write_multiple_registers(7, &[1, 2]).await.unwrap().unwrap();
        client.write_single_register(8, 3).await.unwrap().unwrap();
        assert_eq!(client.read_holding_registers(7, 2).await.unwrap().unwrap(), [1, 3]);
    }

    #[tokio::test]
    async fn exceptions_reach_the_client() {
        let (server, _stop) = server().await;
        let mut known = client(&server, 3).await;
        assert_eq!(known.read_input_registers(100, 1).await.unwrap(), Err(ExceptionCode::IllegalDataAddress));
        let mut unknown = client(&server, 4).await;
        assert_eq!(unknown.read_input_registers(2, 2).await.unwrap(), Err(ExceptionCode::GatewayTargetDevice));
    }

    #[tokio::test]
    async fn a_gateway_that_is_off_breaks_every_connection_and_comes_back() {
        let (server, _stop) = server().await;
        let mut before = client(&server, 3).await;
        assert!(before.read_input_registers(2, 2).await.is_ok());
        server.power(false);
        assert!(before.read_input_registers(2, 2).await.is_err());
        let mut meanwhile = client(&server, 3).await;
        assert!(meanwhile.read_input_registers(2, 2).await.is_err());
        server.power(true);
        let mut after = client(&server, 3).await;
        assert!(after.read_input_registers(2, 2).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_not_modbus_ends_the_connection() {
        let (server, _stop) = server().await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut rest = Vec::new();
        // either an orderly end or a reset: the server left unread bytes behind
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
    }
}
