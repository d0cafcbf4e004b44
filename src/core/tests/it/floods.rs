//! Chatter is held, upsets stand under their first alarm, floods are counted, and a second person is asked.

use std::sync::Arc;

use linepack_core::alarm::State;
use linepack_core::calc::Formula;
use linepack_core::registry::{
    AlarmKind, Handling, Network, Node, NodeKind, Pipe, Priority, Registry, Rule, Suppression, Watched,
};
use linepack_core::{AlarmId, AssetId, LonLat, Millis, Saved};

use crate::play::{Player, check, same};
use crate::site::{point, rule, site};

fn one(rule: Rule) -> Registry {
    site(vec![point("p", vec![rule])], &[("a", None)], vec![])
}

fn high() -> Rule {
    rule(AlarmKind::High, 100.0)
}

/// Up at each of these seconds, down half a second later.
fn pulses(at: &[i64]) -> String {
    at.iter().map(|s| format!("{s} sample a/p 120\n{s}.5 sample a/p 50\n")).collect()
}

#[test]
fn chatter_is_annunciated_and_then_held_until_it_is_quiet() {
    check(
        one(high()),
        &(pulses(&[1, 2, 3, 4, 30]) + "89 run\n92 run\n"),
        "1 a:p:high normal>unacknowledged raise 120 good @1
         1.5 a:p:high unacknowledged>returned-unacknowledged clear 50 good @1.5
         2 a:p:high returned-unacknowledged>unacknowledged raise 120 good @2
         2.5 a:p:high unacknowledged>returned-unacknowledged clear 50 good @2.5
         3 a:p:high returned-unacknowledged>unacknowledged raise 120 good @3
         3.5 a:p:high unacknowledged>unacknowledged clear 50 good @3.5
         4 a:p:high unacknowledged>unacknowledged raise 120 good @4
         4.5 a:p:high unacknowledged>unacknowledged clear 50 good @4.5
         30 a:p:high unacknowledged>unacknowledged raise 120 good @30
         30.5 a:p:high unacknowledged>unacknowledged clear 50 good @30.5
         90.5 a:p:high unacknowledged>returned-unacknowledged settle 50 good @90.5",
    );
}

#[test]
fn what_stays_in_alarm_while_it_is_held_stays_shown() {
    let mut player = Player::new(Arc::new(one(high())), Saved::default());
    player.run(&(pulses(&[1, 2, 3]) + "4 sample a/p 120\n700 run\n"));
    let alarm = player.core.alarms().next().expect("the alarm");
    assert!(alarm.state == State::Unacknowledged && alarm.is_raised() && alarm.chatter.held, "{alarm:?}");
    player.run("701 ack a:p:high\n702 sample a/p 50\n800 run\n");
    assert_eq!(player.core.alarms().count(), 0, "seen and quiet");
}

#[test]
fn a_rule_that_is_not_damped_is_annunciated_every_time() {
    let handling = Handling { damped: false, ..Handling::default() };
    let mut player = Player::new(Arc::new(one(Rule { handling, ..high() })), Saved::default());
    player.run(&pulses(&[1, 2, 3, 4, 5, 6]));
    assert_eq!(player.text.matches(">unacknowledged raise").count(), 6);
}

#[test]
fn acknowledged_and_still_true_it_is_annunciated_again() {
    let handling = Handling { re_alarm: Some(Millis::mins(15)), ..Handling::default() };
    check(
        one(Rule { handling, ..high() }),
        "1 sample a/p 120
         10 ack a:p:high
         905 run
         911 run",
        "1 a:p:high normal>unacknowledged raise 120 good @1
         10 a:p:high unacknowledged>acknowledged acknowledge 120 good @10
         910 a:p:high acknowledged>unacknowledged re-alarm 120 good @910",
    );
}

