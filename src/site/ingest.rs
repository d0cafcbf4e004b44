//! `[ingest]`: what is thought of the times that sources send.

use std::time::Duration;

use linepack_core::Millis;
use linepack_core::registry::ClockPolicy;

use super::hub::EVER;
use super::section::Section;

/// Older times are ancient where nobody says when they are.
const YEAR: Millis = Millis(365 * 86_400_000);

/// Reads the table.
pub(super) fn read(section: Option<Section<'_>>) -> ClockPolicy {
    let mut policy = ClockPolicy::default();
    let Some(mut s) = section else { return policy };
    policy.tolerance = s.get("clock_tolerance").and_then(|v| v.millis(Duration::from_secs(1)..=EVER));
    policy.refuse_future =
        s.get("future").and_then(|v| v.word(&[("restamp", false), ("refuse", true)])).unwrap_or(false);
    let refuse = s.get("ancient").and_then(|v| v.word(&[("historical", false), ("refuse", true)])).unwrap_or(false);
    let after = s.get("ancient_after").and_then(|v| v.millis(Duration::from_secs(60)..=EVER));
    policy.refuse_before = refuse.then_some(after.unwrap_or(YEAR));
    s.finish();
    policy
}
