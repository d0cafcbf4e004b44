//! Incidents, assignments, crews.

use linepack_core::dispatch::{Assignment, CrewState, Incident};
use linepack_core::event::TimelineEntry;
use linepack_core::{Registry, Ts};
use serde::{Deserialize, Serialize};

use super::{finite, text};

/// [`Incident`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentRecord {
    pub(in crate::store) no: u64,
    pub(in crate::store) kind: String,
    pub(in crate::store) state: String,
    pub(in crate::store) priority: String,
    pub(in crate::store) title: String,
    pub(in crate::store) lon: f64,
    pub(in crate::store) lat: f64,
    pub(in crate::store) address: String,
    pub(in crate::store) asset: Option<String>,
    pub(in crate::store) skill: String,
    pub(in crate::store) auto: bool,
    pub(in crate::store) alarms: Vec<String>,
    pub(in crate::store) assignments: Vec<u64>,
    pub(in crate::store) opened_ms: i64,
    pub(in crate::store) closed_ms: Option<i64>,
    pub(in crate::store) resolution: String,
    pub(in crate::store) clocks: Vec<ClockRecord>,
    pub(in crate::store) no_crew: bool,
}

/// A deadline of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockRecord {
    pub(in crate::store) name: String,
    pub(in crate::store) due_ms: i64,
    pub(in crate::store) stopped_ms: Option<i64>,
}

/// [`Assignment`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignmentRecord {
    pub(in crate::store) no: u64,
    pub(in crate::store) incident: u64,
    pub(in crate::store) crew: String,
    pub(in crate::store) state: String,
    pub(in crate::store) offered_ms: i64,
    pub(in crate::store) accept_by_ms: i64,
    pub(in crate::store) accepted_ms: Option<i64>,
    pub(in crate::store) en_route_ms: Option<i64>,
    pub(in crate::store) on_scene_ms: Option<i64>,
    pub(in crate::store) made_safe_ms: Option<i64>,
    pub(in crate::store) restored_ms: Option<i64>,
    pub(in crate::store) completed_ms: Option<i64>,
    pub(in crate::store) ended_ms: Option<i64>,
    /// None where it is not finite.
    pub(in crate::store) eta_s: Option<f64>,
    pub(in crate::store) eta_by: String,
    pub(in crate::store) distance_m: Option<f64>,
    pub(in crate::store) report: String,
    pub(in crate::store) size: Option<String>,
}

/// [`CrewState`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrewRecord {
    pub(in crate::store) crew: String,
    pub(in crate::store) status: String,
    pub(in crate::store) since_ms: i64,
    pub(in crate::store) fix: Option<FixRecord>,
    pub(in crate::store) assignment: Option<u64>,
}

/// Where a crew was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixRecord {
    pub(in crate::store) lon: f64,
    pub(in crate::store) lat: f64,
    pub(in crate::store) ts_ms: i64,
    pub(in crate::store) accuracy_m: Option<f64>,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRecord {
    pub(in crate::store) incident: u64,
    pub(in crate::store) ts_ms: i64,
    pub(in crate::store) by: String,
    pub(in crate::store) event: String,
    pub(in crate::store) detail: String,
}

pub(super) fn incident_record(registry: &Registry, i: &Incident) -> IncidentRecord {
    IncidentRecord {
        no: i.no.0,
        kind: i.kind.name().to_owned(),
        state: i.state.name().to_owned(),
        priority: i.priority.name().to_owned(),
        title: text(&i.title),
        lon: i.position.lon,
        lat: i.position.lat,
        address: text(&i.address),
        asset: i.asset.map(|a| registry.assets[a.index()].id.to_string()),
        skill: text(&i.skill),
        auto: i.auto,
        alarms: i.alarms.iter().map(|&a| registry.alarm_key(a)).collect(),
        assignments: i.assignments.iter().map(|a| a.0).collect(),
        opened_ms: i.opened.ms(),
        closed_ms: i.closed.map(Ts::ms),
        resolution: text(&i.resolution),
        clocks: i
            .clocks
            .iter()
            .map(|c| ClockRecord {
                name: c.name.name().to_owned(),
                due_ms: c.due.ms(),
                stopped_ms: c.stopped.map(Ts::ms),
            })
            .collect(),
        no_crew: i.no_crew,
    }
}

pub(super) fn assignment_record(registry: &Registry, a: &Assignment) -> AssignmentRecord {
    AssignmentRecord {
        no: a.no.0,
        incident: a.incident.0,
        crew: registry.crews[a.crew.index()].id.to_string(),
        state: a.state.name().to_owned(),
        offered_ms: a.offered.ms(),
        accept_by_ms: a.accept_by.ms(),
        accepted_ms: a.accepted.map(Ts::ms),
        en_route_ms: a.en_route.map(Ts::ms),
        on_scene_ms: a.on_scene.map(Ts::ms),
        made_safe_ms: a.made_safe.map(Ts::ms),
        restored_ms: a.restored.map(Ts::ms),
        completed_ms: a.completed.map(Ts::ms),
        ended_ms: a.ended.map(Ts::ms),
        eta_s: finite(a.eta_s),
        eta_by: a.eta_by.name().to_owned(),
        distance_m: finite(a.distance_m),
        report: text(&a.report),
        size: a.size.map(|s| s.name().to_owned()),
    }
}

pub(super) fn crew_record(registry: &Registry, c: &CrewState) -> CrewRecord {
    CrewRecord {
        crew: registry.crews[c.id.index()].id.to_string(),
        status: c.status.name().to_owned(),
        since_ms: c.since.ms(),
        fix: c.fix.map(|f| FixRecord {
            lon: f.position.lon,
            lat: f.position.lat,
            ts_ms: f.ts.ms(),
            accuracy_m: f.accuracy_m.and_then(finite),
        }),
        assignment: c.assignment.map(|a| a.0),
    }
}

pub(super) fn timeline_record(t: &TimelineEntry) -> TimelineRecord {
    TimelineRecord {
        incident: t.incident.0,
        ts_ms: t.at.ms(),
        by: text(&t.by),
        event: t.event.to_owned(),
        detail: text(&t.detail),
    }
}
