//! How alarms are presented: what rules say each for itself, and what the site says for all.

use std::sync::Arc;

use crate::Millis;

/// What a rule says of the handling of its alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handling {
    /// The site's word for a kind of alarm, such as `gas` or `power`; may be empty.
    pub class: Arc<str>,
    /// A chattering alarm is held instead of annunciated anew.
    pub damped: bool,
    /// Acknowledged and still true after this time: it is annunciated again.
    pub re_alarm: Option<Millis>,
    /// What returns to normal needs no acknowledgement.
    pub auto_ack: bool,
    /// Hiding it for long takes two people.
    pub two_person: bool,
}

impl Default for Handling {
    fn default() -> Self {
        Self { class: "".into(), damped: true, re_alarm: None, auto_ack: false, two_person: false }
    }
}

/// `[alarms]` of the site, as far as it is not about shelving times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmPolicy {
    /// What counts as chattering.
    pub chatter: Chatter,
    /// An alarm gone sooner than this is fleeting, unless it comes back within [`AlarmPolicy::fleeting_quiet`].
    pub fleeting: Millis,
    /// See [`AlarmPolicy::fleeting`].
    pub fleeting_quiet: Millis,
    /// What counts as a flood, per position.
    pub flood: FloodLimits,
    /// Which alarms are of one upset.
    pub group: Grouping,
    /// A shelved alarm says so this long before it comes back.
    pub shelve_warning: Millis,
    /// Shelving for longer takes two people, where the alarm asks for two.
    pub two_person_shelve: Millis,
    /// The second person has this long.
    pub two_person_within: Millis,
}

/// `chatter = { count, within }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chatter {
    /// This many activations …
    pub count: u32,
    /// … within this time.
    pub within: Millis,
}

/// `flood = { start, end, within }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloodLimits {
    /// Begins with more annunciations than this …
    pub start: u32,
    /// … ends with fewer than this …
    pub end: u32,
    /// … within this time.
    pub within: Millis,
}

/// `group = { within, at_most }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// An alarm joins a group this long after its last one.
    pub within: Millis,
    /// And this long after its first one at most.
    pub at_most: Millis,
}

impl Default for AlarmPolicy {
    fn default() -> Self {
        Self {
            chatter: Chatter { count: 3, within: Millis::secs(60) },
            fleeting: Millis::secs(10),
            fleeting_quiet: Millis::secs(60),
            flood: FloodLimits { start: 10, end: 5, within: Millis::mins(10) },
            group: Grouping { within: Millis::secs(60), at_most: Millis::mins(10) },
            shelve_warning: Millis::mins(5),
            two_person_shelve: Millis::mins(60),
            two_person_within: Millis::mins(15),
        }
    }
}
