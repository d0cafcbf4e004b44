//! Hidden alarms (ISA-18.2: shelved, suppressed by design, out of service; OPC UA Part 9: ShelvingState, SuppressedState,
//! OutOfServiceState). An alarm may be hidden in several ways at once; the strongest names its state.

use std::sync::Arc;

use super::{Cause, State};
use crate::Ts;

/// A way of hiding an alarm, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HideKind {
    /// By an operator, for a time.
    Shelved,
    /// By design of the plant.
    Suppressed,
    /// For maintenance, until a named person returns it.
    OutOfService,
}

impl HideKind {
    /// All, weakest first.
    pub const ALL: [HideKind; 3] = [Self::Shelved, Self::Suppressed, Self::OutOfService];

    /// The state of an alarm that nothing stronger hides.
    pub const fn state(self) -> State {
        match self {
            Self::Shelved => State::Shelved,
            Self::Suppressed => State::Suppressed,
            Self::OutOfService => State::OutOfService,
        }
    }

    pub(super) const fn begins(self) -> Cause {
        match self {
            Self::Shelved => Cause::Shelve,
            Self::Suppressed => Cause::Suppress,
            Self::OutOfService => Cause::OutOfService,
        }
    }

    /// What ends it when a person does.
    pub(crate) const fn ends(self) -> Cause {
        match self {
            Self::Shelved => Cause::Unshelve,
            Self::Suppressed => Cause::Unsuppress,
            Self::OutOfService => Cause::InService,
        }
    }
}

/// Who hid an alarm, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Hide {
    /// User name.
    pub by: Arc<str>,
    /// Not empty.
    pub reason: Arc<str>,
    /// Since when.
    pub since: Ts,
    /// When it ends by itself; shelved alarms only.
    pub until: Option<Ts>,
}

/// All that hides an alarm; for most alarms nothing, and then it costs no memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hides(Vec<(HideKind, Hide)>);

impl Hides {
    /// In one way.
    pub fn get(&self, kind: HideKind) -> Option<&Hide> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, hide)| hide)
    }

    /// Every way it is hidden, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = (HideKind, &Hide)> {
        self.0.iter().map(|(kind, hide)| (*kind, hide))
    }

    /// Hides it in one way, or not any more; what was there.
    pub fn set(&mut self, kind: HideKind, hide: Option<Hide>) -> Option<Hide> {
        let was = self.0.iter().position(|(k, _)| *k == kind).map(|at| self.0.remove(at).1);
        if let Some(hide) = hide {
            self.0.push((kind, hide));
            self.0.sort_unstable_by_key(|(kind, _)| *kind);
        }
        was
    }

    /// The state they make; none where nothing hides it.
    pub fn state(&self) -> Option<State> {
        self.0.last().map(|(kind, _)| kind.state())
    }
}
