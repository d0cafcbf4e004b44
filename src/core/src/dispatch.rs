//! Incidents, assignments, crews: from an alarm or a call to a job done.

mod assignment;
mod board;
mod command;
mod crew;
mod incident;
mod index;
mod open;
mod page;
mod reload;
mod step;

pub use assignment::{Assignment, AssignmentState};
pub(crate) use board::{Board, SavedBoard};
pub use crew::{Candidate, CrewState, CrewStatus, EtaBy, LeftOut, Ranking};
pub(crate) use incident::words;
pub use incident::{Clock, ClockName, Incident, IncidentKind, IncidentState, RepairSize};
pub use index::CrewIndex;
