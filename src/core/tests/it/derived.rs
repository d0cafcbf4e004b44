//! Calculated points and totals.

use std::sync::Arc;

use linepack_core::calc::Formula;
use linepack_core::registry::{AlarmKind, PointSource, Registry, TotalBy, TotalSpec};
use linepack_core::{Input, Millis, PointId, Quality, Reason, Saved, Ts};

use crate::play::{Player, START, same};
use crate::site::{PointSpec, point, rule, site};

fn calc(name: &'static str, text: &str) -> PointSpec {
    let formula = Formula::parse(text).expect(text);
    PointSpec { source: PointSource::Calc(Arc::new(formula)), ..point(name, vec![]) }
}

fn total(name: &'static str, of: &str) -> PointSpec {
    let by = TotalBy::Rate { per: Millis::secs(3600), max_gap: Millis::secs(3) };
    PointSpec { source: PointSource::Total(TotalSpec { of: of.into(), by }), ..point(name, vec![]) }
}

fn values(registry: Registry, script: &str, expected: &str) {
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.values = true;
    player.run(script);
    let history: String = player.text.lines().filter(|l| !l.contains(" changed ")).map(|l| format!("{l}\n")).collect();
    same(&history, expected);
}

fn drop() -> Registry {
    let stale = |name| PointSpec { stale_after: Some(Millis::secs(5)), ..point(name, vec![]) };
    let difference = PointSpec {
        range: Some((-100.0, 100.0)),
        source: calc("", "{in} - {out}").source,
        ..point("drop", vec![rule(AlarmKind::High, 50.0), rule(AlarmKind::BadQuality, 0.0)])
    };
    // reads what stands after it
    let points = vec![calc("twice", "{drop} * 2"), difference, stale("in"), stale("out")];
    site(points, &[("a", Some("north"))], vec![])
}

#[test]
fn a_batch_gives_one_result_at_its_newest_time_and_readers_follow() {
    values(
        drop(),
        "1 batch a/in 300 a/out 280
         2 batch a/in 400 a/out 380
         3 sample a/in 390",
        "1 history a/in 300 good @1
         1 history a/out 280 good @1
         1 history a/drop 20 good @1
         1 history a/twice 40 good @1
         2 history a/in 400 good @2
         2 history a/out 380 good @2
         2 history a/drop 20 good @2
         2 history a/twice 40 good @2
         3 history a/in 390 good @3
         3 history a/drop 10 good @3
         3 history a/twice 20 good @3",
    );
}

#[test]
fn two_results_of_one_moment_are_kept_in_order_and_make_no_rate() {
    let mut registry = drop();
    registry.templates[0].points[1].rules.truncate(1);
    // keeps its key
    (registry.rules[0].kind, registry.rules[0].limit) = (AlarmKind::RateOfRise, 49.0);
    values(
        registry,
        "1 sample a/in 300 @1
         1.1 sample a/out 290 @1
         2 sample a/in 350 @2
         2.1 sample a/out 340 @2",
        "1 history a/in 300 good @1
         1.1 history a/out 290 good @1
         1.1 history a/drop 10 good @1
         1.1 history a/twice 20 good @1
         2 history a/in 350 good @2
         2 history a/drop 60 good @2
         2 history a/twice 120 good @2
         2 a:drop:high normal>unacknowledged raise 60 good @2
         2.1 history a/out 340 good @2
         2.1 history a/drop 10 good @2.001
         2.1 history a/twice 20 good @2.001",
    );
}

#[test]
fn quality_follows_the_worst_input_and_alarms_need_a_good_one() {
    values(
        drop(),
        "1 batch a/in 300 a/out 280
         2 sample a/in 390 uncertain
         3 sample a/in 390 bad
         4 sample a/in 550
         5 sample a/in 340",
        "1 history a/in 300 good @1
         1 history a/out 280 good @1
         1 history a/drop 20 good @1
         1 history a/twice 40 good @1
         2 history a/in 390 uncertain(unspecified) @2
         2 history a/drop 110 bad(out-of-range) @2
         2 history a/twice NaN bad(out-of-range) @2
         2 a:drop:bad-quality normal>unacknowledged raise 110 bad(out-of-range) @2
         3 history a/in 390 bad(sensor-failure) @3
         3 history a/drop NaN bad(sensor-failure) @3
         3 history a/twice NaN bad(sensor-failure) @3
         4 history a/in 550 good @4
         4 history a/drop 270 bad(out-of-range) @4
         4 history a/twice NaN bad(out-of-range) @4
         5 history a/in 340 good @5
         5 history a/drop 60 good @5
         5 history a/twice 120 good @5
         5 a:drop:high normal>unacknowledged raise 60 good @5
         5 a:drop:bad-quality unacknowledged>returned-unacknowledged clear 60 good @5",
    );
}

