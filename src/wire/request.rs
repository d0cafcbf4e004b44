//! What requests carry in their bodies, and the answers that are not objects of the contract.
//!
//! A field that is needed but left out reads as empty (a number as NaN), so that the check of the fields can name
//! every wrong one at once instead of the first.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `POST /login`.
#[derive(Clone, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// User name.
    pub user: String,
    /// In clear; never logged.
    pub password: String,
}

/// `POST /alarms/{id}/ack`; the body may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct AckRequest {
    /// The alarm's `seq` as it was on the screen: a click on an alarm that has moved since is refused.
    #[serde(default)]
    #[ts(optional)]
    pub seq: Option<u64>,
}

/// `POST /alarms/{id}/shelve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct ShelveRequest {
    /// For how long; the site sets the most by priority.
    #[serde(default)]
    pub minutes: i64,
    /// Why; not empty.
    #[serde(default)]
    pub reason: String,
    /// As in [`AckRequest`].
    #[serde(default)]
    #[ts(optional)]
    pub seq: Option<u64>,
}

/// `POST /alarms/{id}/suppress`, `/out-of-service`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct HideRequest {
    /// Why: the rule, the work permit; not empty.
    #[serde(default)]
    pub reason: String,
    /// As in [`AckRequest`].
    #[serde(default)]
    #[ts(optional)]
    pub seq: Option<u64>,
}

/// `POST /alarms/{id}/assign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// User name of who looks after it; null: nobody any more.
    pub to: Option<String>,
}

/// `POST /alarms/{id}/comment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// Not empty.
    #[serde(default)]
    pub text: String,
}

/// `POST /incidents`: a hotline call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// `leak gas-smell no-gas low-pressure fire third-party-damage cold-room equipment communication complaint
    /// serious-complaint other`.
    #[serde(default)]
    pub kind: String,
    /// Degrees east.
    #[serde(default = "missing")]
    pub lon: f64,
    /// Degrees north.
    #[serde(default = "missing")]
    pub lat: f64,
    /// As the caller says it.
    #[serde(default)]
    pub address: String,
    /// Name or number of the caller.
    #[serde(default)]
    pub caller: String,
    /// Free text.
    #[serde(default)]
    pub note: String,
}

/// `POST /incidents/{id}/dispatch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct DispatchRequest {
    /// Crew id.
    #[serde(default)]
    pub crew: String,
}

/// `POST /incidents/{id}/close`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// How it ended.
    #[serde(default)]
    pub resolution: String,
}

/// `POST /incidents/{id}/merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The incident that goes on.
    #[serde(default)]
    pub into: String,
}

/// `POST /incidents/{id}/note`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// The line for the timeline.
    #[serde(default)]
    pub text: String,
}

/// `POST /assignments/{id}/decline`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Why the crew cannot come.
    #[serde(default)]
    pub reason: String,
}

/// `POST /assignments/{id}/complete`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// What was done.
    #[serde(default)]
    pub report: String,
    /// `minor medium major`.
    #[serde(default)]
    #[ts(optional)]
    pub size: Option<String>,
}

/// `POST /crews/{id}/position`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct PositionRequest {
    /// Degrees east.
    #[serde(default = "missing")]
    pub lon: f64,
    /// Degrees north.
    #[serde(default = "missing")]
    pub lat: f64,
    /// When the receiver fixed it; left out: now.
    #[serde(default)]
    #[ts(optional)]
    pub ts_ms: Option<i64>,
    /// Radius of the fix, metres.
    #[serde(default)]
    #[ts(optional)]
    pub accuracy_m: Option<f64>,
}

/// `POST /crews/{id}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {
    /// `available en-route on-scene busy off-duty`.
    #[serde(default)]
    pub status: String,
}

/// Answer to `POST /site/reload`: what is different now, as `asset rs-0042`, `crew c-07`, `connection rtu-north` ….
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct SiteDifference {
    /// New.
    pub added: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
    /// Still there, but other than before.
    pub changed: Vec<String>,
}

/// `GET /readyz`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Ready {
    /// The hub takes work: its store answers and its engine runs. A silent device link does not make it unready.
    pub ready: bool,
    /// What is in the way; for people.
    pub reasons: Vec<String>,
    /// The database and its queue.
    pub store: StoreState,
    /// Links to the field, each with its state.
    pub connections: Vec<super::Connection>,
}

/// The database and its queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct StoreState {
    /// The database answers.
    pub up: bool,
    /// `sqlite postgres timescaledb`.
    pub kind: String,
    /// Age of the oldest thing the database has not got yet, milliseconds.
    pub behind_ms: i64,
    /// Bytes that wait on disk for the database.
    pub spool_bytes: u64,
    /// Samples lost since the start because the disk queue was full.
    pub lost_samples: u64,
    /// Why it is not up; for people.
    pub detail: String,
}

pub(super) const fn missing() -> f64 {
    f64::NAN
}
