//! One alarm for a dead link or device, none for what hangs on it.

use std::sync::Arc;

use linepack_core::alarm::State;
use linepack_core::registry::{AlarmInstance, AlarmKind, AlarmSource};
use linepack_core::{AlarmId, Core, Event, Input, Millis, Output, Registry, Saved, Ts};

use crate::play::{Player, check, quality, same};
use crate::site::{PointSpec, point, rule, site};

fn two_stations() -> Registry {
    let rules = vec![rule(AlarmKind::High, 120.0), rule(AlarmKind::Stale, 0.0), rule(AlarmKind::BadQuality, 0.0)];
    let p = PointSpec { stale_after: Some(Millis::secs(5)), ..point("p", rules) };
    site(vec![p], &[("a", Some("north")), ("b", Some("north")), ("c", None)], vec![])
}

#[test]
fn a_dead_link_is_one_alarm_and_its_values_stay_bad_until_they_are_fresh() {
    let mut player = Player::new(Arc::new(two_stations()), Saved::default());
    player.run(
        "0 sample a/p 130
         0 sample b/p 100
         0 sample c/p 100
         1 link north down
         2 run
         2 link north down",
    );
    let at = |player: &Player, name: &str| {
        let v = player.core.value(player.core.registry().find_point(name).expect("a point"));
        format!("{} {}", v.value, quality(v.quality))
    };
    assert_eq!(at(&player, "a/p"), "130 bad(comm-failure)");
    assert_eq!(at(&player, "b/p"), "100 bad(comm-failure)");
    assert_eq!(at(&player, "c/p"), "100 good");
    player.run(
        "30 run
         30 sample c/p 100
         31 link north up
         32 run
         33 sample a/p 100
         37 run",
    );
    assert_eq!(at(&player, "a/p"), "100 good");
    assert_eq!(at(&player, "b/p"), "100 bad(stale)");
    same(
        &player.text,
        "0 a:p:high normal>unacknowledged raise 130 good @0
         1 link:north:communication normal>unacknowledged raise NaN bad(comm-failure) @1
         5 c:p:stale normal>unacknowledged raise 100 bad(stale) @5
         30 c:p:stale unacknowledged>returned-unacknowledged clear 100 good @30
         31 link:north:communication unacknowledged>returned-unacknowledged clear NaN good @31
         33 a:p:high unacknowledged>returned-unacknowledged clear 100 good @33
         35 c:p:stale returned-unacknowledged>unacknowledged raise 100 bad(stale) @35
         36 b:p:stale normal>unacknowledged raise 100 bad(stale) @36",
    );
}

#[test]
fn a_dead_device_is_one_alarm_and_none_behind_a_dead_link() {
    check(
        two_stations(),
        "0 device a down
         9 run
         9 sample c/p 1
         10 link north down
         10 device b down
         11 device a up
         12 link north up",
        "0 a:device:communication normal>unacknowledged raise NaN bad(comm-failure) @0
         5 b:p:stale normal>unacknowledged raise NaN bad(stale) @5
         5 c:p:stale normal>unacknowledged raise NaN bad(stale) @5
         9 c:p:stale unacknowledged>returned-unacknowledged clear 1 good @9
         10 link:north:communication normal>unacknowledged raise NaN bad(comm-failure) @10
         12 link:north:communication unacknowledged>returned-unacknowledged clear NaN good @12
         12 a:device:communication unacknowledged>returned-unacknowledged clear NaN good @12
         12 b:device:communication normal>unacknowledged raise NaN bad(comm-failure) @12",
    );
}

#[test]
fn bad_samples_behind_a_dead_device_are_no_news() {
    check(
        two_stations(),
        "0 device a down
         1 sample a/p 5 bad
         2 device a up
         3 sample a/p 6 bad",
        "0 a:device:communication normal>unacknowledged raise NaN bad(comm-failure) @0
         2 a:device:communication unacknowledged>returned-unacknowledged clear NaN good @2
         3 a:p:bad-quality normal>unacknowledged raise 6 bad(sensor-failure) @3",
    );
}

#[test]
fn a_link_that_was_dead_at_the_restart_is_still_dead() {
    let registry = Arc::new(two_stations());
    let mut before = Player::new(registry.clone(), Saved::default());
    before.run("1 link north down");
    let saved = Saved { alarms: before.core.alarms().collect(), ..Saved::default() };
    let mut after = Player::new(registry, saved);
    after.run(
        "2 sample c/p 1
         6 run
         6 sample c/p 1
         7 link north up",
    );
    same(&after.text, "7 link:north:communication unacknowledged>returned-unacknowledged clear NaN good @7");
}

#[test]
fn a_store_that_is_not_well_is_an_alarm_like_any_other() {
    let mut site = two_stations();
    let first = u32::try_from(site.alarms.len()).expect("few");
    let rule_no = u32::try_from(site.rules.len()).expect("few");
    site.rules.push(rule(AlarmKind::Spool, 0.0));
    site.alarms.push(AlarmInstance { source: AlarmSource::Store, rule: rule_no });
    site.store_alarms = first..first + 1;
    assert_eq!(site.alarm_key(AlarmId(first)), "hub:store:spool");
    assert_eq!(site.find_alarm("hub:store:spool"), Some(AlarmId(first)));
    let site = Arc::new(site);
    let mut core = Core::new(site.clone(), Saved::default());
    let mut states = |at: i64, input: Input| -> Vec<State> {
        let mut out = Output::default();
        core.step(Ts(at), input, &mut out);
        let of = |e: &Event| if let Event::Alarm { alarm, .. } = e { Some(alarm.state) } else { None };
        out.events.iter().filter_map(of).collect()
    };
    assert!(states(1000, Input::Store { up: true }).is_empty(), "all is well from the start");
    assert_eq!(states(2000, Input::Store { up: false }), [State::Unacknowledged]);
    assert!(states(3000, Input::Store { up: false }).is_empty(), "said twice, raised once");
    // a reload repeats what stands and loses nothing
    assert_eq!(states(4000, Input::Reload(site)), [State::Unacknowledged]);
    assert!(states(5000, Input::Store { up: false }).is_empty());
    assert_eq!(states(6000, Input::Store { up: true }), [State::ReturnedUnacknowledged]);
}
