//! What happens in the field besides faults: gaps, restarts, clocks, exchanged sensors and meters, lost inputs.

use super::super::*;
use super::feed::{DAY, Feed, HOUR, MINUTE, first};
use super::{Numbers, local};

const YEAR: i64 = 365 * DAY;

fn hour(ts: i64) -> f64 {
    f64::from(local(ts).minute) / 60.0
}

#[test]
fn an_alarm_ends_with_what_raised_it() {
    // the long mean forgets only what it has taken in: a short event lingers in it
    for (step, length, within) in [(8.0, 150, 25), (30.0, 1440, 10), (100.0, 5, 10), (-12.0, 20, 120)]
        .map(|(s, l, w)| (s, l * MINUTE, w * MINUTE))
    {
        let mut numbers = Numbers(5);
        let mut feed = Feed::new(DetectorKind::Statistical, SignalKind::Pressure, 5 * MINUTE);
        assert!(feed.run(5 * DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty());
        let met = feed.run(length, |_| (100.0 + step + numbers.gauss(), vec![]));
        assert!(first(&met).0 <= 5 * MINUTE, "{step}: found after {}", first(&met).0 / MINUTE);
        let after = feed.run(2 * DAY, |_| (100.0 + numbers.gauss(), vec![]));
        let last = after.last().map_or(0, |(at, _)| *at);
        assert!(last <= within, "{step}: stands for {} min more", last / MINUTE);
    }
}

#[test]
fn a_long_gap_is_neither_learned_nor_odd() {
    for kind in [DetectorKind::Statistical, DetectorKind::Rate, DetectorKind::Stuck, DetectorKind::Deviation] {
        for restart in [false, true] {
            let mut numbers = Numbers(5);
            let mut feed = Feed::new(kind, SignalKind::Pressure, 5 * MINUTE);
            let fine = |numbers: &mut Numbers| (100.0 + numbers.gauss(), vec![100.0 + numbers.gauss()]);
            assert!(feed.run(10 * DAY, |_| fine(&mut numbers)).is_empty(), "{}", kind.name());
            for gap in [3 * HOUR, DAY, 30 * DAY, 2 * YEAR] {
                feed.ts += gap;
                if restart {
                    feed.restart();
                }
                let met = feed.run(5 * DAY, |_| fine(&mut numbers));
                assert!(met.is_empty(), "{} after {} h: {:?}", kind.name(), gap / HOUR, first(&met));
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_stops_no_detector() {
    // one sample from the future, and a clock that goes on in the past
    for (ahead, back) in [(10 * YEAR, 10 * YEAR), (0, 2 * DAY), (HOUR + MINUTE, HOUR + MINUTE)] {
        let mut numbers = Numbers(5);
        let mut feed = Feed::new(DetectorKind::Statistical, SignalKind::Pressure, MINUTE);
        assert!(feed.run(5 * DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty());
        feed.ts += ahead;
        feed.one(100.0, &[]);
        feed.ts -= back;
        assert!(feed.run(DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty(), "{ahead}");
        let met = feed.run(HOUR, |_| (112.0 + numbers.gauss(), vec![]));
        assert!(first(&met).0 <= 10 * MINUTE, "{ahead}: {:?}", first(&met));

        let mut feed = Feed::new(DetectorKind::Stuck, SignalKind::Pressure, MINUTE);
        assert!(feed.run(2 * DAY, |_| (100.0 + numbers.gauss(), vec![])).is_empty());
        feed.ts += ahead;
        feed.one(100.0, &[]);
        feed.ts -= back;
        let met = feed.run(3 * HOUR, |_| (100.0, vec![]));
        assert!((HOUR..2 * HOUR).contains(&first(&met).0), "{ahead}: {:?}", first(&met));

        let mut feed = Feed::new(DetectorKind::Counter, SignalKind::Counter, 15 * MINUTE);
        let mut reading = 100.0;
        let mut count = || {
            reading += 0.5;
            (reading, vec![])
        };
        assert!(feed.run(3 * DAY, |_| count()).is_empty());
        feed.ts += ahead;
        feed.one(count().0, &[]);
        feed.ts -= back;
        let met = feed.run(DAY, |_| count());
        assert!(met.is_empty(), "{ahead}: {:?}", first(&met));
    }
}

#[test]
fn a_value_that_nobody_saw_standing_is_not_stuck() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Stuck, SignalKind::Pressure, MINUTE);
    let coarse = |numbers: &mut Numbers| ((100.0 + numbers.gauss()).round(), vec![]);
    assert!(feed.run(2 * DAY, |_| coarse(&mut numbers)).is_empty());
    feed.one(100.0, &[]);
    feed.ts += 14 * HOUR;
    let met: Vec<_> = (0..20).map(|_| feed.one(100.0, &[]).met).collect();
    assert!(!met.contains(&Some(true)), "{met:?}");
    let met = feed.run(3 * HOUR, |_| (100.0, vec![]));
    assert!(first(&met).0 <= HOUR, "{:?}", first(&met));
}

#[test]
fn a_meter_may_begin_anew_be_exchanged_or_rest_all_summer() {
    let mut feed = Feed::new(DetectorKind::Counter, SignalKind::Counter, 15 * MINUTE);
    let mut reading = 99_650.0;
    let mut count = |by: f64| {
        reading = (reading + by) % 100_000.0;
        (reading, vec![])
    };
    assert!(feed.run(5 * DAY, |_| count(1.0)).is_empty(), "over the end of its figures");
    // another meter is put in
    assert_eq!(feed.one(48_000.0, &[]).met, Some(true));
    let mut reading = 48_000.0;
    let mut count = |by: f64| {
        reading += by;
        (reading, vec![])
    };
    assert!(feed.run(5 * DAY, |_| count(1.0)).is_empty(), "one word of an exchange suffices");
    let summer = feed.run(90 * DAY, |_| count(0.0));
    assert_eq!(first(&summer).1, "stands still");
    let autumn = feed.run(5 * DAY, |_| count(1.0));
    assert!(autumn.is_empty(), "{:?}", first(&autumn));
    // a report that came late, and the next
    feed.step = 10;
    assert_eq!(feed.one(count(1.0).0, &[]).met, Some(false));
    feed.step = 15 * MINUTE;
    // nothing comes for two days, and nothing was drawn
    feed.ts += 2 * DAY;
    assert_eq!(feed.one(count(0.0).0, &[]).met, Some(false));
    assert!(feed.run(DAY, |_| count(1.0)).is_empty());
    feed.ts += 2 * DAY;
    assert_eq!(feed.one(count(192.0).0, &[]).met, Some(false), "what was drawn in a gap is no jump");
}

#[test]
fn a_sensor_that_drifts_from_its_twin_is_found_before_its_drift_is_usual() {
    for (limit, a_day, within) in [(Some(2.0), 0.05, 60), (None, 0.02, 105)] {
        let mut numbers = Numbers(5);
        let spec = DetectorSpec { limit, ..DetectorSpec::of(DetectorKind::Deviation, SignalKind::Pressure) };
        let mut feed = Feed::of(spec, 10 * MINUTE);
        let row =
            |numbers: &mut Numbers, off: f64| (100.0 + off + 0.1 * numbers.gauss(), vec![99.0 + 0.1 * numbers.gauss()]);
        assert!(feed.run(5 * DAY, |_| row(&mut numbers, 0.0)).is_empty());
        let from = feed.ts;
        let met = feed.run(120 * DAY, |ts| row(&mut numbers, a_day * (ts - from) as f64 / DAY as f64));
        let (after, why) = first(&met);
        assert!(after <= within * DAY && why == "drifts from its twin", "{limit:?}: {} d {why}", after / DAY);
    }
}

#[test]
fn a_twin_that_is_away_for_a_day_leaves_nothing_behind() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Deviation, SignalKind::Pressure, MINUTE);
    let row = |numbers: &mut Numbers| (100.0 + 0.1 * numbers.gauss(), vec![99.0 + 0.1 * numbers.gauss()]);
    assert!(feed.run(2 * DAY, |_| row(&mut numbers)).is_empty());
    for _ in 0..1440 {
        let found = feed.one(140.0, &[f64::NAN]);
        assert_eq!((found.met, found.degraded), (None, Some("no twin")));
    }
    assert!(feed.run(DAY, |_| row(&mut numbers)).is_empty());
}

#[test]
fn heating_without_an_outdoor_temperature_is_not_odd_but_told() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Seasonal, SignalKind::Flow, 10 * MINUTE);
    // weather of a few days, the same on every machine
    let outdoor = |ts: i64| 2.0 + 9.0 * (ts as f64 / (4.3 * DAY as f64)).sin();
    let load = |numbers: &mut Numbers, ts: i64| {
        100.0
            + 8.0 * (15.0 - outdoor(ts))
            + 10.0 * (hour(ts) / 24.0 * std::f64::consts::TAU).sin()
            + 3.0 * numbers.gauss()
    };
    let usual = feed.run(40 * DAY, |ts| (load(&mut numbers, ts), vec![outdoor(ts)]));
    let raised = usual.iter().filter(|(at, _)| *at > 10 * DAY).count();
    assert!(raised <= 12, "{raised}");
    let lost = feed.run(2 * DAY, |ts| (load(&mut numbers, ts), vec![f64::NAN]));
    assert!(lost.is_empty(), "{:?}", first(&lost));
    let found = feed.one(100.0, &[f64::NAN]);
    assert_eq!((found.met, found.degraded), (None, Some("no outdoor temperature")));
    let back = feed.run(2 * DAY, |ts| (load(&mut numbers, ts), vec![outdoor(ts)]));
    assert!(back.is_empty(), "{:?}", first(&back));
    let fault = feed.run(HOUR, |ts| (load(&mut numbers, ts) - 60.0, vec![outdoor(ts)]));
    assert!(first(&fault).0 <= 30 * MINUTE);
}

#[test]
fn summer_time_begins_and_ends_without_an_alarm() {
    for kind in [DetectorKind::Seasonal, DetectorKind::NightFlow, DetectorKind::Cng] {
        let mut numbers = Numbers(5);
        let mut feed = Feed::new(kind, SignalKind::Flow, 5 * MINUTE);
        for shift in [0, HOUR, 0] {
            feed.zone = shift;
            // people live by the clock on the wall
            let met = feed.run(28 * DAY, |ts| {
                let at = hour(ts + shift);
                let day = if (6.0..22.0).contains(&at) { 60.0 } else { 5.0 };
                (day + numbers.gauss(), vec![])
            });
            assert!(met.is_empty(), "{} {:?}", kind.name(), first(&met));
        }
    }
}

#[test]
fn gas_in_steps_of_the_display_is_found_and_its_flicker_is_not() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::GasStep, SignalKind::Gas, 10_000);
    let show = |lel: f64| ((lel * 10.0).round() / 10.0, vec![]);
    // %LEL: zero with a flicker of the last digit, drifting with the sun
    let quiet = feed.run(5 * DAY, |ts| {
        let sun = 0.3 * (hour(ts) / 24.0 * std::f64::consts::TAU).sin();
        show((sun + if numbers.even() < 0.05 { 0.1 } else { 0.0 }).max(0.0))
    });
    let episodes = quiet.windows(2).filter(|pair| pair[1].0 - pair[0].0 > HOUR).count();
    assert!(episodes <= 1, "{} findings, {episodes} episodes, {:?}", quiet.len(), first(&quiet));
    let leak = feed.run(10 * MINUTE, |_| show(3.0));
    assert!(first(&leak).0 <= MINUTE, "{:?}", first(&leak));
    // a leak that grows over hours does not become usual
    let mut feed = Feed::new(DetectorKind::GasStep, SignalKind::Gas, 10_000);
    assert!(feed.run(2 * DAY, |_| show(0.2 * numbers.even())).is_empty());
    let from = feed.ts;
    let slow = feed.run(6 * HOUR, |ts| show(0.2 * numbers.even() + (ts - from) as f64 / HOUR as f64));
    assert!(first(&slow).0 <= 2 * HOUR, "{:?}", first(&slow));
    let one = &slow[slow.len() - 1].1;
    assert!(one.met == Some(true) && one.expected.is_some_and(|b| b < 1.0), "{one:?}");
}

