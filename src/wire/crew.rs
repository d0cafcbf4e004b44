//! Crews and who could go.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A crew now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Crew {
    /// The user's identifier.
    pub id: String,
    /// For people.
    pub name: String,
    /// `off-duty available assigned en-route on-scene busy out-of-contact`.
    pub status: String,
    /// What it can do.
    pub skills: Vec<String>,
    /// Degrees east: last position, else the base.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Time of the position; none: it counts from the base.
    pub position_ms: Option<i64>,
    /// Radius of the fix, metres.
    pub accuracy_m: Option<f64>,
    /// What it is on.
    pub assignment: Option<String>,
    /// Telephone.
    pub phone: String,
    /// Area.
    pub area: String,
    /// On shift now.
    pub on_shift: bool,
}

/// Who could go, nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Ranking {
    /// Eligible crews only.
    pub items: Vec<Candidate>,
    /// The others, and why.
    pub left_out: Vec<LeftOut>,
}

/// A crew that could go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Candidate {
    /// Crew id.
    pub crew: String,
    /// Straight line, metres.
    pub distance_m: f64,
    /// Travel time, seconds.
    pub eta_s: f64,
    /// `road straight`.
    pub eta_by: String,
    /// Age of the position used, seconds; null when it counts from the base.
    pub position_age_s: Option<f64>,
    /// For people.
    pub reasons: Vec<String>,
}

/// A crew that cannot go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct LeftOut {
    /// Crew id.
    pub crew: String,
    /// For people.
    pub reasons: Vec<String>,
}

/// A telephone's position as it was understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct PhonePosition {
    /// The crew.
    pub crew: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// When it was fixed.
    pub ts_ms: i64,
    /// Radius, metres.
    pub accuracy_m: Option<f64>,
    /// Metres a second.
    pub speed_ms: Option<f64>,
    /// 0 to 100.
    pub battery_percent: Option<f64>,
}
