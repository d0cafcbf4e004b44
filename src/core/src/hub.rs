//! The step: inputs in, events out.

use std::sync::Arc;

use crate::alarm::Alarm;
use crate::dispatch::{Assignment, CrewState, Incident};
use crate::event::Output;
use crate::{Input, PointId, Quality, Reason, Registry, Ts};

/// What a restart brings back. Things the registry no longer knows were left out by the shell.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Alarms that were not normal or had a delay running.
    pub alarms: Vec<Alarm>,
    /// Open incidents.
    pub incidents: Vec<Incident>,
    /// Assignments of open incidents.
    pub assignments: Vec<Assignment>,
    /// Crews.
    pub crews: Vec<CrewState>,
    /// Last values, as `uncertain (last-known)`.
    pub values: Vec<(PointId, Current)>,
    /// Highest incident number ever given.
    pub last_incident: u64,
    /// Highest assignment number ever given.
    pub last_assignment: u64,
}

/// A point's current value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Current {
    /// In the point's unit; NaN where nothing is known.
    pub value: f64,
    /// Trust.
    pub quality: Quality,
    /// Source time.
    pub ts: Ts,
    /// Arrival at the hub.
    pub received: Ts,
}

impl Current {
    /// Before anything has arrived.
    pub const NONE: Current =
        Current { value: f64::NAN, quality: Quality::Bad(Reason::NotReceived), ts: Ts(0), received: Ts(0) };
}

/// The control room's whole mind. Single writer; deterministic.
#[derive(Debug)]
pub struct Core {
    registry: Arc<Registry>,
}

impl Core {
    /// Starts from what was saved.
    pub fn new(registry: Arc<Registry>, saved: Saved) -> Self {
        let _ = saved;
        Self { registry }
    }

    /// Takes one input at hub time `now` (never before that of an earlier step) and appends what follows to `out`,
    /// which the caller has cleared.
    pub fn step(&mut self, now: Ts, input: Input, out: &mut Output) {
        let _ = (now, input, out);
    }

    /// The present site.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// A crew as it is now.
    pub fn crew(&self, crew: crate::CrewId) -> Option<&CrewState> {
        let _ = crew;
        None
    }

    /// A point's current value.
    pub fn value(&self, point: PointId) -> Current {
        let _ = point;
        Current::NONE
    }
}
