//! A new site while everything runs; and a restart.

use std::sync::Arc;

use linepack_core::registry::{AlarmKind, Registry, Rule};
use linepack_core::{Input, Millis, Saved};

use crate::play::{Player, same};
use crate::site::{crew, point, rule, sends, site};

fn town(assets: &[(&str, Option<&str>)], limit: f64, crews: &[&str]) -> Arc<Registry> {
    let high = Rule { dispatch: sends("regulator"), on_delay: Millis::secs(5), ..rule(AlarmKind::High, limit) };
    let crews = crews.iter().enumerate().map(|(n, id)| crew(id, &["regulator"], 106.5 - 0.01 * n as f64, 29.5));
    Arc::new(site(vec![point("p", vec![high, rule(AlarmKind::Low, 80.0)])], assets, crews.collect()))
}

#[test]
fn what_still_exists_keeps_its_state_under_its_new_number() {
    let assets = [("a", Some("north")), ("b", None), ("c", None)];
    let mut player = Player::new(town(&assets, 120.0, &["c-1", "c-2"]), Saved::default());
    player.run(
        "0 sample b/p 130
         2 sample c/p 70
         3 sample a/p 130
         5 sample b/p 130
         6 as-000001 accept
         6 fix c-2 106.6 29.5
         7 link north down",
    );
    player.text.clear();
    // c-1 moves to the end, a and b change places, c is gone, x is new
    let assets = [("b", None), ("x", None), ("a", Some("north"))];
    player.step(Input::Reload(town(&assets, 140.0, &["c-0", "c-2", "c-1"])));
    same(
        &player.text,
        "7 b:p:high unacknowledged pending none
         7 link:north:communication unacknowledged pending none
         7 a:p:high normal pending @3
         7 b:p:high unacknowledged>returned-unacknowledged clear 130 good @5 i-000001
         7 i-000001 dispatched high [turnout 185] [arrival 1205]
         7 as-000001 i-000001 c-1 accepted
         7 c-0 available
         7 c-2 available
         7 c-1 assigned as-000001
         7 dropped c:p:low",
    );
    player.text.clear();
    let registry = player.core.registry().clone();
    let value = |name: &str| player.core.value(registry.find_point(name).expect("a point")).value;
    assert_eq!(value("b/p"), 130.0);
    assert!(value("x/p").is_nan());
    let moved = player.core.crews().find(|c| &*registry.crews[c.id.index()].id == "c-2").expect("a crew");
    assert_eq!(moved.fix.map(|f| (f.crew, f.position.lon)), Some((moved.id, 106.6)));
    // the new limit holds at once, and the link is still down
    player.run(
        "8 sample b/p 130
         9 link north down
         9 link north up
         10 as-000001 en-route",
    );
    same(
        &player.text,
        "9 link:north:communication unacknowledged>returned-unacknowledged clear NaN good @9
         10 i-000001 en-route high [turnout 185 kept] [arrival 1205]
         10 as-000001 i-000001 c-1 en-route
         10 c-1 en-route as-000001
         10 i-000001 en-route by op: c-1",
    );
}

#[test]
fn other_limits_hold_at_once_for_values_that_are_good() {
    let assets = [("a", None), ("b", None), ("c", Some("north"))];
    let mut player = Player::new(town(&assets, 120.0, &[]), Saved::default());
    player.run("0 sample a/p 110\n0 sample b/p 110\n0 sample c/p 110\n1 sample b/p 60\n2 link north down");
    player.text.clear();
    player.step(Input::Reload(town(&assets, 100.0, &[])));
    assert!(player.text.contains("a:p:high normal pending @0"), "{}", player.text);
    assert!(!player.text.contains("c:p:high"), "nobody knows how it is there: {}", player.text);
    player.text.clear();
    player.run("5 run");
    assert!(player.text.contains("a:p:high normal>unacknowledged raise 110 good @"), "{}", player.text);
    // the same folder again asks nothing anew
    player.text.clear();
    player.step(Input::Reload(town(&assets, 100.0, &[])));
    assert!(!player.text.contains(">"), "{}", player.text);
}

#[test]
fn a_crew_taken_off_the_roster_is_replaced() {
    let assets = [("a", None)];
    let mut player = Player::new(town(&assets, 120.0, &["c-1", "c-2"]), Saved::default());
    player.run("0 sample a/p 130\n5 sample a/p 130");
    player.text.clear();
    player.step(Input::Reload(town(&assets, 120.0, &["c-2"])));
    same(
        &player.text,
        "5 a:p:high unacknowledged pending none
         5 i-000001 dispatched high [turnout 185] [arrival 1205]
         5 as-000002 i-000001 c-2 offered
         5 c-2 assigned as-000002
         5 i-000001 cancelled by hub: as-000001: crew c-1 is no longer on the roster
         5 i-000001 offered by hub: c-2, 0.0 km, 0 min, no position yet, from base
         5 dropped c-1",
    );
}

#[test]
fn a_restart_goes_on_with_delays_pages_and_numbers() {
    let registry = town(&[("a", None), ("b", None)], 120.0, &["c-1", "c-2"]);
    let mut before = Player::new(registry.clone(), Saved::default());
    before.run(
        "0 sample a/p 130
         5 sample a/p 130
         6 sample b/p 130",
    );
    let saved = Saved {
        alarms: before.core.alarms().collect(),
        incidents: before.core.incidents().cloned().collect(),
        assignments: before.core.assignments().cloned().collect(),
        crews: before.core.crews().cloned().collect(),
        ..Saved::default()
    };
    let mut after = Player::new(registry, saved);
    after.run(
        "10 sample b/p 130
         11 sample b/p 130
         65.1 run",
    );
    same(
        &after.text,
        "11 b:p:high normal>unacknowledged raise 130 good @11 i-000002
         11 i-000002 dispatched high [turnout 191] [arrival 1211]
         11 as-000002 i-000002 c-2 offered
         11 c-2 assigned as-000002
         11 i-000002 opened by hub: Station b: p high
         11 i-000002 offered by hub: c-2, 1.9 km, 5 min, no position yet, from base
         65 i-000001 open high [turnout 185] [arrival 1205] no crew
         65 as-000001 i-000001 c-1 expired
         65 c-1 available
         65 i-000001 expired by hub: c-1 did not answer
         65 i-000001 escalated by hub: no crew left to page: the control room must act",
    );
}

#[test]
fn a_crew_that_left_the_roster_while_the_hub_was_away_is_replaced() {
    let mut before = Player::new(town(&[("a", None)], 120.0, &["c-1", "c-2"]), Saved::default());
    before.run("0 sample a/p 130\n5 sample a/p 130");
    // the store knows crews by name and leaves out what is gone
    let saved = Saved {
        alarms: before.core.alarms().collect(),
        incidents: before.core.incidents().cloned().collect(),
        last_incident: 1,
        last_assignment: 1,
        ..Saved::default()
    };
    let mut after = Player::new(town(&[("a", None)], 120.0, &["c-2"]), saved);
    after.run("0.1 run");
    same(
        &after.text,
        "0.1 i-000001 dispatched high [turnout 185] [arrival 1205]
         0.1 as-000002 i-000001 c-2 offered
         0.1 c-2 assigned as-000002
         0.1 i-000001 escalated by hub: c-2 is paged next
         0.1 i-000001 offered by hub: c-2, 0.0 km, 0 min, no position yet, from base",
    );
}