#[test]
fn a_night_that_was_not_measured_is_not_judged() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::NightFlow, SignalKind::Flow, 5 * MINUTE);
    let draw = |numbers: &mut Numbers, ts: i64, leak: f64| {
        (leak + if hour(ts) < 5.0 { 2.0 + 0.2 * numbers.even() } else { 40.0 }, vec![])
    };
    assert!(feed.run(15 * DAY, |ts| draw(&mut numbers, ts, 0.0)).is_empty());
    feed.ts += 36 * HOUR;
    let found = feed.one(40.0, &[]);
    assert_eq!((found.met, found.degraded), (None, Some("no night measured")));
    feed.ts += 12 * HOUR;
    assert!(feed.run(3 * DAY, |ts| draw(&mut numbers, ts, 0.0)).is_empty());
    let leak = feed.run(DAY, |ts| draw(&mut numbers, ts, 3.0));
    assert_eq!(first(&leak).1, "flows by night");
}

#[test]
fn a_cng_station_fills_up_after_it_opens_and_may_lose_its_flow_for_a_while() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Cng, SignalKind::Pressure, MINUTE);
    let fine = |numbers: &mut Numbers, ts: i64| {
        let since = hour(ts) - 6.0;
        if (0.0..16.0).contains(&since) {
            // compressors take half an hour to bring it down and up
            (200.0 + 30.0 * (-since / 0.2).exp() + 3.0 * numbers.gauss(), vec![300.0 * numbers.even()])
        } else {
            (
                230.0 - 30.0 * (-(since - 16.0).rem_euclid(24.0) / 0.2).exp() + numbers.gauss(),
                vec![0.2 * numbers.even()],
            )
        }
    };
    let usual = feed.run(20 * DAY, |ts| fine(&mut numbers, ts));
    assert!(usual.is_empty(), "{} {:?}", usual.len(), first(&usual));
    feed.run(HOUR, |ts| fine(&mut numbers, ts));
    // a part of a stretch without flow, in the night
    feed.run(3 * MINUTE, |ts| (fine(&mut numbers, ts).0, vec![f64::NAN]));
    let night = feed.run(3 * HOUR, |ts| (fine(&mut numbers, ts).0, vec![40.0]));
    assert_eq!(first(&night).1, "demand outside its hours");
}

