//! What the log holds: the core's events as rows that go by name, so that they outlive a reload and a new version.
//!
//! A field that is added later needs `#[serde(default)]`: an old log is read by a new program.

mod alarm;
mod command;
mod dispatch;
mod entry;
mod evidence;
mod flood;
mod handover;
mod model;
mod tuned;

use linepack_core::{Event, Registry};
use serde::{Deserialize, Serialize};

pub use alarm::{AlarmRecord, TransitionRecord};
pub use command::{CommandRecord, DoneRecord};
pub use dispatch::{AssignmentRecord, ClockRecord, CrewRecord, FixRecord, IncidentRecord, TimelineRecord};
pub use entry::{EntryRecord, SubstituteRecord};
pub use handover::HandoverRecord;
pub use model::{FrozenRecord, ModelRecord};
pub use tuned::TunedRecord;

use alarm::{alarm_record, transition_record};
use command::command_record;
use dispatch::{assignment_record, crew_record, incident_record, timeline_record};
use entry::{entry_record, substitute_record};
use flood::{FloodRecord, flood_record};
use handover::handover_record;
use model::model_record;
use tuned::tuned_record;

/// One row-shaped change. Serialised into the log, then written into the tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// An alarm after a change, with its journal row.
    Alarm(Box<AlarmRecord>, Option<TransitionRecord>),
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
    /// A setting of an alarm stands otherwise than in the site folder.
    Tuned(TunedRecord),
    /// It does no more: alarm and setting.
    TunedEnded(String, String),
    /// What a detector has learned.
    Model(ModelRecord),
    /// An alarm flood began, ended, or has other numbers.
    Flood(FloodRecord),
    /// A hand-over of a shift after a change.
    Handover(HandoverRecord),
}

/// The core's events as records; `dropped_alarms`: keys of alarms a reload took away.
pub fn records(registry: &Registry, events: &[Event], dropped_alarms: &[String]) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::with_capacity(events.len() + usize::from(!dropped_alarms.is_empty()));
    if !dropped_alarms.is_empty() {
        all.push(Record::AlarmsDropped(dropped_alarms.to_vec()));
    }
    all.extend(events.iter().map(|event| match event {
        Event::Alarm { alarm, transition } => {
            Record::Alarm(Box::new(alarm_record(registry, alarm)), transition.as_ref().map(transition_record))
        }
        Event::Flood(f) => Record::Flood(flood_record(f)),
        Event::Incident(i) => Record::Incident(incident_record(registry, i)),
        Event::Assignment(a) => Record::Assignment(assignment_record(registry, a)),
        Event::Crew(c) => Record::Crew(crew_record(registry, c)),
        Event::Timeline(t) => Record::Timeline(timeline_record(t)),
        Event::Control(c) => Record::Command(command_record(c)),
        Event::Entry(e) => Record::Entry(entry_record(registry, e)),
        Event::Substitute(s) => Record::Substitute(substitute_record(registry, s)),
        Event::SubstituteEnded(point) => Record::SubstituteEnded(registry.point_name(*point)),
        Event::Handover(h) => Record::Handover(handover_record(h)),
        Event::SubstituteDropped(name) => Record::SubstituteEnded(name.clone()),
        Event::Tuned(t) => Record::Tuned(tuned_record(registry, t)),
        Event::TunedEnded(alarm, setting) => Record::TunedEnded(registry.alarm_key(*alarm), setting.name().to_owned()),
        Event::TunedDropped(alarm, setting) => Record::TunedEnded(alarm.clone(), setting.name().to_owned()),
        Event::Model(m) => Record::Model(model_record(registry, m)),
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
