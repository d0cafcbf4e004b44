//! The ISA-18.2 state machine as one pure function.

use super::State;

/// What can happen to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// The condition became true (after its on-delay).
    Raise,
    /// The condition ended (after its off-delay).
    Clear,
    /// A person acknowledged.
    Acknowledge,
    /// A person let go of the latch.
    Reset,
    /// Acknowledged long ago and still true, or worse now.
    ReAlarm,
}

impl State {
    /// The condition counts as true: the next thing its values can do is end it.
    pub const fn is_raised(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Acknowledged)
    }

    /// The state after it; none where it changes nothing or is not allowed. Hidden states (shelved, suppressed, out of
    /// service) are left only by who hid the alarm.
    pub const fn after(self, happening: Happening, latching: bool) -> Option<State> {
        use Happening::{Acknowledge, Clear, Raise, ReAlarm, Reset};
        match (self, happening) {
            (Self::Normal | Self::ReturnedUnacknowledged, Raise)
            | (Self::LatchedUnacknowledged | Self::LatchedAcknowledged, Raise) => Some(Self::Unacknowledged),
            (Self::Unacknowledged, Clear) if latching => Some(Self::LatchedUnacknowledged),
            (Self::Unacknowledged, Clear) => Some(Self::ReturnedUnacknowledged),
            (Self::Acknowledged, Clear) if latching => Some(Self::LatchedAcknowledged),
            (Self::Acknowledged, Clear) => Some(Self::Normal),
            (Self::Unacknowledged, Acknowledge) => Some(Self::Acknowledged),
            (Self::ReturnedUnacknowledged, Acknowledge) => Some(Self::Normal),
            (Self::LatchedUnacknowledged, Acknowledge) => Some(Self::LatchedAcknowledged),
            (Self::LatchedAcknowledged, Reset) => Some(Self::Normal),
            (Self::Acknowledged, ReAlarm) => Some(Self::Unacknowledged),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Happening::{Acknowledge, Clear, Raise, ReAlarm, Reset};
    use super::State::{
        Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, OutOfService, ReturnedUnacknowledged,
        Shelved, Suppressed, Unacknowledged,
    };
    use super::*;

    /// Every state × (raise, clear, clear when latching, acknowledge).
    const TABLE: [(State, [Option<State>; 4]); 9] = [
        (Normal, [Some(Unacknowledged), None, None, None]),
        (Unacknowledged, [None, Some(ReturnedUnacknowledged), Some(LatchedUnacknowledged), Some(Acknowledged)]),
        (Acknowledged, [None, Some(Normal), Some(LatchedAcknowledged), None]),
        (ReturnedUnacknowledged, [Some(Unacknowledged), None, None, Some(Normal)]),
        (LatchedUnacknowledged, [Some(Unacknowledged), None, None, Some(LatchedAcknowledged)]),
        (LatchedAcknowledged, [Some(Unacknowledged), None, None, None]),
        (Shelved, [None; 4]),
        (Suppressed, [None; 4]),
        (OutOfService, [None; 4]),
    ];

    #[test]
    fn every_state_answers_every_happening_as_the_standard_says() {
        assert_eq!(TABLE.map(|(state, _)| state), State::ALL);
        for (state, [raise, clear, latch, ack]) in TABLE {
            for latching in [false, true] {
                assert_eq!(state.after(Raise, latching), raise, "{state:?} raise");
                assert_eq!(state.after(Clear, latching), if latching { latch } else { clear }, "{state:?} clear");
                assert_eq!(state.after(Acknowledge, latching), ack, "{state:?} acknowledge");
                let reset = (state == LatchedAcknowledged).then_some(Normal);
                assert_eq!(state.after(Reset, latching), reset, "{state:?} reset");
                let again = (state == Acknowledged).then_some(Unacknowledged);
                assert_eq!(state.after(ReAlarm, latching), again, "{state:?} re-alarm");
            }
        }
    }

    #[test]
    fn what_wants_an_acknowledgement_takes_one_and_nothing_else_does() {
        for state in State::ALL {
            assert_eq!(state.after(Acknowledge, false).is_some(), state.wants_ack(), "{state:?}");
        }
    }
}
