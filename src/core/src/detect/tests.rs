//! What holds for every kind of detector.

mod feed;
mod finds;
mod nasty;
mod quiet;

use proptest::prelude::*;

use super::*;
use crate::{Millis, Ts};

const SECOND: i64 = 1000;

/// A kind's default with a warm-up short enough for a test.
fn spec(kind: DetectorKind) -> DetectorSpec {
    let short = DetectorSpec::of(kind, SignalKind::Generic);
    DetectorSpec { warm_up: Millis::mins(30), window: Millis::mins(2), inputs: 3, ..short }
}

fn local(ts: i64) -> Local {
    let minutes = ts.div_euclid(60_000);
    let day = Day::WEEK.into_iter().cycle().nth(minutes.div_euclid(1440).rem_euclid(7) as usize);
    Local { minute: minutes.rem_euclid(1440) as u16, day: day.unwrap_or_default() }
}

/// A small generator of our own: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    /// Even between 0 and 1, neither included.
    fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal.
    fn gauss(&mut self) -> f64 {
        (-2.0 * self.even().ln()).sqrt() * (std::f64::consts::TAU * self.even()).cos()
    }

    /// Laplace of variance 1.
    fn laplace(&mut self) -> f64 {
        let u = self.even() - 0.5;
        -u.signum() * (1.0 - 2.0 * u.abs()).ln() / std::f64::consts::SQRT_2
    }
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -5.0..5.0f64,
        1 => Just(0.0),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(f64::MAX), Just(1e-300)],
    ]
}

fn looks() -> impl Strategy<Value = Vec<(i64, f64, [f64; 2], bool, bool)>> {
    let dt = prop_oneof![6 => 1..120 * SECOND, 1 => Just(0), 1 => -60 * SECOND..0, 1 => Just(86_400 * SECOND)];
    let one = (dt, numbers(), [numbers(), numbers()], prop::bool::weighted(0.9), prop::bool::weighted(0.9));
    prop::collection::vec(one, 1..400)
}

fn is_finite(f: &Finding) -> bool {
    [f.expected, f.low, f.high].into_iter().flatten().all(f64::is_finite)
        && f.score.is_finite()
        && (0.0..=1.0).contains(&f.confidence)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_no_kind_panics_or_answers_nan_and_a_restored_one_goes_on_alike(looks in looks(), cut in 0..400usize) {
        for kind in DetectorKind::ALL {
            let spec = spec(kind);
            let mut one = Detector::new(spec);
            let mut ts = 1_700_000_000 * SECOND;
            for (place, (dt, value, beside, good, learn)) in looks.iter().copied().enumerate() {
                ts += dt;
                let look = Look { ts: Ts(ts), value, good, learn, local: local(ts), beside: &beside };
                if place == cut {
                    let again = Detector::restore(spec, &one.model());
                    prop_assert_eq!(again.model(), one.model(), "{}", kind.name());
                    one = again;
                }
                let mut twin = one.clone();
                let mut again = Detector::restore(spec, &one.model());
                let found = one.observe(&look);
                prop_assert!(is_finite(&found), "{} {found:?}", kind.name());
                prop_assert_eq!(twin.observe(&look), found);
                prop_assert_eq!(again.observe(&look), found, "{} restored", kind.name());
            }
        }
    }

    #[test]
    fn nothing_is_learned_from_what_must_not_be(looks in looks(), values in prop::collection::vec(-1e6..1e6f64, 1..50)) {
        for kind in DetectorKind::ALL {
            let mut one = Detector::new(spec(kind));
            let mut ts = 1_700_000_000 * SECOND;
            for (dt, value, beside, good, learn) in looks.iter().copied() {
                ts += dt;
                one.observe(&Look { ts: Ts(ts), value, good, learn, local: local(ts), beside: &beside });
            }
            let before = one.model();
            for value in &values {
                ts += 20 * SECOND;
                one.observe(&Look { ts: Ts(ts), value: *value, good: true, learn: false, local: local(ts), beside: &[0.0; 2] });
            }
            let after = one.model();
            prop_assert_eq!((before.learned_to, before.samples), (after.learned_to, after.samples));
            for name in ["value.mean", "value.variance", "change.variance", "offset.mean", "background", "slope.mean", "longest_ms", "step", "quantum", "level", "night.mean", "open.mean", "follow.mean", "interval_ms", "fastest"] {
                prop_assert_eq!(before.numbers.get(name), after.numbers.get(name), "{} {}", kind.name(), name);
            }
        }
    }
}
