//! When conditions that no longer hold stop hiding.

use std::collections::{BTreeMap, BTreeSet};

use crate::Ts;

/// Before the first step nobody knows what time it is.
const UNTIMED: Ts = Ts(i64::MIN);

#[derive(Clone, Copy, Debug)]
struct Ending {
    at: Ts,
    /// Since a restart or reload nothing was heard of its inputs.
    unheard: bool,
}

/// At most one moment for each condition.
#[derive(Debug, Default)]
pub(super) struct Endings {
    of: BTreeMap<u32, Ending>,
    by_time: BTreeSet<(Ts, u32)>,
}

impl Endings {
    /// After a restart or reload: its inputs have until then to be heard of; none: timed with [`Endings::start`].
    pub(super) fn wait(&mut self, n: u32, until: Option<Ts>) {
        self.set(n, Ending { at: until.unwrap_or(UNTIMED), unheard: true });
    }

    /// The first step: what waits has until then.
    pub(super) fn start(&mut self, until: Ts) {
        let untimed = |(n, e): (&u32, &Ending)| (e.at == UNTIMED).then_some(*n);
        let waiting: Vec<u32> = self.of.iter().filter_map(untimed).collect();
        for n in waiting {
            self.wait(n, Some(until));
        }
    }

    /// Nothing was heard of its inputs yet.
    pub(super) fn waits(&self, n: u32) -> bool {
        self.of.get(&n).is_some_and(|e| e.unheard)
    }

    /// It ends then; what would end it sooner does.
    pub(super) fn at_most(&mut self, n: u32, at: Ts) {
        if self.of.get(&n).is_none_or(|e| e.unheard || e.at > at) {
            self.set(n, Ending { at, unheard: false });
        }
    }

    pub(super) fn forget(&mut self, n: u32) {
        if let Some(was) = self.of.remove(&n) {
            self.by_time.remove(&(was.at, n));
        }
    }

    /// The next that ends now.
    pub(super) fn pop(&mut self, now: Ts) -> Option<u32> {
        let &(at, n) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.forget(n);
        Some(n)
    }

    fn set(&mut self, n: u32, ending: Ending) {
        self.forget(n);
        self.of.insert(n, ending);
        self.by_time.insert((ending.at, n));
    }
}
