//! Records back into the core's objects. What the registry no longer knows has no number and is left out.

use linepack_core::control::{Cause, Control, ControlState};
use linepack_core::dispatch::{
    Assignment, AssignmentState, Clock, ClockName, CrewState, CrewStatus, EtaBy, Incident, IncidentKind, IncidentState,
    RepairSize,
};
use linepack_core::handover::{Handover, HandoverState};
use linepack_core::input::Fix;
use linepack_core::registry::Priority;
use linepack_core::tune::{Setting, Tuned};
use linepack_core::{Actor, AssignmentNo, ControlNo, HandoverNo, IncidentNo, LonLat, Registry, Substitute, Ts};

use super::record::{
    AssignmentRecord, ClockRecord, CommandRecord, CrewRecord, DoneRecord, HandoverRecord, IncidentRecord,
    SubstituteRecord, TunedRecord,
};

impl SubstituteRecord {
    /// None where the site has no such point any more.
    pub(super) fn restore(&self, registry: &Registry) -> Option<Substitute> {
        Some(Substitute {
            point: registry.find_point(&self.point)?,
            value: self.value,
            reason: self.reason.as_str().into(),
            by: self.by.as_str().into(),
            since: Ts(self.since_ms),
            until: self.until_ms.map(Ts),
        })
    }
}

impl TunedRecord {
    /// None where the site has no such alarm any more.
    pub(super) fn restore(&self, registry: &Registry) -> Option<Tuned> {
        Some(Tuned {
            alarm: registry.find_alarm(&self.alarm)?,
            setting: Setting::from_name(&self.setting)?,
            value: self.value,
            by: self.by.as_str().into(),
            reason: self.reason.as_str().into(),
            since: Ts(self.since_ms),
            until: self.until_ms.map(Ts),
        })
    }
}

impl IncidentRecord {
    /// Alarms and an asset the site has no more are left out of it; `assignments` are those that could be restored.
    pub(super) fn restore(&self, registry: &Registry, assignments: &[Assignment]) -> Option<Incident> {
        Some(Incident {
            no: IncidentNo(self.no),
            kind: IncidentKind::from_name(&self.kind)?,
            state: IncidentState::from_name(&self.state)?,
            priority: Priority::ALL.into_iter().find(|p| p.name() == self.priority)?,
            title: self.title.as_str().into(),
            position: LonLat::new(self.lon, self.lat)?,
            address: self.address.as_str().into(),
            asset: self.asset.as_deref().and_then(|a| registry.find_asset(a)),
            skill: self.skill.as_str().into(),
            auto: self.auto,
            alarms: self.alarms.iter().filter_map(|a| registry.find_alarm(a)).collect(),
            assignments: self
                .assignments
                .iter()
                .map(|&no| AssignmentNo(no))
                .filter(|no| assignments.iter().any(|a| a.no == *no))
                .collect(),
            opened: Ts(self.opened_ms),
            closed: self.closed_ms.map(Ts),
            resolution: self.resolution.as_str().into(),
            clocks: self.clocks.iter().filter_map(ClockRecord::restore).collect(),
            no_crew: self.no_crew,
        })
    }
}

impl ClockRecord {
    fn restore(&self) -> Option<Clock> {
        let name =
            [ClockName::Turnout, ClockName::Arrival, ClockName::Hold].into_iter().find(|n| n.name() == self.name)?;
        Some(Clock { name, due: Ts(self.due_ms), stopped: self.stopped_ms.map(Ts) })
    }
}

impl AssignmentRecord {
    /// None where the site has no such crew any more.
    pub(super) fn restore(&self, registry: &Registry) -> Option<Assignment> {
        Some(Assignment {
            no: AssignmentNo(self.no),
            incident: IncidentNo(self.incident),
            crew: registry.find_crew(&self.crew)?,
            state: AssignmentState::from_name(&self.state)?,
            offered: Ts(self.offered_ms),
            accept_by: Ts(self.accept_by_ms),
            accepted: self.accepted_ms.map(Ts),
            en_route: self.en_route_ms.map(Ts),
            on_scene: self.on_scene_ms.map(Ts),
            made_safe: self.made_safe_ms.map(Ts),
            restored: self.restored_ms.map(Ts),
            completed: self.completed_ms.map(Ts),
            ended: self.ended_ms.map(Ts),
            eta_s: self.eta_s.unwrap_or(f64::INFINITY),
            eta_by: [EtaBy::Road, EtaBy::Straight].into_iter().find(|e| e.name() == self.eta_by)?,
            distance_m: self.distance_m.unwrap_or(f64::INFINITY),
            report: self.report.as_str().into(),
            size: self.size.as_deref().and_then(RepairSize::from_name),
        })
    }
}

impl CrewRecord {
    /// None where the site has no such crew any more.
    pub(super) fn restore(&self, registry: &Registry) -> Option<CrewState> {
        let id = registry.find_crew(&self.crew)?;
        Some(CrewState {
            id,
            status: CrewStatus::from_name(&self.status)?,
            since: Ts(self.since_ms),
            fix: self.fix.as_ref().and_then(|f| {
                Some(Fix { crew: id, position: LonLat::new(f.lon, f.lat)?, ts: Ts(f.ts_ms), accuracy_m: f.accuracy_m })
            }),
            assignment: self.assignment.map(AssignmentNo),
        })
    }
}

impl CommandRecord {
    /// None where a later program wrote a word this one does not know.
    pub(super) fn restore(&self) -> Option<Control> {
        let (selected_by, selected) = self.selected.restore();
        Some(Control {
            no: ControlNo(self.no),
            point: self.point.as_str().into(),
            value: self.value,
            unit: self.unit.as_str().into(),
            state: ControlState::from_name(&self.state)?,
            reason: self.reason.as_str().into(),
            before: self.before,
            selected_by,
            selected,
            expires: Ts(self.expires_ms),
            executed: self.executed.as_ref().map(DoneRecord::restore),
            finished: self.finished.as_ref().map(DoneRecord::restore),
            cause: self.cause.as_deref().and_then(Cause::from_name),
            found: self.found,
            detail: self.detail.as_str().into(),
        })
    }
}

impl HandoverRecord {
    /// None where a later program wrote a word this one does not know.
    pub(super) fn restore(&self) -> Option<Handover> {
        let who = |name: &Option<String>| name.as_deref().map(Into::into);
        Some(Handover {
            no: HandoverNo(self.no),
            position: self.position.as_str().into(),
            from: who(&self.from),
            to: who(&self.to),
            note: self.note.as_str().into(),
            standing: self.standing.as_str().into(),
            state: HandoverState::from_name(&self.state)?,
            written: Ts(self.written_ms),
            ended: who(&self.ended_by).zip(self.ended_ms.map(Ts)),
        })
    }
}

impl DoneRecord {
    fn restore(&self) -> (Actor, Ts) {
        (Actor { name: self.by.as_str().into(), address: self.from.as_str().into() }, Ts(self.ts_ms))
    }
}
