//! Values, samples, history.

use serde::{Deserialize, Deserializer, Serialize};
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
    /// Commands may go to it.
    #[serde(default)]
    pub writable: bool,
    /// What whole numbers mean, for a point that has words for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub states: Option<Vec<(i64, String)>>,
    /// How the point is written by hand: `enter` a value, `reset` a total; absent where it has a source of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub entry: Option<String>,
    /// The value stands in place of the measured one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub substitute: Option<SubstituteInfo>,
}

/// Who put a value in place of the measured one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct SubstituteInfo {
    /// User name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
    /// When it ends by itself.
    pub until_ms: Option<i64>,
}

/// A value that a person entered, or what was done with a substitute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Entry {
    /// Running number.
    pub id: i64,
    /// Full name, `asset/point`.
    pub point: String,
    /// `value reset substitute unsubstitute expired`.
    pub kind: String,
    /// What was entered; at the end of a substitute the value that shows again.
    pub value: Option<f64>,
    /// When the value holds from.
    pub value_ms: i64,
    /// When the substitute ends by itself.
    pub until_ms: Option<i64>,
    /// Why.
    pub reason: String,
    /// User name; `hub` where a substitute ran out.
    pub actor: String,
    /// Network address.
    pub address: Option<String>,
    /// When it was done.
    pub ts_ms: i64,
}

/// `POST /points/{asset}/{point}/value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct EnterRequest {
    /// In the point's unit.
    #[serde(default = "missing")]
    pub value: f64,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// When it holds from; left out: now.
    #[serde(default)]
    #[ts(optional)]
    pub ts_ms: Option<i64>,
}

/// `POST /points/{asset}/{point}/substitute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct SubstituteRequest {
    /// In the point's unit.
    #[serde(default = "missing")]
    pub value: f64,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Ends by itself after so long; left out: stands until somebody ends it.
    #[serde(default)]
    #[ts(optional)]
    pub minutes: Option<i64>,
}

/// `POST /points/{asset}/{point}/unsubstitute`; the body may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct UnsubstituteRequest {
    /// Why; may be empty.
    #[serde(default)]
    #[ts(optional)]
    pub reason: Option<String>,
}

const fn missing() -> f64 {
    f64::NAN
}

/// `POST /samples`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct SampleIn {
    /// Full name, `asset/point`.
    pub point: String,
    /// Left out: time of arrival.
    pub ts_ms: Option<i64>,
    /// In the point's unit, or true or false for 1 or 0; may be null where the quality is bad.
    #[serde(default, deserialize_with = "number_or_switch")]
    #[schema(value_type = Option<NumberOrSwitch>)]
    #[ts(type = "number | boolean | null")]
    pub value: Option<f64>,
    /// Left out: good.
    pub quality: Option<String>,
}

/// What programs send as a value.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "a number, true or false expected")]
enum NumberOrSwitch {
    Number(f64),
    Switch(bool),
}

fn number_or_switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::<NumberOrSwitch>::deserialize(deserializer)?.map(|value| match value {
        NumberOrSwitch::Number(value) => value,
        NumberOrSwitch::Switch(on) => f64::from(u8::from(on)),
    }))
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
    /// `raw minute hour reduced`; of spans that were asked for, the finest that their length allows.
    pub resolution: String,
    /// What each row tells of its span, where spans were asked for: `mean min max first last count integral`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub aggregate: Option<String>,
    /// Length of each span, where spans were asked for: `15m`, `1h`, `1d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub every: Option<String>,
    /// Spans in which samples were lost, `[from, to]`, both inclusive, milliseconds.
    pub gaps: Vec<[i64; 2]>,
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
