//! The site folder: read, validated with positions, turned into the core's registry and the shell's settings.
//! `docs/SITE.md` describes every file and key.

mod alarms;
mod assets;
mod build;
mod connection;
mod crews;
mod customers;
mod derive;
mod detector;
mod difference;
mod features;
mod guidance;
mod holidays;
mod hub;
mod ingest;
mod layers;
mod limits;
mod load;
mod local;
mod modbus;
mod mqtt;
mod network;
mod overrides;
mod position;
mod problem;
mod register;
mod rule;
mod section;
mod settings;
mod source;
mod sparkplug;
pub mod starter;
mod subscription;
mod suppress;
mod table;
mod targets;
mod template;
mod texts;
mod watch;
mod words;
mod writable;

use std::sync::Arc;

use linepack_core::Registry;

pub use difference::{Difference, difference};
pub use problem::{Problem, Report};
pub use settings::{
    Broker, Byte, Connection, Hub, JsonMapping, ModbusPoint, ModbusSettings, ModbusTemplate, ModbusTransport,
    MqttFormat, MqttSettings, MqttTls, MqttVersion, OfflineTopic, Parity, PointAddress, Protocol, QualityAt, Rate,
    ReadLimits, RegisterOrder, RegisterType, SerialLine, Server, SparkplugSettings, StoreSettings, Subscription, Table,
    TextBytes, ValueAt, WriteFunction,
};
pub use texts::Texts;
pub use words::{Span, duration_text, is_identifier, parse_span};

/// A valid site: what the core needs and what the shell needs beside it.
#[derive(Debug)]
pub struct Site {
    /// The folder; relative paths are relative to it.
    pub dir: std::path::PathBuf,
    /// `[hub]`.
    pub hub: Hub,
    /// `[server]`.
    pub server: Server,
    /// `[store]`.
    pub store: StoreSettings,
    /// `[broker]`.
    pub broker: Option<Broker>,
    /// `[[connection]]`, in the registry's order.
    pub connections: Vec<Connection>,
    /// What the core needs.
    pub registry: Arc<Registry>,
    /// How the points of each template are addressed: by template index, then slot.
    pub addresses: Vec<Vec<PointAddress>>,
    /// `modbus` of each template.
    pub modbus: Vec<ModbusTemplate>,
    /// Assets behind each connection, by connection index.
    pub behind: Vec<Vec<linepack_core::AssetId>>,
    /// Unit id and address offset of each asset, by asset index.
    pub units: Vec<(u8, u16)>,
    /// `every` of each template, where given.
    pub every: Vec<Option<std::time::Duration>>,
    /// Texts of text points as they were read last.
    pub texts: Texts,
    /// Customers: how many.
    pub customers: u64,
    /// `backdrop.geojson` (water, green, roads, labels) as given, for the map.
    pub backdrop: Option<Arc<str>>,
}
