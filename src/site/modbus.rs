//! `[[connection]]` of the Modbus protocols, and `modbus` of a template.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::connection::is_host_port;
use super::section::{Section, Value};
use super::settings::{ModbusSettings, ModbusTemplate, ModbusTransport, Parity, ReadLimits, SerialLine};

/// Keys of Modbus connections beyond those of all connections.
pub(super) const KEYS: [&str; 17] = [
    "timeout",
    "max_gap",
    "max_registers",
    "max_bits",
    "join",
    "base",
    "in_flight",
    "pause",
    "connect_pause",
    "idle_close",
    "busy_retries",
    "busy_wait",
    "hole_expiry",
    "baud",
    "parity",
    "data_bits",
    "stop_bits",
];
const SERIAL_KEYS: [&str; 4] = ["baud", "parity", "data_bits", "stop_bits"];

/// The wire that a connection's `protocol` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Tcp,
    RtuTcp,
    Rtu,
}

/// Reads a connection's settings.
pub(super) fn read(s: &mut Section<'_>, wire: Wire, retry_max: Duration) -> ModbusSettings {
    let transport = match wire {
        Wire::Tcp => ModbusTransport::Tcp,
        Wire::RtuTcp => ModbusTransport::RtuTcp,
        Wire::Rtu => ModbusTransport::Rtu(serial(s)),
    };
    if wire != Wire::Rtu {
        s.refuse(&SERIAL_KEYS, "belongs to modbus-rtu connections");
    }
    let address = s.need("address").and_then(|v| {
        let text = v.filled()?;
        match wire {
            Wire::Rtu if text.starts_with('/') || text.starts_with("COM") => Some(text),
            Wire::Rtu => v.fail(format!("expected a serial device such as \"/dev/ttyUSB0\", found \"{text}\"")),
            _ if is_host_port(text) => Some(text),
            _ => v.fail(format!("expected host:port such as \"10.0.0.5:502\", found \"{text}\"")),
        }
    });
    let in_flight_value = s.get("in_flight");
    let in_flight = in_flight_value.and_then(|v| v.small(1..=16)).unwrap_or(1);
    if let Some(v) = in_flight_value.filter(|_| wire != Wire::Tcp && in_flight > 1) {
        v.error("RTU has one request out at a time; leave it out");
    }
    let own = limits(s);
    let base = own.base.unwrap_or(0);
    ModbusSettings {
        transport,
        address: address.unwrap_or_default().into(),
        timeout: time(s, "timeout", ms(10)..=secs(60)).unwrap_or(ms(800)),
        retry_max,
        limits: own.limits(ReadLimits::default()),
        base,
        in_flight,
        pause: time(s, "pause", ms(0)..=secs(10)).unwrap_or_default(),
        connect_pause: time(s, "connect_pause", ms(0)..=secs(60)).unwrap_or_default(),
        idle_close: s.get("idle_close").and_then(Value::boolean).unwrap_or(false),
        busy_retries: s.get("busy_retries").and_then(|v| v.small(0..=100)).unwrap_or(3),
        busy_wait: time(s, "busy_wait", ms(1)..=secs(60)).unwrap_or(ms(200)),
        hole_expiry: time(s, "hole_expiry", secs(1)..=secs(365 * 86_400)).unwrap_or(secs(3600)),
    }
}

/// Reads `modbus` of a template.
pub(super) fn template(mut s: Section<'_>) -> ModbusTemplate {
    let read = limits(&mut s);
    s.finish();
    read
}

fn limits(s: &mut Section<'_>) -> ModbusTemplate {
    ModbusTemplate {
        max_registers: s.get("max_registers").and_then(|v| v.small(1..=125)),
        max_bits: s.get("max_bits").and_then(|v| v.small(1..=2000)),
        max_gap: s.get("max_gap").and_then(|v| v.small(0..=124)),
        join: s.get("join").and_then(Value::boolean),
        base: s.get("base").and_then(|v| v.small(0..=1)),
    }
}

/// The serial-line specification's own: even parity and one stop bit, two where there is no parity.
fn serial(s: &mut Section<'_>) -> SerialLine {
    let baud = s.get("baud").and_then(|v| v.integer(300..=4_000_000)).and_then(|n| u32::try_from(n).ok());
    let parity = s
        .get("parity")
        .and_then(|v| v.word(&[("none", Parity::None), ("even", Parity::Even), ("odd", Parity::Odd)]))
        .unwrap_or(Parity::Even);
    if let Some(v) = s.get("data_bits")
        && v.integer(5..=8).is_some_and(|n| n != 8)
    {
        v.error("RTU needs 8 data bits");
    }
    let stop_bits = s.get("stop_bits").and_then(|v| v.small(1..=2)).map(|n| if n == 2 { 2 } else { 1 });
    SerialLine {
        baud: baud.unwrap_or(9600),
        parity,
        stop_bits: stop_bits.unwrap_or(if parity == Parity::None { 2 } else { 1 }),
    }
}

fn time(s: &mut Section<'_>, key: &'static str, limits: RangeInclusive<Duration>) -> Option<Duration> {
    s.get(key).and_then(|v| v.duration(limits))
}

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
