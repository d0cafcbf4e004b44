//! Something that needs a crew.

use std::sync::Arc;

use crate::registry::Priority;
use crate::{AlarmId, AssetId, AssignmentNo, IncidentNo, LonLat, Ts};

/// An incident's whole state.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Running number.
    pub no: IncidentNo,
    /// What it is.
    pub kind: IncidentKind,
    /// How far it is.
    pub state: IncidentState,
    /// Urgency: the worst of its alarms; calls by kind.
    pub priority: Priority,
    /// One line for people.
    pub title: Arc<str>,
    /// Where.
    pub position: LonLat,
    /// As the caller said it; empty for alarms.
    pub address: Arc<str>,
    /// The asset, where an alarm opened it.
    pub asset: Option<AssetId>,
    /// Skill a crew needs; empty for any.
    pub skill: Arc<str>,
    /// Pages crews by itself until one accepts.
    pub auto: bool,
    /// Its alarms, in order of arrival.
    pub alarms: Vec<AlarmId>,
    /// Its assignments, in order.
    pub assignments: Vec<AssignmentNo>,
    /// When it was opened.
    pub opened: Ts,
    /// When it was closed.
    pub closed: Option<Ts>,
    /// How it ended; empty while open.
    pub resolution: Arc<str>,
    /// Running deadlines.
    pub clocks: Vec<Clock>,
    /// No crew is left to page: the control room must act.
    pub no_crew: bool,
}

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Which promise.
    pub name: ClockName,
    /// When it runs out.
    pub due: Ts,
    /// When it was met or ended.
    pub stopped: Option<Ts>,
}

/// The promises this version measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockName {
    /// Opening → crew en route.
    Turnout,
    /// First offer → on scene.
    Arrival,
    /// Restored → crew may leave, not before `due`.
    Hold,
}

impl ClockName {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Turnout => "turnout",
            Self::Arrival => "arrival",
            Self::Hold => "hold",
        }
    }
}

impl Clock {
    /// Whether the promise was kept; `None` while it runs.
    pub fn kept(&self) -> Option<bool> {
        let stopped = self.stopped?;
        Some(match self.name {
            ClockName::Hold => stopped >= self.due,
            ClockName::Turnout | ClockName::Arrival => stopped <= self.due,
        })
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }
        impl $name {
            /// All, in order.
            pub const ALL: &'static [$name] = &[$(Self::$variant,)*];
            /// The wire's word.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
            /// From the wire's word.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What is reported or measured.
    IncidentKind {
        /// Gas escapes, measured.
        Leak = "leak",
        /// Somebody smells gas.
        GasSmell = "gas-smell",
        /// No supply.
        NoGas = "no-gas",
        /// Weak supply.
        LowPressure = "low-pressure",
        /// Fire or explosion.
        Fire = "fire",
        /// Digger and the like.
        ThirdPartyDamage = "third-party-damage",
        /// A heated room is cold.
        ColdRoom = "cold-room",
        /// A regulator, valve or station misbehaves.
        Equipment = "equipment",
        /// A device or link is silent.
        Communication = "communication",
        /// Somebody is dissatisfied.
        Complaint = "complaint",
        /// … seriously.
        SeriousComplaint = "serious-complaint",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How far an incident is; follows its furthest assignment.
    IncidentState {
        /// Nobody has been asked.
        Open = "open",
        /// A crew is paged or has accepted.
        Dispatched = "dispatched",
        /// A crew is on its way.
        EnRoute = "en-route",
        /// A crew is there.
        OnScene = "on-scene",
        /// No danger any more.
        MadeSafe = "made-safe",
        /// Supply is back.
        Restored = "restored",
        /// Ended with a disposition.
        Closed = "closed",
    }
}

words! {
    /// How large a repair is (CJJ 51 practice: it sets by when it must be done).
    RepairSize {
        /// Within the shift.
        Minor = "minor",
        /// Before night.
        Medium = "medium",
        /// Continuous crews until done.
        Major = "major",
    }
}
