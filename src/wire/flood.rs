//! Alarm floods, and what people do to many alarms at once.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::Alarm;

/// More annunciations at one operator position than a person can look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Flood {
    /// The position.
    pub position: String,
    /// When the annunciations became too many.
    pub began_ms: i64,
    /// When they were few again; none while it goes on.
    pub ended_ms: Option<i64>,
    /// Alarms annunciated in it.
    pub annunciated: u64,
    /// Most of them within the time that is counted (`[alarms] flood`).
    pub peak: u32,
}

/// `GET /alarms/floods`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Floods {
    /// Newest first.
    pub items: Vec<Flood>,
    /// From here …
    pub from_ms: i64,
    /// … to here.
    pub to_ms: i64,
    /// Seconds of flood between them, by position.
    pub time_in_flood: Vec<TimeInFlood>,
}

/// How long a position was in flood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct TimeInFlood {
    /// The position.
    pub position: String,
    /// Seconds.
    pub seconds: f64,
    /// Of the whole time, percent.
    pub percent: f64,
}

/// `POST /alarms/ack`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct AckManyRequest {
    /// Which, at most 1,000.
    #[serde(default)]
    pub ids: Vec<AckOne>,
    /// All alarms of the upset whose first alarm this is.
    #[serde(default)]
    pub group: Option<String>,
}

/// An alarm to be acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(untagged)]
pub enum AckOne {
    /// Whatever it did since it was looked at.
    Id(String),
    /// Only if it has not moved since.
    Seen {
        /// Alarm id.
        id: String,
        /// `seq` of the alarm as it was on the screen.
        #[serde(default)]
        seq: Option<u64>,
    },
}

/// Answer for one of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Acked {
    /// Alarm id.
    pub id: String,
    /// 200, 404 or 409, as if it had been asked for alone.
    pub status: u16,
    /// The alarm now; none where there is no such.
    pub alarm: Option<Alarm>,
    /// Why not; empty where it was done.
    pub detail: String,
}

/// Answer to `POST /alarms/ack`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AckedMany {
    /// In the order asked.
    pub items: Vec<Acked>,
}

/// What one person asked for and another must confirm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct HideAsked {
    /// `shelve suppress out-of-service`.
    pub what: String,
    /// When a shelved alarm would come back.
    pub until_ms: Option<i64>,
    /// Who asks.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at_ms: i64,
    /// Gone by then, where nobody confirms.
    pub expires_ms: i64,
}
