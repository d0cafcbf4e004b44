//! The site, the session, connections, dead letters.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// The site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// IANA name.
    pub timezone: String,
    /// `en` or `zh-CN`.
    pub language: String,
    /// West, south, east, north.
    pub bounds: [f64; 4],
    /// How many of each.
    pub counts: Counts,
    /// The demo's scenarios may be started.
    pub demo: bool,
    /// Version of the hub.
    pub version: String,
    /// Links to the field.
    pub connections: Vec<Connection>,
    /// Deadlines the screens show: accept, turnout, arrival, hold, in seconds.
    pub accept_s: f64,
    /// Seconds.
    pub turnout_s: f64,
    /// Seconds.
    pub arrival_s: f64,
    /// Longest time an alarm may be shelved.
    pub shelve_max: ShelveMax,
    /// Operator positions: an alarm belongs to the first that takes it. At least one.
    pub positions: Vec<Position>,
}

/// A desk of the control room; empty lists take everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Position {
    /// The user's identifier.
    pub name: String,
    /// Areas of assets.
    pub areas: Vec<String>,
    /// Classes of alarms.
    pub classes: Vec<String>,
    /// `critical high medium low`.
    pub priorities: Vec<String>,
}

/// Minutes, by priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ShelveMax {
    /// Minutes.
    pub critical: i64,
    /// Minutes.
    pub high: i64,
    /// Minutes.
    pub medium: i64,
    /// Minutes.
    pub low: i64,
}

/// How many of each the site has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Counts {
    /// Stations, regulators, ….
    pub assets: u64,
    /// Points.
    pub points: u64,
    /// Alarms.
    pub alarms: u64,
    /// Crews.
    pub crews: u64,
    /// Pipes.
    pub pipes: u64,
    /// Customers.
    pub customers: u64,
}

/// A link to the field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Connection {
    /// The user's identifier.
    pub name: String,
    /// `modbus-tcp modbus-rtu-tcp modbus-rtu mqtt`.
    pub protocol: String,
    /// `connecting connected waiting disabled`.
    pub state: String,
    /// Since when.
    pub since_ms: i64,
    /// Why it is not connected.
    pub detail: String,
    /// Answered requests or messages since the start.
    pub received: u64,
    /// Failed requests or refused messages since the start.
    pub errors: u64,
    /// Polls that were skipped because the one before had not ended.
    pub missed: u64,
    /// Last good answer or message.
    pub last_good_ms: Option<i64>,
    /// Assets on it.
    pub assets: u64,
    /// Of them, how many answer.
    pub assets_up: u64,
    /// Values that gave way to newer ones because their source sends more than it may.
    pub conflated: u64,
    /// The sources with the most of them.
    pub limited: Vec<Limited>,
    /// Register addresses that devices refuse, the first of many.
    pub holes: Vec<Hole>,
}

/// A source that sends more than it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Limited {
    /// Asset id; `crew:ID`.
    pub source: String,
    /// Values that gave way to newer ones since the start.
    pub values: u64,
}

/// How many messages of a topic could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct DeadTopic {
    /// Connection they came by.
    pub connection: String,
    /// MQTT topic; `…` for those beyond the first thousand.
    pub topic: String,
    /// How many since the start.
    pub count: u64,
    /// The last one.
    pub last_ms: i64,
    /// Why it was refused.
    pub reason: String,
}

/// Register addresses of a unit that are read around.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Hole {
    /// Unit id.
    pub unit: u8,
    /// `coil discrete input holding`.
    pub table: String,
    /// The first address on the wire.
    pub first: u32,
    /// One past the last; the same as the first where reads just may not go over it.
    pub end: u32,
    /// A point stands there and cannot be read; else it lies between points.
    pub refused: bool,
    /// Tried again then.
    pub until_ms: i64,
}

/// Who I am.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Me {
    /// User name.
    pub user: String,
    /// `viewer crew operator dispatcher engineer admin`; `ingest` for programs.
    pub role: String,
    /// The crew a crew account is bound to.
    pub crew: Option<String>,
}

/// Input that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct DeadLetter {
    /// Running number.
    pub id: u64,
    /// Arrival.
    pub ts_ms: i64,
    /// Connection it came by.
    pub connection: String,
    /// MQTT topic, or where it came from.
    pub topic: String,
    /// The first 1,024 bytes, as text; bytes that are not text as `\\xNN`.
    pub payload: String,
    /// Why it was refused.
    pub reason: String,
}

/// A scenario of the demo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Scenario {
    /// Used in the path.
    pub name: String,
    /// One line, English.
    pub title: String,
    /// One line, Chinese.
    pub title_zh: String,
    /// What to watch for, English.
    pub detail: String,
}

/// Answer to `POST /demo/scenarios/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ScenarioStarted {
    /// Which.
    pub name: String,
    /// What happens now, and where to look.
    pub detail: String,
}
