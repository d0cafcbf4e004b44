//! Limits, rates and delays through the whole chain.

use linepack_core::Millis;
use linepack_core::registry::{AlarmKind, Rule};

use crate::play::check;
use crate::site::{PointSpec, point, rule, site};

fn one(rules: Vec<Rule>) -> linepack_core::Registry {
    site(vec![point("p", rules)], &[("a", None)], vec![])
}

fn high() -> Rule {
    Rule { deadband: 2.0, ..rule(AlarmKind::High, 120.0) }
}

#[test]
fn an_alarm_raises_is_acknowledged_and_clears() {
    check(
        one(vec![high()]),
        "0 sample a/p 100
         1 sample a/p 121
         2 sample a/p 125
         3 ack a:p:high
         4 ack a:p:high
         5 sample a/p 119
         6 sample a/p 117
         7 ack a:p:high",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         3 a:p:high unacknowledged>acknowledged acknowledge 121 good @3
         4 refused: is acknowledged
         6 a:p:high acknowledged>normal clear 117 good @6
         7 refused: is normal",
    );
}

#[test]
fn what_returns_unseen_waits_for_its_acknowledgement_and_may_rise_again() {
    check(
        one(vec![high()]),
        "1 sample a/p 121
         2 sample a/p 100
         3 sample a/p 122
         4 sample a/p 100
         5 ack a:p:high",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         2 a:p:high unacknowledged>returned-unacknowledged clear 100 good @2
         3 a:p:high returned-unacknowledged>unacknowledged raise 122 good @3
         4 a:p:high unacknowledged>returned-unacknowledged clear 100 good @4
         5 a:p:high returned-unacknowledged>normal acknowledge 100 good @5",
    );
}

#[test]
fn delays_count_source_time() {
    let delayed = Rule { on_delay: Millis::secs(2), off_delay: Millis::secs(5), ..high() };
    check(
        one(vec![delayed]),
        // the samples arrive all at once, 10 s later
        "10 sample a/p 121 @1
         10 sample a/p 119 @2
         10 sample a/p 121 @3
         10 sample a/p 121 @4.9
         10 sample a/p 122 @5
         10 sample a/p 100 @6
         10 sample a/p 119 @10
         10 sample a/p 100 @11
         10 sample a/p 100 @16",
        "10 a:p:high normal pending @1
         10 a:p:high normal pending none
         10 a:p:high normal pending @3
         10 a:p:high normal>unacknowledged raise 122 good @5
         10 a:p:high unacknowledged pending @6
         10 a:p:high unacknowledged pending none
         10 a:p:high unacknowledged pending @11
         10 a:p:high unacknowledged>returned-unacknowledged clear 100 good @16",
    );
}

#[test]
fn a_value_that_stands_completes_a_delay_until_it_would_be_stale() {
    let delayed = |s| Rule { on_delay: Millis::secs(s), ..high() };
    let stale_after = Some(Millis::secs(10));
    let of = |s| site(vec![PointSpec { stale_after, ..point("p", vec![delayed(s)]) }], &[("a", None)], vec![]);
    check(
        of(2),
        "5 sample a/p 121 @4
         9 run",
        "5 a:p:high normal pending @4
         7 a:p:high normal>unacknowledged raise 121 good @6",
    );
    check(
        of(20),
        "5 sample a/p 121
         60 run
         61 sample a/p 121",
        "5 a:p:high normal pending @5
         61 a:p:high normal>unacknowledged raise 121 good @61",
    );
}

#[test]
fn limits_do_not_disturb_each_other() {
    let rules = vec![
        rule(AlarmKind::HighHigh, 150.0),
        rule(AlarmKind::High, 120.0),
        rule(AlarmKind::Low, 80.0),
        rule(AlarmKind::LowLow, 60.0),
    ];
    check(
        one(rules),
        "1 sample a/p 160
         2 sample a/p 130
         3 sample a/p 50",
        "1 a:p:high-high normal>unacknowledged raise 160 good @1
         1 a:p:high normal>unacknowledged raise 160 good @1
         2 a:p:high-high unacknowledged>returned-unacknowledged clear 130 good @2
         3 a:p:high unacknowledged>returned-unacknowledged clear 50 good @3
         3 a:p:low normal>unacknowledged raise 50 good @3
         3 a:p:low-low normal>unacknowledged raise 50 good @3",
    );
}

