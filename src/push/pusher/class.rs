//! The groups of one rate come in shares, one after the other: so a rate's frames are spread over its period.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::Registry;
use tokio::time::Instant;

use crate::push::delta::Regular;
use crate::push::group::Group;
use crate::push::interest::Rate;

/// A share that is later than this had nothing to send for a while.
const RESTED: Duration = Duration::from_secs(1);

/// Rate, and which share of its groups.
pub(super) type Key = (Rate, u8);

/// Groups that get their values at the same moments.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) pending: Regular,
    /// Not before.
    pub(super) due: Instant,
}

impl Class {
    /// A share without groups.
    pub(super) fn new(key: Key, registry: &Registry, now: Instant) -> Self {
        Self { groups: vec![], pending: Regular::new(registry), due: now + later(key) }
    }

    /// All that was pending is on its way.
    pub(super) fn sent(&mut self, key: Key, now: Instant) {
        self.pending.clear();
        self.due = next_due(key, self.due, now);
    }
}

/// By how much a share comes later than the first.
fn later((rate, share): Key) -> Duration {
    rate.period() * u32::from(share) / u32::from(rate.shares())
}

/// When a share that was due and is sent now may be sent again.
fn next_due(key: Key, due: Instant, now: Instant) -> Instant {
    let (period, late) = (key.0.period(), now.saturating_duration_since(due));
    if late < period / 2 {
        due + period
    } else if late < RESTED {
        // there is more to send than can be: the others come first, but nobody waits for a moment that has passed
        now + period / 2
    } else {
        // the shares are set apart anew
        now + period + later(key)
    }
}
