//! Commands to the field: tables of what is allowed, and random interleavings against a small model.

use std::collections::BTreeMap;
use std::sync::Arc;

use linepack_core::control::{Cause, Control, ControlPolicy, ControlState, MAX_EXECUTING, Operate, Outcome};
use linepack_core::{
    Actor, AssetId, Command, ConnectionId, ControlNo, Core, Delivery, Event, Input, Millis, Output, PointId, Quality,
    Refusal, Registry, Reply, Sample, Saved, Ts,
};
use proptest::prelude::*;

use crate::play::START;
use crate::site::{PointSpec, point, site};

const SELECT: i64 = 30_000;

fn two_regulators() -> Arc<Registry> {
    let set_point = PointSpec { range: Some((0.0, 600.0)), ..point("set_point", vec![]) };
    let mut registry = site(vec![set_point], &[("a", Some("north")), ("b", None)], vec![]);
    registry.control = ControlPolicy { select_timeout: Millis(SELECT), verify_within: Millis::secs(10) };
    Arc::new(registry)
}

/// A core with its clock, and all it ever said.
struct Desk {
    core: Core,
    now: i64,
    out: Output,
    sent: Vec<Operate>,
    seen: BTreeMap<ControlNo, Control>,
}

impl Desk {
    fn new() -> Self {
        let core = Core::new(two_regulators(), Saved::default());
        Self { core, now: START, out: Output::default(), sent: vec![], seen: BTreeMap::new() }
    }

    fn step(&mut self, input: Input) -> Option<Result<Reply, Refusal>> {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        self.sent.extend(&self.out.operate);
        for event in &self.out.events {
            if let Event::Control(c) = event {
                self.seen.insert(c.no, (**c).clone());
            }
        }
        self.out.reply.take()
    }

    /// The command after it, or the state it was refused with.
    fn ask(&mut self, who: &str, command: Command) -> Result<Control, String> {
        let actor = Actor { name: who.into(), address: "10.0.0.1".into() };
        match self.step(Input::Command { command, actor }) {
            Some(Ok(Reply::Control(c))) => Ok(*c),
            Some(Err(Refusal::Conflict { state, detail })) => Err(format!("{state}: {detail}")),
            Some(Err(Refusal::NotFound { what, .. })) => Err(format!("no {what}")),
            Some(Err(Refusal::Invalid { field, .. })) => Err(format!("wrong {field}")),
            other => panic!("{other:?}"),
        }
    }

    fn select(&mut self, who: &str, point: u32, value: f64) -> Result<Control, String> {
        self.ask(who, Command::Select { point: PointId(point), value, reason: "test".into() })
    }

    fn execute(&mut self, who: &str, no: u64) -> Result<Control, String> {
        self.ask(who, Command::Execute { control: ControlNo(no) })
    }

    fn cancel(&mut self, who: &str, no: u64) -> Result<Control, String> {
        self.ask(who, Command::Cancel { control: ControlNo(no) })
    }

    fn outcome(&mut self, no: u64, outcome: Outcome) {
        self.step(Input::Outcome { control: ControlNo(no), outcome });
    }

    fn value(&mut self, point: u32, value: f64) {
        let ts = Ts(self.now);
        let (point, quality, delivery) = (PointId(point), Quality::Good, Delivery::Live);
        self.step(Input::Samples(vec![Sample { point, ts, received: ts, value, quality, delivery }]));
    }

    fn later(&mut self, ms: i64) {
        self.now += ms;
        self.step(Input::Tick);
    }

    /// The program dies and starts again with what was durable.
    fn restart(&mut self) {
        let live = self.seen.values().filter(|c| c.state.is_live()).cloned().collect();
        let last_control = self.seen.keys().next_back().map_or(0, |no| no.0);
        let saved = Saved { controls: live, last_control, ..Saved::default() };
        self.core = Core::new(self.core.registry().clone(), saved);
    }

    fn state(&self, no: u64) -> &'static str {
        self.seen[&ControlNo(no)].state.name()
    }
}

