//! Settings of alarms changed while everything runs: what follows at once, what survives, and when it ends.

use std::sync::Arc;

use linepack_core::registry::{AlarmKind, Registry, Rule};
use linepack_core::tune::Tuned;
use linepack_core::{Input, Millis, Saved};

use crate::play::{Player, check, same};
use crate::site::{PointSpec, point, rule, site};

fn high(limit: f64) -> Rule {
    Rule { deadband: 2.0, ..rule(AlarmKind::High, limit) }
}

fn one(rules: Vec<Rule>) -> Registry {
    let spec = PointSpec { range: Some((0.0, 600.0)), ..point("p", rules) };
    site(vec![spec], &[("a", None), ("b", None)], vec![])
}

fn player(rules: Vec<Rule>) -> Player {
    Player::new(Arc::new(one(rules)), Saved::default())
}

#[test]
fn a_changed_limit_holds_at_once_for_that_alarm_alone() {
    check(
        one(vec![high(120.0)]),
        "0 batch a/p 110 b/p 110
         1 tune a:p:high limit 105 noise
         2 sample b/p 111
         3 tune a:p:high limit 130 calm
         4 sample a/p 125
         5 sample b/p 125",
        "1 tuned a:p:high limit 105
         1 a:p:high normal set by op: limit 120 → 105: noise
         1 a:p:high normal>unacknowledged raise 110 good @0
         3 tuned a:p:high limit 130
         3 a:p:high unacknowledged set by op: limit 105 → 130: calm
         3 a:p:high unacknowledged>returned-unacknowledged clear 110 good @0
         5 b:p:high normal>unacknowledged raise 125 good @5",
    );
}

#[test]
fn a_running_delay_goes_on_under_the_new_one() {
    check(
        one(vec![Rule { on_delay: Millis::secs(10), ..high(120.0) }]),
        "0 sample a/p 130
         4 tune a:p:high on_delay 5000 sooner
         6 sample a/p 130
         7 sample b/p 130
         8 tune b:p:high limit 140 other
         20 run",
        "0 a:p:high normal pending @0
         4 tuned a:p:high on_delay \"5s\"
         4 a:p:high normal set by op: on_delay 10s → 5s: sooner
         6 a:p:high normal>unacknowledged raise 130 good @6
         7 b:p:high normal pending @7
         8 tuned b:p:high limit 140
         8 b:p:high normal set by op: limit 120 → 140: other
         8 b:p:high normal pending none",
    );
}

#[test]
fn what_is_disabled_ends_at_once_and_never_fires_from_a_delay() {
    check(
        one(vec![Rule { on_delay: Millis::secs(5), ..high(120.0) }]),
        "0 sample a/p 130
         2 tune a:p:high enabled 0 works
         9 run
         9 sample a/p 131
         20 run
         20 tune a:p:high enabled 1 done
         25 sample a/p 131
         26 tune a:p:high enabled 0 again
         27 untune a:p:high",
        "0 a:p:high normal pending @0
         2 tuned a:p:high enabled false
         2 a:p:high normal set by op: enabled true → false: works
         2 a:p:high normal pending none
         20 tuned no more a:p:high enabled
         20 a:p:high normal set by op: enabled false → true: done
         20 a:p:high normal pending @9
         25 a:p:high normal>unacknowledged raise 131 good @25
         26 tuned a:p:high enabled false
         26 a:p:high unacknowledged set by op: enabled true → false: again
         26 a:p:high unacknowledged>returned-unacknowledged clear 131 good @26
         27 tuned no more a:p:high enabled
         27 a:p:high returned-unacknowledged set by op: enabled false → true: taken back
         27 a:p:high returned-unacknowledged pending @25",
    );
}

#[test]
fn a_change_with_a_time_returns_by_itself() {
    check(
        one(vec![high(120.0)]),
        "0 sample a/p 125
         1 tune a:p:high limit 130 calibration 4
         5 run",
        "0 a:p:high normal>unacknowledged raise 125 good @0
         1 tuned a:p:high limit 130 until 4
         1 a:p:high unacknowledged set by op: limit 120 → 130: calibration
         1 a:p:high unacknowledged>returned-unacknowledged clear 125 good @0
         4 tuned no more a:p:high limit
         4 a:p:high returned-unacknowledged set by hub: limit 130 → 120: its time is over
         4 a:p:high returned-unacknowledged>unacknowledged raise 125 good @0",
    );
}

