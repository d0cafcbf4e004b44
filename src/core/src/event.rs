//! What comes out of the core: every change, as the whole object after it, so that a store, a screen or a page needs
//! nothing else. An event may be shown to anyone only once it is durable.

use std::sync::Arc;

use crate::alarm::{Alarm, Transition};
use crate::dispatch::{Assignment, CrewState, Incident};
use crate::{IncidentNo, PointId, Sample, Ts};

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
    /// An incident changed.
    Incident(Box<Incident>),
    /// An assignment changed.
    Assignment(Box<Assignment>),
    /// A crew's status, assignment or position changed. Position-only changes are not events.
    Crew(Box<CrewState>),
    /// A line of an incident's timeline.
    Timeline(TimelineEntry),
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
    /// Keys of alarms that a reload took away; their state is gone.
    pub dropped_alarms: Vec<String>,
    /// Ids of crews that a reload took away.
    pub dropped_crews: Vec<String>,
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
        self.dropped_alarms.clear();
        self.dropped_crews.clear();
        self.reply = None;
    }
}
