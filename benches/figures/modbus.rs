//! A register changes → its frame is on the socket: the scan interval and what the hub adds.

use std::collections::HashMap;
use std::net::SocketAddr;

use linepack_sim::modbus::{Bank, ModbusServer};
use linepack_sim::plant::{ByteOrder, Register, RegisterType, Table};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::socket::Socket;
use crate::stats::{Delays, now_us};

/// The site's scan interval.
const EVERY_MS: u64 = 100;
const CHANGES: u64 = 300;

pub(crate) async fn run() {
    let register = Register {
        table: Table::Input,
        address: 0,
        ty: RegisterType::F64,
        order: ByteOrder::Abcd,
        scale: 1.0,
        offset: 0.0,
    };
    let mut bank = Bank::default();
    bank.map(&register);
    let stop = CancellationToken::new();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ModbusServer::start(any, HashMap::from([(1, bank)]), stop.clone()).await.expect("a Modbus server");
    let dir = tempfile::tempdir().expect("a folder");
    write_site(dir.path(), server.address());
    let hub = Hub::start(dir.path()).await;
    let mut socket = Socket::open(&hub, "now", json!({"type": "subscribe", "topics": [], "points": ["*"]})).await;
    let mut delays = Delays::default();
    for n in 0..CHANGES {
        // changes fall anywhere in the scan
        tokio::time::sleep(std::time::Duration::from_micros(30_000 + n * 7_919 % 100_000)).await;
        let value = (n + 1) as f64;
        let begin = now_us();
        server.units().get_mut(&1).expect("unit 1").measure(&register, value);
        loop {
            let frame: Value = serde_json::from_str(&socket.text().await).expect("JSON");
            if frame["values"][0][1].as_f64() == Some(value) {
                break;
            }
        }
        delays.0.push(now_us() - begin);
    }
    stop.cancel();
    println!(
        "{}",
        json!({"bench": "modbus_to_ws", "every_ms": EVERY_MS, "changes": CHANGES, "p50_ms": delays.ms(0.5), "p99_ms": delays.ms(0.99), "max_ms": delays.ms(1.0)})
    );
}

fn write_site(dir: &std::path::Path, server: SocketAddr) {
    let hub = format!(
        r#"
[hub]
name = "Bench"
timezone = "UTC"
language = "en"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite://data/hub.db"
[[connection]]
name = "rtu"
protocol = "modbus-tcp"
address = "{server}"
[[template]]
name = "t"
every = "{EVERY_MS}ms"
[[template.point]]
name = "p"
modbus = {{ table = "input", address = 0, type = "f64" }}
"#
    );
    let assets =
        "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\na,A,meter,t,rtu,1,0,106.5,29.5,\n";
    let crews = "id,name,phone,skills,base_lon,base_lat,shift,area\n";
    for (name, content) in [("hub.toml", hub.as_str()), ("assets.csv", assets), ("crews.csv", crews)] {
        std::fs::write(dir.join(name), content).expect("the site folder is writable");
    }
}
