//! Current values: order, quality, report by exception, silence.

use std::sync::Arc;

use linepack_core::registry::{AlarmInstance, AlarmKind, AlarmSource, ClockPolicy, Rule};
use linepack_core::{AssetId, Millis, PointId, Registry, Saved};

use crate::play::{Player, check, same};
use crate::site::{PointSpec, point, rule, site};

fn values(registry: Registry, script: &str, expected: &str) {
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.values = true;
    player.run(script);
    same(&player.text, expected);
}

fn pressure() -> Registry {
    let p = PointSpec { deadband: 0.5, range: Some((0.0, 600.0)), ..point("p", vec![]) };
    site(vec![p], &[("a", None)], vec![])
}

#[test]
fn a_value_never_moves_backwards_and_a_repeated_sample_is_stored_once() {
    values(
        pressure(),
        "1 sample a/p 100
         2 sample a/p 101 @1.9
         3 sample a/p 55 @1.5
         4 sample a/p 101 @1.9
         5 sample a/p 101 @5",
        "1 history a/p 100 good @1
         1 changed a/p 100 good
         2 history a/p 101 good @1.9
         2 changed a/p 101 good
         3 history a/p 55 good @1.5
         5 history a/p 101 good @5",
    );
}

#[test]
fn small_changes_are_not_reported_but_their_sum_is_and_so_is_quality() {
    values(
        pressure(),
        "1 sample a/p 100
         2 sample a/p 100.4
         3 sample a/p 100.6
         4 sample a/p 100.6 uncertain
         5 sample a/p 700
         6 sample a/p 100
         11 sample a/p 100",
        "1 history a/p 100 good @1
         1 changed a/p 100 good
         2 history a/p 100.4 good @2
         3 history a/p 100.6 good @3
         3 changed a/p 100.6 good
         4 history a/p 100.6 uncertain(unspecified) @4
         4 changed a/p 100.6 uncertain(unspecified)
         5 history a/p 700 bad(out-of-range) @5
         5 changed a/p 700 bad(out-of-range)
         6 history a/p 100 good @6
         6 changed a/p 100 good
         11 history a/p 100 good @11
         11 changed a/p 100 good",
    );
}

#[test]
fn a_retained_message_is_last_known_and_raises_nothing() {
    let high = rule(AlarmKind::High, 120.0);
    values(
        site(vec![point("p", vec![high])], &[("a", None)], vec![]),
        "50 sample a/p 130 @10 retained
         51 sample a/p 131 @9 retained
         52 sample a/p 132",
        "50 history a/p 130 uncertain(last-known) @10
         50 changed a/p 130 uncertain(last-known)
         52 history a/p 132 good @52
         52 changed a/p 132 good
         52 a:p:high normal>unacknowledged raise 132 good @52",
    );
}

#[test]
fn silence_makes_a_value_stale_and_news_clears_it() {
    let rules = vec![rule(AlarmKind::Stale, 0.0), rule(AlarmKind::BadQuality, 0.0)];
    let p = PointSpec { stale_after: Some(Millis::secs(10)), ..point("p", rules) };
    values(
        site(vec![p], &[("a", None)], vec![]),
        "0 sample a/p 1
         5 sample a/p 2
         14 run
         14 sample a/p 3 @4
         14.1 sample a/p 3 @14 retained
         14.2 sample a/p 3 @13 historical
         16 run
         17 sample a/p 9 bad",
        "0 history a/p 1 good @0
         0 changed a/p 1 good
         5 history a/p 2 good @5
         5 changed a/p 2 good
         14 history a/p 3 good @4
         14.1 history a/p 3 uncertain(last-known) @14
         14.1 changed a/p 3 uncertain(last-known)
         14.2 history a/p 3 good @13
         15 changed a/p 3 bad(stale)
         15 a:p:stale normal>unacknowledged raise 3 bad(stale) @15
         17 history a/p 9 bad(sensor-failure) @17
         17 changed a/p 9 bad(sensor-failure)
         17 a:p:stale unacknowledged>returned-unacknowledged clear 9 bad(sensor-failure) @17
         17 a:p:bad-quality normal>unacknowledged raise 9 bad(sensor-failure) @17",
    );
}

#[test]
fn a_point_that_never_spoke_is_stale_too() {
    let stale = Rule { on_delay: Millis::secs(3), ..rule(AlarmKind::Stale, 0.0) };
    let p = PointSpec { stale_after: Some(Millis::secs(10)), ..point("p", vec![stale]) };
    check(
        site(vec![p], &[("a", None)], vec![]),
        "20 run",
        "10.1 a:p:stale normal pending @10.1
         13.1 a:p:stale normal>unacknowledged raise NaN bad(stale) @13.1",
    );
}

fn clocked(tolerance: Option<Millis>) -> Registry {
    let mut registry = site(vec![point("p", vec![]), point("q", vec![])], &[("a", None)], vec![]);
    let clock = registry.rules.len() as u32;
    registry.rules.push(Rule {
        on_delay: Millis::secs(60),
        off_delay: Millis::secs(60),
        ..rule(AlarmKind::Clock, 30.0)
    });
    let first = registry.alarms.len() as u32;
    registry.alarms.push(AlarmInstance { source: AlarmSource::Device(AssetId(0)), rule: clock });
    registry.assets[0].alarms = first..first + 1;
    registry.clock.tolerance = tolerance;
    registry
}

