//! Alarm rules, shared by all alarms of one template point.

use std::sync::Arc;

use super::{DetectorRule, Handling};
use crate::tune::Setting;
use crate::{AssetId, ConnectionId, Millis, PointId};

/// One alarm: a rule applied to a source.
#[derive(Clone, Copy, Debug)]
pub struct AlarmInstance {
    /// What it watches.
    pub source: AlarmSource,
    /// Index into `Registry::rules`.
    pub rule: u32,
}

/// What an alarm watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlarmSource {
    /// A point's values or quality.
    Point(PointId),
    /// Whether the device of an asset answers.
    Device(AssetId),
    /// Whether a connection is up.
    Link(ConnectionId),
    /// Whether what is measured reaches the database.
    Store,
}

/// When to raise, how urgent, whom to send.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Last part of the alarm's key: the kind's name, with `-2`, `-3` … for a second rule of that kind on one point.
    pub key: Arc<str>,
    /// What it looks for.
    pub kind: AlarmKind,
    /// In the point's unit; for rates in unit per second. Meaningless (0) where the kind has none.
    pub limit: f64,
    /// The value must come back past limit ∓ this to clear.
    pub deadband: f64,
    /// The condition must hold this long, in source time, before it raises.
    pub on_delay: Millis,
    /// It must be gone this long, in source time, before it clears.
    pub off_delay: Millis,
    /// How urgent.
    pub priority: Priority,
    /// An alarm that sends a crew.
    pub dispatch: Option<DispatchRule>,
    /// What to tell the operator.
    pub rationalization: Arc<Rationalization>,
    /// Once raised it stays until a person acknowledges and resets it.
    pub latching: bool,
    /// False: the condition is never met.
    pub enabled: bool,
    /// What an operator may set, and how far.
    pub operator_may: Option<Arc<OperatorMay>>,
    /// Decides whether the condition is true, where a plain comparison does not.
    pub detector: Option<Arc<DetectorRule>>,
    /// How its alarms are presented.
    pub handling: Handling,
}

/// `operator_may = { limit = [100, 130] }`: bounds by [`Setting`], both included; an engineer needs none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperatorMay(pub Vec<(Setting, f64, f64)>);

impl OperatorMay {
    /// How far a setting may be changed by an operator; none: not at all.
    pub fn bounds(&self, setting: Setting) -> Option<(f64, f64)> {
        self.0.iter().find(|(s, ..)| *s == setting).map(|&(_, low, high)| (low, high))
    }
}

/// `dispatch = { skill = "regulator", auto = true }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchRule {
    /// Skill the crew must have.
    pub skill: Arc<str>,
    /// Opens an incident and pages by itself.
    pub auto: bool,
}

/// Rationalization (ISA-18.2): what the operator is shown beside the alarm. Empty texts where the site gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rationalization {
    /// Likely cause.
    pub cause: Arc<str>,
    /// What happens if nobody acts.
    pub consequence: Arc<str>,
    /// What to do.
    pub action: Arc<str>,
    /// Time to respond.
    pub respond_within: Option<Millis>,
}

/// What an alarm looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// value > limit, the outer of two.
    HighHigh,
    /// value > limit.
    High,
    /// value < limit.
    Low,
    /// value < limit, the outer of two.
    LowLow,
    /// Rises faster than limit, in unit per second.
    RateOfRise,
    /// Falls faster than limit, in unit per second.
    RateOfFall,
    /// No news for longer than `stale_after`.
    Stale,
    /// The value's quality is bad for another reason than silence.
    BadQuality,
    /// A device or link does not answer.
    Communication,
    /// The clock of a source is off by more than limit, in seconds.
    Clock,
    /// Samples are lost for want of disk, or the database has been away for long.
    Spool,
    /// Two sensors of one quantity disagree.
    Deviation,
    /// The value stands still though its noise should move it.
    Stuck,
    /// The value left what was learned of its level and noise.
    Statistical,
    /// The value left what is usual at this time of day, on this kind of day.
    Seasonal,
    /// Silent for much longer than was learned of its reporting.
    NoReport,
    /// A counter ran backwards or began again.
    CounterReset,
    /// Single values far from their neighbours.
    Spike,
    /// Several signals of one asset do not go together as they used to.
    Joint,
    /// Heat substation: what goes in does not come back as it should.
    HeatImbalance,
    /// A room stays below its set point.
    ColdRoom,
    /// CNG station: pressure or demand outside its dedicated hours, or none within.
    CngHours,
    /// Gas detector: a step over the learned background.
    GasStep,
    /// Flow by night above the learned night minimum.
    NightFlow,
}

impl AlarmKind {
    /// The wire's and the site folder's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HighHigh => "high-high",
            Self::High => "high",
            Self::Low => "low",
            Self::LowLow => "low-low",
            Self::RateOfRise => "rate-of-rise",
            Self::RateOfFall => "rate-of-fall",
            Self::Stale => "stale",
            Self::BadQuality => "bad-quality",
            Self::Communication => "communication",
            Self::Clock => "clock",
            Self::Spool => "spool",
            Self::Deviation => "deviation",
            Self::Stuck => "stuck",
            Self::Statistical => "statistical",
            Self::Seasonal => "seasonal",
            Self::NoReport => "no-report",
            Self::CounterReset => "counter-reset",
            Self::Spike => "spike",
            Self::Joint => "joint",
            Self::HeatImbalance => "heat-imbalance",
            Self::ColdRoom => "cold-room",
            Self::CngHours => "cng-hours",
            Self::GasStep => "gas-step",
            Self::NightFlow => "night-flow",
        }
    }

    /// Whether the rule needs a `limit`.
    pub const fn has_limit(self) -> bool {
        matches!(
            self,
            Self::HighHigh | Self::High | Self::Low | Self::LowLow | Self::RateOfRise | Self::RateOfFall | Self::Clock
        )
    }
}

/// Urgency, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// 1.
    Critical,
    /// 2.
    High,
    /// 3.
    Medium,
    /// 4.
    Low,
}

impl Priority {
    /// Worst first.
    pub const ALL: [Priority; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
