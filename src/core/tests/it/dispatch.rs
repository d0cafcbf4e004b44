//! From an alarm or a call to a job done.

use linepack_core::registry::{AlarmKind, Priority, Rule, Shift};
use linepack_core::{Millis, Registry};

use crate::play::check;
use crate::site::{PointSpec, crew, point, rule, sends, site};

/// Two stations (at 106.50 and 106.51 east), three crews west of them, nearest first; c-2 only welds.
fn town() -> Registry {
    let rules = vec![
        Rule { dispatch: sends("regulator"), priority: Priority::Critical, ..rule(AlarmKind::High, 120.0) },
        Rule { dispatch: sends("regulator"), ..rule(AlarmKind::Low, 80.0) },
    ];
    let gas =
        PointSpec { unit: "%LEL", ..point("gas", vec![Rule { dispatch: sends(""), ..rule(AlarmKind::High, 20.0) }]) };
    let crews = vec![
        crew("c-1", &["regulator"], 106.49, 29.5),
        crew("c-2", &["welding"], 106.48, 29.5),
        crew("c-3", &["regulator", "welding"], 106.47, 29.5),
    ];
    site(vec![point("p", rules), gas], &[("a", None), ("b", None)], crews)
}

#[test]
fn an_alarm_pages_the_nearest_crew_with_the_skill_and_the_job_is_done() {
    check(
        town(),
        "0 sample a/p 130
         30 as-000001 accept
         60 as-000001 en-route
         600 as-000001 on-scene
         700 as-000001 made-safe
         800 as-000001 restored
         2700 as-000001 complete spring replaced
         2800 close i-000001 regulator repaired",
        "0 a:p:high normal>unacknowledged raise 130 good @0 i-000001
         0 i-000001 dispatched critical [turnout 180] [arrival 1200]
         0 as-000001 i-000001 c-1 offered
         0 c-1 assigned as-000001
         0 i-000001 opened by hub: Station a: p high
         0 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         30 as-000001 i-000001 c-1 accepted
         30 i-000001 accepted by op: c-1
         60 i-000001 en-route critical [turnout 180 kept] [arrival 1200]
         60 as-000001 i-000001 c-1 en-route
         60 c-1 en-route as-000001
         60 i-000001 en-route by op: c-1
         600 i-000001 on-scene critical [turnout 180 kept] [arrival 1200 kept]
         600 as-000001 i-000001 c-1 on-scene
         600 c-1 on-scene as-000001
         600 i-000001 on-scene by op: c-1
         700 i-000001 made-safe critical [turnout 180 kept] [arrival 1200 kept]
         700 as-000001 i-000001 c-1 made-safe
         700 i-000001 made-safe by op: c-1
         800 i-000001 restored critical [turnout 180 kept] [arrival 1200 kept] [hold 2600]
         800 as-000001 i-000001 c-1 restored
         800 i-000001 restored by op: c-1
         2700 i-000001 restored critical [turnout 180 kept] [arrival 1200 kept] [hold 2600 kept]
         2700 as-000001 i-000001 c-1 complete
         2700 c-1 available
         2700 i-000001 completed by op: c-1: spring replaced
         2800 i-000001 closed critical [turnout 180 kept] [arrival 1200 kept] [hold 2600 kept]
         2800 i-000001 closed by op: regulator repaired",
    );
}