#[test]
fn a_clock_that_is_off_for_a_while_is_an_alarm_and_one_late_message_is_none() {
    let mut player = Player::new(Arc::new(clocked(Some(Millis::secs(30)))), Saved::default());
    let offset = |player: &Player| player.core.clock_offset(AssetId(0));
    let run = |player: &mut Player, from: i64, to: i64, behind: i64| {
        let lines: Vec<String> = (from..to).map(|t| format!("{t} sample a/p {t} @{}", t - behind)).collect();
        player.run(&lines.join("\n"));
    };
    run(&mut player, 100, 118, 0);
    assert_eq!(offset(&player), None, "no times of its own");
    run(&mut player, 118, 126, 2);
    player.run("126 sample a/p 0 @80");
    assert_eq!((offset(&player), player.text.as_str()), (Some(2000), ""));
    run(&mut player, 136, 226, 40);
    assert_eq!(offset(&player), Some(40_000));
    player.run("240 run");
    assert!(player.text.contains("a:device:clock normal>unacknowledged raise 40 good"), "{}", player.text);
    run(&mut player, 240, 330, 3);
    assert!(
        player.text.contains("a:device:clock unacknowledged>returned-unacknowledged clear 3 good"),
        "{}",
        player.text
    );
}

#[test]
fn times_that_cannot_be_are_refused_where_the_site_says_so() {
    let mut registry = pressure();
    registry.clock.refuse_future = true;
    registry.clock.refuse_before = Some(Millis::mins(60));
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.values = true;
    for (script, refused) in [
        ("4000 sample a/p 1 @4060", None),
        ("4001 sample a/p 2 @4061.001", Some("its time lies in the future")),
        ("4002 sample a/p 3 @402", None),
        ("4003 sample a/p 4 @402.999", Some("its time lies too far in the past")),
        ("4003 sample a/p 4 @402.999 historical", Some("its time lies too far in the past")),
    ] {
        player.run(script);
        let told: Vec<&str> = player.out.refused.iter().map(|(_, why)| *why).collect();
        assert_eq!(told, refused.into_iter().collect::<Vec<_>>(), "{script}");
    }
    assert_eq!(player.text.matches("history").count(), 2, "{}", player.text);
}

#[test]
fn a_connection_may_think_otherwise_of_times_than_its_site() {
    let refused = |of_site: ClockPolicy, of_connection: Option<ClockPolicy>, at: &str| {
        let mut registry = site(vec![point("p", vec![])], &[("a", Some("gw"))], vec![]);
        registry.clock = of_site;
        registry.connections[0].clock = of_connection;
        let mut player = Player::new(Arc::new(registry), Saved::default());
        player.run(&format!("4000 sample a/p 1 @{at}"));
        !player.out.refused.is_empty()
    };
    let lax = ClockPolicy::default();
    let strict = ClockPolicy { refuse_future: true, refuse_before: Some(Millis::mins(60)), ..ClockPolicy::default() };
    for at in ["4061", "399"] {
        for (of_site, of_connection, expected) in
            [(lax, None, false), (strict, None, true), (lax, Some(strict), true), (strict, Some(lax), false)]
        {
            assert_eq!(refused(of_site, of_connection, at), expected, "{at}: {of_site:?} {of_connection:?}");
        }
    }
}

#[test]
fn odd_numbers_are_told_apart_from_values() {
    let ranged =
        |range| site(vec![PointSpec { range, ..point("p", vec![rule(AlarmKind::High, 5.0)]) }], &[("a", None)], vec![]);
    for (range, value, shown, quality) in [
        (None, "NaN", f64::NAN, "bad(out-of-range)"),
        (None, "inf", f64::INFINITY, "bad(out-of-range)"),
        (None, "-inf", f64::NEG_INFINITY, "bad(out-of-range)"),
        (None, "-0.0", 0.0, "good"),
        (Some((0.0, 1.0)), "-0.0", 0.0, "good"),
        (None, "5e-324", 5e-324, "good"),
        (None, "1.7976931348623157e308", f64::MAX, "good"),
        (Some((0.0, 1.0)), "-5e-324", -5e-324, "bad(out-of-range)"),
        (Some((0.0, 1.0)), "1.0000000000000002", 1.0000000000000002, "bad(out-of-range)"),
    ] {
        let mut player = Player::new(Arc::new(ranged(range)), Saved::default());
        player.run(&format!("1 sample a/p {value}"));
        let now = player.core.value(PointId(0));
        assert!(now.value == shown || (now.value.is_nan() && shown.is_nan()), "{value}: {now:?}");
        assert_eq!(crate::play::quality(now.quality), quality, "{value}");
        assert_eq!(player.text.contains("raise"), value.starts_with("1.79"), "{value}: {}", player.text);
    }
}

#[test]
fn of_two_sources_with_one_time_the_first_counts_and_without_a_time_the_last() {
    values(
        pressure(),
        "1 sample a/p 100 @1
         1.1 sample a/p 200 @1
         1.2 sample a/p 300 @1 retained
         1.3 sample a/p 100 @1 bad
         2 batch a/p 7 a/p 8",
        "1 history a/p 100 good @1
         1 changed a/p 100 good
         2 history a/p 7 good @2
         2 history a/p 8 good @2.001
         2 changed a/p 8 good
         2 changed a/p 8 good",
    );
}
