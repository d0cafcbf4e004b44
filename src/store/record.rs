//! What the log holds: the core's events as rows that go by name, so that they outlive a reload and a new version.
//!
//! A field that is added later needs `#[serde(default)]`: an old log is read by a new program.

use linepack_core::alarm::{Alarm, Hide, HideKind, Transition};
use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, CrewState, Incident};
use linepack_core::event::{Entry, TimelineEntry};
use linepack_core::{Actor, Event, Registry, Substitute, Ts};
use serde::{Deserialize, Serialize};

/// One row-shaped change. Serialised into the log, then written into the tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// An alarm after a change, with its journal row.
    Alarm(AlarmRecord, Option<TransitionRecord>),
    /// An incident after a change.
    Incident(IncidentRecord),
    /// An assignment after a change.
    Assignment(AssignmentRecord),
    /// A crew after a change.
    Crew(CrewRecord),
    /// A line of an incident's timeline.
    Timeline(TimelineRecord),
    /// A command to the field after a change.
    Command(CommandRecord),
    /// Keys of alarms that a reload took away.
    AlarmsDropped(Vec<String>),
    /// Samples that were lost because the disk queue was full.
    Gap {
        /// Oldest source time among them, ms.
        from_ms: i64,
        /// Newest, ms.
        to_ms: i64,
        /// How many.
        samples: u64,
    },
    /// A value that a person entered.
    Entry(EntryRecord),
    /// A substitute stands.
    Substitute(SubstituteRecord),
    /// None stands any more for the point.
    SubstituteEnded(String),
}

/// [`Entry`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRecord {
    pub(super) point: String,
    pub(super) kind: String,
    pub(super) value: Option<f64>,
    pub(super) value_ms: i64,
    pub(super) until_ms: Option<i64>,
    pub(super) reason: String,
    pub(super) actor: String,
    pub(super) address: Option<String>,
    pub(super) ts_ms: i64,
}

/// [`Substitute`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubstituteRecord {
    pub(super) point: String,
    pub(super) value: f64,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) since_ms: i64,
    pub(super) until_ms: Option<i64>,
}

/// [`Alarm`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmRecord {
    pub(super) alarm: String,
    pub(super) seq: u64,
    pub(super) state: String,
    /// None for NaN.
    pub(super) value: Option<f64>,
    /// [`linepack_core::Quality::code`].
    pub(super) quality: u8,
    pub(super) raised_ms: Option<i64>,
    pub(super) acked_ms: Option<i64>,
    pub(super) acked_by: Option<String>,
    pub(super) cleared_ms: Option<i64>,
    pub(super) pending_ms: Option<i64>,
    pub(super) incident: Option<u64>,
    #[serde(default)]
    pub(super) abnormal: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) hides: Vec<HideRecord>,
}

/// What hides an alarm, with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct HideRecord {
    pub(super) how: String,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) since_ms: i64,
    pub(super) until_ms: Option<i64>,
}

/// [`Transition`] with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransitionRecord {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) cause: String,
    pub(super) actor: Option<String>,
    pub(super) address: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) value: Option<f64>,
    pub(super) limit: Option<f64>,
    pub(super) quality: String,
    pub(super) source_ms: i64,
    pub(super) ts_ms: i64,
}

/// [`Incident`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentRecord {
    pub(super) no: u64,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) priority: String,
    pub(super) title: String,
    pub(super) lon: f64,
    pub(super) lat: f64,
    pub(super) address: String,
    pub(super) asset: Option<String>,
    pub(super) skill: String,
    pub(super) auto: bool,
    pub(super) alarms: Vec<String>,
    pub(super) assignments: Vec<u64>,
    pub(super) opened_ms: i64,
    pub(super) closed_ms: Option<i64>,
    pub(super) resolution: String,
    pub(super) clocks: Vec<ClockRecord>,
    pub(super) no_crew: bool,
}

