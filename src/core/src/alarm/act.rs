//! What a person does to an alarm.

use std::sync::Arc;

use super::HideKind;
use crate::Ts;

/// What a person does to an alarm.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Has seen it.
    Acknowledge,
    /// Lets go of a latched alarm that was acknowledged.
    Reset,
    /// Hides it for a time.
    Shelve {
        /// Until then; the site says how long at most, by priority.
        until: Ts,
        /// Not empty.
        reason: Arc<str>,
    },
    /// Hides it until it is asked for again.
    Hide {
        /// How; a shelved alarm has a time and rules act by themselves, so only the others.
        kind: HideKind,
        /// Not empty.
        reason: Arc<str>,
    },
    /// Ends one way of hiding it.
    Show(HideKind),
    /// Confirms what another person asked for.
    Confirm,
    /// Does not want what was asked for; also who asked.
    Refuse,
    /// Says who looks after it; none: nobody any more.
    Assign {
        /// User name.
        to: Option<Arc<str>>,
    },
    /// Says something about it.
    Comment {
        /// Not empty.
        text: Arc<str>,
    },
}
