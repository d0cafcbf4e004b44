//! The dispatch board: open incidents, their assignments, the crews, and what changed in this step.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::{Assignment, AssignmentState, CrewIndex, CrewState, CrewStatus, Incident, IncidentState};
use crate::event::TimelineEntry;
use crate::{AssignmentNo, CrewId, Event, IncidentNo, Refusal, Registry, Ts};

/// Closed incidents kept so that a late command is answered with their state and not with "there is no such".
const CLOSED_KEPT: usize = 256;

/// Everything dispatch knows.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(super) incidents: BTreeMap<IncidentNo, Incident>,
    pub(super) assignments: BTreeMap<AssignmentNo, Assignment>,
    pub(super) crews: CrewIndex,
    /// The status a crew had set itself before it was paged.
    pub(super) own_status: BTreeMap<CrewId, CrewStatus>,
    /// Running pages by when they expire.
    pub(super) offers: BTreeSet<(Ts, AssignmentNo)>,
    closed: VecDeque<IncidentNo>,
    pub(super) last_incident: u64,
    pub(super) last_assignment: u64,
    /// Somebody may have become eligible: incidents without a crew are looked at with the next tick.
    pub(super) look_again: bool,
    /// Local minute of the last tick: shifts begin with minutes.
    pub(super) minute: Option<u16>,
    changes: Changes,
}

/// The board's part of what a restart brings back.
#[derive(Debug, Default)]
pub(crate) struct SavedBoard {
    pub(crate) incidents: Vec<Incident>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) crews: Vec<CrewState>,
    pub(crate) last_incident: u64,
    pub(crate) last_assignment: u64,
}

/// What a step changed; each object goes out once, as it is at the end of the step.
#[derive(Debug, Default)]
struct Changes {
    incidents: BTreeSet<IncidentNo>,
    assignments: BTreeSet<AssignmentNo>,
    crews: BTreeSet<CrewId>,
    timeline: Vec<TimelineEntry>,
}

impl Board {
    /// A board with what was saved, made consistent: a crew may have left the roster while the hub was away. Its
    /// assignment is then gone, and the incident looks for the next crew with the first tick.
    pub(crate) fn restored(registry: &Registry, saved: SavedBoard) -> Self {
        let SavedBoard { incidents, assignments, mut crews, last_incident, last_assignment } = saved;
        let mut board = Self { last_incident, last_assignment, look_again: true, ..Self::default() };
        for assignment in assignments.into_iter().filter(|a| a.crew.index() < registry.crews.len()) {
            board.last_assignment = board.last_assignment.max(assignment.no.0);
            if assignment.state == AssignmentState::Offered {
                board.offers.insert((assignment.accept_by, assignment.no));
            }
            board.assignments.insert(assignment.no, assignment);
        }
        for mut incident in incidents {
            board.last_incident = board.last_incident.max(incident.no.0);
            incident.alarms.retain(|a| a.index() < registry.alarms.len());
            incident.assignments.retain(|no| board.assignments.contains_key(no));
            let done = |no| board.assignments.get(no).is_some_and(|a| a.state == AssignmentState::Complete);
            if incident.auto && !board.has_open_assignment(&incident) && !incident.assignments.iter().any(done) {
                incident.no_crew = true;
            }
            board.incidents.insert(incident.no, incident);
        }
        for crew in &mut crews {
            let open = |no| board.assignments.get(&no).is_some_and(|a| a.state.is_open() && a.crew == crew.id);
            if crew.assignment.is_some_and(|no| !open(no)) {
                (crew.assignment, crew.status) = (None, CrewStatus::Available);
            }
        }
        board.crews = CrewIndex::new(registry, crews.iter());
        board
    }