#[test]
fn when_it_becomes_worse_the_lesser_alarm_asks_again() {
    let handling = Handling { re_alarm: Some(Millis::mins(15)), ..Handling::default() };
    let rules = vec![rule(AlarmKind::HighHigh, 150.0), Rule { handling, ..high() }];
    check(
        site(vec![point("p", rules)], &[("a", None)], vec![]),
        "1 sample a/p 120
         2 ack a:p:high
         3 sample a/p 160",
        "1 a:p:high normal>unacknowledged raise 120 good @1
         2 a:p:high unacknowledged>acknowledged acknowledge 120 good @2
         3 a:p:high-high normal>unacknowledged raise 160 good @3
         3 a:p:high acknowledged>unacknowledged re-alarm 120 good @3",
    );
}

#[test]
fn what_returns_by_itself_may_need_nobody() {
    let handling = Handling { auto_ack: true, ..Handling::default() };
    check(
        one(Rule { handling, ..high() }),
        "1 sample a/p 120
         2 sample a/p 50",
        "1 a:p:high normal>unacknowledged raise 120 good @1
         2 a:p:high unacknowledged>returned-unacknowledged clear 50 good @2
         2 a:p:high returned-unacknowledged>normal acknowledge 50 good @2",
    );
}

#[test]
fn a_shelf_says_that_it_ends_soon() {
    check(
        one(high()),
        "1 shelve a:p:high 1001 noise
         1002 run",
        "1 a:p:high normal>shelved shelve NaN good @1
         701 a:p:high shelved>shelved expiring NaN good @701
         1001 a:p:high shelved>normal expire NaN good @1001",
    );
}

#[test]
fn hiding_a_critical_alarm_for_long_takes_two_people() {
    let handling = Handling { two_person: true, ..Handling::default() };
    let mut registry = one(Rule { handling, priority: Priority::Critical, ..high() });
    registry.alarm_policy.two_person_shelve = Millis::mins(10);
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run(
        "1 shelve a:p:high 500 short
         2 unshelve a:p:high
         3 out-of-service a:p:high permit 1
         4 out-of-service a:p:high permit 1
         5 confirm a:p:high",
    );
    player.actor = "second";
    player.run("6 confirm a:p:high\n7 in-service a:p:high\n8 suppress a:p:high pig run\n9 refuse a:p:high");
    player.run("10 suppress a:p:high pig run\n911 run\n912 confirm a:p:high");
    same(
        &player.text,
        "1 a:p:high normal>shelved shelve NaN good @1
         2 a:p:high shelved>normal unshelve NaN good @2
         3 a:p:high normal>normal request NaN good @3
         4 refused: is normal
         5 refused: is normal
         6 a:p:high normal>out-of-service out-of-service NaN good @6
         7 a:p:high out-of-service>normal in-service NaN good @7
         8 a:p:high normal>normal request NaN good @8
         9 a:p:high normal>normal refuse NaN good @9
         10 a:p:high normal>normal request NaN good @10
         910 a:p:high normal>normal request-expired NaN good @910
         912 refused: is normal",
    );
}

#[test]
fn what_is_hidden_otherwise_meanwhile_can_still_be_confirmed_later() {
    let handling = Handling { two_person: true, ..Handling::default() };
    let mut registry = one(Rule { handling, priority: Priority::Critical, ..high() });
    registry.alarm_policy.two_person_shelve = Millis::mins(10);
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run("1 shelve a:p:high 2000 long\n2 shelve a:p:high 500 short");
    player.actor = "second";
    player.run("3 confirm a:p:high\n4 unshelve a:p:high\n5 confirm a:p:high");
    same(
        &player.text,
        "1 a:p:high normal>normal request NaN good @1
         2 a:p:high normal>shelved shelve NaN good @2
         3 refused: is shelved
         4 a:p:high shelved>normal unshelve NaN good @4
         5 a:p:high normal>shelved shelve NaN good @5",
    );
}

