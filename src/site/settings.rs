//! The shell's part of `hub.toml`, validated.

mod mqtt;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use mqtt::{
    JsonMapping, MqttFormat, MqttSettings, MqttTls, MqttVersion, OfflineTopic, QualityAt, Rate, SparkplugSettings,
    Subscription, ValueAt,
};

/// `[hub]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    /// The site's name.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
    /// `en` or `zh-CN`.
    pub language: String,
}

/// `[server]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Address of the web server; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Certificate and key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Networks whose `X-Forwarded-For` is believed: address and prefix length.
    pub trusted_proxies: Vec<(std::net::IpAddr, u8)>,
    /// Needed for `/metrics`, where set.
    pub metrics_token: Option<String>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listen", &self.listen)
            .field("tls", &self.tls)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("metrics_token", &self.metrics_token.as_ref().map(|_| "…"))
            .finish()
    }
}

/// `[store]`.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// `sqlite://…` or `postgres://…`; a relative SQLite path is relative to the site folder.
    pub url: String,
    /// Cap of the log on disk while the database is away, MiB.
    pub spool_mib: u64,
    /// How long raw samples stay.
    pub retain_raw: Duration,
    /// How long minute aggregates stay.
    pub retain_minute: Duration,
    /// How long hour aggregates stay.
    pub retain_hour: Duration,
}

impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URL may hold a password
        let url = self.url.rsplit_once('@').map_or(self.url.as_str(), |(_, rest)| rest);
        f.debug_struct("StoreSettings")
            .field("url", &url)
            .field("spool_mib", &self.spool_mib)
            .field("retain_raw", &self.retain_raw)
            .field("retain_minute", &self.retain_minute)
            .field("retain_hour", &self.retain_hour)
            .finish()
    }
}

/// `[broker]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Address of the embedded broker; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Users file.
    pub users: Option<PathBuf>,
}

/// `[[connection]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The user's identifier.
    pub name: String,
    /// What is spoken.
    pub protocol: Protocol,
}

/// What a connection speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Protocol {
    /// Modbus TCP.
    ModbusTcp(ModbusSettings),
    /// Client of an MQTT broker.
    Mqtt(MqttSettings),
}

/// A Modbus endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModbusSettings {
    /// `host:port`.
    pub address: String,
    /// Deadline of each call.
    pub timeout: Duration,
    /// Back-off ceiling.
    pub retry_max: Duration,
    /// Registers that may be read over to join two reads.
    pub max_gap: u16,
    /// Outstanding requests.
    pub in_flight: u16,
}

/// How a point is addressed on its connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointAddress {
    /// On a Modbus link; none: not read over Modbus.
    pub modbus: Option<ModbusPoint>,
    /// Name of the Sparkplug metric, where it is not the point's own.
    pub sparkplug: Option<String>,
    /// People may write it over Sparkplug.
    pub sparkplug_write: bool,
    /// The point's own `every`, where it differs from its template's.
    pub every: Option<Duration>,
}

/// A point in a Modbus register map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModbusPoint {
    /// Which table.
    pub table: Table,
    /// First register or bit on the wire, before the asset's offset.
    pub address: u16,
    /// What it holds.
    pub ty: RegisterType,
    /// Order of the bytes.
    pub order: RegisterOrder,
    /// value = raw × scale + offset.
    pub scale: f64,
    /// value = raw × scale + offset.
    pub offset: f64,
}

/// Modbus tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Function 1.
    Coil,
    /// Function 2.
    Discrete,
    /// Function 4.
    Input,
    /// Function 3.
    Holding,
}

/// What registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterType {
    /// One register.
    U16,
    /// One register.
    I16,
    /// Two registers.
    U32,
    /// Two registers.
    I32,
    /// Four registers.
    U64,
    /// Four registers.
    I64,
    /// Two registers.
    F32,
    /// Four registers.
    F64,
    /// One bit: of a coil or discrete table itself, or bit 0–15 of a register.
    Bit(u8),
}

impl RegisterType {
    /// Registers it takes, or bits where the table holds bits.
    pub const fn size(self) -> u16 {
        match self {
            Self::U16 | Self::I16 | Self::Bit(_) => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
        }
    }
}

/// Order of bytes, as they stand on the wire, A the most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterOrder {
    /// Big-endian; `ABCD`, `ABCDEFGH`.
    Abcd,
    /// Words swapped; `CDAB`, `GHEFCDAB`.
    Cdab,
    /// Bytes swapped in each word; `BADC`, `BADCFEHG`.
    Badc,
    /// Little-endian; `DCBA`, `HGFEDCBA`.
    Dcba,
}
