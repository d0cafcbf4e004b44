//! Control: commands to the field, select before operate.
//!
//! A person selects a point and a value, sees what it would do, and executes it before the selection runs out. Only then
//! something is sent, once; and it is done only when the device reads it back.

mod desk;
mod step;

use std::sync::Arc;

pub(crate) use desk::{Desk, SavedDesk};
pub use step::MAX_EXECUTING;
pub(crate) use step::Present;

use crate::dispatch::words;
use crate::{Actor, ControlNo, Millis, PointId, Ts};

/// A command to the field, whole. It goes by names, so that it outlives the site it was given on.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Running number.
    pub no: ControlNo,
    /// `asset/point`.
    pub point: Arc<str>,
    /// What is wanted, in `unit`.
    pub value: f64,
    /// Unit of the value; empty for none.
    pub unit: Arc<str>,
    /// How far it is.
    pub state: ControlState,
    /// Why, as the person says it; may be empty.
    pub reason: Arc<str>,
    /// The point's value before: when it was selected, later when it was executed; none where nothing was known.
    pub before: Option<f64>,
    /// Who selected it, and may execute it.
    pub selected_by: Actor,
    /// When.
    pub selected: Ts,
    /// The selection runs out then.
    pub expires: Ts,
    /// Who executed it, and when.
    pub executed: Option<(Actor, Ts)>,
    /// Who ended it (the hub, or the person who cancelled it), and when.
    pub finished: Option<(Actor, Ts)>,
    /// Why it did not do what was wanted.
    pub cause: Option<Cause>,
    /// The value read back last where it is another than the one wanted.
    pub found: Option<f64>,
    /// For people; may be empty.
    pub detail: Arc<str>,
}

words! {
    /// How far a command is.
    ControlState {
        /// Chosen, nothing sent.
        Selected = "selected",
        /// On its way to the device.
        Executing = "executing",
        /// Sent, and read back as wanted.
        Verified = "verified",
        /// Not done.
        Failed = "failed",
        /// Sent, but the device reads another value.
        Unverified = "unverified",
        /// Sent or not: only the device can tell.
        Unknown = "unknown",
        /// Not executed in time.
        Expired = "expired",
        /// Given up before it was executed.
        Cancelled = "cancelled",
    }
}

words! {
    /// Why a command did not do what was wanted.
    Cause {
        /// Too many others wait for the link.
        Busy = "busy",
        /// The link or the device does not answer.
        Down = "down",
        /// The connection cannot write this point.
        NotWritable = "not-writable",
        /// It could not be sent in time.
        TooLate = "too-late",
        /// The site was read anew meanwhile.
        Reload = "reload",
        /// The device refused it.
        Refused = "refused",
        /// The device did not answer.
        NoAnswer = "no-answer",
        /// The device reads another value.
        ReadBack = "read-back",
        /// The hub stopped meanwhile.
        Restart = "restart",
        /// The link never said what came of it.
        Lost = "lost",
    }
}

impl ControlState {
    /// It holds its point.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Selected | Self::Executing)
    }
}

/// What came of a command that was executed.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Read back as wanted.
    Verified,
    /// The device reads another value.
    Unverified {
        /// What it reads; none where nothing could be read.
        found: Option<f64>,
        /// For people.
        detail: Arc<str>,
    },
    /// Nothing was done.
    Failed {
        /// Why.
        cause: Cause,
        /// For people.
        detail: Arc<str>,
    },
    /// Nobody can tell.
    Unknown {
        /// Why.
        cause: Cause,
        /// For people.
        detail: Arc<str>,
    },
}

/// A command to be sent, once it is durable that it is being executed. Given out once and never again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operate {
    /// Which command.
    pub control: ControlNo,
    /// Where to.
    pub point: PointId,
    /// In the point's unit.
    pub value: f64,
    /// When it was executed: who carries it out must not do so long after.
    pub at: Ts,
}

/// `[commands]` of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlPolicy {
    /// A selection that is not executed by then runs out.
    pub select_timeout: Millis,
    /// The device must read back what was written within this time.
    pub verify_within: Millis,
}

impl Default for ControlPolicy {
    fn default() -> Self {
        Self { select_timeout: Millis::secs(30), verify_within: Millis::secs(10) }
    }
}
