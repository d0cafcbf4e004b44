//! The city is whole, the same each time, and quiet.

use std::collections::HashSet;

use linepack_core::registry::NodeKind;

use super::*;
use crate::physics::World;
use crate::physics::world::{Effect, Fault};
use crate::plant::{Crew, Link};
use crate::roads::RoadGraph;

/// 2026-01-15 00:00 at UTC+8, ms.
const WINTER: i64 = 1_768_406_400_000;
const HOUR: i64 = 3_600_000;
const OFFSET_S: i32 = 8 * 3_600;

fn city() -> City {
    City::generate(&CityOptions::default())
}

fn find(plant: &Plant, asset: usize, point: &str) -> usize {
    plant.assets[asset].points.iter().position(|p| p.name == point).unwrap()
}

#[test]
fn the_same_number_makes_the_same_city() {
    let again = |seed| City::generate(&CityOptions { seed, regulators: 30 }).site_files(&SiteOptions::default());
    assert_eq!(again(5), again(5));
    assert_ne!(again(5), again(6));
}

#[test]
fn identifiers_are_unique_and_references_exist() {
    for (seed, regulators) in [(1, 60), (2, 10), (3, 300)] {
        let city = City::generate(&CityOptions { seed, regulators });
        let plant = city.plant();
        let assets: HashSet<_> = plant.assets.iter().map(|a| &a.id).collect();
        assert_eq!(assets.len(), plant.assets.len());
        let nodes: HashSet<_> = plant.network.nodes.iter().map(|n| &n.id).collect();
        assert_eq!(nodes.len(), plant.network.nodes.len());
        assert_eq!(plant.assets.iter().filter(|a| a.kind == "district-regulator").count(), regulators);
        assert!(plant.network.pipes.iter().all(|p| p.from != p.to && p.length_m > 0.0));
        let pipes: HashSet<&str> = plant.network.pipes.iter().map(|p| &*p.id).collect();
        assert!(city.customers().iter().all(|c| pipes.contains(c.pipe.as_str())));
        assert!(plant.network.nodes.iter().filter_map(|n| n.asset).all(|a| a.index() < plant.assets.len()));
        for kind in ["hospital", "school"] {
            assert!(regulators < 60 || city.customers().iter().any(|c| c.kind == kind), "{kind}");
        }
        let addresses: HashSet<_> = plant
            .assets
            .iter()
            .map(|a| &a.link)
            .filter(|l| matches!(l, Link::Modbus { .. }))
            .map(|l| format!("{l:?}"))
            .collect();
        let over_modbus = plant.assets.iter().filter(|a| matches!(a.link, Link::Modbus { .. })).count();
        assert_eq!(addresses.len(), over_modbus, "one unit an asset");
        assert!(plant.crews.iter().any(|c| c.id == city.human_crew() && c.skills.iter().any(|s| s == "regulator")));
    }
}

#[test]
fn every_node_is_joined_to_a_gate() {
    let network = city().plant().network;
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); network.nodes.len()];
    for pipe in &network.pipes {
        next[pipe.from as usize].push(pipe.to as usize);
        next[pipe.to as usize].push(pipe.from as usize);
    }
    let gate = network.nodes.iter().position(|n| n.kind == NodeKind::Source).unwrap();
    let (mut seen, mut open) = (HashSet::from([gate]), vec![gate]);
    while let Some(node) = open.pop() {
        open.extend(next[node].iter().copied().filter(|n| seen.insert(*n)));
    }
    let lost: Vec<_> = (0..network.nodes.len()).filter(|n| !seen.contains(n)).map(|n| &network.nodes[n].id).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn everything_is_inside_and_can_be_driven_to() {
    let city = city();
    let [west, south, east, north] = city.bounds();
    let plant = city.plant();
    let roads = RoadGraph::new(&plant.roads);
    for asset in &plant.assets {
        let p = asset.position;
        assert!(west < p.lon && p.lon < east && south < p.lat && p.lat < north, "{}", asset.id);
        if asset.kind == "district-regulator" {
            let crossing = roads.nodes()[roads.nearest(p).unwrap()];
            assert!(crossing.distance_m(p) < 120.0, "{}", asset.id);
            for crew in &plant.crews {
                let legs = roads.drive(crew.base, p);
                let seconds: f64 = legs.iter().map(|l| l.seconds).sum();
                // the last stretch is the one from the crossing: the way before it was found on roads
                let arrives = legs.last().is_some_and(|l| l.to == p && l.length_m < 120.0);
                assert!(arrives && seconds < 3_600.0, "{} to {}: {seconds}", crew.id, asset.id);
            }
        }
    }
}

#[test]
fn the_city_is_quiet_at_every_hour_of_the_year() {
    for (seed, days) in [(1, &[0, 90, 181, 272][..]), (7, &[0])] {
        let plant = City::generate(&CityOptions { seed, regulators: 60 }).plant();
        is_quiet(&plant, seed, days);
    }
}