#[test]
fn what_is_selected_and_executed_by_the_same_person_is_sent_once_and_ends_as_the_device_says() {
    let mut desk = Desk::new();
    desk.value(0, 98.0);
    let selected = desk.select("li", 0, 101.5).expect("free");
    assert_eq!((selected.no.to_string().as_str(), &*selected.point), ("cmd-000001", "a/set_point"));
    assert_eq!((selected.before, selected.value, &*selected.unit), (Some(98.0), 101.5, "kPa"));
    assert_eq!((selected.expires - selected.selected).0, SELECT);
    assert_eq!(desk.sent, []);
    desk.now += 2_000;
    desk.value(0, 98.4);
    let executing = desk.execute("li", 1).expect("selected");
    assert_eq!((executing.state, executing.before), (ControlState::Executing, Some(98.4)));
    let sent = Operate { control: ControlNo(1), point: PointId(0), value: 101.5, at: Ts(START + 2_000) };
    assert_eq!(desk.sent, [sent]);
    // asked again, it answers and sends nothing
    assert_eq!(desk.execute("li", 1).map(|c| c.state), Ok(ControlState::Executing));
    desk.outcome(1, Outcome::Verified);
    assert_eq!(desk.execute("li", 1).map(|c| c.state), Ok(ControlState::Verified));
    assert_eq!(desk.sent.len(), 1);
    let seen = &desk.seen[&ControlNo(1)];
    assert_eq!(seen.finished.as_ref().map(|(by, at)| (&*by.name, at.0)), Some(("hub", START + 2_000)));
    assert_eq!(seen.executed.as_ref().map(|(by, _)| (&*by.name, &*by.address)), Some(("li", "10.0.0.1")));
}

#[test]
fn each_outcome_has_its_state_and_its_cause() {
    let detail = || "why".into();
    for (outcome, state, cause) in [
        (Outcome::Verified, ControlState::Verified, None),
        (Outcome::Unverified { found: Some(97.0), detail: detail() }, ControlState::Unverified, Some(Cause::ReadBack)),
        (Outcome::Failed { cause: Cause::Refused, detail: detail() }, ControlState::Failed, Some(Cause::Refused)),
        (Outcome::Unknown { cause: Cause::NoAnswer, detail: detail() }, ControlState::Unknown, Some(Cause::NoAnswer)),
    ] {
        let mut desk = Desk::new();
        desk.select("li", 0, 1.0).expect("free");
        desk.outcome(1, outcome.clone());
        assert_eq!(desk.state(1), "selected", "nothing was sent, so nothing came of it");
        desk.execute("li", 1).expect("selected");
        desk.outcome(1, outcome);
        let seen = desk.seen[&ControlNo(1)].clone();
        assert_eq!((seen.state, seen.cause), (state, cause));
        assert_eq!(seen.found.is_some(), state == ControlState::Unverified);
        // a final state is left by nothing
        desk.outcome(1, Outcome::Verified);
        desk.later(10 * SELECT);
        assert!(desk.cancel("li", 1).is_err());
        assert_eq!(desk.seen[&ControlNo(1)], seen);
        desk.select("li", 0, 2.0).expect("the point is free again");
    }
}

#[test]
fn a_point_is_held_by_one_and_a_refusal_names_who() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("free");
    desk.select("wang", 1, 1.0).expect("another point");
    let held = "selected: a/set_point is held by li: cmd-000001 is selected";
    assert_eq!(desk.select("wang", 0, 2.0).unwrap_err(), held);
    assert_eq!(desk.select("li", 0, 2.0).unwrap_err(), held);
    let foreign = "selected: cmd-000001 was selected by li; nobody else may execute it";
    assert_eq!(desk.execute("wang", 1).unwrap_err(), foreign);
    desk.execute("li", 1).expect("hers");
    let held = "executing: a/set_point is held by li: cmd-000001 is executing";
    assert_eq!(desk.select("wang", 0, 2.0).unwrap_err(), held);
    assert!(desk.cancel("li", 1).unwrap_err().starts_with("executing"));
    // to give up a selection is always safe
    let cancelled = desk.cancel("li", 2).expect("selected");
    assert_eq!(cancelled.finished.map(|(by, _)| by.name), Some("li".into()));
    assert!(desk.execute("wang", 2).unwrap_err().starts_with("cancelled"));
}

#[test]
fn a_selection_runs_out() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("free");
    desk.later(SELECT - 1);
    assert_eq!(desk.state(1), "selected");
    // at the very moment, before any tick
    desk.now += 1;
    assert!(desk.execute("li", 1).unwrap_err().starts_with("expired"));
    assert_eq!((desk.state(1), desk.sent.len()), ("expired", 0));
    desk.select("wang", 0, 1.0).expect("free again");
    desk.now += SELECT;
    desk.select("li", 0, 1.0).expect("free without any tick");
}

