//! What crews do: their steps, their status, where they are.

use std::sync::Arc;

use super::board::Board;
use super::command::not_empty;
use super::{AssignmentState, Clock, ClockName, CrewState, CrewStatus};
use crate::input::{Fix, Step};
use crate::{Actor, AssignmentNo, CrewId, Refusal, Registry, Reply, Ts};

type Answer = Result<Reply, Refusal>;

/// The state a step leads to; none where it is not allowed.
fn after(state: AssignmentState, step: &Step) -> Option<AssignmentState> {
    use AssignmentState::{Accepted, Complete, Declined, EnRoute, MadeSafe, Offered, OnScene, Restored};
    match (state, step) {
        (Offered, Step::Accept) => Some(Accepted),
        (Offered, Step::Decline { .. }) => Some(Declined),
        (Accepted, Step::EnRoute) => Some(EnRoute),
        (Accepted | EnRoute, Step::OnScene) => Some(OnScene),
        (OnScene, Step::MadeSafe) => Some(MadeSafe),
        (OnScene | MadeSafe, Step::Restored) => Some(Restored),
        (OnScene | MadeSafe | Restored, Step::Complete { .. }) => Some(Complete),
        _ => None,
    }
}

impl Board {
    /// A crew's step.
    pub(crate) fn step(&mut self, registry: &Registry, now: Ts, no: AssignmentNo, step: Step, actor: &Actor) -> Answer {
        let Some(assignment) = self.assignments.get(&no) else {
            if no.0 == 0 || no.0 > self.last_assignment {
                return Err(Refusal::NotFound { what: "assignment", id: no.to_string() });
            }
            let detail = format!("{no} belongs to a closed incident");
            return Err(Refusal::Conflict { state: AssignmentState::Complete.name(), detail });
        };
        if let Step::Decline { reason } = &step {
            not_empty("reason", reason)?;
        }
        let (state, incident, crew) = (assignment.state, assignment.incident, assignment.crew);
        let Some(to) = after(state, &step) else {
            let detail = format!("{no} is {}", state.name());
            return Err(Refusal::Conflict { state: state.name(), detail });
        };
        let by = &actor.name;
        match step {
            Step::Accept => {
                self.offers.remove(&(assignment.accept_by, no));
                self.advance(now, no, to);
                self.cancel_other_pages(now, no, by);
            }
            Step::Decline { reason } => {
                self.end(now, no, to, reason.clone());
                self.tell(incident, now, by, "declined", format!("{}: {reason}", registry.crews[crew.index()].id));
                self.escalate(registry, now, incident);
                return self.assignment_reply(no);
            }
            Step::EnRoute => {
                self.advance(now, no, to);
                self.edit_crew(crew, now, CrewStatus::EnRoute, Some(no));
                self.stop_clock(incident, ClockName::Turnout, now);
            }
            Step::OnScene => {
                self.advance(now, no, to);
                self.edit_crew(crew, now, CrewStatus::OnScene, Some(no));
                self.stop_clock(incident, ClockName::Turnout, now);
                self.stop_clock(incident, ClockName::Arrival, now);
            }
            Step::MadeSafe => self.advance(now, no, to),
            Step::Restored => {
                self.advance(now, no, to);
                let due = now + registry.sla.hold;
                self.edit_incident(incident, |i| {
                    if !i.clocks.iter().any(|c| c.name == ClockName::Hold && c.stopped.is_none()) {
                        i.clocks.push(Clock { name: ClockName::Hold, due, stopped: None });
                    }
                });
            }
            Step::Complete { report, size } => {
                self.advance(now, no, to);
                self.edit_assignment(no, |a| (a.report, a.size) = (report, size));
                self.own_status.remove(&crew);
                self.edit_crew(crew, now, CrewStatus::Available, None);
                let others = self
                    .assignments
                    .values()
                    .any(|a| a.incident == incident && matches!(a.state, AssignmentState::Restored));
                if !others {
                    self.stop_clock(incident, ClockName::Hold, now);
                }
            }
        }
        self.follow(incident);
        let event = if to == AssignmentState::Complete { "completed" } else { to.name() };
        let detail = match self.assignments.get(&no) {
            Some(a) if !a.report.is_empty() => format!("{}: {}", registry.crews[crew.index()].id, a.report),
            _ => registry.crews[crew.index()].id.to_string(),
        };
        self.tell(incident, now, by, event, detail);
        self.assignment_reply(no)
    }

    /// Moves an assignment on and stamps the step.
    fn advance(&mut self, now: Ts, no: AssignmentNo, to: AssignmentState) {
        self.edit_assignment(no, |a| {
            a.state = to;
            match to {
                AssignmentState::Accepted => a.accepted = Some(now),
                AssignmentState::EnRoute => a.en_route = Some(now),
                AssignmentState::OnScene => a.on_scene = Some(now),
                AssignmentState::MadeSafe => a.made_safe = Some(now),
                AssignmentState::Restored => a.restored = Some(now),
                AssignmentState::Complete => a.completed = Some(now),
                _ => {}
            }
        });
    }