#[test]
fn rates_need_two_good_samples() {
    check(
        one(vec![rule(AlarmKind::RateOfRise, 1.0), rule(AlarmKind::RateOfFall, 1.0)]),
        "1 sample a/p 500
         2 sample a/p 501
         3 sample a/p 502.5
         4 sample a/p 600 bad
         5 sample a/p 700
         6 sample a/p 700
         7 sample a/p 690
         17 sample a/p 680",
        "3 a:p:rate-of-rise normal>unacknowledged raise 502.5 good @3
         6 a:p:rate-of-rise unacknowledged>returned-unacknowledged clear 700 good @6
         7 a:p:rate-of-fall normal>unacknowledged raise 690 good @7
         17 a:p:rate-of-fall unacknowledged>returned-unacknowledged clear 680 good @17",
    );
}

#[test]
fn a_rate_is_not_known_to_go_on_without_samples() {
    let slow = Rule { on_delay: Millis::secs(2), ..rule(AlarmKind::RateOfRise, 1.0) };
    check(
        one(vec![slow]),
        "1 sample a/p 0
         2 sample a/p 10
         9 run
         10 sample a/p 90",
        "2 a:p:rate-of-rise normal pending @2
         10 a:p:rate-of-rise normal>unacknowledged raise 90 good @10",
    );
}

#[test]
fn only_good_values_move_process_alarms_and_bad_quality_is_an_alarm_of_its_own() {
    check(
        one(vec![high(), rule(AlarmKind::BadQuality, 0.0)]),
        "1 sample a/p 500 bad
         2 sample a/p 500 uncertain
         3 sample a/p 500
         4 sample a/p 0 uncertain
         5 sample a/p NaN
         6 sample a/p 0",
        "1 a:p:bad-quality normal>unacknowledged raise 500 bad(sensor-failure) @1
         2 a:p:bad-quality unacknowledged>returned-unacknowledged clear 500 uncertain(unspecified) @2
         3 a:p:high normal>unacknowledged raise 500 good @3
         5 a:p:bad-quality returned-unacknowledged>unacknowledged raise NaN bad(out-of-range) @5
         6 a:p:high unacknowledged>returned-unacknowledged clear 0 good @6
         6 a:p:bad-quality unacknowledged>returned-unacknowledged clear 0 good @6",
    );
}

#[test]
fn late_and_historical_data_goes_to_the_journal_once_an_excursion() {
    check(
        one(vec![high()]),
        "100 sample a/p 100
         101 sample a/p 130 @30
         102 sample a/p 131 @31
         103 sample a/p 119 @32
         104 sample a/p 100 @33
         105 sample a/p 140 @104 historical
         106 sample a/p 100 bad @105 historical
         107 sample a/p 150 @106 historical
         108 sample a/p 121",
        "101 a:p:high normal>normal historical 130 good @30
         105 a:p:high normal>normal historical 140 good @104
         108 a:p:high normal>unacknowledged raise 121 good @108",
    );
}

#[test]
fn a_latched_alarm_is_held_after_its_condition_ended() {
    check(
        one(vec![Rule { latching: true, ..high() }]),
        "1 sample a/p 121
         2 sample a/p 100
         3 ack a:p:high
         4 sample a/p 121",
        "1 a:p:high normal>unacknowledged raise 121 good @1
         2 a:p:high unacknowledged>latched-unacknowledged clear 100 good @2
         3 a:p:high latched-unacknowledged>latched-acknowledged acknowledge 100 good @3
         4 a:p:high latched-acknowledged>unacknowledged raise 121 good @4",
    );
}