#[test]
fn a_substation_too_hot_is_found_and_what_it_lacks_is_told() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Substation, SignalKind::Temperature, 5 * MINUTE);
    let fine = |numbers: &mut Numbers| (48.0 + 0.5 * numbers.gauss(), vec![80.0, 40.0, 36.0, 50.0]);
    assert!(feed.run(3 * DAY, |_| fine(&mut numbers)).is_empty());
    let hot = feed.run(3 * HOUR, |_| (70.0, vec![80.0, 60.0, 50.0, 50.0]));
    assert_eq!(first(&hot).1, "secondary above set point");
    let found = feed.one(48.0, &[f64::NAN; 4]);
    assert_eq!(found.met, None);
    assert!(found.degraded.is_some());
    // a room whose set point is lost
    let mut feed = Feed::new(DetectorKind::Substation, SignalKind::Temperature, 5 * MINUTE);
    let beside = |set: f64, room: f64| [f64::NAN, f64::NAN, f64::NAN, f64::NAN, room, set];
    let cold = feed.run(3 * HOUR, |_| (17.0, beside(21.0, 17.0).to_vec()));
    assert_eq!(first(&cold).1, "room below set point");
    let found = feed.one(17.0, &beside(f64::NAN, 17.0));
    assert_eq!((found.met, found.degraded), (None, Some("no room set point")));
}

