//! Crews as they are now, and who could go.

use super::incident::words;
use crate::input::Fix;
use crate::{AssignmentNo, CrewId, Ts};

/// A crew's whole state.
#[derive(Clone, Debug, PartialEq)]
pub struct CrewState {
    /// Which.
    pub id: CrewId,
    /// What it does.
    pub status: CrewStatus,
    /// Since when.
    pub since: Ts,
    /// Last position by source time; none since the start.
    pub fix: Option<Fix>,
    /// What it is on.
    pub assignment: Option<AssignmentNo>,
}

words! {
    /// What a crew does. One it did not set itself is never shown as if it had.
    CrewStatus {
        /// Off shift or logged out.
        OffDuty = "off-duty",
        /// Can be sent.
        Available = "available",
        /// Paged, not yet accepted.
        Assigned = "assigned",
        /// Drives.
        EnRoute = "en-route",
        /// Is there.
        OnScene = "on-scene",
        /// Works at something else.
        Busy = "busy",
        /// Nobody has heard of it for too long.
        OutOfContact = "out-of-contact",
    }
}

/// A crew that could go.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub crew: CrewId,
    /// Straight line, metres.
    pub distance_m: f64,
    /// Travel time, seconds.
    pub eta_s: f64,
    /// How the travel time was found.
    pub eta_by: EtaBy,
    /// Age of the position used, seconds; none when it counts from its base.
    pub position_age_s: Option<f64>,
    /// For people: `last seen 41 min ago, from base`, `skill regulator`.
    pub reasons: Vec<String>,
}

/// How a travel time was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EtaBy {
    /// Along roads.
    Road,
    /// Straight line × road factor ÷ speed.
    Straight,
}

impl EtaBy {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Road => "road",
            Self::Straight => "straight",
        }
    }
}

/// A crew that cannot go, and why: nobody disappears silently.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// Who.
    pub crew: CrewId,
    /// For people: `off shift`, `no regulator skill`, `on assignment as-000012`.
    pub reasons: Vec<String>,
}

/// Who could go, nearest first, and who could not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Eligible, by travel time.
    pub items: Vec<Candidate>,
    /// Not eligible.
    pub left_out: Vec<LeftOut>,
}
