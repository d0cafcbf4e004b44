//! What is thought of the clocks of sources that stamp their own times.

use crate::{Millis, Sample};

/// `[ingest]` of the site, as far as it is about times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ClockPolicy {
    /// A source clock that is off by more, for a while, is an alarm; none: it is only shown.
    pub tolerance: Option<Millis>,
    /// A time further ahead than a minute is refused; else the time of arrival counts, and the value is uncertain.
    pub refuse_future: bool,
    /// Older times than this are refused; else they are historical like all late ones.
    pub refuse_before: Option<Millis>,
}

/// A source clock may run ahead this far, milliseconds.
pub(crate) const AHEAD: i64 = 60_000;

impl ClockPolicy {
    /// Why a sample's time cannot be taken; none where it can.
    pub fn refusal(&self, sample: &Sample) -> Option<&'static str> {
        let age = (sample.received - sample.ts).0;
        if self.refuse_future && age < -AHEAD {
            return Some("its time lies in the future");
        }
        let too_old = self.refuse_before.is_some_and(|most| age > most.0);
        too_old.then_some("its time lies too far in the past")
    }
}