    /// Open incidents.
    pub(crate) fn incidents(&self) -> impl Iterator<Item = &Incident> + '_ {
        self.incidents.values().filter(|i| i.state != IncidentState::Closed)
    }

    /// Assignments of open incidents.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &Assignment> + '_ {
        self.assignments
            .values()
            .filter(|a| self.incidents.get(&a.incident).is_some_and(|i| i.state != IncidentState::Closed))
    }

    /// All crews.
    pub(crate) fn crews(&self) -> &CrewIndex {
        &self.crews
    }

    /// An incident that is open.
    pub(super) fn open_incident(&self, no: IncidentNo) -> Result<&Incident, Refusal> {
        match self.incidents.get(&no) {
            Some(incident) if incident.state != IncidentState::Closed => Ok(incident),
            None if no.0 == 0 || no.0 > self.last_incident => {
                Err(Refusal::NotFound { what: "incident", id: no.to_string() })
            }
            _ => Err(Refusal::Conflict {
                state: IncidentState::Closed.name(),
                detail: format!("{no} is closed; open a new incident if something is still to be done"),
            }),
        }
    }

    /// Whether a crew is asked or at work for the incident.
    pub(super) fn has_open_assignment(&self, incident: &Incident) -> bool {
        incident.assignments.iter().any(|no| self.assignments.get(no).is_some_and(|a| a.state.is_open()))
    }

    /// Changes an incident and notes it.
    pub(super) fn edit_incident(&mut self, no: IncidentNo, edit: impl FnOnce(&mut Incident)) {
        if let Some(incident) = self.incidents.get_mut(&no) {
            edit(incident);
            self.changes.incidents.insert(no);
        }
    }

    /// Changes an assignment and notes it.
    pub(super) fn edit_assignment(&mut self, no: AssignmentNo, edit: impl FnOnce(&mut Assignment)) {
        if let Some(assignment) = self.assignments.get_mut(&no) {
            edit(assignment);
            self.changes.assignments.insert(no);
        }
    }

    /// Changes a crew's status and assignment and notes it.
    pub(super) fn edit_crew(&mut self, crew: CrewId, now: Ts, status: CrewStatus, assignment: Option<AssignmentNo>) {
        let Some(state) = self.crews.get(crew) else { return };
        if state.status == status && state.assignment == assignment {
            return;
        }
        let since = if state.status == status { state.since } else { now };
        self.crews.set(CrewState { status, since, assignment, ..state.clone() });
        self.changes.crews.insert(crew);
        self.look_again = true;
    }

    /// A line for people.
    pub(super) fn tell(
        &mut self,
        incident: IncidentNo,
        at: Ts,
        by: &Arc<str>,
        event: &'static str,
        detail: impl Into<Arc<str>>,
    ) {
        let (by, detail) = (by.clone(), detail.into());
        self.changes.timeline.push(TimelineEntry { incident, at, by, event, detail });
    }

    /// Remembers a closed incident for a while, then forgets it with its assignments.
    pub(super) fn retire(&mut self, no: IncidentNo) {
        self.closed.push_back(no);
        if self.closed.len() <= CLOSED_KEPT {
            return;
        }
        let Some(incident) = self.closed.pop_front().and_then(|no| self.incidents.remove(&no)) else { return };
        for no in incident.assignments {
            self.assignments.remove(&no);
        }
    }

    /// Emits what the step changed: incidents before what refers to them, then the story.
    pub(crate) fn flush(&mut self, events: &mut Vec<Event>) {
        let Changes { incidents, assignments, crews, timeline } = &mut self.changes;
        while let Some(no) = incidents.pop_first() {
            events.extend(self.incidents.get(&no).map(|i| Event::Incident(Box::new(i.clone()))));
        }
        while let Some(no) = assignments.pop_first() {
            events.extend(self.assignments.get(&no).map(|a| Event::Assignment(Box::new(a.clone()))));
        }
        while let Some(id) = crews.pop_first() {
            events.extend(self.crews.get(id).map(|c| Event::Crew(Box::new(c.clone()))));
        }
        events.extend(timeline.drain(..).map(Event::Timeline));
    }

    /// Has everything that is open emitted with the next flush.
    pub(super) fn touch_all(&mut self) {
        let open = |i: &&Incident| i.state != IncidentState::Closed;
        self.changes.incidents = self.incidents.values().filter(open).map(|i| i.no).collect();
        let assignments: BTreeSet<_> = self.assignments().map(|a| a.no).collect();
        self.changes.assignments = assignments;
        self.changes.crews = self.crews.iter().map(|c| c.id).collect();
    }
}
