//! Current values: order, quality, report by exception, silence.

use std::sync::Arc;

use linepack_core::registry::{AlarmKind, Rule};
use linepack_core::{Millis, Registry, Saved};

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
