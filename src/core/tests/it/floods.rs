//! Chatter is held, floods are counted, alarms are annunciated again, and a second person is asked.

use std::sync::Arc;

use linepack_core::alarm::State;
use linepack_core::registry::{AlarmKind, Handling, Priority, Registry, Rule};
use linepack_core::{Millis, Saved};

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
fn a_held_alarm_that_is_quiet_is_looked_at_later_and_a_restart_knows_when() {
    let handling = Handling { re_alarm: Some(Millis::secs(70)), ..Handling::default() };
    let registry = Arc::new(one(Rule { handling, ..high() }));
    let mut player = Player::new(registry.clone(), Saved::default());
    // acknowledged at 4: quiet at 74, so it is looked at again at 144
    player.run(&(pulses(&[1, 2, 3]) + "4 ack a:p:high\n" + &pulses(&[60]) + "80 run\n"));
    let saved = Saved { alarms: player.core.alarms().collect(), ..Saved::default() };
    assert_eq!(saved.alarms[0].chatter.look.map(|t| t.0 - crate::play::START), Some(144_000));
    let mut again = Player::new(registry, saved);
    for player in [&mut player, &mut again] {
        player.text.clear();
        player.run("81 sample a/p 120\n150 run");
        same(
            &player.text,
            "81 a:p:high acknowledged>acknowledged raise 120 good @81
             144 a:p:high acknowledged>unacknowledged re-alarm 120 good @144",
        );
    }
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
fn what_two_people_agreed_on_takes_the_place_of_a_shorter_shelf() {
    let handling = Handling { two_person: true, ..Handling::default() };
    let mut registry = one(Rule { handling, ..high() });
    registry.alarm_policy.two_person_shelve = Millis::mins(10);
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run("1 shelve a:p:high 701 long\n2 shelve a:p:high 102 short");
    player.actor = "second";
    // the shorter one is over with the confirmation, the longer one when it was asked for
    player.run("3 confirm a:p:high\n699 run\n702 run");
    player.run("703 shelve a:p:high 1304 late\n1304 run");
    player.actor = "third";
    player.run("1304 confirm a:p:high");
    same(
        &player.text,
        "1 a:p:high normal>normal request NaN good @1
         2 a:p:high normal>shelved shelve NaN good @2
         3 a:p:high shelved>shelved shelve NaN good @3
         401 a:p:high shelved>shelved expiring NaN good @401
         701 a:p:high shelved>normal expire NaN good @701
         703 a:p:high normal>normal request NaN good @703
         1304 a:p:high normal>normal request-expired NaN good @1304
         1304 refused: is normal",
    );
}

#[test]
fn what_hides_a_held_alarm_ends_the_hold_and_all_that_is_known_of_it() {
    let mut player = Player::new(Arc::new(one(high())), Saved::default());
    // held, let go at 63.5, back at once: held for two minutes
    player.run(&(pulses(&[1, 2, 3]) + "64 run\n65 sample a/p 120\n"));
    assert!(player.core.alarms().all(|a| a.chatter.held), "{}", player.text);
    player.run("66 shelve a:p:high 600 noise\n67 unshelve a:p:high");
    assert!(player.core.alarms().all(|a| !a.chatter.held && a.state == State::Unacknowledged), "{}", player.text);
}

#[test]
fn a_hold_after_a_hidden_one_ends_in_its_own_time() {
    let mut player = Player::new(Arc::new(one(high())), Saved::default());
    // the second hold would last for two minutes from 66 on; hidden meanwhile, the third is one of a minute
    player.run(&(pulses(&[1, 2, 3]) + "64 run\n65 sample a/p 120\n66 sample a/p 100\n"));
    player.run("67 shelve a:p:high 600 noise\n68 unshelve a:p:high");
    player.run(&pulses(&[70, 71, 72]));
    assert!(player.core.alarms().all(|a| a.chatter.held), "{}", player.text);
    player.run("140 run");
    assert!(player.core.alarms().all(|a| !a.chatter.held), "{}", player.text);
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