#[test]
fn silence_and_dead_links_reach_the_result_without_an_alarm_of_its_own() {
    let mut player = Player::new(Arc::new(drop()), Saved::default());
    let quality = |player: &Player| player.core.value(PointId(1)).quality;
    player.run("1 batch a/in 300 a/out 280");
    assert_eq!(quality(&player), Quality::Good);
    player.run("7 run");
    assert_eq!(quality(&player), Quality::Bad(Reason::Stale));
    player.run("8 batch a/in 300 a/out 280\n9 link north down");
    assert_eq!(quality(&player), Quality::Bad(Reason::CommFailure));
    assert_eq!(player.core.value(PointId(0)).quality, Quality::Bad(Reason::CommFailure));
    player.run("10 link north up\n11 batch a/in 300 a/out 281");
    assert_eq!((quality(&player), player.core.value(PointId(1)).value), (Quality::Good, 19.0));
    assert!(!player.text.contains("drop:bad-quality"), "{}", player.text);
}

#[test]
fn a_result_that_is_no_number_is_bad() {
    values(
        site(vec![point("p", vec![]), calc("inverse", "1 / {p}")], &[("a", None)], vec![]),
        "1 sample a/p 4
         2 sample a/p 0",
        "1 history a/p 4 good @1
         1 history a/inverse 0.25 good @1
         2 history a/p 0 good @2
         2 history a/inverse NaN bad(out-of-range) @2",
    );
}

#[test]
fn points_of_other_assets_go_by_full_name_and_what_cannot_be_is_bad() {
    let points = vec![
        point("flow", vec![]),
        calc("sum", "{a/flow} + {b/flow}"),
        calc("x", "{y} + 1"),
        calc("y", "{x} + {flow}"),
    ];
    let mut player = Player::new(Arc::new(site(points, &[("a", None), ("b", None)], vec![])), Saved::default());
    player.run("1 batch a/flow 1 b/flow 2\n2 sample b/flow 5");
    for asset in ["a", "b"] {
        let value = |name: &str| {
            let point = player.core.registry().find_point(&format!("{asset}/{name}")).expect("a point");
            player.core.value(point)
        };
        assert_eq!((value("sum").value, value("sum").quality, value("sum").ts), (6.0, Quality::Good, Ts(START + 2000)));
        assert_eq!(value("x").quality, Quality::Bad(Reason::ConfigurationError));
        assert_eq!(value("y").quality, Quality::Bad(Reason::ConfigurationError));
    }
}

fn metered() -> Registry {
    let raw = PointSpec { stale_after: Some(Millis::secs(3)), ..point("flow", vec![]) };
    site(vec![raw, total("volume", "flow")], &[("m", None)], vec![])
}

#[test]
fn a_total_counts_every_sample_and_tells_of_gaps() {
    values(
        metered(),
        "0 sample m/flow 3600
         1 sample m/flow 3600
         2 sample m/flow 7200
         3 sample m/flow 7200 bad
         4 sample m/flow 7200
         9 sample m/flow 7200
         10 sample m/flow 7200",
        "0 history m/flow 3600 good @0
         0 history m/volume 0 good @0
         1 history m/flow 3600 good @1
         1 history m/volume 1 good @1
         2 history m/flow 7200 good @2
         2 history m/volume 2.5 good @2
         3 history m/flow 7200 bad(sensor-failure) @3
         3 history m/volume 2.5 uncertain(sensor-failure) @3
         4 history m/flow 7200 good @4
         4 history m/volume 6.5 good @4
         9 history m/flow 7200 good @9
         9 history m/volume 6.5 uncertain(last-known) @9
         10 history m/flow 7200 good @10
         10 history m/volume 8.5 good @10",
    );
}

#[test]
fn a_total_goes_on_after_a_restart_and_a_reload_as_if_there_had_been_none() {
    let registry = Arc::new(metered());
    let script: Vec<String> = (0..40).map(|n| format!("{n} sample m/flow {}", 1000 + 37 * n)).collect();
    let mut whole = Player::new(registry.clone(), Saved::default());
    whole.run(&script.join("\n"));
    let mut cut = Player::new(registry.clone(), Saved::default());
    for (n, line) in script.iter().enumerate() {
        cut.run(line);
        if n % 7 == 3 {
            let values = (0..2).map(PointId).map(|p| (p, cut.core.value(p))).collect();
            cut = Player::new(registry.clone(), Saved { values, ..Saved::default() });
        } else if n % 7 == 5 {
            cut.step(Input::Reload(registry.clone()));
        }
    }
    let value = |player: &Player| player.core.value(PointId(1));
    assert!((value(&whole).value - value(&cut).value).abs() < 1e-9, "{:?} {:?}", value(&whole), value(&cut));
    assert_eq!(value(&cut).quality, Quality::Good);
}

#[test]
fn a_total_starts_again_only_by_hand_and_with_a_reason() {
    values(
        metered(),
        "0 sample m/flow 3600
         1 sample m/flow 3600
         2 enter m/volume 0
         3 enter m/volume -1 meter-changed
         4 enter m/volume 100 meter-changed
         4 sample m/flow 3600
         5 sample m/flow 3600",
        "0 history m/flow 3600 good @0
         0 history m/volume 0 good @0
         1 history m/flow 3600 good @1
         1 history m/volume 1 good @1
         2 refused: wrong reason
         3 refused: wrong value
         4 history m/volume 100 good @4
         4 entry m/volume reset 100 @4 by op: meter-changed
         4 history m/flow 3600 good @4
         4 history m/volume 103 good @4.001
         5 history m/flow 3600 good @5
         5 history m/volume 104 good @5",
    );
}
