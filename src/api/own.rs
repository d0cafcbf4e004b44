//! What is a crew's own: its assignments, the incidents they belong to, what those are about.

use linepack_core::dispatch::{Assignment, Incident};
use linepack_core::{AlarmId, AssetId, CrewId};

use super::Caller;
use super::problem::{Problem, Result};
use crate::view::Picture;

/// Whose things a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody's.
    All,
    /// One crew's.
    Crew(CrewId),
}

impl Scope {
    /// Of a caller, whose role was checked before.
    pub(crate) fn of(caller: &Caller, picture: &Picture) -> Result<Self> {
        match caller.only_crew() {
            None => Ok(Self::All),
            Some(crew) => picture
                .registry
                .find_crew(crew)
                .map(Self::Crew)
                .ok_or_else(|| Problem::forbidden("this account is bound to no crew of the site")),
        }
    }

    /// Whether a crew's things are in it.
    pub(crate) fn crew(self, crew: CrewId) -> bool {
        self == Self::All || self == Self::Crew(crew)
    }

    /// Whether an incident with these assignments is in it.
    pub(crate) fn assignments<'a>(self, mut all: impl Iterator<Item = &'a Assignment>) -> bool {
        self == Self::All || all.any(|a| self.crew(a.crew))
    }

    /// Whether an open incident is in it.
    pub(crate) fn incident(self, picture: &Picture, incident: &Incident) -> bool {
        self.assignments(incident.assignments.iter().filter_map(|no| picture.board.assignments.get(no)).map(|a| &**a))
    }

    /// Whether an alarm is, by an open incident that it belongs to.
    pub(crate) fn alarm(self, picture: &Picture, alarm: AlarmId) -> bool {
        self == Self::All
            || picture.board.incidents.values().any(|i| i.alarms.contains(&alarm) && self.incident(picture, i))
    }

    /// Whether an asset is, by an open incident about it.
    pub(crate) fn asset(self, picture: &Picture, asset: AssetId) -> bool {
        self == Self::All
            || picture.board.incidents.values().any(|i| i.asset == Some(asset) && self.incident(picture, i))
    }

    /// 403 for what is not in it.
    pub(crate) fn require(ok: bool) -> Result<()> {
        if ok { Ok(()) } else { Err(Problem::forbidden("this belongs to another crew")) }
    }
}
