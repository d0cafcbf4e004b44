//! Paging: the nearest crew that can go, then the next, until one accepts.

use std::sync::Arc;

use super::board::Board;
use super::{Assignment, AssignmentState, Candidate, Clock, ClockName, CrewState, CrewStatus, Incident, IncidentState};
use crate::{Actor, AssignmentNo, CrewId, IncidentNo, Registry, Ts};

impl Board {
    /// Pages the nearest crew that can go and has not been asked, or says that there is none.
    pub(super) fn page_next(&mut self, registry: &Registry, now: Ts, no: IncidentNo) {
        let Some(incident) = self.incidents.get(&no) else { return };
        let asked = self.asked(incident);
        let (at, skill) = (incident.position, incident.skill.clone());
        let was_without = incident.no_crew;
        let hub = Actor::hub().name;
        if let Some(candidate) = self.crews.nearest(registry, now, at, &skill, &asked, 1).pop() {
            if !asked.is_empty() || was_without {
                let name = &registry.crews[candidate.crew.index()].id;
                self.tell(no, now, &hub, "escalated", format!("{name} is paged next"));
            }
            self.offer(registry, now, no, &candidate, &hub, &[]);
        } else if !was_without {
            self.edit_incident(no, |i| i.no_crew = true);
            self.tell(no, now, &hub, "escalated", "no crew left to page: the control room must act");
        }
        self.follow(no);
    }

    /// Crews that said no or nothing; only a person asks them again.
    fn asked(&self, incident: &Incident) -> Vec<CrewId> {
        let refused = |s| matches!(s, AssignmentState::Declined | AssignmentState::Expired);
        let assignments = incident.assignments.iter().filter_map(|no| self.assignments.get(no));
        assignments.filter(|a| refused(a.state)).map(|a| a.crew).collect()
    }

    /// Pages a crew.
    pub(super) fn offer(
        &mut self,
        registry: &Registry,
        now: Ts,
        incident: IncidentNo,
        candidate: &Candidate,
        by: &Arc<str>,
        notes: &[String],
    ) -> AssignmentNo {
        self.last_assignment += 1;
        let no = AssignmentNo(self.last_assignment);
        let crew = candidate.crew;
        let accept_by = now + registry.dispatch.accept;
        let assignment = Assignment {
            no,
            incident,
            crew,
            state: AssignmentState::Offered,
            offered: now,
            accept_by,
            accepted: None,
            en_route: None,
            on_scene: None,
            made_safe: None,
            restored: None,
            completed: None,
            ended: None,
            eta_s: candidate.eta_s,
            eta_by: candidate.eta_by,
            distance_m: candidate.distance_m,
            report: "".into(),
            size: None,
        };
        self.assignments.insert(no, assignment);
        self.edit_assignment(no, |_| {});
        self.offers.insert((accept_by, no));
        if let Some(state) = self.crews.get(crew) {
            self.own_status.insert(crew, state.status);
        }
        self.edit_crew(crew, now, CrewStatus::Assigned, Some(no));
        let due = now + registry.sla.arrival;
        self.edit_incident(incident, |i| {
            i.assignments.push(no);
            i.no_crew = false;
            if !i.clocks.iter().any(|c| c.name == ClockName::Arrival) {
                i.clocks.push(Clock { name: ClockName::Arrival, due, stopped: None });
            }
        });
        let (km, min) = (candidate.distance_m / 1000.0, (candidate.eta_s / 60.0).ceil());
        let mut detail = format!("{}, {km:.1} km, {min} min", registry.crews[crew.index()].id);
        for note in candidate.reasons.iter().filter(|r| r.ends_with("from base")).chain(notes) {
            detail.push_str(", ");
            detail.push_str(note);
        }
        self.tell(incident, now, by, "offered", detail);
        self.follow(incident);
        no
    }

    /// Time passed: pages expire, and incidents without a crew look again when somebody may have become free,
    /// the most urgent first, then the oldest.
    pub(crate) fn tick(&mut self, registry: &Registry, now: Ts) {
        while let Some(&(accept_by, no)) = self.offers.first()
            && accept_by <= now
        {
            self.expire(registry, now, no);
        }
        let minute = Some(registry.local.minute_of_day(now));
        if std::mem::replace(&mut self.minute, minute) == minute && !self.look_again {
            return;
        }
        self.look_again = false;
        let waits = |i: &&Incident| i.no_crew && !self.has_open_assignment(i);
        let mut waiting: Vec<_> = self.incidents().filter(waits).map(|i| (i.priority, i.no)).collect();
        waiting.sort_unstable();
        for (_, no) in waiting {
            if !self.crews.iter().any(CrewState::is_free) {
                break;
            }
            self.page_next(registry, now, no);
        }
    }

    fn expire(&mut self, registry: &Registry, now: Ts, no: AssignmentNo) {
        let Some(a) = self.assignments.get(&no) else {
            self.offers.retain(|(_, offer)| *offer != no);
            return;
        };
        let (incident, crew) = (a.incident, a.crew);
        self.end(now, no, AssignmentState::Expired, "".into());
        let detail = format!("{} did not answer", registry.crews[crew.index()].id);
        self.tell(incident, now, &Actor::hub().name, "expired", detail);
        self.escalate(registry, now, incident);
    }

    /// After a refusal or silence: the next crew, unless another one is still asked or at work.
    pub(super) fn escalate(&mut self, registry: &Registry, now: Ts, no: IncidentNo) {
        self.follow(no);
        if self.incidents.get(&no).is_some_and(|i| i.auto && !self.has_open_assignment(i)) {
            self.page_next(registry, now, no);
        }
    }

    /// Ends an assignment without completion and frees its crew.
    pub(super) fn end(&mut self, now: Ts, no: AssignmentNo, state: AssignmentState, reason: Arc<str>) {
        let Some(a) = self.assignments.get(&no) else { return };
        let (crew, accept_by) = (a.crew, a.accept_by);
        self.offers.remove(&(accept_by, no));
        self.edit_assignment(no, |a| {
            a.state = state;
            a.ended = Some(now);
            a.report = reason;
        });
        let own = self.own_status.remove(&crew).unwrap_or(CrewStatus::Available);
        if self.crews.get(crew).is_some_and(|c| c.assignment == Some(no)) {
            self.edit_crew(crew, now, own, None);
        }
    }

    /// The incident's state follows its furthest running assignment; with none running, a completed one leaves it
    /// restored, and otherwise it is open again.
    pub(super) fn follow(&mut self, no: IncidentNo) {
        let Some(incident) = self.incidents.get(&no).filter(|i| i.state != IncidentState::Closed) else { return };
        let states = || incident.assignments.iter().filter_map(|a| self.assignments.get(a)).map(|a| a.state);
        let furthest =
            states().filter(|s| s.is_open()).max().or_else(|| states().find(|s| *s == AssignmentState::Complete));
        let state = match furthest {
            Some(AssignmentState::Offered | AssignmentState::Accepted) => IncidentState::Dispatched,
            Some(AssignmentState::EnRoute) => IncidentState::EnRoute,
            Some(AssignmentState::OnScene) => IncidentState::OnScene,
            Some(AssignmentState::MadeSafe) => IncidentState::MadeSafe,
            Some(AssignmentState::Restored | AssignmentState::Complete) => IncidentState::Restored,
            _ => IncidentState::Open,
        };
        if state != incident.state {
            self.edit_incident(no, |i| i.state = state);
        }
    }
}