#[test]
fn a_crew_that_does_not_answer_or_declines_is_not_asked_again_and_the_control_room_is_told() {
    check(
        town(),
        "0 sample a/p 130
         60.1 run
         70 as-000002 decline no van
         71 run
         80 status c-2 busy
         80.5 run
         90 close i-000001 fixed itself",
        "0 a:p:high normal>unacknowledged raise 130 good @0 i-000001
         0 i-000001 dispatched critical [turnout 180] [arrival 1200]
         0 as-000001 i-000001 c-1 offered
         0 c-1 assigned as-000001
         0 i-000001 opened by hub: Station a: p high
         0 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         60 i-000001 dispatched critical [turnout 180] [arrival 1200]
         60 as-000001 i-000001 c-1 expired
         60 as-000002 i-000001 c-3 offered
         60 c-1 available
         60 c-3 assigned as-000002
         60 i-000001 expired by hub: c-1 did not answer
         60 i-000001 escalated by hub: c-3 is paged next
         60 i-000001 offered by hub: c-3, 2.9 km, 7 min, no position yet, from base
         70 i-000001 open critical [turnout 180] [arrival 1200] no crew
         70 as-000002 i-000001 c-3 declined
         70 c-3 available
         70 i-000001 declined by op: c-3: no van
         70 i-000001 escalated by hub: no crew left to page: the control room must act
         80 c-2 busy
         90 i-000001 closed critical [turnout 180 kept] [arrival 1200 kept]
         90 i-000001 closed by op: fixed itself",
    );
}

#[test]
fn a_crew_that_becomes_free_is_paged_for_what_waits() {
    check(
        town(),
        "0 status c-1 off-duty
         0 status c-3 busy
         1 sample a/p 130
         2 run
         10 status c-3 available
         10.1 run",
        "0 c-1 off-duty
         0 c-3 busy
         1 a:p:high normal>unacknowledged raise 130 good @1 i-000001
         1 i-000001 open critical [turnout 181] no crew
         1 i-000001 opened by hub: Station a: p high
         1 i-000001 escalated by hub: no crew left to page: the control room must act
         10 c-3 available
         10.1 i-000001 dispatched critical [turnout 181] [arrival 1210.1]
         10.1 as-000001 i-000001 c-3 offered
         10.1 c-3 assigned as-000001
         10.1 i-000001 escalated by hub: c-3 is paged next
         10.1 i-000001 offered by hub: c-3, 2.9 km, 7 min, no position yet, from base",
    );
}

#[test]
fn a_second_alarm_joins_the_open_incident_of_its_asset() {
    check(
        town(),
        "0 sample a/p 70
         1 sample a/gas 30
         2 sample b/gas 30",
        "0 a:p:low normal>unacknowledged raise 70 good @0 i-000001
         0 i-000001 dispatched high [turnout 180] [arrival 1200]
         0 as-000001 i-000001 c-1 offered
         0 c-1 assigned as-000001
         0 i-000001 opened by hub: Station a: p low
         0 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         1 a:gas:high normal>unacknowledged raise 30 good @1 i-000001
         1 i-000001 dispatched high [turnout 180] [arrival 1200]
         1 i-000001 alarm by hub: Station a: gas high
         2 b:gas:high normal>unacknowledged raise 30 good @2 i-000002
         2 i-000002 dispatched high [turnout 182] [arrival 1202]
         2 as-000002 i-000002 c-2 offered
         2 c-2 assigned as-000002
         2 i-000002 opened by hub: Station b: gas high
         2 i-000002 offered by hub: c-2, 2.9 km, 7 min, no position yet, from base",
    );
}