#[test]
fn a_signal_that_is_missing_for_a_day_does_not_make_the_others_odd() {
    let mut numbers = Numbers(5);
    let spec = DetectorSpec { inputs: 4, ..DetectorSpec::of(DetectorKind::Joint, SignalKind::Generic) };
    let mut feed = Feed::of(spec, 5 * MINUTE);
    let row = |numbers: &mut Numbers, ts: i64| {
        let common = 2.0 * (ts as f64 / (7.0 * HOUR as f64)).sin() + 0.3 * numbers.gauss();
        let mut other = || common + 0.1 * numbers.gauss();
        (10.0 + other(), vec![5.0 + other(), -2.0 - other(), other()])
    };
    feed.run(5 * DAY, |ts| row(&mut numbers, ts));
    let usual = feed.run(3 * DAY, |ts| row(&mut numbers, ts)).len();
    for lost in 0..3 {
        let met = feed.run(3 * DAY, |ts| {
            let (value, mut beside) = row(&mut numbers, ts);
            beside[lost] = f64::NAN;
            (value, beside)
        });
        assert!(met.len() <= 2 * usual + 20, "{lost}: {} against {usual} of 864", met.len());
    }
}

#[test]
fn codes_for_no_value_are_dropouts_and_real_cold_is_not() {
    let mut numbers = Numbers(5);
    let mut feed = Feed::new(DetectorKind::Spike, SignalKind::Temperature, MINUTE);
    feed.run(2 * DAY, |_| (60.0 + 0.2 * numbers.gauss(), vec![]));
    for code in [0.0, -39.9, -127.0, 999.0, -9999.0, 3276.7] {
        assert_eq!(feed.one(code, &[]).why, "dropout", "{code}");
        assert_eq!(feed.one(60.0, &[]).why, "", "{code}");
    }
    let mut feed = Feed::new(DetectorKind::Spike, SignalKind::Temperature, MINUTE);
    feed.run(2 * DAY, |_| ((10.0 * (0.3 + 0.2 * numbers.gauss())).round() / 10.0, vec![]));
    let met: Vec<_> = (0..60).map(|i| feed.one((-0.1 * f64::from(i)).round(), &[]).why).collect();
    assert!(!met.contains(&"dropout"), "{met:?}");
    // a restart in a dropout
    let mut feed = Feed::new(DetectorKind::Spike, SignalKind::Temperature, MINUTE);
    feed.run(2 * DAY, |_| (60.0 + 0.2 * numbers.gauss(), vec![]));
    feed.one(0.0, &[]);
    feed.restart();
    assert_eq!(feed.one(0.0, &[]).why, "dropout");
}

#[test]
fn a_sensor_exchanged_with_an_offset_is_odd_until_a_person_accepts_it() {
    let mut numbers = Numbers(5);
    for kind in [DetectorKind::Statistical, DetectorKind::Deviation, DetectorKind::Seasonal] {
        let mut feed = Feed::new(kind, SignalKind::Pressure, 5 * MINUTE);
        let row = |numbers: &mut Numbers, off: f64| (100.0 + off + numbers.gauss(), vec![100.0 + numbers.gauss()]);
        assert!(feed.run(20 * DAY, |_| row(&mut numbers, 0.0)).is_empty(), "{}", kind.name());
        let met = feed.run(10 * DAY, |_| row(&mut numbers, 20.0));
        assert!(met.len() as i64 >= 9 * DAY / (5 * MINUTE), "{}: {}", kind.name(), met.len());
        feed.detector.reset();
        feed.one(120.0, &[100.0]);
        let after = feed.run(20 * DAY, |_| row(&mut numbers, 20.0));
        assert!(after.is_empty(), "{}: {:?}", kind.name(), first(&after));
    }
}
