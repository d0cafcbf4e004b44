//! Alarms and their journal.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{Evidence, HideAsked};

/// An alarm now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Alarm {
    /// `asset:point:kind`.
    pub id: String,
    /// Asset id; the connection's name for a dead link.
    pub asset: String,
    /// Full point name `asset/point`; for devices and links the alarm's source, `asset/device`, `link/NAME`.
    pub point: String,
    /// `high-high` …
    pub kind: String,
    /// ISA-18.2 state.
    pub state: String,
    /// `critical high medium low`.
    pub priority: String,
    /// The value that last moved it.
    pub value: Option<f64>,
    /// Limit of the rule.
    pub limit: Option<f64>,
    /// Unit of both.
    pub unit: String,
    /// Quality of the value.
    pub quality: String,
    /// When it last raised.
    pub raised_ms: Option<i64>,
    /// When it was acknowledged.
    pub acked_ms: Option<i64>,
    /// By whom.
    pub acked_by: Option<String>,
    /// When the condition ended.
    pub cleared_ms: Option<i64>,
    /// When a shelved alarm comes back.
    pub shelved_until_ms: Option<i64>,
    /// What hides it, strongest last; empty where nothing does.
    pub hidden: Vec<Hidden>,
    /// User name of who looks after it.
    pub assignee: Option<String>,
    /// How often something was said about it since it rose; the journal has it all.
    pub comments: u32,
    /// What was said last.
    pub comment: Option<Comment>,
    /// One line for people (English; screens build their own from the fields).
    pub message: String,
    /// The incident it belongs to.
    pub incident: Option<String>,
    /// Name of the asset, for lists.
    pub asset_name: String,
    /// Area of the asset.
    pub area: String,
    /// Class of the rule; may be empty.
    pub class: String,
    /// The operator position it belongs to.
    pub position: String,
    /// Number of transitions so far.
    pub seq: u64,
    /// It comes and goes and is held until it has been quiet for a while.
    pub chattering: bool,
    /// It went away sooner than anybody could look.
    pub fleeting: bool,
    /// Activations since it was annunciated.
    pub activations: u32,
    /// The first alarm of the upset it belongs to; itself, if it is the first; none where it stands alone.
    pub group: Option<String>,
    /// The probable cause of its group.
    pub first_out: bool,
    /// What waits for a second person.
    pub request: Option<HideAsked>,
    /// Its time on the shelf is nearly over.
    pub expiring: bool,
    /// ActiveState: the condition is true, shown or not.
    pub active: bool,
    /// AckedState: nobody has to look at it.
    pub acked: bool,
    /// SuppressedState.
    pub suppressed: bool,
    /// OutOfServiceState.
    pub out_of_service: bool,
    /// SuppressedOrShelved: hidden in any way.
    pub suppressed_or_shelved: bool,
    /// ShelvingState: `unshelved timed-shelved`.
    pub shelving_state: String,
    /// LatchedState.
    pub latched: bool,
    /// FirstInGroup.
    pub first_in_group: bool,
    /// OnDelay, seconds.
    pub on_delay_s: f64,
    /// OffDelay, seconds.
    pub off_delay_s: f64,
    /// ReAlarmTime, seconds.
    pub re_alarm_time_s: Option<f64>,
    /// MaxTimeShelved, seconds.
    pub max_time_shelved_s: f64,
    /// Hiding it for long takes two people.
    pub two_person: bool,
    /// Rationalization: likely cause.
    pub cause: String,
    /// Rationalization: what happens if nobody acts.
    pub consequence: String,
    /// Rationalization: what to do.
    pub action: String,
    /// Rationalization: time to respond, seconds.
    pub respond_within_s: Option<f64>,
    /// What its detector saw when it last raised; none for plain limits.
    pub evidence: Option<Evidence>,
}

/// What somebody said about an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Comment {
    /// User name.
    pub by: String,
    /// When.
    pub ts_ms: i64,
    /// What.
    pub text: String,
}

/// A way an alarm is hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Hidden {
    /// `shelved suppressed out-of-service`.
    pub how: String,
    /// By a rule of the site, which ends it.
    pub by_design: bool,
    /// User name; name of the rule.
    pub by: String,
    /// What was said.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
    /// When it ends by itself; shelved alarms only.
    pub until_ms: Option<i64>,
}

/// One transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct JournalRow {
    /// Running number.
    pub id: i64,
    /// Alarm id.
    pub alarm: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// `raise clear acknowledge …`
    pub cause: String,
    /// User name; `hub`.
    pub actor: Option<String>,
    /// Network address the actor came from.
    pub address: Option<String>,
    /// What the actor said.
    pub reason: Option<String>,
    /// The value then.
    pub value: Option<f64>,
    /// The limit then.
    pub limit: Option<f64>,
    /// The value's quality then.
    pub quality: String,
    /// Source time.
    pub source_ms: i64,
    /// Hub time.
    pub ts_ms: i64,
}
