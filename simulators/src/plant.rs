//! What is to be simulated, said neutrally: the shell builds it from a parsed site folder, [`City`](crate::city::City) makes one of its own.

use std::collections::HashMap;
use std::net::SocketAddr;

use linepack_core::LonLat;
use linepack_core::registry::Network;

/// Everything the simulators need to know about a site.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    /// The Modbus servers, one a gateway or line.
    pub servers: Vec<Server>,
    /// Stations, meters, valves. `Network` nodes refer to them by index (`AssetId(3)` is `assets[3]`).
    pub assets: Vec<Asset>,
    /// The pipe graph; may be empty, then every point gets a signal of its own.
    pub network: Network,
    /// Crews and their phones.
    pub crews: Vec<Crew>,
    /// Roads the crews drive on; empty: they drive straight.
    pub roads: Vec<Road>,
}

/// A Modbus server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Where it listens; port 0 picks a free one.
    pub address: SocketAddr,
    /// What stands around each request.
    pub framing: Framing,
}

/// What stands around a Modbus request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Modbus TCP.
    Tcp,
    /// RTU frames in TCP, as of a serial line behind a radio.
    Rtu,
}

/// A simulated device.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The site's identifier.
    pub id: String,
    /// For people.
    pub name: String,
    /// The site's word, e.g. `district-regulator`.
    pub kind: String,
    /// Where it is.
    pub position: LonLat,
    /// How it speaks.
    pub link: Link,
    /// What it measures.
    pub points: Vec<Point>,
}

/// How a device speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A unit behind one of [`Plant::servers`].
    Modbus {
        /// Index into [`Plant::servers`].
        server: usize,
        /// Unit identifier.
        unit: u8,
    },
    /// Publishes to the broker.
    Mqtt(MqttStyle),
    /// A device behind a Sparkplug B edge node; its name is the asset's identifier.
    Sparkplug {
        /// Group of the edge node.
        group: String,
        /// The edge node.
        node: String,
    },
    /// Not simulated.
    Silent,
}

/// Shape of a device's MQTT messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MqttStyle {
    /// `linepack/v1/telemetry/{asset}` with all values in one object.
    Linepack,
    /// A foreign JSON object.
    Json {
        /// Topic; `{asset}` stands for the asset's identifier.
        topic: String,
        /// JSON pointer of the time (milliseconds); none: no time in the message.
        ts: Option<String>,
        /// Point name → JSON pointer of its value.
        values: Vec<(String, String)>,
    },
}

/// A simulated point.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Name within the asset, e.g. `outlet_pressure`.
    pub name: String,
    /// Unit of the value; known to the physics: kPa MPa bar mbar, m³/h m3/h.
    pub unit: String,
    /// Values the transmitter can give, in `unit`.
    pub range: Option<(f64, f64)>,
    /// Alarm limits, in `unit`: normal running stays inside.
    pub limits: Limits,
    /// Where it stands in the register map; only for [`Link::Modbus`].
    pub register: Option<Register>,
    /// Name of its metric, where it is not the point's; only for [`Link::Sparkplug`].
    pub metric: Option<String>,
}

/// Alarm limits of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// High-high.
    pub high_high: Option<f64>,
    /// High.
    pub high: Option<f64>,
    /// Low.
    pub low: Option<f64>,
    /// Low-low.
    pub low_low: Option<f64>,
}

/// Place of a point in a Modbus register map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Register {
    /// Which table.
    pub table: Table,
    /// First register or bit on the wire, the asset's offset included.
    pub address: u16,
    /// What it holds.
    pub ty: RegisterType,
    /// Order of the bytes.
    pub order: ByteOrder,
    /// value = raw × scale + offset.
    pub scale: f64,
    /// value = raw × scale + offset.
    pub offset: f64,
}

/// Modbus tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Read by function 1, written by 5 and 15.
    Coil,
    /// Read by function 2.
    Discrete,
    /// Read by function 4.
    Input,
    /// Read by function 3, written by 6 and 16.
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
    /// A bit of a bit table, or bit 0–15 of a register.
    Bit(u8),
    /// Some bits of a register.
    Bits {
        /// The lowest, 0–15.
        first: u8,
        /// How many, up to 16.
        count: u8,
    },
    /// Binary-coded decimal in this many registers.
    Bcd(u8),
    /// The number as text in this many registers.
    Text(u8),
}

/// Order of bytes on the wire, A the most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Big-endian.
    Abcd,
    /// Words swapped.
    Cdab,
    /// Bytes swapped in each word.
    Badc,
    /// Little-endian.
    Dcba,
    /// Of eight bytes: words swapped in each half.
    Cdabghef,
    /// Of eight bytes: halves swapped.
    Efghabcd,
}

/// A simulated crew.
#[derive(Clone, Debug)]
pub struct Crew {
    /// The site's identifier.
    pub id: String,
    /// What it can do.
    pub skills: Vec<String>,
    /// Where it starts from.
    pub base: LonLat,
}

/// A road.
#[derive(Clone, Debug)]
pub struct Road {
    /// The line; roads join where they share a vertex.
    pub path: Vec<LonLat>,
    /// km/h.
    pub speed_kmh: f64,
    /// Direction of travel.
    pub direction: Direction,
}

/// Direction of travel on a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Two-way.
    Both,
    /// Along the line only.
    Forward,
    /// Against the line only.
    Backward,
}

/// The hub's HTTP interface, for the crews' answers and the callers of the hotline. No `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Api {
    /// `http://127.0.0.1:8080`; plain HTTP only.
    pub base: String,
    /// Crew identifier → bearer token of that crew.
    pub crews: HashMap<String, String>,
    /// Bearer token that may open incidents; none: no hotline calls.
    pub dispatcher: Option<String>,
}
