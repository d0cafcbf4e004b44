//! Detectors keep quiet where nothing happens.

use super::super::*;
use super::{Numbers, local};
use crate::Ts;

const MINUTE: i64 = 60_000;
const START: i64 = 1_700_000_000_000;

/// What a signal does when all is well, by name.
type Noise = (&'static str, fn(&mut Numbers) -> f64);

const NOISES: [Noise; 7] = [
    ("gauss", |n| 50.0 + n.gauss()),
    ("even", |n| 50.0 + n.even()),
    ("laplace", |n| 50.0 + n.laplace()),
    ("coarse", |n| (50.0 + n.gauss()).round()),
    ("very coarse", |n| if n.even() < 0.02 { 51.0 } else { 50.0 }),
    ("constant", |_| 50.0),
    ("mostly zero", |n| if n.even() < 0.1 { 5.0 * n.even() } else { 0.0 }),
];

/// Raises of the alarm over a time, learning only while it does not stand, and whether it could tell in the end.
fn raises(spec: DetectorSpec, days: i64, step: i64, mut value: impl FnMut(i64) -> (f64, f64)) -> (usize, bool) {
    let mut detector = Detector::new(spec);
    let (mut stands, mut raises, mut tells) = (false, 0, false);
    for place in 0..days * 86_400_000 / step {
        let ts = START + place * step;
        let (value, beside) = value(ts);
        let look = Look { ts: Ts(ts), value, good: true, learn: !stands, local: local(ts), beside: &[beside] };
        let found = detector.observe(&look);
        tells = found.met.is_some();
        let met = found.met == Some(true);
        raises += usize::from(met && !stands);
        stands = met;
    }
    (raises, tells)
}

#[test]
fn noise_of_any_shape_and_step_raises_next_to_nothing_in_a_season() {
    const DAYS: i64 = 60;
    let kinds = [
        DetectorKind::Stuck,
        DetectorKind::Rate,
        DetectorKind::Deviation,
        DetectorKind::Statistical,
        DetectorKind::Seasonal,
        DetectorKind::NoReport,
        DetectorKind::Spike,
    ];
    let mut all = 0;
    for kind in kinds {
        for (name, noise) in NOISES {
            let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
            let spec = DetectorSpec::of(kind, SignalKind::Generic);
            let (raised, _) = raises(spec, DAYS, 5 * MINUTE, |_| (noise(&mut numbers), 50.0));
            assert!(raised <= 2, "{} on {name}: {raised} in {DAYS} days", kind.name());
            all += raised;
        }
    }
    assert!(all <= 8, "{all} in {DAYS} days of 49 points");
}

#[test]
fn a_habit_of_the_day_is_not_odd_to_the_seasonal_one() {
    let mut numbers = Numbers(7);
    let spec = DetectorSpec::of(DetectorKind::Seasonal, SignalKind::Flow);
    let draw = |ts: i64| {
        let at = local(ts);
        let hours = f64::from(at.minute) / 60.0;
        let peak = if at.day.is_working() { 7.0 } else { 10.0 };
        100.0 + 60.0 * (-(hours - peak) * (hours - peak) / 4.0).exp()
    };
    let (raised, tells) = raises(spec, 60, 5 * MINUTE, |ts| (draw(ts) + 2.0 * numbers.gauss(), 5.0));
    assert!(tells && raised <= 2, "{raised} {tells}");
}

#[test]
fn a_signal_that_rests_by_habit_is_not_stuck() {
    let spec = DetectorSpec::of(DetectorKind::Stuck, SignalKind::Flow);
    let mut numbers = Numbers(3);
    // nothing flows by night
    let (raised, tells) = raises(spec, 30, MINUTE, |ts| {
        let open = (360..1320).contains(&local(ts).minute);
        (if open { 10.0 + numbers.gauss() } else { 0.0 }, 0.0)
    });
    assert_eq!((raised, tells), (0, true));
    // a valve that never moves cannot be stuck
    assert_eq!(raises(spec, 30, MINUTE, |_| (1.0, 0.0)), (0, false));
}

#[test]
fn a_background_that_wanders_slowly_is_no_gas() {
    let spec = DetectorSpec::of(DetectorKind::GasStep, SignalKind::Gas);
    let mut numbers = Numbers(11);
    let (raised, tells) = raises(spec, 60, MINUTE, |ts| {
        let hours = (ts - START) as f64 / 3.6e6;
        (2.0 + 0.2 * (hours / 24.0 * std::f64::consts::TAU).sin() + 0.05 * numbers.gauss(), 0.0)
    });
    assert!(tells && raised <= 2, "{raised} {tells}");
}
