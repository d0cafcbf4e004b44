//! Shelved, suppressed, out of service; latches.

use linepack_core::Millis;
use linepack_core::alarm::State;
use linepack_core::registry::{AlarmKind, DispatchRule, Rule};

use crate::play::{Player, check};
use crate::site::{point, rule, site};

fn one(rule: Rule) -> linepack_core::Registry {
    site(vec![point("p", vec![rule])], &[("a", None)], vec![])
}

fn high() -> Rule {
    Rule { deadband: 2.0, ..rule(AlarmKind::High, 120.0) }
}

#[test]
fn a_shelved_alarm_is_journalled_on_and_comes_back_when_its_time_is_over() {
    check(
        one(high()),
        "1 sample a/p 121
         2 shelve a:p:high 62 calibration
         3 ack a:p:high
         4 sample a/p 100
         5 sample a/p 125
         62.1 run",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         2 a:p:high unacknowledged>shelved shelve 121 good @2
         3 refused: is shelved
         4 a:p:high shelved>shelved clear 100 good @4
         5 a:p:high shelved>shelved raise 125 good @5
         62 a:p:high shelved>unacknowledged expire 125 good @62",
    );
}

#[test]
fn what_is_normal_when_its_time_is_over_stays_quiet() {
    check(
        one(high()),
        "1 shelve a:p:high 11 noise
         2 sample a/p 121
         3 sample a/p 100
         11.1 run
         12 unshelve a:p:high",
        "1 a:p:high normal>shelved shelve NaN good @1
         2 a:p:high shelved>shelved raise 121 good @2
         3 a:p:high shelved>shelved clear 100 good @3
         11 a:p:high shelved>normal expire 100 good @11
         12 refused: is normal",
    );
}

#[test]
fn the_strongest_way_of_hiding_names_the_state_and_the_last_one_to_end_shows_it() {
    check(
        one(high()),
        "1 sample a/p 121
         2 out-of-service a:p:high permit 4711
         3 shelve a:p:high 63 noise
         4 suppress a:p:high pig run
         5 suppress a:p:high again
         6 in-service a:p:high
         7 unsuppress a:p:high
         8 unshelve a:p:high
         9 ack a:p:high",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         2 a:p:high unacknowledged>out-of-service out-of-service 121 good @2
         3 a:p:high out-of-service>out-of-service shelve 121 good @3
         4 a:p:high out-of-service>out-of-service suppress 121 good @4
         5 refused: is out-of-service
         6 a:p:high out-of-service>suppressed in-service 121 good @6
         7 a:p:high suppressed>shelved unsuppress 121 good @7
         8 a:p:high shelved>unacknowledged unshelve 121 good @8
         9 a:p:high unacknowledged>acknowledged acknowledge 121 good @9",
    );
}

#[test]
fn nothing_is_hidden_without_a_reason_or_for_longer_than_the_site_allows() {
    // priority critical: an hour
    check(
        one(Rule { priority: linepack_core::registry::Priority::Critical, ..high() }),
        "1 shelve a:p:high 60
         1 suppress a:p:high
         1 shelve a:p:high 1 noise
         1 shelve a:p:high 3602 noise
         1 shelve a:p:high 3601 noise",
        "1 refused: wrong reason
         1 refused: wrong reason
         1 refused: wrong minutes
         1 refused: wrong minutes
         1 a:p:high normal>shelved shelve NaN good @1",
    );
}

#[test]
fn delays_run_on_while_hidden() {
    let delayed = Rule { on_delay: Millis::secs(2), ..high() };
    check(
        one(delayed),
        "1 shelve a:p:high 31 noise
         2 sample a/p 121
         4 sample a/p 122
         31.1 run",
        "1 a:p:high normal>shelved shelve NaN good @1
         2 a:p:high shelved pending @2
         4 a:p:high shelved>shelved raise 122 good @4
         31 a:p:high shelved>unacknowledged expire 122 good @31",
    );
}

#[test]
fn a_hidden_alarm_sends_nobody_before_it_is_shown() {
    let sends = Rule { dispatch: Some(DispatchRule { skill: "regulator".into(), auto: true }), ..high() };
    let mut player = Player::new(std::sync::Arc::new(one(sends)), linepack_core::Saved::default());
    player.run("1 out-of-service a:p:high permit\n2 sample a/p 121");
    assert_eq!(player.core.incidents().count(), 0);
    player.run("3 in-service a:p:high");
    assert_eq!(player.core.incidents().count(), 1);
    let alarm = player.core.alarms().next().expect("the alarm");
    assert!(alarm.state == State::Unacknowledged && alarm.incident.is_some(), "{alarm:?}");
}

#[test]
fn a_latched_alarm_wants_its_acknowledgement_and_its_reset() {
    check(
        one(Rule { latching: true, ..high() }),
        "1 sample a/p 121
         2 reset a:p:high
         3 sample a/p 100
         4 reset a:p:high
         5 ack a:p:high
         6 sample a/p 125
         7 ack a:p:high
         8 sample a/p 100
         9 reset a:p:high
         10 reset a:p:high",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         2 refused: is unacknowledged
         3 a:p:high unacknowledged>latched-unacknowledged clear 100 good @3
         4 refused: is latched-unacknowledged
         5 a:p:high latched-unacknowledged>latched-acknowledged acknowledge 100 good @5
         6 a:p:high latched-acknowledged>unacknowledged raise 125 good @6
         7 a:p:high unacknowledged>acknowledged acknowledge 125 good @7
         8 a:p:high acknowledged>latched-acknowledged clear 100 good @8
         9 a:p:high latched-acknowledged>normal reset 100 good @9
         10 refused: is normal",
    );
}
