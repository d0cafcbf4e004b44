//! Whose alarm it is.

use linepack_core::AlarmId;
use linepack_core::registry::{AlarmKind, CONTROL_ROOM, Handling, Position, Priority, Registry, Rule};
use proptest::prelude::*;

use crate::site::{point, rule, site};

fn position(name: &str, areas: &[&str], classes: &[&str], priorities: &[Priority]) -> Position {
    let words = |list: &[&str]| list.iter().map(|&w| w.into()).collect();
    Position { name: name.into(), areas: words(areas), classes: words(classes), priorities: priorities.to_vec() }
}

/// Two stations, north and south, behind one link each; alarms of class `gas` (critical), of none (high).
fn two_areas(positions: Vec<Position>) -> Registry {
    let gas = Handling { class: "gas".into(), ..Handling::default() };
    let gas = Rule { handling: gas, priority: Priority::Critical, ..rule(AlarmKind::High, 1.0) };
    let mut registry = site(
        vec![point("p", vec![gas, rule(AlarmKind::Low, 0.0)])],
        &[("n", Some("north")), ("s", Some("south"))],
        vec![],
    );
    registry.assets[0].area = "north".into();
    registry.assets[1].area = "south".into();
    registry.positions = positions;
    registry.index();
    registry
}

fn owner(registry: &Registry, alarm: &str) -> String {
    registry.position_name(registry.find_alarm(alarm).expect("an alarm of the site")).to_owned()
}

#[test]
fn an_alarm_belongs_to_the_first_position_that_takes_it() {
    let registry =
        two_areas(vec![position("gas", &[], &["gas"], &[Priority::Critical]), position("north", &["north"], &[], &[])]);
    for (alarm, expected) in [
        ("n:p:high", "gas"),
        ("s:p:high", "gas"),
        ("n:p:low", "north"),
        ("n:device:communication", "north"),
        ("link:north:communication", "north"),
        ("s:p:low", CONTROL_ROOM),
        ("link:south:communication", CONTROL_ROOM),
    ] {
        assert_eq!(owner(&registry, alarm), expected, "{alarm}");
    }
}

#[test]
fn without_positions_all_belongs_to_the_control_room() {
    let registry = two_areas(vec![]);
    assert_eq!(registry.positions.len(), 1);
    assert_eq!(owner(&registry, "n:p:high"), CONTROL_ROOM);
}

#[test]
fn a_position_that_takes_everything_stands_in_for_the_control_room() {
    let registry = two_areas(vec![position("north", &["north"], &[], &[]), position("rest", &[], &[], &[])]);
    assert_eq!(registry.positions.len(), 2);
    assert_eq!(owner(&registry, "s:p:low"), "rest");
}

proptest! {
    #[test]
    fn every_alarm_is_somebodys(picked in prop::collection::vec((0..4usize, 0..3usize, 0..5usize), 0..5)) {
        let positions = picked.iter().enumerate().map(|(n, &(area, class, priority))| {
            let areas: &[&str] = [&[][..], &["north"], &["south"], &["nowhere"]][area];
            let classes: &[&str] = [&[][..], &["gas"], &["power"]][class];
            let priorities = Priority::ALL.get(priority).map_or(vec![], |p| vec![*p]);
            position(&format!("p{n}"), areas, classes, &priorities)
        });
        let registry = two_areas(positions.collect());
        for alarm in 0..registry.alarms.len() as u32 {
            let at = registry.position_of(AlarmId(alarm));
            prop_assert!(registry.positions.get(at.index()).is_some());
            prop_assert_eq!(registry.find_position(registry.position_name(AlarmId(alarm))), Some(at));
        }
    }
}
