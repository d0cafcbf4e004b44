//! What a setting may be: an alarm must be able to raise and to clear, and limits keep their order.

use super::Setting;
use crate::registry::{AlarmKind, AlarmSource, Priority, Rule};
use crate::{AlarmId, Refusal, Registry};

/// Longest delay: thirty days.
const LONGEST: f64 = 30.0 * 86_400_000.0;

/// Whether an alarm may be set so; `rule` is what it would be.
pub fn check(registry: &Registry, alarm: AlarmId, rule: &Rule, changed: &[(Setting, f64)]) -> Result<(), Refusal> {
    let source = registry.alarms[alarm.index()].source;
    for &(setting, value) in changed {
        let wrong = |detail: String| Err(Refusal::Invalid { field: field(setting), detail });
        if !value.is_finite() {
            return wrong("expected a number".to_owned());
        }
        match setting {
            Setting::Limit | Setting::Deadband if !rule.kind.has_limit() => {
                return wrong(format!("an alarm of kind \"{}\" has none", rule.kind.name()));
            }
            Setting::Limit if !is_level(rule.kind) && value <= 0.0 => {
                return wrong("expected a number above 0".to_owned());
            }
            Setting::Deadband if value < 0.0 => return wrong("expected 0 or more".to_owned()),
            Setting::OnDelay | Setting::OffDelay if !(0.0..=LONGEST).contains(&value) => {
                return wrong("expected 0 to 30 days".to_owned());
            }
            Setting::Priority if !(0..Priority::ALL.len()).any(|p| p as f64 == value) => {
                return wrong("expected critical, high, medium or low".to_owned());
            }
            Setting::Enabled if !matches!(source, AlarmSource::Point(_)) => {
                return wrong("the alarm of a device, a link or the store is always enabled".to_owned());
            }
            _ => {}
        }
    }
    match source {
        AlarmSource::Point(point) if is_level(rule.kind) => {
            let point = &registry.points[point.index()];
            let range = registry.point_type(point).range;
            let others: Vec<&Rule> =
                point.alarms.clone().map(AlarmId).filter(|&a| a != alarm).map(|a| registry.rule(a)).collect();
            level(rule, &others, range)
        }
        _ if rule.kind.has_limit() && rule.deadband >= rule.limit => Err(Refusal::Invalid {
            field: "deadband",
            detail: format!("must be smaller than the limit {}, else the alarm could not clear", rule.limit),
        }),
        _ => Ok(()),
    }
}

/// The name in a request.
fn field(setting: Setting) -> &'static str {
    match setting {
        Setting::OnDelay => "on_delay_s",
        Setting::OffDelay => "off_delay_s",
        other => other.name(),
    }
}

const fn is_level(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::High | AlarmKind::HighHigh | AlarmKind::Low | AlarmKind::LowLow)
}

const fn rank(kind: AlarmKind) -> u8 {
    match kind {
        AlarmKind::LowLow => 0,
        AlarmKind::Low => 1,
        AlarmKind::High => 2,
        _ => 3,
    }
}

fn level(rule: &Rule, others: &[&Rule], range: Option<(f64, f64)>) -> Result<(), Refusal> {
    let limit = rule.limit;
    let wrong = |field, detail: String| Err(Refusal::Invalid { field, detail });
    if let Some((low, high)) = range.filter(|&(low, high)| limit < low || limit > high) {
        return wrong("limit", format!("{limit} is outside the point's range, {low} to {high}"));
    }
    let upper = rank(rule.kind) >= 2;
    let mut room = range.map_or(f64::INFINITY, |(low, high)| if upper { limit - low } else { high - limit });
    for other in others.iter().filter(|o| is_level(o.kind)) {
        let (own, theirs) = (rank(rule.kind), rank(other.kind));
        let relation = if own < theirs && limit >= other.limit {
            "below"
        } else if own > theirs && limit <= other.limit {
            "above"
        } else {
            if upper != (theirs >= 2) {
                room = room.min((limit - other.limit).abs());
            }
            continue;
        };
        return wrong("limit", format!("must be {relation} the {} limit {}", other.kind.name(), other.limit));
    }
    if rule.deadband > 0.0 && rule.deadband >= room {
        return wrong(
            "deadband",
            format!("must be smaller than {room}, the way back to the next limit or the end of the range"),
        );
    }
    Ok(())
}