#[test]
fn a_person_may_send_anybody_free_and_an_accepted_page_stops_the_others() {
    check(
        town(),
        "0 call gas-smell 106.5 29.5 by the river
         1 dispatch i-000001 c-2
         2 dispatch i-000001 c-3
         3 dispatch i-000001 c-3
         4 as-000002 accept
         5 as-000001 accept
         6 dispatch i-000002 c-1
         7 note i-000001 caller waits outside
         8 note i-000001
         9 close i-000001
         10 close i-000001 false alarm
         11 close i-000001 false alarm
         12 dispatch i-000001 c-1
         13 as-000002 en-route
         14 as-000003 accept
         15 as-000002 decline",
        "0 i-000001 open critical [turnout 180]
         0 i-000001 opened by op: Li: by the river
         1 i-000001 dispatched critical [turnout 180] [arrival 1201]
         1 as-000001 i-000001 c-2 offered
         1 c-2 assigned as-000001
         1 i-000001 offered by op: c-2, 1.9 km, 5 min, no position yet, from base
         2 i-000001 dispatched critical [turnout 180] [arrival 1201]
         2 as-000002 i-000001 c-3 offered
         2 c-3 assigned as-000002
         2 i-000001 offered by op: c-3, 2.9 km, 7 min, no position yet, from base
         3 refused: is assigned
         4 as-000001 i-000001 c-2 cancelled
         4 as-000002 i-000001 c-3 accepted
         4 c-2 available
         4 i-000001 cancelled by op: as-000001: as-000002 was accepted
         4 i-000001 accepted by op: c-3
         5 refused: is cancelled
         6 refused: no such incident
         7 i-000001 note by op: caller waits outside
         8 refused: wrong text
         9 refused: wrong resolution
         10 i-000001 closed critical [turnout 180 kept] [arrival 1201 kept]
         10 as-000002 i-000001 c-3 cancelled
         10 c-3 available
         10 i-000001 cancelled by op: as-000002
         10 i-000001 closed by op: false alarm
         11 refused: is closed
         12 refused: is closed
         13 refused: is cancelled
         14 refused: no such assignment
         15 refused: wrong reason",
    );
}

#[test]
fn status_follows_the_assignment_and_may_not_contradict_it() {
    check(
        town(),
        "0 status c-1 assigned
         1 sample a/p 130
         2 status c-1 available
         3 status c-1 en-route
         4 as-000001 accept
         5 status c-1 off-duty
         6 status c-1 en-route
         7 status c-1 en-route
         8 status c-1 on-scene
         9 status c-1 available
         10 sample b/p 130
         11 status c-3 off-duty",
        "0 refused: wrong status
         1 a:p:high normal>unacknowledged raise 130 good @1 i-000001
         1 i-000001 dispatched critical [turnout 181] [arrival 1201]
         1 as-000001 i-000001 c-1 offered
         1 c-1 assigned as-000001
         1 i-000001 opened by hub: Station a: p high
         1 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         2 refused: is assigned
         3 refused: is assigned
         4 as-000001 i-000001 c-1 accepted
         4 i-000001 accepted by op: c-1
         5 refused: is assigned
         6 i-000001 en-route critical [turnout 181 kept] [arrival 1201]
         6 as-000001 i-000001 c-1 en-route
         6 c-1 en-route as-000001
         6 i-000001 en-route by op: c-1
         8 i-000001 on-scene critical [turnout 181 kept] [arrival 1201 kept]
         8 as-000001 i-000001 c-1 on-scene
         8 c-1 on-scene as-000001
         8 i-000001 on-scene by op: c-1
         9 refused: is on-scene
         10 b:p:high normal>unacknowledged raise 130 good @10 i-000002
         10 i-000002 dispatched critical [turnout 190] [arrival 1210]
         10 as-000002 i-000002 c-3 offered
         10 c-3 assigned as-000002
         10 i-000002 opened by hub: Station b: p high
         10 i-000002 offered by hub: c-3, 3.9 km, 9 min, no position yet, from base
         11 i-000002 open critical [turnout 190] [arrival 1210] no crew
         11 as-000002 i-000002 c-3 declined
         11 c-3 off-duty
         11 i-000002 declined by op: c-3: off-duty
         11 i-000002 escalated by hub: no crew left to page: the control room must act",
    );
}