/// A deadline of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockRecord {
    pub(super) name: String,
    pub(super) due_ms: i64,
    pub(super) stopped_ms: Option<i64>,
}

/// [`Assignment`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignmentRecord {
    pub(super) no: u64,
    pub(super) incident: u64,
    pub(super) crew: String,
    pub(super) state: String,
    pub(super) offered_ms: i64,
    pub(super) accept_by_ms: i64,
    pub(super) accepted_ms: Option<i64>,
    pub(super) en_route_ms: Option<i64>,
    pub(super) on_scene_ms: Option<i64>,
    pub(super) made_safe_ms: Option<i64>,
    pub(super) restored_ms: Option<i64>,
    pub(super) completed_ms: Option<i64>,
    pub(super) ended_ms: Option<i64>,
    /// None where it is not finite.
    pub(super) eta_s: Option<f64>,
    pub(super) eta_by: String,
    pub(super) distance_m: Option<f64>,
    pub(super) report: String,
    pub(super) size: Option<String>,
}

/// [`CrewState`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrewRecord {
    pub(super) crew: String,
    pub(super) status: String,
    pub(super) since_ms: i64,
    pub(super) fix: Option<FixRecord>,
    pub(super) assignment: Option<u64>,
}

/// Where a crew was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixRecord {
    pub(super) lon: f64,
    pub(super) lat: f64,
    pub(super) ts_ms: i64,
    pub(super) accuracy_m: Option<f64>,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRecord {
    pub(super) incident: u64,
    pub(super) ts_ms: i64,
    pub(super) by: String,
    pub(super) event: String,
    pub(super) detail: String,
}

/// [`Control`] with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    pub(super) no: u64,
    pub(super) point: String,
    pub(super) value: f64,
    pub(super) unit: String,
    pub(super) state: String,
    pub(super) reason: String,
    pub(super) before: Option<f64>,
    pub(super) selected: DoneRecord,
    pub(super) expires_ms: i64,
    pub(super) executed: Option<DoneRecord>,
    pub(super) finished: Option<DoneRecord>,
    pub(super) cause: Option<String>,
    pub(super) found: Option<f64>,
    pub(super) detail: String,
}

/// Who did something, when, from where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoneRecord {
    pub(super) by: String,
    pub(super) from: String,
    pub(super) ts_ms: i64,
}

/// The core's events as records; `dropped_alarms`: keys of alarms a reload took away.
pub fn records(registry: &Registry, events: &[Event], dropped_alarms: &[String]) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::with_capacity(events.len() + usize::from(!dropped_alarms.is_empty()));
    if !dropped_alarms.is_empty() {
        all.push(Record::AlarmsDropped(dropped_alarms.to_vec()));
    }
    all.extend(events.iter().map(|event| match event {
        Event::Alarm { alarm, transition } => {
            Record::Alarm(alarm_record(registry, alarm), transition.as_ref().map(transition_record))
        }
        Event::Incident(i) => Record::Incident(incident_record(registry, i)),
        Event::Assignment(a) => Record::Assignment(assignment_record(registry, a)),
        Event::Crew(c) => Record::Crew(crew_record(registry, c)),
        Event::Timeline(t) => Record::Timeline(timeline_record(t)),
        Event::Control(c) => Record::Command(command_record(c)),
        Event::Entry(e) => Record::Entry(entry_record(registry, e)),
        Event::Substitute(s) => Record::Substitute(substitute_record(registry, s)),
        Event::SubstituteEnded(point) => Record::SubstituteEnded(registry.point_name(*point)),
        Event::SubstituteDropped(name) => Record::SubstituteEnded(name.clone()),
    }));
    all
}

fn finite(v: f64) -> Option<f64> {
    v.is_finite().then_some(v)
}

/// PostgreSQL cannot keep a NUL in a text.
fn text(s: &str) -> String {
    s.replace('\0', "\u{fffd}")
}