#[test]
fn limits_keep_their_order_and_an_alarm_can_clear() {
    let rules =
        || vec![high(120.0), rule(AlarmKind::HighHigh, 140.0), rule(AlarmKind::Low, 80.0), rule(AlarmKind::Stale, 0.0)];
    for (asked, refused) in [
        ("a:p:high limit 140 x", "wrong limit"),
        ("a:p:high limit 80 x", "wrong limit"),
        ("a:p:high-high limit 601 x", "wrong limit"),
        ("a:p:high deadband 40 x", "wrong deadband"),
        ("a:p:high deadband -1 x", "wrong deadband"),
        ("a:p:high on_delay -1 x", "wrong on_delay_s"),
        ("a:p:high priority 4 x", "wrong priority"),
        ("a:p:high limit NaN x", "wrong limit"),
        ("a:p:stale limit 5 x", "wrong limit"),
        ("a:p:high limit 100 x -5", "wrong expires_ms"),
    ] {
        check(one(rules()), &format!("1 tune {asked}"), &format!("1 refused: {refused}"));
    }
    check(one(rules()), "1 untune a:p:high", "1 refused: is as-configured");
}

#[test]
fn changes_survive_a_restart_and_move_with_a_reload_until_the_folder_has_them() {
    let mut first = player(vec![high(120.0)]);
    first.run("0 tune b:p:high limit 130 calm\n1 tune b:p:high priority 3 calm\n2 tune a:p:high deadband 1 calm");
    let tuned: Vec<Tuned> = first.core.tuned().cloned().collect();
    let mut again = Player::new(Arc::new(one(vec![high(120.0)])), Saved { tuned, ..Saved::default() });
    again.run("5 sample b/p 125\n6 sample b/p 131");
    same(&again.text, "6 b:p:high normal>unacknowledged raise 131 good @6");
    assert_eq!(again.core.tuned().count(), 3);
    again.text.clear();
    // b comes first now, and the folder says 130 for everybody
    let spec = PointSpec { range: Some((0.0, 600.0)), ..point("p", vec![high(130.0)]) };
    again.step(Input::Reload(Arc::new(site(vec![spec], &[("b", None)], vec![]))));
    same(
        &again.text,
        "6 tuned dropped a:p:high deadband
         6 tuned b:p:high priority \"low\"
         6 b:p:high unacknowledged pending none
         6 tuned no more b:p:high limit
         6 b:p:high unacknowledged set by hub: limit 130: the site folder has it now",
    );
    let registry = again.core.registry().clone();
    let alarm = registry.find_alarm("b:p:high").expect("an alarm");
    assert_eq!((registry.rule(alarm).limit, registry.rule(alarm).priority as u8), (130.0, 3));
}

#[test]
fn what_the_folder_took_over_while_the_hub_was_down_ends_for_good() {
    let mut first = player(vec![high(120.0)]);
    first.run("0 tune a:p:high limit 130 calm");
    let tuned: Vec<Tuned> = first.core.tuned().cloned().collect();
    let mut again = Player::new(Arc::new(one(vec![high(130.0)])), Saved { tuned, ..Saved::default() });
    again.run("5 sample a/p 100");
    same(
        &again.text,
        "5 tuned no more a:p:high limit
         5 a:p:high normal set by hub: limit 130: the site folder has it now",
    );
}

#[test]
fn a_change_that_no_longer_fits_the_folder_ends() {
    let mut player = player(vec![high(120.0)]);
    player.run("0 tune a:p:high limit 150 calm");
    player.text.clear();
    player.step(Input::Reload(Arc::new(one(vec![high(120.0), rule(AlarmKind::HighHigh, 140.0)]))));
    assert!(player.text.contains("limit 150 → 120: it does not fit the site folder any more"), "{}", player.text);
    player.run("1 sample a/p 130");
    assert!(player.text.contains("a:p:high normal>unacknowledged raise 130"), "{}", player.text);
}
