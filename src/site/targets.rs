//! `[alarms.targets]`: what the figures of the alarm system should be, and what counts as stale.

use std::time::Duration;

use linepack_core::Millis;
use linepack_core::kpi::{Bounds, Targets};

use super::section::{Section, Value};

const SECOND: Duration = Duration::from_secs(1);
/// An alarm that stands for longer is stale.
const STALE: Millis = Millis::mins(24 * 60);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads the table; what is left out has the standard's figure. Beside the targets: when an alarm is stale.
pub(super) fn read(section: Option<Section<'_>>) -> (Targets, Millis) {
    let (mut targets, mut stale) = (Targets::default(), STALE);
    let Some(mut s) = section else { return (targets, stale) };
    for (key, bounds) in
        [("per_day", &mut targets.per_day), ("per_hour", &mut targets.per_hour), ("per_10min", &mut targets.per_10min)]
    {
        if let Some(given) = s.get(key).and_then(read_bounds) {
            *bounds = given;
        }
    }
    for (key, most) in [
        ("max_10min", &mut targets.max_10min),
        ("over_10_percent", &mut targets.over_10_percent),
        ("flood_percent", &mut targets.flood_percent),
        ("top_percent", &mut targets.top_percent),
        ("chattering", &mut targets.chattering),
        ("fleeting", &mut targets.fleeting),
        ("stale", &mut targets.stale),
    ] {
        if let Some(given) = s.get(key).and_then(Value::not_negative) {
            *most = given;
        }
    }
    if let Some(mut shares) = s.section("priorities", "[alarms.targets] priorities") {
        let [critical, high, medium, low] = &mut targets.priorities;
        for (key, share) in [("critical", critical), ("high", high), ("medium", medium), ("low", low)] {
            if let Some(given) = shares.get(key).and_then(Value::not_negative) {
                *share = given;
            }
        }
        shares.finish();
    }
    if let Some(given) = s.get("stale_over").and_then(|v| v.millis(SECOND..=365 * DAY)) {
        stale = given;
    }
    s.finish();
    (targets, stale)
}

/// `[acceptable, most]`.
fn read_bounds(value: Value<'_>) -> Option<Bounds> {
    let items = value.list()?;
    let [acceptable, most] = items.as_slice() else {
        return value
            .fail("expected two numbers, what is acceptable and the most that is manageable, such as [150, 300]");
    };
    let (acceptable, most) = acceptable.not_negative().zip(most.not_negative())?;
    if acceptable <= most {
        Some(Bounds { acceptable, most })
    } else {
        value.fail(format!("what is acceptable, {acceptable}, is above the most, {most}"))
    }
}
