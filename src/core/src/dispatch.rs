//! Incidents, assignments, crews: from an alarm or a call to a job done.

mod assignment;
mod crew;
mod incident;

pub use assignment::{Assignment, AssignmentState};
pub use crew::{Candidate, CrewState, CrewStatus, EtaBy, LeftOut, Ranking};
pub use incident::{Clock, ClockName, Incident, IncidentKind, IncidentState, RepairSize};
