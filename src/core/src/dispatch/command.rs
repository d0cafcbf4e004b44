//! What dispatchers do: send, close, note, merge.

use std::sync::Arc;

use super::board::Board;
use super::index::qualms;
use super::{AssignmentState, ClockName, IncidentState};
use crate::input::Call;
use crate::{Actor, AlarmId, AssignmentNo, CrewId, IncidentNo, Refusal, Registry, Reply, Ts};

type Answer = Result<Reply, Refusal>;

impl Board {
    /// Opens an incident for a call.
    pub(crate) fn take_call(&mut self, registry: &Registry, now: Ts, call: Call, actor: &Actor) -> Answer {
        let no = self.call(registry, now, call, actor);
        self.incident_reply(no)
    }

    /// Sends a crew; from then on the hub pages on until one accepts.
    pub(crate) fn dispatch(
        &mut self,
        registry: &Registry,
        now: Ts,
        no: IncidentNo,
        crew: CrewId,
        actor: &Actor,
    ) -> Answer {
        self.known(no)?;
        let Some(state) = self.crews.get(crew) else {
            return Err(Refusal::NotFound { what: "crew", id: crew.0.to_string() });
        };
        let incident = self.open_incident(no)?;
        let roster = &registry.crews[crew.index()];
        if let Some(on) = state.assignment {
            let detail = format!("{} is on assignment {on}; choose another crew", roster.id);
            return Err(Refusal::Conflict { state: state.status.name(), detail });
        }
        let notes = qualms(roster, registry.local.minute_of_day(now), &incident.skill);
        let at = incident.position;
        let Some(candidate) = self.crews.estimate(registry, now, at, crew) else {
            return Err(Refusal::NotFound { what: "crew", id: crew.0.to_string() });
        };
        self.edit_incident(no, |i| i.auto = true);
        let assignment = self.offer(registry, now, no, &candidate, &actor.name, &notes);
        self.assignment_reply(assignment)
    }

    /// Ends an incident with a disposition.
    pub(crate) fn close(&mut self, now: Ts, no: IncidentNo, resolution: &Arc<str>, actor: &Actor) -> Answer {
        self.known(no)?;
        not_empty("resolution", resolution)?;
        self.open_incident(no)?;
        self.shut(now, no, resolution.clone(), &actor.name);
        self.tell(no, now, &actor.name, "closed", resolution.clone());
        self.incident_reply(no)
    }

    /// Adds a line to the timeline.
    pub(crate) fn note(&mut self, now: Ts, no: IncidentNo, text: &Arc<str>, actor: &Actor) -> Answer {
        self.known(no)?;
        not_empty("text", text)?;
        self.open_incident(no)?;
        self.tell(no, now, &actor.name, "note", text.clone());
        self.incident_reply(no)
    }

    /// Folds one incident into another; gives the alarms that moved.
    pub(crate) fn merge(
        &mut self,
        now: Ts,
        no: IncidentNo,
        into: IncidentNo,
        actor: &Actor,
    ) -> Result<(Reply, Vec<AlarmId>), Refusal> {
        self.known(no)?;
        self.known(into)?;
        if no == into {
            let detail = "an incident cannot be folded into itself".to_owned();
            return Err(Refusal::Invalid { field: "into", detail });
        }
        self.open_incident(into)?;
        let source = self.open_incident(no)?.clone();
        let is_open = |a: &AssignmentNo| self.assignments.get(a).is_some_and(|a| a.state.is_open());
        let (moving, staying): (Vec<_>, Vec<_>) = source.assignments.into_iter().partition(is_open);
        for &assignment in &moving {
            self.edit_assignment(assignment, |a| a.incident = into);
        }
        self.edit_incident(no, |i| i.assignments = staying);
        self.edit_incident(into, |i| {
            i.priority = i.priority.min(source.priority);
            i.auto |= source.auto;
            i.no_crew &= moving.is_empty();
            i.assignments.extend(&moving);
            let new = source.alarms.iter().filter(|a| !i.alarms.contains(a)).copied().collect::<Vec<_>>();
            i.alarms.extend(new);
            if i.address.is_empty() {
                i.address = source.address.clone();
            }
            if i.skill.is_empty() {
                i.skill = source.skill.clone();
            }
            for clock in source.clocks {
                match i.clocks.iter_mut().find(|c| c.name == clock.name) {
                    // what a crew that moved over has reached counts here too
                    Some(ours) if !moving.is_empty() => ours.stopped = ours.stopped.or(clock.stopped),
                    Some(_) => {}
                    None => i.clocks.push(clock),
                }
            }
        });
        self.shut(now, no, format!("merged into {into}").into(), &actor.name);
        self.follow(into);
        self.tell(no, now, &actor.name, "merged", format!("into {into}"));
        self.tell(into, now, &actor.name, "merged", format!("{no}: {}", source.title));
        Ok((self.incident_reply(into)?, source.alarms))
    }

    fn shut(&mut self, now: Ts, no: IncidentNo, resolution: Arc<str>, by: &Arc<str>) {
        let assignments = self.incidents.get(&no).map(|i| i.assignments.clone()).unwrap_or_default();
        for assignment in assignments {
            if self.assignments.get(&assignment).is_some_and(|a| a.state.is_open()) {
                self.end(now, assignment, AssignmentState::Cancelled, "".into());
                self.tell(no, now, by, "cancelled", assignment.to_string());
            }
        }
        self.edit_incident(no, |i| {
            i.state = IncidentState::Closed;
            i.closed = Some(now);
            i.resolution = resolution;
            i.no_crew = false;
            i.clocks.iter_mut().for_each(|c| c.stopped = c.stopped.or(Some(now)));
        });
        self.retire(no);
    }

    /// Stops a running clock of an incident.
    pub(super) fn stop_clock(&mut self, no: IncidentNo, name: ClockName, now: Ts) {
        let runs = |i: &super::Incident| i.clocks.iter().any(|c| c.name == name && c.stopped.is_none());
        if self.incidents.get(&no).is_some_and(runs) {
            self.edit_incident(no, |i| {
                for clock in i.clocks.iter_mut().filter(|c| c.name == name && c.stopped.is_none()) {
                    clock.stopped = Some(now);
                }
            });
        }
    }

    pub(super) fn incident_reply(&self, no: IncidentNo) -> Answer {
        let incident = self.incidents.get(&no);
        incident
            .map(|i| Reply::Incident(Box::new(i.clone())))
            .ok_or_else(|| Refusal::NotFound { what: "incident", id: no.to_string() })
    }

    pub(super) fn assignment_reply(&self, no: AssignmentNo) -> Answer {
        let assignment = self.assignments.get(&no);
        assignment
            .map(|a| Reply::Assignment(Box::new(a.clone())))
            .ok_or_else(|| Refusal::NotFound { what: "assignment", id: no.to_string() })
    }

    /// Refuses a number that was never given; what is closed is for later.
    fn known(&self, no: IncidentNo) -> Result<(), Refusal> {
        match self.open_incident(no) {
            Err(refusal @ Refusal::NotFound { .. }) => Err(refusal),
            _ => Ok(()),
        }
    }
}

/// Refuses a text that says nothing.
pub(super) fn not_empty(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Invalid { field, detail: "must not be empty".to_owned() });
    }
    Ok(())
}