/// `a/p` high is hidden while `b/p` is below 1; 5 s of doubt are borne.
fn suppressed(hold: i64, linger: i64) -> Registry {
    let mut registry = site(vec![point("p", vec![high()])], &[("a", None), ("b", None)], vec![]);
    registry.suppressions = vec![Suppression {
        name: "stopped".into(),
        reason: "b stands still".into(),
        when: Formula::condition("{b/p} < 1").expect("a condition").into(),
        inputs: [Watched::Point(registry.find_point("b/p").expect("a point"))].into(),
        alarms: [AlarmId(0)].into(),
        hold: Millis::secs(hold),
        linger: Millis::secs(linger),
        standing: false,
    }];
    registry
}

#[test]
fn a_rule_hides_while_it_holds_and_leaves_what_people_hid() {
    check(
        suppressed(0, 0),
        "1 sample a/p 120
         2 sample b/p 0
         3 shelve a:p:high 60 noise
         4 sample b/p 5
         5 sample b/p 0
         6 unshelve a:p:high
         7 unsuppress a:p:high
         8 sample b/p 5",
        "1 a:p:high normal>unacknowledged raise 120 good @1
         2 a:p:high unacknowledged>suppressed suppress 120 good @2
         3 a:p:high suppressed>suppressed shelve 120 good @3
         4 a:p:high suppressed>shelved unsuppress 120 good @4
         5 a:p:high shelved>suppressed suppress 120 good @5
         6 a:p:high suppressed>suppressed unshelve 120 good @6
         7 refused: is suppressed
         8 a:p:high suppressed>unacknowledged unsuppress 120 good @8",
    );
}

#[test]
fn bad_inputs_hide_nothing_and_end_the_hiding_after_its_hold() {
    check(
        suppressed(5, 0),
        "1 sample a/p 120
         2 sample b/p 0 bad
         3 sample b/p 0
         4 sample b/p 0 bad
         8.8 run
         9.2 run",
        "1 a:p:high normal>unacknowledged raise 120 good @1
         3 a:p:high unacknowledged>suppressed suppress 120 good @3
         9 a:p:high suppressed>unacknowledged unsuppress 120 good @9",
    );
    check(
        suppressed(0, 3),
        "1 sample b/p 0
         2 sample b/p 5
         3 sample a/p 120
         6 run",
        "1 a:p:high normal>suppressed suppress NaN good @1
         3 a:p:high suppressed>suppressed raise 120 good @3
         5 a:p:high suppressed>unacknowledged unsuppress 120 good @5",
    );
}

#[test]
fn what_hides_and_what_is_hidden_may_come_in_one_message() {
    check(
        suppressed(0, 0),
        "1 batch b/p 0 a/p 120",
        "1 a:p:high normal>suppressed suppress NaN good @1
         1 a:p:high suppressed>suppressed raise 120 good @1",
    );
}

/// Five stations on one pipe, a to e; a closed valve between d and e. x hangs on c.
fn along_a_pipe() -> Registry {
    let ids = ["a", "b", "c", "d", "e", "x"];
    let mut registry = site(vec![point("p", vec![high()])], &ids.map(|id| (id, None)), vec![]);
    registry.assets[5].parent = Some(AssetId(2));
    let node = |id: &str, kind, closed, asset| Node {
        id: id.into(),
        kind,
        position: LonLat { lon: 106.5, lat: 29.5 },
        elevation_m: 0.0,
        closed,
        operable: true,
        asset,
    };
    let mut nodes: Vec<Node> =
        (0..5).map(|n| node(ids[n as usize], NodeKind::Regulator, false, Some(AssetId(n)))).collect();
    nodes.push(node("v", NodeKind::Valve, true, None));
    let pipe = |from, to| Pipe {
        id: format!("{from}-{to}").into(),
        from,
        to,
        diameter_mm: 100.0,
        length_m: 100.0,
        pressure_class: "".into(),
        material: "".into(),
        roughness_mm: 0.1,
        path: vec![],
    };
    registry.network = Network { nodes, pipes: vec![pipe(0, 1), pipe(1, 2), pipe(2, 3), pipe(3, 5), pipe(5, 4)] };
    registry
}

