//! The demo's city through ordinary days, in virtual time: its detectors learn and stay silent.

use std::collections::BTreeMap;

use linepack::plant::plant;
use linepack::site::Site;
use linepack_core::registry::AlarmKind;
use linepack_core::{AlarmId, Core, Delivery, Event, Input, Output, PointId, Quality, Sample, Saved, Ts};
use linepack_sim::city::{City, CityOptions, SiteOptions};
use linepack_sim::physics::World;

/// 2026-11-02T00:00:00Z, a Monday.
const BEGIN: i64 = 1_793_577_600_000;
/// Between two readings, ms.
const STEP: i64 = 120_000;
/// Long enough for the warm-ups of a day or less; habits of the week take two weeks.
const DAYS: i64 = 3;

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
    let mut world = World::new(&plant, 7, 8 * 3600);
    let mut core = Core::new(registry.clone(), Saved::default());
    let mut out = Output::default();
    let mut raised: BTreeMap<String, usize> = BTreeMap::new();
    for now in (BEGIN..BEGIN + DAYS * 86_400_000).step_by(STEP as usize) {
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
