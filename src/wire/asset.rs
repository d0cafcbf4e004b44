//! Assets.

use super::{Alarm, Value};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A thing on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Asset {
    /// The user's identifier.
    pub id: String,
    /// For people.
    pub name: String,
    /// `district-regulator` …
    pub kind: String,
    /// Area or district.
    pub area: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Worst annunciated alarm of the asset.
    pub worst: Option<Worst>,
    /// Current values; on the websocket empty, values go by `points`.
    pub values: Vec<Value>,
    /// Share of its points whose value is not good: `good`, `uncertain`, `bad` (all bad), for the map.
    pub quality: String,
    /// Name of its connection.
    pub connection: Option<String>,
    /// How far the clock of its source is behind the hub's, negative: ahead; none where the source sends no times.
    pub clock_offset_ms: Option<i64>,
    /// Free columns of `assets.csv`; only in `GET /assets/{id}`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<(String, String)>,
}

/// The worst alarm state of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Worst {
    /// `critical high medium low`.
    pub priority: String,
    /// ISA-18.2 state.
    pub state: String,
}

/// `GET /assets/{id}`: the asset with its attributes and its alarms that are not normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AssetDetail {
    /// The asset.
    #[serde(flatten)]
    pub asset: Asset,
    /// Worst first.
    pub alarms: Vec<Alarm>,
}
