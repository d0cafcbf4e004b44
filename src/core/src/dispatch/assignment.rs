//! One crew sent to one incident.

use std::sync::Arc;

use super::incident::words;
use super::{EtaBy, RepairSize};
use crate::{AssignmentNo, CrewId, IncidentNo, Ts};

/// An assignment's whole state.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Running number.
    pub no: AssignmentNo,
    /// For what.
    pub incident: IncidentNo,
    /// Who.
    pub crew: CrewId,
    /// How far.
    pub state: AssignmentState,
    /// When the crew was paged.
    pub offered: Ts,
    /// The page runs out then.
    pub accept_by: Ts,
    /// Step times.
    pub accepted: Option<Ts>,
    /// Step times.
    pub en_route: Option<Ts>,
    /// Step times.
    pub on_scene: Option<Ts>,
    /// Step times.
    pub made_safe: Option<Ts>,
    /// Step times.
    pub restored: Option<Ts>,
    /// Step times.
    pub completed: Option<Ts>,
    /// When it ended otherwise (declined, expired, cancelled, reassigned).
    pub ended: Option<Ts>,
    /// Travel time at the offer, seconds.
    pub eta_s: f64,
    /// How the travel time was found.
    pub eta_by: EtaBy,
    /// Straight line at the offer, metres.
    pub distance_m: f64,
    /// Reason of a refusal, or the report; empty otherwise.
    pub report: Arc<str>,
    /// Size of the repair, from the report.
    pub size: Option<RepairSize>,
}

words! {
    /// How far an assignment is.
    AssignmentState {
        /// Paged.
        Offered = "offered",
        /// The crew will come.
        Accepted = "accepted",
        /// It drives.
        EnRoute = "en-route",
        /// It is there.
        OnScene = "on-scene",
        /// No danger any more.
        MadeSafe = "made-safe",
        /// Supply is back.
        Restored = "restored",
        /// Done.
        Complete = "complete",
        /// The crew cannot come.
        Declined = "declined",
        /// The crew did not answer in time.
        Expired = "expired",
        /// The control room took it back, or another crew came first.
        Cancelled = "cancelled",
        /// Given to another crew.
        Reassigned = "reassigned",
    }
}

impl AssignmentState {
    /// The crew still has something to do or to answer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted | Self::EnRoute | Self::OnScene | Self::MadeSafe | Self::Restored)
    }
}
