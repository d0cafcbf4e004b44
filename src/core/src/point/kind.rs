//! What all points of a type share, precompiled for the hot path.

use crate::registry::{AlarmKind, PointType, Rule, Table};

/// A point type with its quiet zone: a good value inside it moves no alarm that is at rest.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// Below it some low limit raises.
    quiet_low: f64,
    /// Above it some high limit raises.
    quiet_high: f64,
    /// Steepest quiet rise, unit per millisecond.
    quiet_rise: f64,
    /// Steepest quiet fall, unit per millisecond, positive.
    quiet_fall: f64,
    /// Reported to screens when it moves by more.
    pub(crate) deadband: f64,
    /// Inside it the quality is not touched.
    pub(crate) range: (f64, f64),
    /// Milliseconds; 0: never stale.
    pub(crate) stale_after: i64,
}

impl Kind {
    pub(crate) fn new(point: &PointType, rules: &Table<Rule>) -> Self {
        Self::of(point, point.rules.iter().filter_map(|&r| rules.get(r as usize)))
    }

    /// With rules that are not all of the type's.
    pub(crate) fn of<'a>(point: &PointType, rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let mut kind = Self {
            quiet_low: f64::NEG_INFINITY,
            quiet_high: f64::INFINITY,
            quiet_rise: f64::INFINITY,
            quiet_fall: f64::INFINITY,
            deadband: point.deadband,
            range: point.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
            stale_after: point.stale_after.map_or(0, |m| m.0.max(0)),
        };
        for rule in rules.into_iter().filter(|r| r.enabled && r.detector.is_none()) {
            match rule.kind {
                AlarmKind::HighHigh | AlarmKind::High => kind.quiet_high = kind.quiet_high.min(rule.limit),
                AlarmKind::Low | AlarmKind::LowLow => kind.quiet_low = kind.quiet_low.max(rule.limit),
                AlarmKind::RateOfRise => kind.quiet_rise = kind.quiet_rise.min(rule.limit / 1000.0),
                AlarmKind::RateOfFall => kind.quiet_fall = kind.quiet_fall.min(rule.limit / 1000.0),
                // silence, quality, links; detectors look for themselves
                _ => {}
            }
        }
        kind
    }

    /// A good value that moved by `dv` in `dt` milliseconds raises nothing. A hair inside the rate limits, so that the
    /// exact rule decides at the edge.
    pub(crate) fn is_quiet(&self, value: f64, dv: f64, dt: f64) -> bool {
        const INSIDE: f64 = 1.0 - 1e-9;
        self.quiet_low <= value
            && value <= self.quiet_high
            && dv <= self.quiet_rise * dt * INSIDE
            && -dv <= self.quiet_fall * dt * INSIDE
    }

    /// Whether the value can be this quantity.
    pub(crate) fn is_plausible(&self, value: f64) -> bool {
        value.is_finite() && self.range.0 <= value && value <= self.range.1
    }
}
