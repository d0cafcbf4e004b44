//! Alarms, incidents, assignments and crews as last committed.

use std::sync::Arc;

use imbl::OrdMap;
use linepack_core::alarm::Alarm;
use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, CrewState, Incident, IncidentState};
use linepack_core::handover::{Handover, HandoverState};
use linepack_core::tune::{Setting, Tuned};
use linepack_core::{
    AlarmId, AssetId, AssignmentNo, ControlNo, Core, CrewId, Event, Flood, HandoverNo, IncidentNo, PointId, Registry,
    Substitute,
};

/// Ended commands that stay on the board, so that screens see what came of them.
const COMMANDS_KEPT: usize = 256;

/// Persistent maps: a clone shares everything that did not change.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// +1 with every commit that changed the board.
    pub version: u64,
    /// Alarms that are not normal, or wait for a second person.
    pub alarms: OrdMap<AlarmId, Arc<Alarm>>,
    /// Transitions so far of the others that have moved.
    pub rested: OrdMap<AlarmId, u64>,
    /// The alarms that are not normal, by asset.
    pub by_asset: OrdMap<(AssetId, AlarmId), ()>,
    /// Incidents that are not closed.
    pub incidents: OrdMap<IncidentNo, Arc<Incident>>,
    /// Assignments of those.
    pub assignments: OrdMap<AssignmentNo, Arc<Assignment>>,
    /// All crews.
    pub crews: OrdMap<CrewId, Arc<CrewState>>,
    /// Commands to the field that are live or ended lately.
    pub commands: OrdMap<ControlNo, Arc<Control>>,
    /// Values that stand in place of measured ones.
    pub substitutes: OrdMap<PointId, Arc<Substitute>>,
    /// Settings of alarms that stand otherwise than in the site folder.
    pub tuned: OrdMap<(AlarmId, Setting), Arc<Tuned>>,
    /// Floods that go on, by position.
    pub floods: OrdMap<Arc<str>, Arc<Flood>>,
    /// Hand-overs that wait.
    pub handovers: OrdMap<HandoverNo, Arc<Handover>>,
    /// The last hand-over that was accepted, by position: who sits there.
    pub seats: OrdMap<Arc<str>, Arc<Handover>>,
}

/// What a commit changed, for those who send it on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardChange {
    /// The board's version after it.
    pub version: u64,
    /// Alarms whose state, value or incident changed. May repeat.
    pub alarms: Vec<AlarmId>,
    /// Incidents that changed, or whose assignments did. May repeat.
    pub incidents: Vec<IncidentNo>,
    /// Assignments that changed. May repeat.
    pub assignments: Vec<AssignmentNo>,
    /// Crews that changed or moved. May repeat.
    pub crews: Vec<CrewId>,
    /// Commands to the field that changed. May repeat.
    pub commands: Vec<ControlNo>,
    /// Alarms of which a setting changed. May repeat.
    pub tuned: Vec<AlarmId>,
    /// Points whose substitute changed. May repeat.
    pub substitutes: Vec<PointId>,
    /// A flood began, ended or has other numbers.
    pub floods: bool,
    /// Hand-overs that changed. May repeat.
    pub handovers: Vec<HandoverNo>,
}

impl BoardChange {
    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.alarms.is_empty()
            && self.incidents.is_empty()
            && self.assignments.is_empty()
            && self.crews.is_empty()
            && self.commands.is_empty()
            && self.tuned.is_empty()
            && self.substitutes.is_empty()
            && !self.floods
            && self.handovers.is_empty()
    }

    /// Adds a later change.
    pub fn merge(&mut self, later: BoardChange) {
        self.version = later.version;
        self.alarms.extend(later.alarms);
        self.incidents.extend(later.incidents);
        self.assignments.extend(later.assignments);
        self.crews.extend(later.crews);
        self.commands.extend(later.commands);
        self.tuned.extend(later.tuned);
        self.substitutes.extend(later.substitutes);
        self.floods |= later.floods;
        self.handovers.extend(later.handovers);
    }
}

impl Board {
    /// What the core holds at the start.
    pub fn of(core: &Core) -> Self {
        let mut board = Self::default();
        let mut change = BoardChange::default();
        let registry = core.registry();
        for alarm in core.alarms() {
            let event = Event::Alarm { alarm, transition: None };
            board.apply(registry, &event, &mut change);
        }
        board.rested = core.rested().collect();
        board.incidents = core.incidents().map(|i| (i.no, Arc::new(i.clone()))).collect();
        board.assignments = core.assignments().map(|a| (a.no, Arc::new(a.clone()))).collect();
        board.substitutes = core.substitutes().map(|s| (s.point, Arc::new(s.clone()))).collect();
        board.tuned = core.tuned().map(|t| ((t.alarm, t.setting), Arc::new(t.clone()))).collect();
        board.floods = core.floods().map(|f| (f.position.clone(), Arc::new(f.clone()))).collect();
        board.crews = core.crews().map(|c| (c.id, Arc::new(c.clone()))).collect();
        board.commands = core.controls().map(|c| (c.no, Arc::new(c.clone()))).collect();
        for handover in core.handovers() {
            board.seat(handover);
        }
        board
    }

