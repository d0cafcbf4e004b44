//! Alarms as ISA-18.2 / IEC 62682 keeps them: one per (source, rule).

mod act;
mod book;
mod chatter;
mod evidence;
mod hide;
mod machine;
mod remarks;
mod request;

use std::sync::Arc;

pub use act::Act;
pub(crate) use book::{Again, Book, Due, Outcome, Seen};
pub use chatter::Chattering;
pub use evidence::Evidence;
pub use hide::{Hide, HideKind, Hides};
pub use machine::Happening;
pub use remarks::{Comment, Remarks};
pub use request::Request;

use crate::{Actor, AlarmId, IncidentNo, Quality, Ts};

/// ISA-18.2 states, by name, never by letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Process normal, nothing shown.
    #[default]
    Normal,
    /// Abnormal, annunciated.
    Unacknowledged,
    /// Abnormal, seen.
    Acknowledged,
    /// Normal again, nobody has seen it yet.
    ReturnedUnacknowledged,
    /// Normal, held by its latch, annunciated.
    LatchedUnacknowledged,
    /// Normal, held by its latch, seen.
    LatchedAcknowledged,
    /// Hidden by an operator for a time.
    Shelved,
    /// Hidden by design.
    Suppressed,
    /// Hidden until a named person returns it.
    OutOfService,
}

impl State {
    /// All states.
    pub const ALL: [State; 9] = [
        Self::Normal,
        Self::Unacknowledged,
        Self::Acknowledged,
        Self::ReturnedUnacknowledged,
        Self::LatchedUnacknowledged,
        Self::LatchedAcknowledged,
        Self::Shelved,
        Self::Suppressed,
        Self::OutOfService,
    ];

    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Unacknowledged => "unacknowledged",
            Self::Acknowledged => "acknowledged",
            Self::ReturnedUnacknowledged => "returned-unacknowledged",
            Self::LatchedUnacknowledged => "latched-unacknowledged",
            Self::LatchedAcknowledged => "latched-acknowledged",
            Self::Shelved => "shelved",
            Self::Suppressed => "suppressed",
            Self::OutOfService => "out-of-service",
        }
    }

    /// From the wire's word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Shown to the operator as something to look at.
    pub const fn is_annunciated(self) -> bool {
        !matches!(self, Self::Normal | Self::Shelved | Self::Suppressed | Self::OutOfService)
    }

    /// Not shown to the operator whatever the process does.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::Shelved | Self::Suppressed | Self::OutOfService)
    }

    /// Waits for an acknowledgement.
    pub const fn wants_ack(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::ReturnedUnacknowledged | Self::LatchedUnacknowledged)
    }
}

/// An alarm's whole state; survives a restart as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Which.
    pub id: AlarmId,
    /// Number of transitions so far; a stale click can be told by it.
    pub seq: u64,
    /// ISA-18.2 state.
    pub state: State,
    /// The value that last moved it, in the point's unit; NaN where the source has none.
    pub value: f64,
    /// Quality of that value.
    pub quality: Quality,
    /// When it last raised, hub time.
    pub raised: Option<Ts>,
    /// Who acknowledged it, and when.
    pub acked: Option<(Ts, Arc<str>)>,
    /// When the condition last ended, hub time.
    pub cleared: Option<Ts>,
    /// A running on-delay (state normal or returned) or off-delay (state raised): since when, source time.
    pub pending: Option<Ts>,
    /// The incident it opened or belongs to.
    pub incident: Option<IncidentNo>,
    /// Hidden or held only: the process is abnormal underneath.
    pub abnormal: bool,
    /// What hides it.
    pub hides: Hides,
    /// What its detector saw when it last raised; none for plain limits.
    pub evidence: Option<Arc<Evidence>>,
    /// Source time of what last raised it.
    pub onset: Option<Ts>,
    /// How it has come and gone lately.
    pub chatter: Box<Chattering>,
    /// The first alarm of the upset it belongs to, where that has more than one; itself, if it is the first.
    pub group: Option<AlarmId>,
    /// What waits for a second person.
    pub request: Option<Box<Request>>,
    /// What people say about it.
    pub remarks: Option<Box<Remarks>>,
}

