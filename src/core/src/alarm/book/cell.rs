//! What is kept of every alarm of the site, moved or not.

use super::super::{Happening, State};

/// No delay runs.
pub(super) const IDLE: i64 = i64::MIN;
/// The timer queue holds nothing.
pub(super) const UNARMED: i64 = i64::MAX;

/// Looked at with every sample of an alarm that is not at rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Since when a delay runs; [`IDLE`] when none does.
    pub(super) pending: i64,
    /// The earliest look the timer queue holds for the delay, hub time; [`UNARMED`] when none.
    pub(super) armed: i64,
    pub(super) state: State,
    /// Historical data is beyond the limit: its excursion is already in the journal.
    pub(super) excursion: bool,
    /// It chatters and is held.
    pub(super) held: bool,
    /// A timer for letting it go is in the queue.
    pub(super) settling: bool,
    /// Hidden or held only: the condition is true underneath.
    pub(super) abnormal: bool,
}

impl Cell {
    /// Nothing ever happened to it.
    pub(super) const REST: Cell = Cell {
        pending: IDLE,
        armed: UNARMED,
        state: State::Normal,
        excursion: false,
        held: false,
        settling: false,
        abnormal: false,
    };

    pub(super) fn is_raised(&self) -> bool {
        if self.goes_on_underneath() { self.abnormal } else { self.state.is_raised() }
    }

    /// What its condition does does not move its state.
    pub(super) fn goes_on_underneath(&self) -> bool {
        self.held || self.state.is_hidden()
    }

    /// Its state after a happening. What is hidden or held goes on underneath.
    pub(super) fn after(&self, happening: Happening, latching: bool) -> Option<State> {
        match happening {
            Happening::Raise | Happening::Clear if self.goes_on_underneath() => {
                (self.abnormal != (happening == Happening::Raise)).then_some(self.state)
            }
            _ => self.state.after(happening, latching),
        }
    }
}
