//! Operator positions, and how a shift is handed over.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A position and who sits there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Seat {
    /// Name of the position.
    pub position: String,
    /// User name; null where nobody has sat down yet.
    pub holder: Option<String>,
    /// Since when.
    pub since_ms: Option<i64>,
    /// The hand-over that waits.
    pub waiting: Option<Handover>,
}

/// A hand-over of a shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Handover {
    /// `ho-000001` …
    pub id: String,
    /// Name of the position.
    pub position: String,
    /// Who leaves; null where nobody sat there.
    pub from: Option<String>,
    /// Who is to come; null: whoever comes.
    pub to: Option<String>,
    /// What the one tells the other; why a place was taken.
    pub note: String,
    /// `offered accepted withdrawn`.
    pub state: String,
    /// When it was written.
    pub written_ms: i64,
    /// Who accepted it or took it back.
    pub ended_by: Option<String>,
    /// When.
    pub ended_ms: Option<i64>,
    /// What stood when it was written.
    pub standing: Standing,
}

/// What stands at a position at one moment. Of each list the worst or newest; `_total` counts all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Standing {
    /// When.
    pub ts_ms: i64,
    /// Annunciated alarms, the most urgent first.
    pub alarms: Vec<StandingAlarm>,
    /// How many there are.
    pub alarms_total: usize,
    /// Of them nobody has acknowledged.
    pub unacknowledged_total: usize,
    /// Hidden alarms, those that come back first first.
    pub hidden: Vec<StandingHidden>,
    /// How many there are.
    pub hidden_total: usize,
    /// Open incidents, the most urgent first.
    pub incidents: Vec<StandingIncident>,
    /// How many there are.
    pub incidents_total: usize,
    /// Values that people put in place of measured ones.
    pub substitutes: Vec<String>,
}

/// An alarm of a hand-over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct StandingAlarm {
    /// `asset:point:kind`.
    pub id: String,
    /// `critical high medium low`.
    pub priority: String,
    /// ISA-18.2 state.
    pub state: String,
    /// When it rose.
    pub raised_ms: Option<i64>,
    /// Who looks after it.
    pub assignee: Option<String>,
    /// What was said last.
    pub comment: Option<String>,
}

/// A hidden alarm of a hand-over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct StandingHidden {
    /// `asset:point:kind`.
    pub id: String,
    /// ISA-18.2 state.
    pub state: String,
    /// Who hid it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it comes back by itself.
    pub until_ms: Option<i64>,
}

/// An incident of a hand-over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct StandingIncident {
    /// `i-000001` …
    pub id: String,
    /// For people.
    pub title: String,
    /// How far it is.
    pub state: String,
    /// `critical high medium low`.
    pub priority: String,
}

/// `POST /handover`, `POST /handover/take`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct HandoverRequest {
    /// Name of the position.
    #[serde(default)]
    pub position: String,
    /// User name of who is to come; left out: whoever comes.
    #[serde(default)]
    #[ts(optional)]
    pub to: Option<String>,
    /// What the next one must know; why a place is taken.
    #[serde(default)]
    pub note: String,
}
