//! The demo's city through ordinary days, in virtual time: its detectors learn and stay silent, those of one or two days
//! in the whole machine, those of habits on what the city's meters show for a month.

use std::collections::BTreeMap;

use linepack::plant::plant;
use linepack::site::Site;
use linepack_core::detect::{Day, Detector, DetectorKind, DetectorSpec, Local, Look, SignalKind};
use linepack_core::registry::AlarmKind;
use linepack_core::{AlarmId, Core, Delivery, Event, Input, Output, PointId, Quality, Sample, Saved, Ts};
use linepack_sim::city::{City, CityOptions, SiteOptions};
use linepack_sim::physics::{World, demand, signal};

/// 2026-11-02T00:00:00Z, a Monday.
const BEGIN: i64 = 1_793_577_600_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The city's local time less UTC.
const EAST: i64 = 8 * HOUR;
/// Between two readings of the whole city, ms.
const STEP: i64 = 300_000;
/// Long enough for the warm-ups of a day or less.
const LONG: i64 = 36 * HOUR;

#[test]
fn the_demos_detectors_are_silent_through_ordinary_days() {
    let dir = tempfile::tempdir().expect("a folder");
    let city = City::generate(&CityOptions { seed: 7, regulators: 6 });
    for (name, content) in city.site_files(&SiteOptions::default()) {
        std::fs::write(dir.path().join(name), content).expect("written");
    }
    let (site, _) = Site::load(dir.path(), Ts(BEGIN)).expect("the demo's site is valid");
    let registry = site.registry.clone();
    let plant = plant(&site).expect("a plant");
    let mut world = World::new(&plant, 7, (EAST / 1000) as i32);
    let mut core = Core::new(registry.clone(), Saved::default());
    let mut out = Output::default();
    let mut raised: BTreeMap<String, usize> = BTreeMap::new();
    for now in (BEGIN..BEGIN + LONG).step_by(STEP as usize) {
        world.step(now);
        let mut samples = vec![];
        for (i, asset) in registry.assets.iter().enumerate() {
            let points = &plant.assets[i].points;
            for ((point, &value), described) in asset.points.clone().zip(world.values(i)).zip(points) {
                // as coarse as the register
                let scale = described.register.map_or(0.0, |r| if r.scale < 1.0 { r.scale } else { 0.0 });
                let value = if scale > 0.0 { (value / scale).round() * scale } else { value };
                let (ts, delivery) = (Ts(now), Delivery::Live);
                let quality = Quality::Good;
                samples.push(Sample { point: PointId(point), ts, received: ts, value, quality, delivery });
            }
        }
        for input in [Input::Samples(samples), Input::Tick] {
            out.clear();
            core.step(Ts(now), input, &mut out);
            for event in &out.events {
                if let Event::Alarm { alarm, transition: Some(t) } = event
                    && t.to.is_raised()
                    && registry.rule(alarm.id).detector.is_some()
                {
                    *raised.entry(registry.alarm_key(alarm.id)).or_default() += 1;
                }
            }
        }
    }
    assert!(raised.is_empty(), "{raised:#?}");
    // and not because they know nothing
    for kind in [AlarmKind::GasStep, AlarmKind::Stuck, AlarmKind::NoReport] {
        let of_kind = (0u32..).map(AlarmId).take(registry.alarms.len()).filter(|a| registry.rule(*a).kind == kind);
        let states: Vec<_> = of_kind.filter_map(|a| core.model(a)).collect();
        let warm = states.iter().filter(|s| s.finding.is_some_and(|f| f.warm)).count();
        assert!(warm > 0 && warm * 10 >= states.len() * 9, "{kind:?}: {warm} of {}", states.len());
    }
}

/// What a gate station of the city measures, m³/h: kitchens, and two boiler houses, each a little restless.
fn gate_flow(local: i64) -> f64 {
    let kitchens: f64 = (1..=12).map(|salt| 120.0 * demand::cooking(local) * restless(local, salt, 0.03)).sum();
    (kitchens + boiler_flow(local, 21) + boiler_flow(local, 22)) * restless(local, 31, 0.004)
}

/// What a boiler house draws, m³/h.
fn boiler_flow(local: i64, salt: u64) -> f64 {
    900.0 * (0.1 + 0.9 * demand::heating(local)) * restless(local, salt, 0.03) * restless(local, salt + 100, 0.004)
}

fn restless(local: i64, salt: u64, share: f64) -> f64 {
    1.0 + share * signal::ripple(local, signal::mix(salt))
}

/// The spans in which an alarm stands, from one moment to another, readings every minute.
fn spans(detector: &mut Detector, from: i64, to: i64, value: impl Fn(i64) -> f64) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = vec![];
    let mut stands = false;
    for now in (from..to).step_by(60_000) {
        let minutes = (now + EAST) / 60_000;
        // the epoch was a Thursday
        let day = Day::WEEK[((minutes / 1440 + 3) % 7) as usize];
        let local = Local { minute: (minutes % 1440) as u16, day };
        // as coarse as the register
        let value = (value(now + EAST) * 10.0).round() / 10.0;
        let look = Look { ts: Ts(now), value, good: true, learn: !stands, local, beside: &[] };
        let met = detector.observe(&look).met;
        match (stands, met) {
            (false, Some(true)) => spans.push((now, now)),
            (true, Some(true)) => spans.last_mut().expect("one stands").1 = now,
            _ => {}
        }
        stands = met.unwrap_or(stands);
    }
    spans
}

#[test]
fn the_demos_habits_are_learned_in_weeks_that_grow_colder_and_a_fault_in_the_fifth_is_found() {
    type Flow = fn(i64) -> f64;
    // a burst main; a boiler house that trips
    let cases: [(&str, Flow, Flow); 2] = [
        ("gate", gate_flow, |local| gate_flow(local) + 700.0),
        ("boiler", |local| boiler_flow(local, 21), |local| 0.25 * boiler_flow(local, 21)),
    ];
    for kind in [DetectorKind::Seasonal, DetectorKind::Statistical] {
        for (name, usual, fault) in cases {
            let mut detector = Detector::new(DetectorSpec::of(kind, SignalKind::Flow));
            let end = BEGIN + 28 * DAY;
            let odd = spans(&mut detector, BEGIN, end, usual);
            assert!(
                odd.is_empty(),
                "{} of {name}: {:?}",
                kind.name(),
                odd.iter().map(|s| (s.0 - BEGIN) / HOUR).collect::<Vec<_>>()
            );
            // at 10 o'clock
            let from = end + 2 * HOUR;
            assert!(spans(&mut detector, end, from, usual).is_empty());
            let found = spans(&mut detector, from, from + HOUR, fault);
            let after = found.first().map_or(i64::MAX, |s| s.0 - from);
            assert!(after <= HOUR / 2, "{} of {name}: found after {} min", kind.name(), after / 60_000);
        }
    }
}
