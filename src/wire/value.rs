//! Values, samples, history.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A point's current value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Value {
    /// Full name, `asset/point`.
    pub point: String,
    /// None where nothing usable is known.
    pub value: Option<f64>,
    /// As shown.
    pub unit: String,
    /// `good uncertain bad`.
    pub quality: String,
    /// Why it is not good.
    pub reason: Option<String>,
    /// The OPC UA status code of quality and reason.
    pub status_code: u32,
    /// What the number means where the point has words for it, or the text a text point holds; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
    /// Source time.
    pub ts_ms: Option<i64>,
    /// Arrival at the hub.
    pub received_ms: Option<i64>,
    /// Plausible range of the point, for bars.
    pub range: Option<[f64; 2]>,
    /// Alarm limits of the point, by kind, for bars.
    pub limits: Vec<(String, f64)>,
}

/// `POST /samples`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct SampleIn {
    /// Full name, `asset/point`.
    pub point: String,
    /// Left out: time of arrival.
    pub ts_ms: Option<i64>,
    /// In the point's unit; may be null where the quality is bad.
    pub value: Option<f64>,
    /// Left out: good.
    pub quality: Option<String>,
}

/// Answer to `POST /samples`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct SamplesResult {
    /// Durable now.
    pub accepted: u64,
    /// How many were not taken.
    pub refused: u64,
    /// Each with its reason.
    pub refusals: Vec<SampleRefused>,
}

/// A sample that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct SampleRefused {
    /// Position in the request, from 0.
    pub index: u64,
    /// As sent.
    pub point: String,
    /// Why.
    pub reason: String,
}

/// `GET /history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct History {
    /// From, inclusive.
    pub from_ms: i64,
    /// To, exclusive.
    pub to_ms: i64,
    /// `raw minute hour reduced`.
    pub resolution: String,
    /// One a point, in the order asked.
    pub series: Vec<Series>,
    /// How far the history may be behind the present, milliseconds; 0 when current.
    pub behind_ms: i64,
}

/// One point's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Series {
    /// Full name.
    pub point: String,
    /// As shown.
    pub unit: String,
    /// Ascending by time.
    pub rows: Vec<HistoryRow>,
}

/// `[ts_ms, value, quality]`; value null where it was not a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct HistoryRow(pub i64, pub Option<f64>, pub String);
