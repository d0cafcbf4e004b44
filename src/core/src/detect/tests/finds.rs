//! Detectors find what they are for, in time.

use super::super::*;
use super::feed::{DAY, Feed, HOUR, MINUTE, first};
use super::{Numbers, local};
use crate::{Millis, Ts};

#[test]
fn a_step_of_the_level_is_found_within_two_windows() {
    for (step, within) in [(12.0, 10 * MINUTE), (6.0, 20 * MINUTE)] {
        let mut numbers = Numbers(5);
        let mut feed = Feed::new(DetectorKind::Statistical, SignalKind::Pressure, MINUTE);
        assert!(feed.run(5 * DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty());
        let met = feed.run(HOUR, |_| (100.0 + step + numbers.gauss(), vec![]));
        assert!(first(&met).0 <= within, "{step} sigma after {} min", first(&met).0 / MINUTE);
    }
}

#[test]
fn a_frozen_signal_is_stuck_after_its_window_or_three_usual_rests() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Stuck, SignalKind::Pressure, MINUTE);
    assert!(feed.run(2 * DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty());
    let met = feed.run(3 * HOUR, |_| (100.0, vec![]));
    assert_eq!(first(&met), (62 * MINUTE, "stands still"));
    assert_eq!(feed.one(101.0, &[]).met, Some(false));
}

#[test]
fn a_ramp_is_judged_by_its_slope_and_a_spike_is_none() {
    let spec = DetectorSpec { limit: Some(0.01), ..DetectorSpec::of(DetectorKind::Rate, SignalKind::Pressure) };
    let mut feed = Feed::new(DetectorKind::Rate, SignalKind::Pressure, 10_000);
    feed.detector = Detector::new(spec);
    assert!(feed.run(HOUR, |_| (100.0, vec![])).is_empty());
    assert!(feed.one(400.0, &[]).met != Some(true));
    assert!(feed.run(HOUR, |_| (100.0, vec![])).is_empty(), "one spike");
    let from = feed.ts;
    let met = feed.run(HOUR, |ts| (100.0 - 0.02 * (ts - from) as f64 / 1000.0, vec![]));
    let (after, why) = first(&met);
    assert!(after <= 5 * MINUTE && why == "falls too fast", "{after} {why}");
    let slope = met.last().and_then(|(_, found)| found.expected).unwrap_or(0.0);
    assert!((slope + 0.02).abs() < 1e-4, "{slope}");
}

#[test]
fn twins_that_part_are_found_and_a_missing_twin_is_told() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Deviation, SignalKind::Pressure, MINUTE);
    let both = |numbers: &mut Numbers, off: f64| {
        let level = 100.0 + 10.0 * numbers.even();
        (level + off + 0.1 * numbers.gauss(), vec![level + 0.1 * numbers.gauss()])
    };
    assert!(feed.run(2 * DAY, |_| both(&mut numbers, 3.0)).is_empty(), "a constant offset is usual");
    let met = feed.run(HOUR, |_| both(&mut numbers, 5.0));
    assert!(first(&met).0 <= 15 * MINUTE && first(&met).1 == "above its twin", "{:?}", first(&met));
    let found = feed.one(100.0, &[f64::NAN]);
    assert_eq!((found.met, found.degraded), (None, Some("no twin")));
}

#[test]
fn an_evening_without_its_peak_is_found_by_the_seasonal_one_and_not_by_its_level() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Seasonal, SignalKind::Flow, 5 * MINUTE);
    let hour = |ts: i64| f64::from(local(ts).minute) / 60.0;
    let draw = |ts: i64| if (17.0..21.0).contains(&hour(ts)) { 80.0 } else { 40.0 };
    assert!(feed.run(21 * DAY, |ts| (draw(ts) + numbers.gauss(), vec![])).is_empty());
    let met = feed.run(DAY, |_| (40.0 + numbers.gauss(), vec![]));
    let (after, _) = first(&met);
    assert!((17 * HOUR..=18 * HOUR).contains(&after), "{} min", after / MINUTE);
    let expected = met.first().and_then(|(_, found)| found.expected).unwrap_or(0.0);
    assert!((expected - 80.0).abs() < 3.0, "{expected}");
}