#[test]
fn what_cannot_be_is_refused_in_the_order_of_the_contract() {
    let mut desk = Desk::new();
    desk.step(Input::Device { asset: AssetId(0), up: false });
    for (point, value, refusal) in [
        (99, f64::NAN, "no point"),
        (0, f64::NAN, "wrong value"),
        (0, f64::INFINITY, "wrong value"),
        (0, -0.1, "wrong value"),
        (0, 600.1, "wrong value"),
        (0, 600.0, "down: a/set_point cannot be reached: its device or link does not answer"),
    ] {
        assert_eq!(desk.select("li", point, value).unwrap_err(), refusal, "{point} {value}");
    }
    for no in [0, 1, 99] {
        assert_eq!(desk.execute("li", no).unwrap_err(), "no command");
        assert_eq!(desk.cancel("li", no).unwrap_err(), "no command");
    }
    assert_eq!(desk.seen.len(), 0);
}

#[test]
fn a_point_with_words_for_its_numbers_takes_only_those() {
    let mut registry = site(vec![point("valve", vec![])], &[("a", None)], vec![]);
    registry.templates[0].points[0].states = vec![(0, "closed".into()), (1, "open".into())];
    let mut desk = Desk::new();
    desk.core = Core::new(Arc::new(registry), Saved::default());
    for value in [2.0, 0.5, -1.0] {
        assert_eq!(desk.select("li", 0, value).unwrap_err(), "wrong value", "{value}");
    }
    desk.select("li", 0, 1.0).expect("open");
}

#[test]
fn nothing_is_sent_to_what_does_not_answer() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("up");
    desk.step(Input::Link { connection: ConnectionId(0), up: false });
    assert!(desk.execute("li", 1).unwrap_err().starts_with("selected"));
    assert_eq!((desk.state(1), desk.sent.len()), ("selected", 0));
    desk.step(Input::Link { connection: ConnectionId(0), up: true });
    desk.execute("li", 1).expect("up again");
}

#[test]
fn what_was_executing_when_the_hub_died_is_unknown_and_never_sent_again() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("free");
    desk.execute("li", 1).expect("selected");
    desk.select("li", 1, 2.0).expect("free");
    desk.sent.clear();
    desk.restart();
    desk.now += 500;
    assert_eq!(desk.execute("li", 1).map(|c| (c.state, c.cause)), Ok((ControlState::Unknown, Some(Cause::Restart))));
    assert_eq!((desk.state(1), desk.sent.len()), ("unknown", 0));
    // a selection lives on, until it runs out
    desk.execute("li", 2).expect("still selected");
    assert_eq!(desk.select("li", 0, 3.0).map(|c| c.no), Ok(ControlNo(3)));
}

#[test]
fn an_execution_nobody_hears_of_is_given_up() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("free");
    desk.execute("li", 1).expect("selected");
    desk.later(10_000);
    assert_eq!(desk.state(1), "executing");
    desk.later(60_000);
    assert_eq!(desk.seen[&ControlNo(1)].cause, Some(Cause::Lost));
    assert_eq!(desk.state(1), "unknown");
}

#[test]
fn a_new_site_ends_selections_and_leaves_executions_alone() {
    let mut desk = Desk::new();
    desk.select("li", 0, 1.0).expect("free");
    desk.select("li", 1, 2.0).expect("free");
    desk.execute("li", 2).expect("selected");
    desk.sent.clear();
    desk.step(Input::Reload(two_regulators()));
    assert_eq!((desk.state(1), desk.state(2)), ("cancelled", "executing"));
    let told = desk.out.events.iter().filter(|e| matches!(e, Event::Control(c) if c.no == ControlNo(2))).count();
    assert_eq!((told, desk.sent.len()), (1, 0), "told again, not sent again");
    desk.outcome(2, Outcome::Verified);
    assert_eq!(desk.state(2), "verified");
}

#[test]
fn no_more_are_sent_at_once_than_there_is_room_for() {
    let names: Vec<String> = (0..=MAX_EXECUTING).map(|n| format!("a-{n}")).collect();
    let assets: Vec<(&str, Option<&str>)> = names.iter().map(|n| (n.as_str(), None)).collect();
    let mut desk = Desk::new();
    desk.core = Core::new(Arc::new(site(vec![point("p", vec![])], &assets, vec![])), Saved::default());
    for n in 0..=MAX_EXECUTING {
        desk.select("li", n as u32, 1.0).expect("free");
        assert_eq!(desk.execute("li", n as u64 + 1).is_ok(), n < MAX_EXECUTING);
    }
    desk.outcome(1, Outcome::Verified);
    desk.execute("li", MAX_EXECUTING as u64 + 1).expect("room again");
    assert_eq!(desk.sent.len(), MAX_EXECUTING + 1);
}

#[derive(Clone, Debug)]
enum Op {
    Select(usize, u32, f64),
    Execute(usize, u64),
    Cancel(usize, u64),
    Outcome(u64, Outcome),
    Link(bool),
    Later(i64),
    Restart,
    Reload,
}

