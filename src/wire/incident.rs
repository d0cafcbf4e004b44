//! Incidents, assignments, timelines.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// An incident now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Incident {
    /// `i-000123`.
    pub id: String,
    /// `leak gas-smell …`
    pub kind: String,
    /// `open dispatched en-route on-scene made-safe restored closed`.
    pub state: String,
    /// `critical high medium low`.
    pub priority: String,
    /// One line for people.
    pub title: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// As the caller said it.
    pub address: String,
    /// Asset id, where an alarm opened it.
    pub asset: Option<String>,
    /// Alarm ids.
    pub alarms: Vec<String>,
    /// In order.
    pub assignments: Vec<Assignment>,
    /// When it was opened.
    pub opened_ms: i64,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// Deadlines.
    pub clocks: Vec<Clock>,
    /// Skill a crew needs; empty for any.
    pub skill: String,
    /// How it ended.
    pub resolution: String,
    /// No crew is left to page: act.
    pub no_crew: bool,
    /// Only in `GET /incidents/{id}`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline: Option<Vec<TimelineRow>>,
}

/// A deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Clock {
    /// `turnout arrival hold …`
    pub name: String,
    /// When it runs out.
    pub due_ms: i64,
    /// When it was met or ended.
    pub stopped_ms: Option<i64>,
    /// Null while it runs.
    pub kept: Option<bool>,
}

/// A crew sent to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Assignment {
    /// `as-000456`.
    pub id: String,
    /// Incident id.
    pub incident: String,
    /// Crew id.
    pub crew: String,
    /// `offered accepted en-route on-scene made-safe restored complete declined expired cancelled reassigned`.
    pub state: String,
    /// When the crew was paged.
    pub offered_ms: i64,
    /// The page runs out then.
    pub accept_by_ms: i64,
    /// Step time.
    pub accepted_ms: Option<i64>,
    /// Step time.
    pub en_route_ms: Option<i64>,
    /// Step time.
    pub on_scene_ms: Option<i64>,
    /// Step time.
    pub made_safe_ms: Option<i64>,
    /// Step time.
    pub restored_ms: Option<i64>,
    /// Step time.
    pub completed_ms: Option<i64>,
    /// Travel time at the offer, seconds.
    pub eta_s: f64,
    /// Straight line at the offer, metres.
    pub distance_m: f64,
    /// `road straight`.
    pub eta_by: String,
    /// Reason of a refusal, or the report.
    pub report: String,
    /// `minor medium major`.
    pub size: Option<String>,
    /// The incident, for the crew's page and MQTT; left out inside an incident.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(no_recursion)]
    pub incident_detail: Option<Box<Incident>>,
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct TimelineRow {
    /// When.
    pub ts_ms: i64,
    /// User name, or `hub`.
    pub by: String,
    /// `opened offered accepted …`
    pub event: String,
    /// For people.
    pub detail: String,
}