#[test]
fn silence_is_due_at_three_times_the_longest_usual_interval_but_not_before_the_window() {
    let mut feed = Feed::new(DetectorKind::NoReport, SignalKind::Generic, MINUTE);
    assert_eq!(feed.detector.due(), None);
    feed.run(2 * HOUR, |_| (1.0, vec![]));
    assert_eq!(feed.detector.due(), Some(Ts(feed.ts + 10 * MINUTE + 1)));
    feed.step = 5 * MINUTE;
    feed.run(2 * HOUR, |_| (1.0, vec![]));
    let due = feed.detector.due().map_or(0, Ts::ms);
    assert!((due - feed.ts - 15 * MINUTE).abs() < MINUTE, "{}", due - feed.ts);
    assert_eq!(feed.detector.silence(Ts(due - MINUTE)).met, Some(false));
    assert_eq!(feed.detector.silence(Ts(due)).met, Some(true));
    assert_eq!(feed.one(1.0, &[]).met, Some(false));
}

#[test]
fn a_meter_that_falls_jumps_or_stands_is_found() {
    let mut feed = Feed::new(DetectorKind::Counter, SignalKind::Counter, 15 * MINUTE);
    let mut reading = 5000.0;
    assert!(
        feed.run(3 * DAY, |_| {
            reading += 0.25;
            (reading, vec![])
        })
        .is_empty()
    );
    for (value, why) in [
        (reading + 0.25, ""),
        (reading + 500.0, "jumped"),
        (reading + 499.0, "runs backwards"),
        (0.5, "reset"),
        (0.75, ""),
    ] {
        assert_eq!(feed.one(value, &[]).why, why, "{value}");
    }
    let met = feed.run(2 * DAY, |_| (0.75, vec![]));
    assert!((DAY..=DAY + HOUR).contains(&first(&met).0) && first(&met).1 == "stands still", "{:?}", first(&met));
}

#[test]
fn a_spike_is_counted_and_never_met_and_a_zero_of_water_is_a_dropout() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Spike, SignalKind::Temperature, MINUTE);
    assert!(feed.run(2 * DAY, |_| (60.0 + 0.2 * numbers.gauss(), vec![])).is_empty());
    feed.one(95.0, &[]);
    assert_eq!(feed.one(60.0, &[]).why, "spike");
    assert_eq!(feed.one(0.0, &[]).why, "dropout");
    assert_eq!(feed.one(0.0, &[]).why, "dropout");
    assert_eq!(feed.one(60.1, &[]).why, "");
    let model = feed.detector.model();
    assert_eq!((model.numbers.get("spikes"), model.numbers.get("dropouts")), (Some(&1.0), Some(&2.0)));
}

#[test]
fn a_heat_substation_is_judged_by_what_is_known_of_it() {
    // primary supply and return, secondary return, set point, room and its set point; the value: secondary supply
    let fine = |numbers: &mut Numbers| (48.0 + 0.5 * numbers.gauss(), [80.0, 40.0, 36.0, 50.0, 21.0, 21.0]);
    type Change = fn(&mut f64, &mut [f64; 6]);
    let cases: [(&str, Change); 4] = [
        ("secondary does not follow", |value, _| *value = 32.0),
        ("returns part", |_, beside| beside[1] = 62.0),
        ("return warmer than supply", |_, beside| beside[2] = 55.0),
        ("room below set point", |_, beside| beside[4] = 17.0),
    ];
    for (why, change) in cases {
        let mut numbers = Numbers(5);
        let mut feed = Feed::new(DetectorKind::Substation, SignalKind::Temperature, 5 * MINUTE);
        let usual = feed.run(3 * DAY, |_| {
            let (v, b) = fine(&mut numbers);
            (v, b.to_vec())
        });
        assert!(usual.is_empty(), "{usual:?}");
        let met = feed.run(3 * HOUR, |_| {
            let (mut value, mut beside) = fine(&mut numbers);
            change(&mut value, &mut beside);
            (value, beside.to_vec())
        });
        assert!(first(&met).0 <= 2 * HOUR + 5 * MINUTE && first(&met).1 == why, "{why}: {:?}", first(&met));
        let summer = feed.one(20.0, &[25.0, 25.0]);
        assert_eq!((summer.met, summer.degraded), (None, Some("not heating")));
    }
}

