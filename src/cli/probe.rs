//! `linepack probe`: what a device has, before anybody writes its template.

use std::net::IpAddr;
use std::time::Duration;

use clap::Subcommand;

use super::{say, tell};
use crate::ingest::probe::{self, Plan};
use crate::site::{ModbusSettings, ModbusTransport, Parity, ReadLimits, SerialLine, Table};

/// Asks a device what it has.
#[derive(Debug, clap::Args)]
pub(super) struct Probe {
    #[command(subcommand)]
    protocol: Protocol,
}

#[derive(Debug, Subcommand)]
enum Protocol {
    /// Scan a Modbus device: tables, values in all orders, timing, a template to paste.
    Modbus(Modbus),
}

#[derive(Debug, clap::Args)]
struct Modbus {
    /// Host, or host:port; the port is 502 where left out.
    #[arg(required_unless_present = "serial", conflicts_with = "serial")]
    host: Option<String>,
    /// Unit id.
    #[arg(long, default_value_t = 1)]
    unit: u8,
    /// RTU frames in TCP, as serial servers speak it.
    #[arg(long)]
    rtu: bool,
    /// A serial device instead of a host.
    #[arg(long, value_name = "DEVICE")]
    serial: Option<String>,
    /// Bits per second of the serial line.
    #[arg(long, default_value_t = 9600)]
    baud: u32,
    /// Parity of the serial line: none, even, odd.
    #[arg(long, default_value = "even", value_parser = parity)]
    parity: Parity,
    /// First address on the wire.
    #[arg(long, default_value_t = 0)]
    from: u16,
    /// How many addresses of each table.
    #[arg(long, default_value_t = 128)]
    count: u16,
    /// Tables to scan.
    #[arg(long, value_delimiter = ',', default_value = "holding,input,coil,discrete", value_parser = table)]
    tables: Vec<Table>,
    /// A value the device shows and its address in the manual, such as 40003=98.7 or 2=98.7; may be given again.
    #[arg(long, value_name = "ADDRESS=VALUE", value_parser = expected)]
    expect: Vec<(u16, f64)>,
    /// Requests of the scan at most.
    #[arg(long, default_value_t = 2000)]
    requests: u32,
    /// Wait for each answer, milliseconds.
    #[arg(long, default_value_t = 1000)]
    timeout_ms: u64,
    /// Rest between requests, milliseconds.
    #[arg(long)]
    pause_ms: Option<u64>,
    /// Show eight-byte values too.
    #[arg(long)]
    wide: bool,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) async fn run(args: Probe) -> anyhow::Result<()> {
    let Protocol::Modbus(args) = args.protocol;
    let json = args.json;
    let plan = plan(args)?;
    let report = probe::run(plan, |what| tell(&format!("{what} …"))).await.map_err(anyhow::Error::msg)?;
    if json {
        say(&serde_json::to_string(&report)?)?;
    } else {
        say(&report.text())?;
    }
    anyhow::ensure!(!report.is_empty(), "nothing could be read: is the unit id right?");
    Ok(())
}

fn plan(args: Modbus) -> anyhow::Result<Plan> {
    let (transport, address) = match (args.serial, args.host) {
        (Some(device), _) => {
            let stop_bits = if args.parity == Parity::None { 2 } else { 1 };
            (ModbusTransport::Rtu(SerialLine { baud: args.baud, parity: args.parity, stop_bits }), device)
        }
        (None, Some(host)) => {
            let transport = if args.rtu { ModbusTransport::RtuTcp } else { ModbusTransport::Tcp };
            (transport, with_port(&host))
        }
        (None, None) => anyhow::bail!("expected a host or --serial"),
    };
    let settings = ModbusSettings {
        transport,
        address,
        timeout: Duration::from_millis(args.timeout_ms.clamp(10, 60_000)),
        retry_max: Duration::from_secs(1),
        limits: ReadLimits::default(),
        base: 0,
        in_flight: 1,
        pause: args.pause_ms.map_or(probe::GENTLE, Duration::from_millis),
        connect_pause: Duration::ZERO,
        idle_close: false,
        busy_retries: 0,
        busy_wait: Duration::from_millis(200),
        hole_expiry: Duration::from_secs(1),
    };
    let (unit, from, count, most, wide) = (args.unit, args.from, args.count, args.requests, args.wide);
    Ok(Plan { settings, unit, tables: args.tables, from, count, most, expect: args.expect, wide })
}

fn with_port(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => format!("[{v6}]:502"),
        _ if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => host.to_owned(),
        _ => format!("{host}:502"),
    }
}

fn parity(word: &str) -> Result<Parity, &'static str> {
    match word {
        "none" => Ok(Parity::None),
        "even" => Ok(Parity::Even),
        "odd" => Ok(Parity::Odd),
        _ => Err("expected none, even or odd"),
    }
}

fn table(word: &str) -> Result<Table, &'static str> {
    let all = [Table::Coil, Table::Discrete, Table::Input, Table::Holding];
    all.into_iter().find(|t| t.word() == word).ok_or("expected holding, input, coil or discrete")
}

/// `2=98.7`; five and six digits are PLC notation, whose number counts from 1.
fn expected(text: &str) -> Result<(u16, f64), &'static str> {
    const WRONG: &str = "expected ADDRESS=VALUE such as 2=98.7";
    let (address, value) = text.split_once('=').ok_or(WRONG)?;
    let value: f64 = value.trim().parse().map_err(|_| WRONG)?;
    let address = address.trim();
    let number = match (address.len(), address.as_bytes().first()) {
        (5 | 6, Some(b'3' | b'4')) => address[1..].parse::<u32>().map_err(|_| WRONG)?.saturating_sub(1),
        _ => address.parse().map_err(|_| WRONG)?,
    };
    Ok((u16::try_from(number).map_err(|_| WRONG)?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_expected_values() {
        for (host, want) in [
            ("10.0.0.5", "10.0.0.5:502"),
            ("10.0.0.5:1502", "10.0.0.5:1502"),
            ("plc", "plc:502"),
            ("::1", "[::1]:502"),
            ("[::1]:503", "[::1]:503"),
        ] {
            assert_eq!(with_port(host), want);
        }
        assert_eq!(expected("2=98.7").unwrap(), (2, 98.7));
        assert_eq!(expected("40003 = 5").unwrap(), (2, 5.0));
        assert_eq!(expected("300108=-1").unwrap(), (107, -1.0));
        for wrong in ["", "2", "x=1", "2=x", "70000=1"] {
            assert!(expected(wrong).is_err(), "{wrong}");
        }
    }
}
