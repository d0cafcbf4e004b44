//! Values that people enter, and those that stand in place of measured ones.

use std::sync::Arc;

use linepack_core::calc::Formula;
use linepack_core::registry::{AlarmKind, PointSource, Registry, Rule};
use linepack_core::{Input, Millis, PointId, Quality, Reason, Saved, Substitute, Ts};

use crate::play::{Player, START, same};
use crate::site::{PointSpec, point, rule, site};

fn station() -> Registry {
    let pressure = PointSpec {
        range: Some((0.0, 600.0)),
        stale_after: Some(Millis::secs(30)),
        ..point("p", vec![Rule { deadband: 2.0, ..rule(AlarmKind::High, 120.0) }, rule(AlarmKind::BadQuality, 0.0)])
    };
    let level = PointSpec { source: PointSource::Manual, ..point("level", vec![rule(AlarmKind::Low, 10.0)]) };
    let formula = Formula::parse("{p} * 2").expect("a formula");
    let double = PointSpec { source: PointSource::Calc(Arc::new(formula)), ..point("double", vec![]) };
    site(vec![pressure, level, double], &[("a", Some("north"))], vec![])
}

fn values(script: &str, expected: &str) {
    let mut player = Player::new(Arc::new(station()), Saved::default());
    player.values = true;
    player.run(script);
    same(&player.text, expected);
}

#[test]
fn a_point_without_a_source_takes_what_people_enter() {
    values(
        "1 enter a/level 40 read-on-site
         2 enter a/level 5 read-on-site @1.5
         3 enter a/level 20 forgotten @1.2
         4 enter a/level 20 again @1.5
         5 enter a/level 20 ahead @6
         6 enter a/level 20
         7 link north down
         8 enter a/p 100 guess",
        "1 history a/level 40 good @1
         1 changed a/level 40 good
         1 entry a/level value 40 @1 by op: read-on-site
         2 history a/level 5 good @1.5
         2 changed a/level 5 good
         2 a:level:low normal>unacknowledged raise 5 good @1.5
         2 entry a/level value 5 @1.5 by op: read-on-site
         3 history a/level 20 good @1.2
         3 entry a/level value 20 @1.2 by op: forgotten
         4 refused: is known
         5 refused: wrong ts_ms
         6 refused: wrong reason
         7 changed a/p NaN bad(comm-failure)
         7 changed a/double NaN bad(comm-failure)
         7 link:north:communication normal>unacknowledged raise NaN bad(comm-failure) @7
         8 refused: is measured",
    );
}

#[test]
fn a_substitute_stands_while_the_field_goes_to_history() {
    values(
        "1 sample a/p 100
         2 substitute a/p 80 maintenance
         3 sample a/p 130
         4 unsubstitute a/p repaired
         5 unsubstitute a/p
         6 substitute a/p 700 x
         7 substitute a/p 70",
        "1 history a/p 100 good @1
         1 history a/double 200 good @1
         1 changed a/p 100 good
         1 changed a/double 200 good
         2 history a/double 160 uncertain(substituted) @2
         2 changed a/p 80 uncertain(substituted)
         2 changed a/double 160 uncertain(substituted)
         2 substitute a/p 80
         2 entry a/p substitute 80 @2 by op: maintenance
         3 history a/p 130 good @3
         4 history a/double 260 good @3
         4 changed a/p 130 good
         4 changed a/double 260 good
         4 substitute ended a/p
         4 entry a/p unsubstitute 130 @4 by op: repaired
         4 a:p:high normal>unacknowledged raise 130 good @3
         5 refused: is not-substituted
         6 refused: wrong value
         7 refused: wrong reason",
    );
}

#[test]
fn a_substitute_raises_and_clears_nothing() {
    let mut player = Player::new(Arc::new(station()), Saved::default());
    player.run("1 sample a/p 130\n2 substitute a/p 80 x\n3 sample a/p 80\n4 substitute a/p 500 x\n5 unsubstitute a/p");
    let alarms: Vec<&str> = player.text.lines().filter(|l| l.contains("a:p:")).collect();
    assert_eq!(
        alarms,
        [
            "1 a:p:high normal>unacknowledged raise 130 good @1",
            "5 a:p:high unacknowledged>returned-unacknowledged clear 80 good @3"
        ]
    );
}

#[test]
fn silence_and_dead_links_stay_behind_a_substitute() {
    let mut player = Player::new(Arc::new(station()), Saved::default());
    let quality = |player: &Player| player.core.value(PointId(0)).quality;
    let substituted = Quality::Uncertain(Reason::Substituted);
    player.run("1 sample a/p 100\n2 substitute a/p 80 x\n40 run");
    assert_eq!(quality(&player), substituted);
    player.run("41 unsubstitute a/p");
    assert_eq!(quality(&player), Quality::Bad(Reason::Stale));
    player.run("42 sample a/p 100\n43 substitute a/p 80 x\n44 link north down");
    assert_eq!(quality(&player), substituted);
    player.run("45 unsubstitute a/p");
    assert_eq!(quality(&player), Quality::Bad(Reason::CommFailure));
}

#[test]
fn a_substitute_ends_when_asked_to() {
    let mut player = Player::new(Arc::new(station()), Saved::default());
    player.run("1 sample a/p 100\n2 substitute a/p 80 x 62\n3 sample a/p 99\n61.9 run");
    assert_eq!(player.core.value(PointId(0)).value, 80.0);
    player.run("62.1 run");
    assert!(player.text.contains("entry a/p expired 99 @62 by hub: "), "{}", player.text);
    assert_eq!(player.core.substitutes().count(), 0);
}

#[test]
fn a_substitute_outlives_restart_and_reload() {
    let registry = Arc::new(station());
    let mut player = Player::new(registry.clone(), Saved::default());
    player.run("1 sample a/p 100\n2 substitute a/p 80 x 60");
    let shown = player.core.value(PointId(0));
    player.step(Input::Reload(registry.clone()));
    assert_eq!(player.core.value(PointId(0)), shown);
    assert!(player.text.ends_with("2 substitute a/p 80\n"), "{}", player.text);
    let substitutes: Vec<Substitute> = player.core.substitutes().cloned().collect();
    assert_eq!((substitutes[0].until, &*substitutes[0].by), (Some(Ts(START + 60_000)), "op"));
    let mut again = Player::new(registry, Saved { substitutes, ..Saved::default() });
    assert_eq!(again.core.value(PointId(0)), shown);
    again.run("3 sample a/p 99\n61 run");
    assert_eq!(again.core.value(PointId(0)).value, 99.0);
}