const PEOPLE: [&str; 3] = ["li", "wang", "zhao"];

fn op() -> impl Strategy<Value = Op> {
    let outcome = prop_oneof![
        Just(Outcome::Verified),
        Just(Outcome::Unverified { found: Some(1.0), detail: "".into() }),
        Just(Outcome::Failed { cause: Cause::Refused, detail: "".into() }),
        Just(Outcome::Unknown { cause: Cause::NoAnswer, detail: "".into() }),
    ];
    let (who, no) = (0..PEOPLE.len(), 1..12u64);
    prop_oneof![
        6 => (who.clone(), 0..3u32, -1.0..601.0f64).prop_map(|(w, p, v)| Op::Select(w, p, v)),
        6 => (who.clone(), no.clone()).prop_map(|(w, n)| Op::Execute(w, n)),
        2 => (who, no.clone()).prop_map(|(w, n)| Op::Cancel(w, n)),
        4 => (no, outcome).prop_map(|(n, o)| Op::Outcome(n, o)),
        1 => any::<bool>().prop_map(Op::Link),
        3 => (0..20_000i64).prop_map(Op::Later),
        1 => Just(Op::Restart),
        1 => Just(Op::Reload),
    ]
}

/// What may be so after any step, given what was so before.
fn follows(before: Option<&Control>, after: &Control) -> bool {
    use ControlState::{Cancelled, Executing, Expired, Failed, Selected, Unknown, Unverified, Verified};
    match (before.map(|c| c.state), after.state) {
        (None, Selected) => true,
        (Some(Selected), Executing | Expired | Cancelled) => true,
        (Some(Executing), Verified | Failed | Unverified | Unknown) => true,
        (Some(a), b) => a == b,
        (None, _) => false,
    }
}

proptest! {
    #[test]
    fn whatever_happens_one_holds_a_point_and_only_its_owner_sends_it_once(ops in prop::collection::vec(op(), 1..120)) {
        let mut desk = Desk::new();
        for op in ops {
            let (before, sent) = (desk.seen.clone(), desk.sent.len());
            let mut executes = None;
            match op {
                Op::Select(who, point, value) => {
                    let free = !before.values().any(|c| c.state.is_live()
                        && c.point.starts_with(if point == 0 { "a/" } else { "b/" })
                        && (c.state != ControlState::Selected || c.expires.0 > desk.now));
                    let result = desk.select(PEOPLE[who], point, value);
                    let fits = (0.0..=600.0).contains(&value) && point < 2;
                    prop_assert!(result.is_err() || (free && fits));
                }
                Op::Execute(who, no) => {
                    executes = Some((PEOPLE[who], no));
                    let _ = desk.execute(PEOPLE[who], no);
                }
                Op::Cancel(who, no) => {
                    let _ = desk.cancel(PEOPLE[who], no);
                }
                Op::Outcome(no, outcome) => desk.outcome(no, outcome),
                Op::Link(up) => {
                    desk.step(Input::Link { connection: ConnectionId(0), up });
                }
                Op::Later(ms) => desk.later(ms),
                Op::Restart => {
                    desk.restart();
                    desk.later(0);
                }
                Op::Reload => {
                    desk.step(Input::Reload(two_regulators()));
                }
            }
            for (no, after) in &desk.seen {
                prop_assert!(follows(before.get(no), after), "{:?} then {:?}", before.get(no), after);
                let ended = !after.state.is_live();
                prop_assert_eq!(after.finished.is_some(), ended);
                prop_assert!(after.executed.as_ref().is_none_or(|(by, at)|
                    by.name == after.selected_by.name && *at < after.expires));
                prop_assert!(!ended || before.get(no).is_none_or(|b| b.state.is_live() || b == after));
            }
            let mut held: Vec<&str> = desk.seen.values().filter(|c| c.state.is_live()).map(|c| &*c.point).collect();
            held.sort_unstable();
            let all = held.len();
            held.dedup();
            prop_assert_eq!(held.len(), all, "two live commands hold one point");
            for operate in &desk.sent[sent..] {
                let control = &desk.seen[&operate.control];
                prop_assert_eq!(control.state, ControlState::Executing, "sent before it was recorded");
                prop_assert_eq!(executes, Some((&*control.selected_by.name, operate.control.0)));
                prop_assert_eq!(before[&operate.control].state, ControlState::Selected);
            }
            let mut numbers: Vec<u64> = desk.sent.iter().map(|o| o.control.0).collect();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), desk.sent.len(), "sent twice");
        }
    }
}
