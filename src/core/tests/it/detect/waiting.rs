//! Samples may wait until there are several: what is known, found and raised is the same after each of them as if they did
//! not.

use linepack_core::detect::{Detector, Local, Look};
use proptest::prelude::*;

use super::*;

const KINDS: [(AlarmKind, DetectorKind); 3] = [
    (AlarmKind::Stuck, DetectorKind::Stuck),
    (AlarmKind::Statistical, DetectorKind::Statistical),
    (AlarmKind::RateOfRise, DetectorKind::Rate),
];

/// What a device does for a while.
#[derive(Clone, Copy, Debug)]
enum Stretch {
    Usual,
    Still,
    Climb(f64),
    Off(f64),
    Bad,
    /// Silence, milliseconds.
    Gap(i64),
}

fn stretches() -> impl Strategy<Value = Vec<(Stretch, i64)>> {
    let one = prop_oneof![
        6 => Just(Stretch::Usual),
        1 => Just(Stretch::Still),
        1 => (-0.5..0.5).prop_map(Stretch::Climb),
        1 => (-9.0..9.0).prop_map(Stretch::Off),
        1 => Just(Stretch::Bad),
        1 => (1..90_000i64).prop_map(Stretch::Gap),
    ];
    prop::collection::vec((one, 1..40i64), 1..30)
}

/// Seconds: many stretches end before the room for those that wait is full, or none.
fn windows() -> impl Strategy<Value = i64> {
    prop_oneof![Just(10), Just(100)]
}

/// A point with detectors, and the same detectors beside it, which look at every sample at once.
struct Both {
    bench: Bench,
    beside: Vec<Detector>,
    met: Vec<bool>,
    /// Source time, milliseconds since the start.
    at: i64,
    value: f64,
}

impl Both {
    /// Of detectors with a window of so many seconds, which have seen some.
    fn new(kinds: &[(AlarmKind, DetectorKind)], window: i64) -> Self {
        let rule = |&(kind, detector)| {
            with(&learning(kind, detector), |rule| Arc::make_mut(&mut rule.spec).window = Millis::secs(window))
        };
        let rules: Vec<Rule> = kinds.iter().map(rule).collect();
        let beside: Vec<Detector> =
            rules.iter().filter_map(|r| r.detector.as_ref()).map(|d| Detector::new(d.spec.clone())).collect();
        let met = vec![false; beside.len()];
        let mut both = Self { bench: Bench::new(rules), beside, met, at: 0, value: 100.0 };
        both.play(Stretch::Usual, window * 10 + 50, |_| {});
        both
    }

    fn give(&mut self, value: f64, step: i64, good: bool) {
        self.at += step;
        let learn = good && !self.bench.player.core.alarms().any(|a| a.is_raised());
        for (detector, met) in self.beside.iter_mut().zip(&mut self.met) {
            let look = Look { ts: Ts(START + self.at), value, good, learn, local: Local::default(), beside: &[] };
            let finding = detector.observe(&look);
            *met = if good { finding.met.unwrap_or(*met && finding.warm) } else { *met };
        }
        let point = self.bench.player.core.registry().find_point("a/p").expect("a point of the site");
        let quality = if good { Quality::Good } else { Quality::Bad(Reason::SensorFailure) };
        let ts = Ts(START + self.at);
        self.bench.player.at(ts.0);
        self.bench.player.step(Input::Samples(vec![Sample {
            point,
            ts,
            received: ts,
            value,
            quality,
            delivery: Delivery::Live,
        }]));
    }

    fn play(&mut self, stretch: Stretch, samples: i64, mut check: impl FnMut(&Self)) {
        for n in 0..samples {
            let noise = ((self.at + n) * 7919 % 101) as f64 / 101.0 - 0.5;
            // now and then two in a second
            let step = if n % 11 == 3 { 400 } else { 1000 };
            self.value = match stretch {
                Stretch::Still => self.value,
                Stretch::Climb(slope) => self.value + slope,
                Stretch::Off(by) => 100.0 + by + noise,
                _ => 100.0 + noise,
            };
            let silence = if let (Stretch::Gap(ms), 0) = (stretch, n) { ms } else { 0 };
            self.give(self.value, step + silence, !matches!(stretch, Stretch::Bad));
            check(self);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn models_are_the_same_after_every_sample(script in stretches(), window in windows()) {
        // one alone, and all of one point together
        for kinds in [&KINDS[..1], &KINDS[1..2], &KINDS[2..], &KINDS[..2]] {
            let mut both = Both::new(kinds, window);
            for &(stretch, samples) in &script {
                both.play(stretch, samples, |both| {
                    for (alarm, beside) in (0..).map(AlarmId).zip(&both.beside) {
                        let known = both.bench.player.core.model(alarm).expect("a detector");
                        assert_eq!(known.model, beside.model(), "{alarm:?} after {} ms", both.at);
                    }
                });
            }
        }
    }

    #[test]
    fn alarms_come_and_go_with_the_very_sample(script in stretches(), window in windows()) {
        let mut both = Both::new(&KINDS[..2], window);
        for &(stretch, samples) in &script {
            both.play(stretch, samples, |both| {
                let raised: Vec<bool> = (0..2).map(|n| {
                    both.bench.player.core.alarms().any(|a| a.id == AlarmId(n) && a.is_raised())
                }).collect();
                assert_eq!(raised, both.met, "after {} ms", both.at);
            });
        }
    }
}
