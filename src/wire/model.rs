//! What detectors have learned, and what they make of the present.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// What a detector said of a value, in the point's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Evidence {
    /// A word or two; empty where the alarm's kind says it all.
    pub why: String,
    /// What the value should be.
    pub expected: Option<f64>,
    /// Below it the value is odd.
    pub low: Option<f64>,
    /// Above it the value is odd.
    pub high: Option<f64>,
    /// How odd; 1 is the edge.
    pub score: f64,
    /// The time the judgement rests on, seconds.
    pub window_s: f64,
    /// How much is behind the model, 0 to 1.
    pub confidence: f64,
    /// Time of the first sample learned from.
    pub learned_from_ms: Option<i64>,
    /// Time of the last one.
    pub learned_to_ms: Option<i64>,
    /// What was missing; empty for nothing.
    pub degraded: String,
}

/// The model of an alarm that a detector raises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Model {
    /// The alarm's id, `asset:point:kind`.
    pub id: String,
    /// Asset id.
    pub asset: String,
    /// Full name, `asset/point`.
    pub point: String,
    /// The alarm's kind.
    pub kind: String,
    /// Unit of the point.
    pub unit: String,
    /// `learning watching degraded frozen`.
    pub state: String,
    /// What is missing; empty for nothing.
    pub degraded: String,
    /// Learned time, seconds.
    pub learned_s: f64,
    /// Learned time before it judges, seconds.
    pub warm_up_s: f64,
    /// Samples learned from.
    pub samples: u64,
    /// Time of the first of them.
    pub learned_from_ms: Option<i64>,
    /// Time of the last one.
    pub learned_to_ms: Option<i64>,
    /// Who froze it.
    pub frozen: Option<Frozen>,
    /// Whether its condition is true now; none: it cannot tell.
    pub met: Option<bool>,
    /// What it makes of the last sample; none before the first.
    pub finding: Option<Evidence>,
    /// What it looks at beside the point, full names.
    pub with: Vec<String>,
    /// How it judges.
    pub settings: ModelSettings,
    /// Memory it takes, bytes, about.
    pub bytes: u64,
    /// What is normal: single numbers by name; empty in lists.
    pub numbers: BTreeMap<String, f64>,
    /// What is normal: rows of numbers by name, such as one a quarter of an hour of the day; empty in lists.
    pub profiles: BTreeMap<String, Vec<Option<f64>>>,
}

/// How a detector judges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ModelSettings {
    /// What is measured: `temperature pressure flow gas counter generic`.
    pub signal: String,
    /// How far off counts, learned standard deviations.
    pub sigmas: f64,
    /// What never counts, in the point's unit.
    pub least: f64,
    /// A fixed limit in place of the learned one.
    pub limit: Option<f64>,
    /// What one judgement rests on, seconds.
    pub window_s: f64,
    /// Time constant of forgetting, seconds.
    pub memory_s: f64,
    /// Hours it applies to, minutes of the local day from (included) to (not included).
    pub hours: Option<[u16; 2]>,
}

/// Who froze a model, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Frozen {
    /// User name.
    pub by: String,
    /// What was said.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
}

/// `POST /models/{id}/freeze`, `/unfreeze`, `/reset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct ModelRequest {
    /// Why; not empty.
    #[serde(default)]
    pub reason: String,
}

/// What a model, as it is now, expects of the moments of a time that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ModelBands {
    /// The alarm's id.
    pub id: String,
    /// Inclusive.
    pub from_ms: i64,
    /// Exclusive.
    pub to_ms: i64,
    /// One for each sample looked at; none where the model has no band.
    pub rows: Vec<BandRow>,
}

/// `[ts_ms, expected, low, high]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct BandRow(pub i64, pub Option<f64>, pub Option<f64>, pub Option<f64>);
