//! The websocket's messages.

use super::{Alarm, Asset, Command, Crew, Flood, Incident, Value};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a screen can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Alarms that are not normal.
    Alarms,
    /// Incidents that are not closed, with their assignments.
    Incidents,
    /// Crews.
    Crews,
    /// Assets with their worst alarm.
    Assets,
    /// Commands to the field that are live or ended lately.
    Commands,
}

/// From the screen: the whole of what it wants now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClientMessage {
    /// Replaces what was wanted before.
    Subscribe {
        /// Which kinds of things.
        #[serde(default)]
        topics: Vec<Topic>,
        /// West, south, east, north: assets and crews inside only.
        #[serde(default)]
        viewport: Option<[f64; 4]>,
        /// Points by glob, `rs-0042/*`.
        #[serde(default)]
        points: Vec<String>,
    },
}

/// To the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerMessage {
    /// Everything asked for, once.
    Snapshot {
        /// 1 for the first, +1 for every message of this connection.
        seq: u64,
        /// Hub time.
        ts_ms: i64,
        /// If asked for.
        alarms: Vec<Alarm>,
        /// If asked for.
        incidents: Vec<Incident>,
        /// If asked for.
        crews: Vec<Crew>,
        /// If asked for.
        assets: Vec<Asset>,
        /// If asked for.
        values: Vec<Value>,
        /// If asked for; left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        commands: Vec<Command>,
        /// Alarm floods that go on; with topic `alarms`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        floods: Vec<Flood>,
    },
    /// What changed since.
    Delta {
        /// +1 for every message of this connection.
        seq: u64,
        /// Hub time.
        ts_ms: i64,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Alarm>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        incidents: Vec<Incident>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        crews: Vec<Crew>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        assets: Vec<Asset>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<ValueRow>,
        /// Points of which more than the value changed, such as an alarm limit, as a snapshot has them; left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        points: Vec<Value>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        commands: Vec<Command>,
        /// All alarm floods that go on; left out when nothing about them changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floods: Option<Vec<Flood>>,
        /// Left out when empty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        removed: Option<Removed>,
    },
    /// The subscription could not be read; the one before stays.
    Error {
        /// +1 for every message of this connection.
        seq: u64,
        /// For people.
        detail: String,
    },
}

/// `[point, value, quality, ts_ms]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ValueRow(pub String, pub Option<f64>, pub String, pub i64);

/// What is no longer in the subscription: alarms that are normal again, incidents closed, crews and assets out of view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Removed {
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<String>,
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crews: Vec<String>,
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<String>,
}