#[test]
fn a_merged_incident_hands_over_its_alarms_and_its_crew() {
    check(
        town(),
        "0 call no-gas 106.5 29.5
         1 sample a/p 70
         2 as-000001 accept
         3 as-000001 en-route
         4 merge i-000002 i-000001
         5 merge i-000002 i-000001
         6 merge i-000001 i-000001
         7 merge i-000001 i-000009
         8 as-000001 on-scene",
        "0 i-000001 open high [turnout 180]
         0 i-000001 opened by op: Li
         1 a:p:low normal>unacknowledged raise 70 good @1 i-000002
         1 i-000002 dispatched high [turnout 181] [arrival 1201]
         1 as-000001 i-000002 c-1 offered
         1 c-1 assigned as-000001
         1 i-000002 opened by hub: Station a: p low
         1 i-000002 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         2 as-000001 i-000002 c-1 accepted
         2 i-000002 accepted by op: c-1
         3 i-000002 en-route high [turnout 181 kept] [arrival 1201]
         3 as-000001 i-000002 c-1 en-route
         3 c-1 en-route as-000001
         3 i-000002 en-route by op: c-1
         4 a:p:low unacknowledged pending none
         4 i-000001 en-route high [turnout 180 kept] [arrival 1201]
         4 i-000002 closed high [turnout 181 kept] [arrival 1201 kept]
         4 as-000001 i-000001 c-1 en-route
         4 i-000002 merged by op: into i-000001
         4 i-000001 merged by op: i-000002: Station a: p low
         5 refused: is closed
         6 refused: wrong into
         7 refused: no such incident
         8 i-000001 on-scene high [turnout 180 kept] [arrival 1201 kept]
         8 as-000001 i-000001 c-1 on-scene
         8 c-1 on-scene as-000001
         8 i-000001 on-scene by op: c-1",
    );
}

#[test]
fn who_goes_off_shift_is_not_paged_and_shift_begin_is_noticed() {
    let mut registry = town();
    // the script starts at 22:13:20 UTC
    for crew in &mut registry.crews {
        crew.shift = Shift::Daily { from: 22 * 60 + 14, to: 6 * 60 };
    }
    registry.dispatch.accept = Millis::mins(5);
    check(
        registry,
        "0 sample a/p 130
         45 run",
        "0 a:p:high normal>unacknowledged raise 130 good @0 i-000001
         0 i-000001 open critical [turnout 180] no crew
         0 i-000001 opened by hub: Station a: p high
         0 i-000001 escalated by hub: no crew left to page: the control room must act
         40 i-000001 dispatched critical [turnout 180] [arrival 1240]
         40 as-000001 i-000001 c-1 offered
         40 c-1 assigned as-000001
         40 i-000001 escalated by hub: c-1 is paged next
         40 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base",
    );
}

#[test]
fn an_old_position_counts_from_the_base() {
    check(
        town(),
        "0 fix c-3 106.5 29.5
         1 fix c-3 106.6 29.5 @-10
         500 sample a/p 130
         501 as-000001 decline engine
         700 sample b/p 130",
        "0 c-3 moved
         500 a:p:high normal>unacknowledged raise 130 good @500 i-000001
         500 i-000001 dispatched critical [turnout 680] [arrival 1700]
         500 as-000001 i-000001 c-3 offered
         500 c-3 assigned as-000001
         500 i-000001 opened by hub: Station a: p high
         500 i-000001 offered by hub: c-3, 0.0 km, 0 min
         501 i-000001 dispatched critical [turnout 680] [arrival 1700]
         501 as-000001 i-000001 c-3 declined
         501 as-000002 i-000001 c-1 offered
         501 c-1 assigned as-000002
         501 c-3 available
         501 i-000001 declined by op: c-3: engine
         501 i-000001 escalated by hub: c-1 is paged next
         501 i-000001 offered by hub: c-1, 1.0 km, 3 min, no position yet, from base
         700 b:p:high normal>unacknowledged raise 130 good @700 i-000002
         700 i-000002 dispatched critical [turnout 880] [arrival 1900]
         700 as-000003 i-000002 c-3 offered
         700 c-3 assigned as-000003
         700 i-000002 opened by hub: Station b: p high
         700 i-000002 offered by hub: c-3, 3.9 km, 9 min, last seen 11 min ago, from base",
    );
}
