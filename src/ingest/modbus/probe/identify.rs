//! What the device says about itself (function 43/14), where it can.

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_modbus::client::{Client as _, Context, rtu, tcp};
use tokio_modbus::prelude::ReadCode;
use tokio_modbus::{Request, Response, Slave};

use crate::ingest::modbus::client::open_serial;
use crate::site::{ModbusSettings, ModbusTransport};

/// Vendor, product, revision and what else it tells; empty where it tells nothing.
pub(super) async fn identify(settings: &ModbusSettings, unit: u8) -> Vec<String> {
    let asked = timeout(settings.timeout * 3, async {
        let mut context = attach(settings, unit).await?;
        context.call(Request::ReadDeviceIdentification(ReadCode::Basic, 0)).await.ok()?.ok()
    });
    let Ok(Some(Response::ReadDeviceIdentification(answer))) = asked.await else { return Vec::new() };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect::<String>();
    answer.device_id_objects.iter().map(|o| text(&o.value).trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

async fn attach(settings: &ModbusSettings, unit: u8) -> Option<Context> {
    let slave = Slave(unit);
    Some(match settings.transport {
        ModbusTransport::Tcp => tcp::attach_slave(TcpStream::connect(&settings.address).await.ok()?, slave),
        ModbusTransport::RtuTcp => rtu::attach_slave(TcpStream::connect(&settings.address).await.ok()?, slave),
        ModbusTransport::Rtu(line) => rtu::attach_slave(open_serial(&settings.address, line).ok()?, slave),
    })
}
