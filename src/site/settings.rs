//! The shell's part of `hub.toml`, validated.

mod modbus;
mod mqtt;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::registry::ClockPolicy;

pub use modbus::{
    Byte, ModbusPoint, ModbusSettings, ModbusTemplate, ModbusTransport, Parity, ReadLimits, RegisterOrder,
    RegisterType, SerialLine, Table, TextBytes, WriteFunction,
};
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
    /// How long commands to the field that have ended stay.
    pub retain_commands: Duration,
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
            .field("retain_commands", &self.retain_commands)
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
    /// What is thought of the times its sources send; none: what the site thinks.
    pub clock: Option<ClockPolicy>,
}

/// What a connection speaks.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a site has few connections")]
pub enum Protocol {
    /// Modbus.
    Modbus(ModbusSettings),
    /// Client of an MQTT broker.
    Mqtt(MqttSettings),
}

/// How a point is addressed on its connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointAddress {
    /// On a Modbus link; none: not read over Modbus.
    pub modbus: Option<Arc<ModbusPoint>>,
    /// Name of the Sparkplug metric, where it is not the point's own.
    pub sparkplug: Option<String>,
    /// People may write it over Sparkplug.
    pub sparkplug_write: bool,
    /// The point's own `every`, where it differs from its template's.
    pub every: Option<Duration>,
}
