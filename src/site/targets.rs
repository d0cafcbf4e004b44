//! `[alarms.targets]`: what the figures of the alarm system should be, and what counts as fleeting and stale.

use std::time::Duration;

use linepack_core::Millis;
use linepack_core::kpi::{Bounds, Rules, Targets};

use super::section::{Section, Value};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads the table; what is left out has the standard's figure.
pub(super) fn read(section: Option<Section<'_>>) -> (Targets, Rules) {
    let (mut targets, mut rules) = (Targets::default(), Rules::default());
    let Some(mut s) = section else { return (targets, rules) };
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
    let span = |s: &mut Section<'_>, key, to: &mut Millis| {
        if let Some(given) = s.get(key).and_then(|v| v.millis(SECOND..=365 * DAY)) {
            *to = given;
        }
    };
    span(&mut s, "fleeting_under", &mut rules.fleeting);
    span(&mut s, "fleeting_quiet", &mut rules.fleeting_quiet);
    span(&mut s, "stale_over", &mut rules.stale);
    s.finish();
    (targets, rules)
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