fn is_quiet(plant: &Plant, seed: u64, days: &[i64]) {
    let mut world = World::new(plant, seed, OFFSET_S);
    for day in days {
        for half in 0..48 {
            world.step(WINTER + day * 24 * HOUR + half * HOUR / 2);
            for (a, asset) in plant.assets.iter().enumerate() {
                for (point, value) in asset.points.iter().zip(world.values(a)) {
                    let l = point.limits;
                    let quiet = l.low.or(l.low_low).is_none_or(|low| *value > low)
                        && l.high.or(l.high_high).is_none_or(|high| *value < high);
                    let whole = point.range.is_none_or(|(low, high)| low <= *value && *value <= high);
                    assert!(quiet && whole, "{}/{} = {value} on day {day}, half-hour {half}", asset.id, point.name);
                }
            }
        }
    }
}

#[test]
fn the_physics_stands_behind_pressures_and_flows() {
    let plant = city().plant();
    let mut world = World::new(&plant, 1, OFFSET_S);
    world.step(WINTER);
    for (a, asset) in plant.assets.iter().enumerate() {
        for (p, point) in asset.points.iter().enumerate() {
            let expected = match asset.kind.as_str() {
                "district-regulator" | "pressure-station" => {
                    ["inlet_pressure", "outlet_pressure", "flow"].contains(&point.name.as_str())
                }
                "gate-station" => ["outlet_pressure", "flow"].contains(&point.name.as_str()),
                "line-valve" => point.name == "pressure",
                _ => continue,
            };
            assert_eq!(world.is_physical(a, p), expected, "{}/{}", asset.id, point.name);
        }
    }
}

#[test]
fn the_evening_takes_more_and_lowers_the_pressure() {
    let plant = city().plant();
    let mut world = World::new(&plant, 1, OFFSET_S);
    let mut mean = |hour: i64, point: &str| {
        world.step(WINTER + hour * HOUR);
        world.step(WINTER + hour * HOUR + 2_000);
        let stations = (0..plant.assets.len()).filter(|a| plant.assets[*a].kind == "district-regulator");
        let values: Vec<f64> = stations.map(|a| world.values(a)[find(&plant, a, point)]).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(mean(18, "flow") > 2.0 * mean(3, "flow"));
    assert!(mean(18, "inlet_pressure") < mean(3, "inlet_pressure") - 10.0);
}

#[test]
fn a_leak_shows_at_its_station_and_its_neighbours_until_repaired() {
    let plant = city().plant();
    let leaking = plant.assets.iter().position(|a| a.id == "rs-0010").unwrap();
    let mut near: Vec<usize> =
        (0..plant.assets.len()).filter(|a| plant.assets[*a].kind == "district-regulator").collect();
    let far = |a: usize| plant.assets[a].position.distance_m(plant.assets[leaking].position);
    near.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
    let (mut sound, mut faulty) = (World::new(&plant, 1, OFFSET_S), World::new(&plant, 1, OFFSET_S));
    let fault = Fault {
        asset: leaking,
        effect: Effect::Leak(6_000.0),
        from_ms: WINTER,
        growth_ms: 1_000,
        until_ms: i64::MAX / 2,
    };
    faulty.begin(fault);
    let drop = |s: &World, f: &World, a: usize| {
        let point = find(&plant, a, "inlet_pressure");
        s.values(a)[point] - f.values(a)[point]
    };
    for second in 0..8 {
        sound.step(WINTER + second * 1_000);
        faulty.step(WINTER + second * 1_000);
    }
    assert!(drop(&sound, &faulty, leaking) > 5.0, "{}", drop(&sound, &faulty, leaking));
    assert!(drop(&sound, &faulty, near[1]) > 0.5, "{}", drop(&sound, &faulty, near[1]));
    assert_eq!(faulty.repair(leaking, WINTER + 8_000), 1);
    for second in 8..40 {
        sound.step(WINTER + second * 1_000);
        faulty.step(WINTER + second * 1_000);
    }
    assert!(drop(&sound, &faulty, leaking).abs() < 0.5);
}

#[test]
fn the_demo_crew_is_the_nearest_to_some_regulator() {
    for seed in [1, 7, 42] {
        let city = City::generate(&CityOptions { seed, regulators: 60 });
        let plant = city.plant();
        let able = |c: &&Crew| c.skills.iter().any(|s| s == "regulator");
        let nearest = |at| {
            let far = |c: &&Crew| c.base.distance_m(at);
            plant.crews.iter().filter(able).min_by(|a, b| far(a).total_cmp(&far(b))).map(|c| c.id.clone())
        };
        let stations = plant.assets.iter().filter(|a| a.kind == "district-regulator");
        let own = stations.filter(|a| nearest(a.position).as_deref() == Some(city.human_crew())).count();
        assert!(own > 0, "seed {seed}");
    }
}
