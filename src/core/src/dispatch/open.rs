//! How incidents begin: from alarms and from calls.

use std::sync::Arc;

use super::board::Board;
use super::{Clock, ClockName, Incident, IncidentKind, IncidentState};
use crate::input::Call;
use crate::registry::{AlarmKind, AlarmSource, Priority};
use crate::{Actor, AlarmId, IncidentNo, LonLat, Registry, Ts};

impl Board {
    /// An alarm that sends a crew was raised: it joins the open incident of its asset, or opens one, and a crew is
    /// paged unless one is already asked or at work.
    pub(crate) fn alarm_raised(
        &mut self,
        registry: &Registry,
        now: Ts,
        alarm: AlarmId,
        skill: &Arc<str>,
    ) -> IncidentNo {
        let hub = Actor::hub().name;
        let title = alarm_title(registry, alarm);
        let priority = registry.rule(alarm).priority;
        let asset = registry.alarm_asset(alarm);
        let kind = kind_of(registry, alarm);
        let same = self
            .incidents()
            .find(|i| if asset.is_some() { i.asset == asset } else { i.alarms.contains(&alarm) })
            .map(|i| i.no);
        let no = if let Some(no) = same {
            self.edit_incident(no, |i| {
                i.priority = i.priority.min(priority);
                i.auto = true;
                if kind == IncidentKind::Leak {
                    i.kind = kind;
                }
                if !i.alarms.contains(&alarm) {
                    i.alarms.push(alarm);
                }
            });
            self.tell(no, now, &hub, "alarm", title);
            no
        } else {
            let no = self.open(registry, now, kind, priority, title.clone().into(), place_of(registry, alarm));
            self.edit_incident(no, |i| {
                i.asset = asset;
                i.skill = skill.clone();
                i.auto = true;
                i.alarms.push(alarm);
            });
            self.tell(no, now, &hub, "opened", title);
            no
        };
        if self.incidents.get(&no).is_some_and(|i| !i.no_crew && !self.has_open_assignment(i)) {
            self.page_next(registry, now, no);
        }
        no
    }

    /// Somebody called. Nobody is paged until a person sends a crew.
    pub(super) fn call(&mut self, registry: &Registry, now: Ts, call: Call, actor: &Actor) -> IncidentNo {
        let kind = call.kind;
        let title = [kind.name(), &call.address].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ");
        let no = self.open(registry, now, kind, urgency(kind), title.into(), call.position);
        self.edit_incident(no, |i| i.address = call.address);
        let said: Vec<&str> = [&*call.caller, &*call.note].into_iter().filter(|s| !s.is_empty()).collect();
        self.tell(no, now, &actor.name, "opened", said.join(": "));
        no
    }

    fn open(
        &mut self,
        registry: &Registry,
        now: Ts,
        kind: IncidentKind,
        priority: Priority,
        title: Arc<str>,
        position: LonLat,
    ) -> IncidentNo {
        self.last_incident += 1;
        let no = IncidentNo(self.last_incident);
        let turnout = Clock { name: ClockName::Turnout, due: now + registry.sla.turnout, stopped: None };
        let incident = Incident {
            no,
            kind,
            state: IncidentState::Open,
            priority,
            title,
            position,
            address: "".into(),
            asset: None,
            skill: "".into(),
            auto: false,
            alarms: vec![],
            assignments: vec![],
            opened: now,
            closed: None,
            resolution: "".into(),
            clocks: vec![turnout],
            no_crew: false,
        };
        self.incidents.insert(no, incident);
        self.edit_incident(no, |_| {});
        no
    }
}

/// How urgent a call is before anybody has looked.
fn urgency(kind: IncidentKind) -> Priority {
    match kind {
        IncidentKind::Leak | IncidentKind::GasSmell | IncidentKind::Fire | IncidentKind::ThirdPartyDamage => {
            Priority::Critical
        }
        IncidentKind::NoGas | IncidentKind::LowPressure | IncidentKind::ColdRoom | IncidentKind::Equipment => {
            Priority::High
        }
        IncidentKind::Communication | IncidentKind::SeriousComplaint | IncidentKind::Other => Priority::Medium,
        IncidentKind::Complaint => Priority::Low,
    }
}

/// What an alarm means to a crew: gas in the air is a leak whatever the limit is called.
fn kind_of(registry: &Registry, alarm: AlarmId) -> IncidentKind {
    let rule = registry.rule(alarm);
    let unit = match registry.alarms[alarm.index()].source {
        AlarmSource::Point(p) => &*registry.point_type(&registry.points[p.index()]).unit,
        AlarmSource::Device(_) | AlarmSource::Link(_) | AlarmSource::Store => "",
    };
    match rule.kind {
        AlarmKind::Stale
        | AlarmKind::BadQuality
        | AlarmKind::NoReport
        | AlarmKind::Communication
        | AlarmKind::Clock
        | AlarmKind::Spool => IncidentKind::Communication,
        AlarmKind::GasStep => IncidentKind::Leak,
        AlarmKind::ColdRoom => IncidentKind::ColdRoom,
        _ if unit.eq_ignore_ascii_case("%LEL") => IncidentKind::Leak,
        AlarmKind::Low | AlarmKind::LowLow => IncidentKind::LowPressure,
        _ => IncidentKind::Equipment,
    }
}

/// `Station North: outlet_pressure high-high`.
fn alarm_title(registry: &Registry, alarm: AlarmId) -> String {
    let kind = registry.rule(alarm).kind.name();
    match registry.alarms[alarm.index()].source {
        AlarmSource::Point(p) => {
            let point = &registry.points[p.index()];
            let asset = &registry.assets[point.asset.index()].name;
            format!("{asset}: {} {kind}", registry.point_type(point).name)
        }
        AlarmSource::Device(a) => format!("{}: {kind}", registry.assets[a.index()].name),
        AlarmSource::Link(c) => format!("{}: {kind}", registry.connections[c.index()].name),
        AlarmSource::Store => format!("store: {kind}"),
    }
}

/// Where a crew would go; for a link, the first asset that hangs on it.
fn place_of(registry: &Registry, alarm: AlarmId) -> LonLat {
    let asset = match registry.alarms[alarm.index()].source {
        AlarmSource::Link(c) => registry.assets.iter().find(|a| a.connection == Some(c)),
        AlarmSource::Point(_) | AlarmSource::Device(_) | AlarmSource::Store => {
            registry.alarm_asset(alarm).and_then(|a| registry.assets.get(a.index()))
        }
    };
    asset.map_or(LonLat { lon: 0.0, lat: 0.0 }, |a| a.position)
}