#[test]
fn a_cng_station_is_judged_by_its_hours() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Cng, SignalKind::Pressure, MINUTE);
    let open = |ts: i64| (360..1320).contains(&local(ts).minute);
    let fine = |numbers: &mut Numbers, ts: i64| match open(ts) {
        true => (200.0 + 3.0 * numbers.gauss(), vec![300.0 * numbers.even()]),
        false => (230.0 + numbers.gauss(), vec![0.2 * numbers.even()]),
    };
    assert!(feed.run(4 * DAY, |ts| fine(&mut numbers, ts)).is_empty());
    let night = feed.run(3 * HOUR, |ts| (fine(&mut numbers, ts).0, vec![40.0]));
    assert_eq!(first(&night).1, "demand outside its hours");
    feed.run(9 * HOUR, |ts| fine(&mut numbers, ts));
    let low = feed.run(HOUR, |_| (120.0, vec![100.0]));
    assert!(first(&low).0 <= 20 * MINUTE && first(&low).1 == "pressure low in its hours", "{:?}", first(&low));
}

#[test]
fn gas_over_its_background_is_found_at_once_and_a_fixed_limit_holds_from_the_start() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::GasStep, SignalKind::Gas, MINUTE);
    feed.run(DAY, |_| (2.0 + 0.05 * numbers.gauss(), vec![]));
    let met = feed.run(10 * MINUTE, |_| (3.0 + 0.05 * numbers.gauss(), vec![]));
    assert_eq!(first(&met), (MINUTE, "over its background"));
    let spec = DetectorSpec { limit: Some(20.0), ..*feed.detector.spec() };
    feed.detector = Detector::new(spec);
    feed.one(25.0, &[]);
    assert_eq!(feed.one(25.0, &[]).met, Some(true));
}

#[test]
fn flow_by_night_above_the_usual_least_is_found_in_the_morning() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::NightFlow, SignalKind::Flow, 5 * MINUTE);
    let draw = |numbers: &mut Numbers, ts: i64, leak: f64| {
        let night = local(ts).minute < 300;
        (leak + if night { 2.0 + 0.2 * numbers.even() } else { 40.0 + 5.0 * numbers.gauss() }, vec![])
    };
    assert!(feed.run(15 * DAY, |ts| draw(&mut numbers, ts, 0.0)).is_empty());
    let met = feed.run(DAY, |ts| draw(&mut numbers, ts, 3.0));
    assert_eq!(first(&met), (4 * HOUR, "flows by night"));
    let cleared = feed.run(2 * DAY, |ts| draw(&mut numbers, ts, 0.0));
    assert!(cleared.iter().all(|(after, _)| *after < 4 * HOUR), "the next night tells");
}

#[test]
fn signals_that_no_longer_fit_are_found_though_each_is_usual_and_a_missing_one_is_told() {
    let mut numbers = Numbers(5);
    let spec = DetectorSpec { inputs: 3, ..DetectorSpec::of(DetectorKind::Joint, SignalKind::Generic) };
    let mut feed = Feed::new(DetectorKind::Joint, SignalKind::Generic, 5 * MINUTE);
    feed.detector = Detector::new(spec);
    let row = |numbers: &mut Numbers, sign: f64| {
        let common = numbers.gauss();
        let mut other = || sign * common + 0.1 * numbers.gauss();
        (10.0 + common, vec![5.0 + other(), -2.0 + other()])
    };
    let usual = feed.run(5 * DAY, |_| row(&mut numbers, 1.0));
    // of 1,440 samples: what four standard deviations of short means let pass
    assert!(usual.len() <= 20, "{}", usual.len());
    let met = feed.run(2 * HOUR, |_| row(&mut numbers, -1.0));
    assert!(first(&met).0 <= 30 * MINUTE && first(&met).1 == "signals do not fit", "{:?}", first(&met));
    let found = feed.one(10.0, &[5.0, f64::NAN]);
    assert_eq!(found.degraded, Some("a signal is missing"));
    assert!(found.confidence < 0.7, "{}", found.confidence);
}

#[test]
fn a_frozen_model_judges_and_learns_no_more_and_a_reset_one_knows_nothing() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Statistical, SignalKind::Generic, MINUTE);
    feed.run(5 * DAY, |_| (numbers.gauss(), vec![]));
    feed.detector.freeze(true);
    let before = feed.detector.model();
    feed.run(DAY, |_| (3.0 + numbers.gauss(), vec![]));
    let after = feed.detector.model();
    assert!(after.frozen && before.samples == after.samples);
    assert_eq!(before.numbers.get("value.mean"), after.numbers.get("value.mean"));
    feed.detector.reset();
    let fresh = feed.one(0.0, &[]);
    assert_eq!((fresh.met, fresh.warm, fresh.confidence), (None, false, 0.0));
    assert_eq!(feed.detector.spec().window, Millis::mins(10));
}
