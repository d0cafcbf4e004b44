//! Signals of points that the pipe physics does not give: lively, repeatable, inside their limits.

use super::demand;
use crate::plant::Point;

/// How a point behaves in normal running.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Around `mid`, never further than `amp`.
    Lively {
        /// Middle, in the point's unit.
        mid: f64,
        /// Largest distance from it.
        amp: f64,
        /// What drives the slow part.
        driver: Driver,
    },
    /// A state that stays.
    Fixed(f64),
    /// Counts up by `per_hour`.
    Counter {
        /// Units an hour.
        per_hour: f64,
    },
}

/// What drives the slow part of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// A slow wave of its own.
    Own,
    /// Warmer is higher.
    Weather,
    /// Colder is higher: heating water.
    Heating,
}

/// Share of the normal band that a signal uses.
const USED: f64 = 0.3;

impl Signal {
    /// A plausible signal by the point's name, limits and range.
    pub fn of(point: &Point) -> Self {
        let name = point.name.as_str();
        let (low, high) = band(point);
        if name.ends_with("_open") || name.ends_with("_running") {
            return Self::Fixed(f64::from(u8::from(!name.starts_with("door"))));
        }
        if point.range == Some((0.0, 1.0)) && point.unit.is_empty() {
            return Self::Fixed(0.0);
        }
        if name.contains("volume") || name.contains("total") {
            return Self::Counter { per_hour: 120.0 };
        }
        if name.contains("lel") {
            return Self::Lively { mid: (low + 0.04 * (high - low)).max(0.4), amp: 0.3, driver: Driver::Own };
        }
        let driver = match name {
            n if n.contains("room") || n.contains("supply_temp") || n.contains("return_temp") => Driver::Heating,
            n if n.contains("temperature") => Driver::Weather,
            _ => Driver::Own,
        };
        Self::Lively { mid: (low + high) / 2.0, amp: USED * (high - low) / 2.0, driver }
    }

    /// Value at a local time; `salt` makes points differ.
    pub fn at(&self, local_ms: i64, salt: u64) -> f64 {
        match *self {
            Self::Fixed(value) => value,
            Self::Counter { per_hour } => {
                let since = (local_ms - 1_700_000_000_000) as f64 / 3_600_000.0;
                (since * per_hour * (0.8 + 0.4 * unit(salt))).max(0.0)
            }
            Self::Lively { mid, amp, driver } => {
                let slow = match driver {
                    Driver::Own => wave(local_ms, salt, 1_800.0),
                    Driver::Weather => ((demand::outside_c(local_ms) - 18.0) / 15.0).clamp(-1.0, 1.0),
                    Driver::Heating => ((18.0 - demand::outside_c(local_ms)) / 15.0).clamp(-1.0, 1.0),
                };
                mid + amp * (0.75 * slow + 0.25 * ripple(local_ms, salt))
            }
        }
    }
}

/// Where the point is when nothing is wrong.
fn band(point: &Point) -> (f64, f64) {
    let limits = &point.limits;
    let low = limits.low.or(limits.low_low).or(point.range.map(|r| r.0)).unwrap_or(0.0);
    let high = limits.high.or(limits.high_high).or(point.range.map(|r| r.1));
    let high = high.unwrap_or(if low > 0.0 { low * 2.0 } else { low + 100.0 });
    (low.min(high), high.max(low))
}

/// Small quick movement, −1 to 1: what a transmitter shows on a quiet line.
pub fn ripple(local_ms: i64, salt: u64) -> f64 {
    0.6 * wave(local_ms, salt ^ 0x9e37, 11.0) + 0.4 * wave(local_ms, salt ^ 0x79b9, 3.7)
}

/// A sine of about `seconds`, with phase and period by `salt`.
fn wave(local_ms: i64, salt: u64, seconds: f64) -> f64 {
    let period = seconds * (0.8 + 0.4 * unit(salt ^ 0x5bd1));
    let turns = local_ms as f64 / 1000.0 / period + unit(salt);
    (turns.fract() * std::f64::consts::TAU).sin()
}

/// 0 to 1 by a salt.
pub fn unit(salt: u64) -> f64 {
    (mix(salt) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number that looks random, by the finaliser of SplitMix64.
pub fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plant::Limits;

    proptest! {
        #[test]
        fn stays_inside_its_limits(low in -50.0..50.0f64, width in 0.5..500.0f64, salt: u64, t in 0..4_000_000_000_000i64) {
            let limits = Limits { low: Some(low), high: Some(low + width), ..Limits::default() };
            for name in ["some_pressure", "gas_temperature", "room_temperature"] {
                let point = Point { name: name.into(), unit: "x".into(), limits, ..Point::default() };
                let value = Signal::of(&point).at(t, salt);
                prop_assert!(low < value && value < low + width, "{name} {value}");
            }
        }
    }

    #[test]
    fn a_detector_stays_near_zero_and_a_counter_counts() {
        let lel = Point { name: "gas_lel".into(), range: Some((0.0, 100.0)), ..Point::default() };
        let high = Limits { high: Some(10.0), ..Limits::default() };
        let lel = Signal::of(&Point { limits: high, ..lel });
        assert!((0..1000).all(|i| (0.0..2.0).contains(&lel.at(i * 977, 7))));
        let volume = Signal::of(&Point { name: "volume".into(), ..Point::default() });
        assert!(volume.at(1_760_000_000_000, 7) < volume.at(1_760_000_060_000, 7));
    }
}