fn alarm_record(registry: &Registry, a: &Alarm) -> AlarmRecord {
    AlarmRecord {
        alarm: registry.alarm_key(a.id),
        seq: a.seq,
        state: a.state.name().to_owned(),
        value: finite(a.value),
        quality: a.quality.code(),
        raised_ms: a.raised.map(Ts::ms),
        acked_ms: a.acked.as_ref().map(|(at, _)| at.ms()),
        acked_by: a.acked.as_ref().map(|(_, who)| text(who)),
        cleared_ms: a.cleared.map(Ts::ms),
        pending_ms: a.pending.map(Ts::ms),
        incident: a.incident.map(|i| i.0),
        abnormal: a.abnormal,
        hides: a.hides.iter().map(|(kind, hide)| hide_record(kind, hide)).collect(),
    }
}

fn hide_record(kind: HideKind, hide: &Hide) -> HideRecord {
    HideRecord {
        how: kind.state().name().to_owned(),
        by: text(&hide.by),
        reason: text(&hide.reason),
        since_ms: hide.since.ms(),
        until_ms: hide.until.map(Ts::ms),
    }
}

fn transition_record(t: &Transition) -> TransitionRecord {
    TransitionRecord {
        from: t.from.name().to_owned(),
        to: t.to.name().to_owned(),
        cause: t.cause.name().to_owned(),
        actor: t.actor.as_ref().map(|a| text(&a.name)),
        address: t.actor.as_ref().filter(|a| !a.address.is_empty()).map(|a| text(&a.address)),
        reason: t.reason.as_deref().map(text),
        value: finite(t.value),
        limit: finite(t.limit),
        quality: t.quality.class().to_owned(),
        source_ms: t.source.ms(),
        ts_ms: t.at.ms(),
    }
}

fn incident_record(registry: &Registry, i: &Incident) -> IncidentRecord {
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

fn assignment_record(registry: &Registry, a: &Assignment) -> AssignmentRecord {
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

fn crew_record(registry: &Registry, c: &CrewState) -> CrewRecord {
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

fn entry_record(registry: &Registry, e: &Entry) -> EntryRecord {
    EntryRecord {
        point: registry.point_name(e.point),
        kind: e.kind.name().to_owned(),
        value: finite(e.value),
        value_ms: e.ts.ms(),
        until_ms: e.until.map(Ts::ms),
        reason: text(&e.reason),
        actor: text(&e.actor.name),
        address: Some(text(&e.actor.address)).filter(|a| !a.is_empty()),
        ts_ms: e.at.ms(),
    }
}

fn substitute_record(registry: &Registry, s: &Substitute) -> SubstituteRecord {
    SubstituteRecord {
        point: registry.point_name(s.point),
        value: s.value,
        reason: text(&s.reason),
        by: text(&s.by),
        since_ms: s.since.ms(),
        until_ms: s.until.map(Ts::ms),
    }
}

fn timeline_record(t: &TimelineEntry) -> TimelineRecord {
    TimelineRecord {
        incident: t.incident.0,
        ts_ms: t.at.ms(),
        by: text(&t.by),
        event: t.event.to_owned(),
        detail: text(&t.detail),
    }
}

fn command_record(c: &Control) -> CommandRecord {
    let done = |(by, at): &(Actor, Ts)| done_record(by, *at);
    CommandRecord {
        no: c.no.0,
        point: c.point.to_string(),
        value: c.value,
        unit: text(&c.unit),
        state: c.state.name().to_owned(),
        reason: text(&c.reason),
        before: c.before.and_then(finite),
        selected: done_record(&c.selected_by, c.selected),
        expires_ms: c.expires.ms(),
        executed: c.executed.as_ref().map(done),
        finished: c.finished.as_ref().map(done),
        cause: c.cause.map(|w| w.name().to_owned()),
        found: c.found.and_then(finite),
        detail: text(&c.detail),
    }
}

fn done_record(by: &Actor, at: Ts) -> DoneRecord {
    DoneRecord { by: text(&by.name), from: text(&by.address), ts_ms: at.ms() }
}
