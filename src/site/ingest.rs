//! `[ingest]` and `time` of a connection: what is thought of the times that sources send.

use std::time::Duration;

use linepack_core::Millis;
use linepack_core::registry::ClockPolicy;

use super::hub::EVER;
use super::section::Section;

/// What is thought of times, with what a connection that says otherwise must know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) policy: ClockPolicy,
    /// Older times are ancient.
    after: Millis,
}

impl Default for Times {
    fn default() -> Self {
        Self { policy: ClockPolicy::default(), after: Millis(365 * 86_400_000) }
    }
}

impl Times {
    /// Reads a table; what it leaves out is as here.
    pub(super) fn with(self, section: Option<Section<'_>>) -> Self {
        let Some(mut s) = section else { return self };
        let tolerance = s.get("clock_tolerance").and_then(|v| v.millis(Duration::from_secs(1)..=EVER));
        let refuse_future = s.get("future").and_then(|v| v.word(&[("restamp", false), ("refuse", true)]));
        let refuse_ancient = s.get("ancient").and_then(|v| v.word(&[("historical", false), ("refuse", true)]));
        let after = s.get("ancient_after").and_then(|v| v.millis(Duration::from_secs(60)..=EVER)).unwrap_or(self.after);
        s.finish();
        let refuse = refuse_ancient.unwrap_or(self.policy.refuse_before.is_some());
        let policy = ClockPolicy {
            tolerance: tolerance.or(self.policy.tolerance),
            refuse_future: refuse_future.unwrap_or(self.policy.refuse_future),
            refuse_before: refuse.then_some(after),
        };
        Self { policy, after }
    }
}
