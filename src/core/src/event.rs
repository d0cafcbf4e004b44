//! What comes out of the core: every change, as the whole object after it, so that a store, a screen or a page needs
//! nothing else. An event may be shown to anyone only once it is durable.

use std::sync::Arc;

use crate::alarm::{Alarm, Transition};
use crate::control::{Control, Operate};
use crate::dispatch::{Assignment, CrewState, Incident};
use crate::handover::Handover;
use crate::hub::{Flood, ModelState, Substitute};
use crate::tune::{Setting, Tuned};
use crate::{Actor, AlarmId, AssetId, IncidentNo, PointId, Sample, Ts};

/// A change that must not be lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An alarm changed. Without a transition only its inner state moved (a delay began or was given up).
    Alarm {
        /// After the change.
        alarm: Alarm,
        /// The journal row.
        transition: Option<Transition>,
    },
    /// A flood began, ended, or has other numbers.
    Flood(Flood),
    /// An incident changed.
    Incident(Box<Incident>),
    /// An assignment changed.
    Assignment(Box<Assignment>),
    /// A crew's status, assignment or position changed. Position-only changes are not events.
    Crew(Box<CrewState>),
    /// A line of an incident's timeline.
    Timeline(TimelineEntry),
    /// A command to the field changed.
    Control(Box<Control>),
    /// A hand-over of a shift changed.
    Handover(Box<Handover>),
    /// Somebody entered a value, or put one in place of a measured one.
    Entry(Box<Entry>),
    /// A substitute stands.
    Substitute(Substitute),
    /// No substitute stands any more.
    SubstituteEnded(PointId),
    /// The same, for a point that a reload took away; by its full name.
    SubstituteDropped(String),
    /// A setting of an alarm stands otherwise than in the site folder.
    Tuned(Box<Tuned>),
    /// It is as in the site folder again.
    TunedEnded(AlarmId, Setting),
    /// The same, for an alarm that a reload took away; by its key.
    TunedDropped(String, Setting),
    /// What a detector has learned is to be kept.
    Model(Box<ModelState>),
}

/// A line of the journal of entered values.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which point.
    pub point: PointId,
    /// What was done.
    pub kind: EntryKind,
    /// The value entered; with the end of a substitute the value that shows again. NaN where there is none.
    pub value: f64,
    /// When the value holds from.
    pub ts: Ts,
    /// When the substitute ends by itself.
    pub until: Option<Ts>,
    /// Why; empty where a substitute ran out.
    pub reason: Arc<str>,
    /// Who.
    pub actor: Actor,
    /// When it was done.
    pub at: Ts,
}

impl Entry {
    pub(crate) fn of(point: PointId, kind: EntryKind, actor: &Actor, at: Ts) -> Self {
        Self { point, kind, value: f64::NAN, ts: at, until: None, reason: "".into(), actor: actor.clone(), at }
    }

    pub(crate) fn with(self, value: f64, reason: &Arc<str>, ts: Ts) -> Self {
        Self { value, ts, reason: reason.clone(), ..self }
    }
}

/// What was done by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A value of a point without a source.
    Value,
    /// A total starts again from a number.
    Reset,
    /// A value in place of the measured one.
    Substitute,
    /// The measured value shows again.
    Unsubstitute,
    /// The time of a substitute ran out.
    Expired,
}

impl EntryKind {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Reset => "reset",
            Self::Substitute => "substitute",
            Self::Unsubstitute => "unsubstitute",
            Self::Expired => "expired",
        }
    }
}

/// A line of an incident's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Whose.
    pub incident: IncidentNo,
    /// When.
    pub at: Ts,
    /// User name, or `hub`.
    pub by: Arc<str>,
    /// `opened offered accepted declined expired escalated en-route on-scene made-safe restored completed cancelled merged closed note alarm`.
    pub event: &'static str,
    /// For people.
    pub detail: Arc<str>,
}

/// What one step produced. Reused between steps; `clear` keeps the memory.
#[derive(Debug, Default)]
pub struct Output {
    /// Changes that must be durable before anyone sees them, in order.
    pub events: Vec<Event>,
    /// Samples for the historian: scaled, with the quality the core gave them (range, order).
    pub history: Vec<Sample>,
    /// Points whose shown value, quality or time changed by more than the deadband. May repeat.
    pub changed: Vec<PointId>,
    /// Crews that moved without any other change.
    pub moved: Vec<crate::CrewId>,
    /// To be sent to the field once the events are durable; each command stands here once in its life.
    pub operate: Vec<Operate>,
    /// Keys of alarms that a reload took away; their state is gone.
    pub dropped_alarms: Vec<String>,
    /// Ids of crews that a reload took away.
    pub dropped_crews: Vec<String>,
    /// Samples whose time cannot be, with the reason: not taken.
    pub refused: Vec<(Sample, &'static str)>,
    /// Source clocks measured anew: milliseconds behind the hub's, none where the source sends no times.
    pub clocks: Vec<(AssetId, Option<i64>)>,
    /// Intervals that totals could not count.
    pub lost_intervals: u64,
    /// Answer to a command or status; `None` for other inputs.
    pub reply: Option<Result<crate::Reply, crate::Refusal>>,
}

impl Output {
    /// Empties it for the next step.
    pub fn clear(&mut self) {
        self.events.clear();
        self.history.clear();
        self.changed.clear();
        self.moved.clear();
        self.operate.clear();
        self.dropped_alarms.clear();
        self.dropped_crews.clear();
        self.refused.clear();
        self.clocks.clear();
        self.lost_intervals = 0;
        self.reply = None;
    }
}
