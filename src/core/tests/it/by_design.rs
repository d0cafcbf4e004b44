//! Conditions of the site hide alarms while they hold.

use std::sync::Arc;

use linepack_core::calc::Formula;
use linepack_core::registry::{AlarmKind, Registry, Suppression, Watched};
use linepack_core::{AlarmId, Millis, Saved};

use crate::play::{Player, check};
use crate::site::{point, rule, site};

/// `a/p` high is hidden while `b/p` is below 1; 5 s of doubt are borne.
fn suppressed(hold: i64, linger: i64) -> Registry {
    let mut registry = site(vec![point("p", vec![rule(AlarmKind::High, 100.0)])], &[("a", None), ("b", None)], vec![]);
    registry.suppressions = vec![Suppression {
        name: "stopped".into(),
        reason: "b stands still".into(),
        when: Formula::condition("{b/p} < 1").expect("a condition").into(),
        inputs: [Watched::Point(registry.find_point("b/p").expect("a point"))].into(),
        alarms: [AlarmId(0)].into(),
        hold: Millis::secs(hold),
        linger: Millis::secs(linger),
        standing: false,
    }]
    .into();
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
fn of_doubt_and_the_end_of_a_condition_the_earlier_counts() {
    let ends = |hold, linger, script: &str, at: &str| {
        let mut player = Player::new(Arc::new(suppressed(hold, linger)), Saved::default());
        player.run(&format!("1 sample b/p 0\n1 sample a/p 120\n{script}\n200 run"));
        let ended = format!("{at} a:p:high suppressed>unacknowledged unsuppress 120 good @{at}");
        assert!(player.text.trim().ends_with(&ended), "{script}: {}", player.text);
    };
    ends(20, 3, "10 sample b/p 0 bad\n11 sample b/p 5", "14");
    ends(20, 30, "10 sample b/p 0 bad\n11 sample b/p 5", "30");
    ends(5, 30, "10 sample b/p 5\n11 sample b/p 5 bad", "16");
    ends(5, 30, "10 sample b/p 5\n11 sample b/p 0 bad\n12 sample b/p 0\n20 sample b/p 5", "50");
}

#[test]
fn after_a_restart_a_condition_that_is_heard_to_be_over_ends_in_its_own_time() {
    let mut player = Player::new(Arc::new(suppressed(5, 10)), Saved::default());
    player.run("1 sample b/p 0\n1 sample a/p 120");
    let saved = || Saved { alarms: player.core.alarms().collect(), ..Saved::default() };
    for (script, at) in [("10 run\n100 run", "60.1"), ("10 run\n12 sample b/p 5\n100 run", "22")] {
        let mut again = Player::new(player.core.registry().clone(), saved());
        again.run(&format!("2 run\n{script}"));
        let ended = format!("{at} a:p:high suppressed>unacknowledged unsuppress 120 good @{at}");
        assert!(again.text.contains(&ended), "{script}: {}", again.text);
    }
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