/// First alarm of each alarm's group, by asset.
fn groups(player: &Player) -> Vec<(String, Option<String>)> {
    let registry = player.core.registry();
    let asset = |id| registry.alarm_key(id).split(':').next().unwrap_or_default().to_owned();
    player.core.alarms().map(|a| (asset(a.id), a.group.map(asset))).collect()
}

fn expect(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    pairs.iter().map(|(a, g)| ((*a).to_owned(), g.map(str::to_owned))).collect()
}

#[test]
fn consequences_along_the_pipe_stand_under_the_first() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.run("1 sample b/p 120\n2 sample c/p 120\n3 sample d/p 120\n4 sample x/p 120\n5 sample e/p 120");
    let all = expect(&[("b", Some("b")), ("c", Some("b")), ("d", Some("b")), ("e", None), ("x", Some("b"))]);
    assert_eq!(groups(&player), all, "a closed valve parts e from the rest");
    // an earlier source time comes in late: it is the cause
    player.run("6 sample a/p 120 @0.5");
    assert!(groups(&player).iter().filter(|(a, _)| a != "e").all(|(_, g)| g.as_deref() == Some("a")));
    // and nothing of it is lost by a restart
    let saved = Saved { alarms: player.core.alarms().collect(), ..Saved::default() };
    let before = groups(&player);
    let again = Player::new(player.core.registry().clone(), saved);
    assert_eq!(groups(&again), before);
}

#[test]
fn what_comes_long_after_is_another_upset() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.run("1 sample b/p 120\n100 sample c/p 120");
    assert_eq!(groups(&player), expect(&[("b", None), ("c", None)]));
}

#[test]
fn what_has_to_do_with_two_upsets_joins_them() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.groups = true;
    player.run("1 sample b/p 120\n2 sample d/p 120\n3 sample c/p 120");
    let all = expect(&[("b", Some("b")), ("c", Some("b")), ("d", Some("b"))]);
    assert_eq!(groups(&player), all, "{}", player.text);
}

#[test]
fn a_class_in_one_area_is_a_common_cause() {
    let handling = Handling { class: "power".into(), ..Handling::default() };
    let ids = ["a", "b", "c"];
    let rules = vec![Rule { handling, ..high() }];
    let mut registry = site(vec![point("p", rules)], &ids.map(|id| (id, None)), vec![]);
    for (asset, area) in registry.assets.iter_mut().zip(["north", "north", "south"]) {
        asset.area = area.into();
    }
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run("1 sample a/p 120\n2 sample b/p 120\n3 sample c/p 120");
    assert_eq!(groups(&player), expect(&[("a", Some("a")), ("b", Some("a")), ("c", None)]));
}

#[test]
fn a_flood_begins_above_ten_in_ten_minutes_and_ends_below_five() {
    let ids: Vec<String> = (0..12).map(|n| format!("s{n}")).collect();
    let assets: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let registry = site(vec![point("p", vec![high()])], &assets, vec![]);
    let mut player = Player::new(Arc::new(registry), Saved::default());
    for n in 0..10 {
        player.run(&format!("{n} sample s{n}/p 120"));
    }
    assert_eq!(player.core.floods().count(), 0, "ten are no flood");
    player.run("10 sample s10/p 120");
    let flood = player.core.floods().next().expect("a flood").clone();
    assert_eq!((&*flood.position, flood.annunciated, flood.ended), ("control-room", 11, None));
    // a restart does not end it
    let saved = Saved {
        alarms: player.core.alarms().collect(),
        floods: player.core.floods().cloned().collect(),
        ..Saved::default()
    };
    let mut again = Player::new(player.core.registry().clone(), saved);
    again.run("11 sample s11/p 120");
    assert_eq!(again.core.floods().next().map(|f| f.annunciated), Some(12));
    player.run("605 run");
    assert_eq!(player.core.floods().count(), 1, "five are still within the time");
    player.run("608 run");
    assert_eq!(player.core.floods().count(), 0);
    assert!(player.text.contains("flood control-room 11 over"), "{}", player.text);
}