impl Alarm {
    /// Normal, and never anything else.
    pub fn at_rest(id: AlarmId) -> Self {
        Self {
            id,
            seq: 0,
            state: State::Normal,
            value: f64::NAN,
            quality: Quality::Good,
            raised: None,
            acked: None,
            cleared: None,
            pending: None,
            incident: None,
            abnormal: false,
            hides: Hides::default(),
            evidence: None,
            onset: None,
            chatter: Box::default(),
            group: None,
            request: None,
            remarks: None,
        }
    }

    /// The condition counts as true, shown or not.
    pub fn is_raised(&self) -> bool {
        if self.state.is_hidden() || self.chatter.held { self.abnormal } else { self.state.is_raised() }
    }

    /// Nothing about it needs to be shown to anybody.
    pub fn is_at_rest(&self) -> bool {
        self.state == State::Normal && self.request.is_none()
    }
}

/// What moved an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The condition became true.
    Raise,
    /// The condition ended.
    Clear,
    /// A person acknowledged.
    Acknowledge,
    /// A person let go of its latch.
    Reset,
    /// Hidden for a time.
    Shelve,
    /// Shown again before its time was over.
    Unshelve,
    /// Its time on the shelf was over.
    Expire,
    /// Its time on the shelf is nearly over.
    Expiring,
    /// A chattering alarm was quiet long enough to be let go.
    Settle,
    /// Acknowledged long ago and still true, or worse now.
    ReAlarm,
    /// A person asked to hide it; another must confirm.
    Request,
    /// The other person did not want it.
    Refuse,
    /// Nobody confirmed it in time.
    RequestExpired,
    /// Hidden by design.
    Suppress,
    /// Not any more.
    Unsuppress,
    /// Taken out of service.
    OutOfService,
    /// Returned to service.
    InService,
    /// The site no longer has this alarm or changed its rule.
    Reload,
    /// Somebody looks after it now, or nobody any more.
    Assign,
    /// Somebody said something about it.
    Comment,
    /// Seen in historical or late data; journalled, never annunciated.
    Historical,
    /// Its settings were changed.
    Change,
    /// Its model was frozen; the state stays.
    Freeze,
    /// Its model learns again; the state stays.
    Unfreeze,
    /// Its model was made to begin anew; the state stays.
    Relearn,
}

impl Cause {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Clear => "clear",
            Self::Acknowledge => "acknowledge",
            Self::Reset => "reset",
            Self::Shelve => "shelve",
            Self::Unshelve => "unshelve",
            Self::Expire => "expire",
            Self::Expiring => "expiring",
            Self::Settle => "settle",
            Self::ReAlarm => "re-alarm",
            Self::Request => "request",
            Self::Refuse => "refuse",
            Self::RequestExpired => "request-expired",
            Self::Suppress => "suppress",
            Self::Unsuppress => "unsuppress",
            Self::OutOfService => "out-of-service",
            Self::InService => "in-service",
            Self::Reload => "reload",
            Self::Assign => "assign",
            Self::Comment => "comment",
            Self::Historical => "historical",
            Self::Change => "change",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Relearn => "relearn",
        }
    }
}

/// One journal row.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// State before.
    pub from: State,
    /// State after.
    pub to: State,
    /// What moved it.
    pub cause: Cause,
    /// Who, where a person did.
    pub actor: Option<Actor>,
    /// Why, where a person or a detector said.
    pub reason: Option<Arc<str>>,
    /// The value then.
    pub value: f64,
    /// The rule's limit then; NaN where it has none.
    pub limit: f64,
    /// The value's quality then.
    pub quality: Quality,
    /// Source time.
    pub source: Ts,
    /// Hub time.
    pub at: Ts,
}
