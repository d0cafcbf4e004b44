//! RTU frames in TCP, as a serial line behind a radio or a serial server speaks them; served by tokio-modbus.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::Service;
use tokio_modbus::server::rtu_over_tcp::Server;
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

use super::bank::Bank;
use super::server::Shared;
use crate::plant::Table;

/// Answers masters; while the line is off every connection is broken at once, and the port is kept.
pub(super) async fn serve(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let server = Server::new(listener);
    let mut power = shared.on.subscribe();
    let accept = |stream: TcpStream, _| {
        let shared = shared.clone();
        async move {
            // answers are small and awaited; a failure only costs time
            let _ = stream.set_nodelay(true);
            let on = *shared.on.borrow();
            Ok(on.then_some((Line(shared), stream)))
        }
    };
    let broken = |error| tracing::debug!(%error, "simulated line: a master left");
    for until in [false, true].into_iter().cycle() {
        // dropping what serves breaks its connections
        let served = tokio::select! {
            served = server.serve(&accept, broken) => served,
            _ = power.wait_for(|on| *on == until) => Ok(()),
        };
        if let Err(error) = served {
            tracing::warn!(%error, %address, "simulated line cannot accept");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The units of the line.
struct Line(Arc<Shared>);

impl Service for Line {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Option<Response>, ExceptionCode>>;

    fn call(&self, asked: SlaveRequest<'static>) -> Self::Future {
        let answer = self.0.units().get_mut(&asked.slave).map(|bank| answer(bank, &asked.request));
        // nobody answers in another unit's place
        ready(answer.transpose())
    }
}

fn answer(bank: &mut Bank, request: &Request<'_>) -> Result<Response, ExceptionCode> {
    Ok(match request {
        Request::ReadCoils(at, count) => Response::ReadCoils(bits(bank, Table::Coil, *at, *count)?),
        Request::ReadDiscreteInputs(at, count) => {
            Response::ReadDiscreteInputs(bits(bank, Table::Discrete, *at, *count)?)
        }
        Request::ReadHoldingRegisters(at, count) => {
            Response::ReadHoldingRegisters(words(bank, Table::Holding, *at, *count, 125)?)
        }
        Request::ReadInputRegisters(at, count) => {
            Response::ReadInputRegisters(words(bank, Table::Input, *at, *count, 125)?)
        }
        Request::WriteSingleCoil(at, on) => {
            write(bank, Table::Coil, *at, &[u16::from(*on)])?;
            Response::WriteSingleCoil(*at, *on)
        }
        Request::WriteMultipleCoils(at, all) => {
            let words: Vec<u16> = all.iter().map(|on| u16::from(*on)).collect();
            Response::WriteMultipleCoils(*at, write(bank, Table::Coil, *at, &words)?)
        }
        Request::WriteSingleRegister(at, word) => {
            write(bank, Table::Holding, *at, &[*word])?;
            Response::WriteSingleRegister(*at, *word)
        }
        Request::WriteMultipleRegisters(at, words) => {
            Response::WriteMultipleRegisters(*at, write(bank, Table::Holding, *at, words)?)
        }
        _ => return Err(ExceptionCode::IllegalFunction),
    })
}

fn words(bank: &Bank, table: Table, at: u16, count: u16, most: u16) -> Result<Vec<u16>, ExceptionCode> {
    if !(1..=most).contains(&count) {
        return Err(ExceptionCode::IllegalDataValue);
    }
    bank.read(table, at, count).map(Iterator::collect).ok_or(ExceptionCode::IllegalDataAddress)
}

fn bits(bank: &Bank, table: Table, at: u16, count: u16) -> Result<Vec<bool>, ExceptionCode> {
    Ok(words(bank, table, at, count, 2000)?.into_iter().map(|word| word != 0).collect())
}

/// How many were written.
fn write(bank: &mut Bank, table: Table, at: u16, words: &[u16]) -> Result<u16, ExceptionCode> {
    let count = u16::try_from(words.len()).map_err(|_| ExceptionCode::IllegalDataValue)?;
    if bank.write(table, at, words) { Ok(count) } else { Err(ExceptionCode::IllegalDataAddress) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tokio_modbus::prelude::*;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::modbus::ModbusServer;
    use crate::plant::{ByteOrder, Framing, Register, RegisterType, Server as Place};
    use crate::tasks::Tasks;

    async fn line() -> (ModbusServer, CancellationToken) {
        let mut bank = Bank::default();
        let register = Register {
            table: Table::Holding,
            address: 7,
            ty: RegisterType::F32,
            order: ByteOrder::Abcd,
            scale: 1.0,
            offset: 0.0,
        };
        bank.measure(&register, 98.75);
        bank.measure(&Register { table: Table::Coil, ty: RegisterType::Bit(0), ..register }, 1.0);
        let stop = CancellationToken::new();
        let place = Place { address: SocketAddr::from(([127, 0, 0, 1], 0)), framing: Framing::Rtu };
        let units = HashMap::from([(3, bank)]);
        (ModbusServer::start_in(place, units, &Tasks::new(stop.clone())).await.unwrap(), stop)
    }

    async fn master(line: &ModbusServer, unit: u8) -> tokio_modbus::client::Context {
        rtu::attach_slave(TcpStream::connect(line.address()).await.unwrap(), Slave(unit))
    }

    #[tokio::test]
    async fn a_master_reads_and_writes_over_rtu_in_tcp() {
        let (line, _stop) = line().await;
        let mut master = master(&line, 3).await;
        assert_eq!(master.read_holding_registers(7, 2).await.unwrap().unwrap(), [0x42c5, 0x8000]);
        assert_eq!(master.read_coils(7, 1).await.unwrap().unwrap(), [true]);
        master.write_multiple_registers(7, &[1, 2]).await.unwrap().unwrap();
        master.write_single_register(8, 3).await.unwrap().unwrap();
        master.write_single_coil(7, false).await.unwrap().unwrap();
        assert_eq!(master.read_holding_registers(7, 2).await.unwrap().unwrap(), [1, 3]);
        assert_eq!(master.read_coils(7, 1).await.unwrap().unwrap(), [false]);
        assert_eq!(master.read_input_registers(0, 1).await.unwrap(), Err(ExceptionCode::IllegalDataAddress));
    }

    #[tokio::test]
    async fn a_line_that_is_off_breaks_every_connection_and_comes_back() {
        let (line, _stop) = line().await;
        let mut before = master(&line, 3).await;
        assert!(before.read_holding_registers(7, 2).await.is_ok());
        line.power(false);
        assert!(before.read_holding_registers(7, 2).await.is_err());
        let mut meanwhile = master(&line, 3).await;
        assert!(meanwhile.read_holding_registers(7, 2).await.is_err());
        line.power(true);
        let patience = tokio::time::Instant::now() + Duration::from_secs(20);
        while master(&line, 3).await.read_holding_registers(7, 2).await.is_err() {
            assert!(tokio::time::Instant::now() < patience, "it does not come back");
        }
    }
}