    /// Applies a durable event and notes what it touched.
    pub fn apply(&mut self, registry: &Registry, event: &Event, change: &mut BoardChange) {
        match event {
            Event::Alarm { alarm, transition } => {
                let key = registry.alarm_asset(alarm.id).map(|a| (a, alarm.id));
                if alarm.is_at_rest() {
                    self.alarms.remove(&alarm.id);
                    self.rested.insert(alarm.id, alarm.seq);
                    key.and_then(|k| self.by_asset.remove(&k));
                } else {
                    self.alarms.insert(alarm.id, Arc::new(alarm.clone()));
                    self.rested.remove(&alarm.id);
                    key.and_then(|k| self.by_asset.insert(k, ()));
                }
                if transition.is_some() || !alarm.is_at_rest() {
                    change.alarms.push(alarm.id);
                }
            }
            Event::Flood(flood) => {
                change.floods = true;
                if flood.ended.is_some() {
                    self.floods.remove(&flood.position);
                } else {
                    self.floods.insert(flood.position.clone(), Arc::new(flood.clone()));
                }
            }
            Event::Incident(incident) => {
                change.incidents.push(incident.no);
                if incident.state == IncidentState::Closed {
                    self.incidents.remove(&incident.no);
                    for no in &incident.assignments {
                        self.assignments.remove(no);
                    }
                } else {
                    self.incidents.insert(incident.no, Arc::new((**incident).clone()));
                }
            }
            Event::Assignment(assignment) => {
                change.assignments.push(assignment.no);
                change.incidents.push(assignment.incident);
                self.assignments.insert(assignment.no, Arc::new((**assignment).clone()));
            }
            Event::Crew(crew) => {
                change.crews.push(crew.id);
                self.crews.insert(crew.id, Arc::new((**crew).clone()));
            }
            Event::Timeline(entry) => change.incidents.push(entry.incident),
            Event::Control(control) => {
                change.commands.push(control.no);
                self.commands.insert(control.no, Arc::new((**control).clone()));
                self.forget_commands();
            }
            Event::Substitute(s) => {
                change.substitutes.push(s.point);
                self.substitutes.insert(s.point, Arc::new(s.clone()));
            }
            Event::SubstituteEnded(point) => {
                change.substitutes.push(*point);
                self.substitutes.remove(point);
            }
            Event::Tuned(t) => {
                change.tuned.push(t.alarm);
                self.tuned.insert((t.alarm, t.setting), Arc::new((**t).clone()));
            }
            Event::TunedEnded(alarm, setting) => {
                change.tuned.push(*alarm);
                self.tuned.remove(&(*alarm, *setting));
            }
            Event::Handover(handover) => {
                change.handovers.push(handover.no);
                self.seat(handover);
            }
            Event::Entry(_) | Event::SubstituteDropped(_) | Event::TunedDropped(..) | Event::Model(_) => {}
        }
    }

    /// Who sits where, and what waits.
    fn seat(&mut self, handover: &Handover) {
        match handover.state {
            HandoverState::Offered => {
                self.handovers.insert(handover.no, Arc::new(handover.clone()));
            }
            HandoverState::Withdrawn => {
                self.handovers.remove(&handover.no);
            }
            HandoverState::Accepted => {
                self.handovers.remove(&handover.no);
                self.seats.insert(handover.position.clone(), Arc::new(handover.clone()));
            }
        }
    }

    /// Lets the oldest ended command go when there are many.
    fn forget_commands(&mut self) {
        if self.commands.len() <= COMMANDS_KEPT {
            return;
        }
        let oldest = self.commands.values().find(|c| !c.state.is_live()).map(|c| c.no);
        oldest.and_then(|no| self.commands.remove(&no));
    }

    /// Alarms of an asset that are not normal.
    pub fn alarms_of(&self, asset: AssetId) -> impl Iterator<Item = &Arc<Alarm>> {
        self.by_asset
            .range((asset, AlarmId(0))..=(asset, AlarmId(u32::MAX)))
            .filter_map(|((_, alarm), ())| self.alarms.get(alarm))
    }
}
