//! Limits and rates with their deadband.

use crate::registry::{AlarmKind, Rule};

/// Whether the kind needs two samples.
pub(crate) fn is_rate(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::RateOfRise | AlarmKind::RateOfFall)
}

/// Whether the rule's condition holds for a good value. `rate` is the change since the good sample before, in unit per
/// second; without one a rate rule says nothing. Once raised, the value must come back past limit ∓ deadband.
/// None: the rule does not look at values, or cannot tell.
pub(crate) fn is_met(rule: &Rule, value: f64, rate: Option<f64>, raised: bool) -> Option<bool> {
    let margin = if raised { rule.deadband } else { 0.0 };
    let above = |x: f64| x > rule.limit - margin;
    Some(match rule.kind {
        AlarmKind::HighHigh | AlarmKind::High => above(value),
        AlarmKind::Low | AlarmKind::LowLow => value < rule.limit + margin,
        AlarmKind::RateOfRise => above(rate?),
        AlarmKind::RateOfFall => above(-rate?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Millis;
    use crate::registry::{Priority, Rationalization};

    fn rule(kind: AlarmKind, limit: f64, deadband: f64) -> Rule {
        Rule {
            key: kind.name().into(),
            kind,
            limit,
            deadband,
            on_delay: Millis(0),
            off_delay: Millis(0),
            priority: Priority::High,
            dispatch: None,
            rationalization: Rationalization::default().into(),
            latching: false,
            enabled: true,
            operator_may: None,
            detector: None,
            handling: Default::default(),
        }
    }

    #[test]
    fn a_limit_is_crossed_strictly_and_left_past_the_deadband() {
        use AlarmKind::{High, HighHigh, Low, LowLow, RateOfFall, RateOfRise};
        // kind, limit, deadband, value, rate, met while normal, met while raised
        for (kind, limit, deadband, value, rate, normal, raised) in [
            (High, 120.0, 2.0, 120.0, None, Some(false), Some(true)),
            (High, 120.0, 2.0, 120.1, None, Some(true), Some(true)),
            (High, 120.0, 2.0, 118.1, None, Some(false), Some(true)),
            (High, 120.0, 2.0, 118.0, None, Some(false), Some(false)),
            (HighHigh, 150.0, 0.0, 150.0, None, Some(false), Some(false)),
            (Low, 80.0, 2.0, 80.0, None, Some(false), Some(true)),
            (Low, 80.0, 2.0, 79.9, None, Some(true), Some(true)),
            (Low, 80.0, 2.0, 82.0, None, Some(false), Some(false)),
            (LowLow, -5.0, 1.0, -4.5, None, Some(false), Some(true)),
            (RateOfRise, 0.5, 0.1, 7.0, Some(0.6), Some(true), Some(true)),
            (RateOfRise, 0.5, 0.1, 7.0, Some(0.45), Some(false), Some(true)),
            (RateOfRise, 0.5, 0.1, 7.0, Some(-9.0), Some(false), Some(false)),
            (RateOfRise, 0.5, 0.1, 7.0, None, None, None),
            (RateOfFall, 0.5, 0.0, 7.0, Some(-0.6), Some(true), Some(true)),
            (RateOfFall, 0.5, 0.0, 7.0, Some(-0.5), Some(false), Some(false)),
            (RateOfFall, 0.5, 0.0, 7.0, Some(9.0), Some(false), Some(false)),
        ] {
            let rule = rule(kind, limit, deadband);
            assert_eq!(is_met(&rule, value, rate, false), normal, "{kind:?} {value} {rate:?} normal");
            assert_eq!(is_met(&rule, value, rate, true), raised, "{kind:?} {value} {rate:?} raised");
        }
    }

    #[test]
    fn quality_and_silence_rules_do_not_look_at_values() {
        for kind in
            [AlarmKind::Stale, AlarmKind::BadQuality, AlarmKind::Communication, AlarmKind::Clock, AlarmKind::Spool]
        {
            assert_eq!(is_met(&rule(kind, 0.0, 0.0), 1.0, Some(1.0), false), None);
        }
    }
}