    /// An accepted page stops every other page for the incident at once.
    fn cancel_other_pages(&mut self, now: Ts, accepted: AssignmentNo, by: &Arc<str>) {
        let Some(incident) = self.assignments.get(&accepted).map(|a| a.incident) else { return };
        let others: Vec<AssignmentNo> = self
            .assignments
            .values()
            .filter(|a| a.incident == incident && a.no != accepted && a.state == AssignmentState::Offered)
            .map(|a| a.no)
            .collect();
        for no in others {
            self.end(now, no, AssignmentState::Cancelled, "".into());
            self.tell(incident, now, by, "cancelled", format!("{no}: {accepted} was accepted"));
        }
    }

    /// A status the crew sets. While it has an assignment, a status that is one of its steps takes that step.
    pub(crate) fn status(
        &mut self,
        registry: &Registry,
        now: Ts,
        crew: CrewId,
        status: CrewStatus,
        actor: &Actor,
    ) -> Answer {
        let Some(state) = self.crews.get(crew) else {
            return Err(Refusal::NotFound { what: "crew", id: crew.0.to_string() });
        };
        if matches!(status, CrewStatus::Assigned | CrewStatus::OutOfContact) {
            let detail = format!("{} is set by the hub alone", status.name());
            return Err(Refusal::Invalid { field: "status", detail });
        }
        let (present, assignment) = (state.status, state.assignment);
        let on = assignment.and_then(|no| self.assignments.get(&no)).map(|a| (a.no, a.state));
        match (on, status) {
            (None, _) => self.edit_crew(crew, now, status, None),
            (Some(_), _) if status == present => {}
            (Some((no, AssignmentState::Offered)), CrewStatus::Busy | CrewStatus::OffDuty) => {
                self.own_status.insert(crew, status);
                self.step(registry, now, no, Step::Decline { reason: status.name().into() }, actor)?;
            }
            (Some((no, AssignmentState::Accepted)), CrewStatus::EnRoute) => {
                self.step(registry, now, no, Step::EnRoute, actor)?;
            }
            (Some((no, AssignmentState::Accepted | AssignmentState::EnRoute)), CrewStatus::OnScene) => {
                self.step(registry, now, no, Step::OnScene, actor)?;
            }
            (Some((no, step)), _) => {
                let detail = format!("the crew is on {no}, {}: accept, decline or complete it first", step.name());
                return Err(Refusal::Conflict { state: present.name(), detail });
            }
        }
        let state = self.crews.get(crew).cloned().unwrap_or(CrewState::initial(crew));
        Ok(Reply::Crew(Box::new(state)))
    }

    /// A crew's position; only a newer fix moves it. A receiver clock that runs ahead counts as now.
    pub(crate) fn position(&mut self, now: Ts, fix: Fix) -> bool {
        let fix = Fix { ts: fix.ts.min(now), ..fix };
        let Some(state) = self.crews.get(fix.crew) else { return false };
        if state.fix.is_some_and(|known| known.ts >= fix.ts) {
            return false;
        }
        self.crews.set(CrewState { fix: Some(fix), ..state.clone() });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::AssignmentState::{
        Accepted, Cancelled, Complete, Declined, EnRoute, Expired, MadeSafe, Offered, OnScene, Reassigned, Restored,
    };

    #[test]
    fn every_state_allows_exactly_these_steps() {
        let steps = [
            Step::Accept,
            Step::Decline { reason: "flat tyre".into() },
            Step::EnRoute,
            Step::OnScene,
            Step::MadeSafe,
            Step::Restored,
            Step::Complete { report: "".into(), size: None },
        ];
        let table: [(AssignmentState, [Option<AssignmentState>; 7]); 11] = [
            (Offered, [Some(Accepted), Some(Declined), None, None, None, None, None]),
            (Accepted, [None, None, Some(EnRoute), Some(OnScene), None, None, None]),
            (EnRoute, [None, None, None, Some(OnScene), None, None, None]),
            (OnScene, [None, None, None, None, Some(MadeSafe), Some(Restored), Some(Complete)]),
            (MadeSafe, [None, None, None, None, None, Some(Restored), Some(Complete)]),
            (Restored, [None, None, None, None, None, None, Some(Complete)]),
            (Complete, [None, None, None, None, None, None, None]),
            (Declined, [None, None, None, None, None, None, None]),
            (Expired, [None, None, None, None, None, None, None]),
            (Cancelled, [None, None, None, None, None, None, None]),
            (Reassigned, [None, None, None, None, None, None, None]),
        ];
        assert_eq!(table.map(|(s, _)| s).as_slice(), AssignmentState::ALL);
        for (state, expected) in table {
            for (step, to) in steps.iter().zip(expected) {
                assert_eq!(after(state, step), to, "{state:?} {step:?}");
            }
        }
    }
}
