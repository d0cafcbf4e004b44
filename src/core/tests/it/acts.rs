//! Everything that can happen to alarms, in any order and with the program ended and begun again at any moment, against
//! the standard's table written down a second time.

mod book;
mod condition;

use std::collections::BTreeMap;
use std::sync::Arc;

use linepack_core::alarm::{Act, Alarm, HideKind};
use linepack_core::calc::Formula;
use linepack_core::registry::{AlarmKind, Handling, Registry, Rule, Suppression, Watched};
use linepack_core::{
    Actor, AlarmId, Command, Core, Current, Delivery, Event, Input, Millis, Output, PointId, Quality, Reason, Refusal,
    Sample, Saved, Ts,
};
use proptest::prelude::*;

use crate::play::START;
use crate::site::{point, rule, site};
use book::{Book, Do, One, Row};
use condition::Condition;

const PEOPLE: [&str; 3] = ["li", "wang", "zhao"];
/// Points by number: `a/p`, `a/q`, `b/p`, `b/q`. Alarms: high-high and high of `a/p`, then of `b/p`.
const INPUT: PointId = PointId(3);

#[derive(Clone, Copy, Debug)]
enum Op {
    /// A station's value is normal, high, very high.
    Value(usize, u8),
    /// A station's value goes up and down so often, a second each.
    Pulses(usize, usize),
    /// A station's value is bad.
    Bad(usize),
    /// What the condition reads: true, false, bad.
    Input(Option<bool>),
    Act(usize, Do, usize),
    /// A click on an alarm as it was before.
    Stale(usize),
    /// Seconds pass.
    Wait(i64),
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let by_hand = || prop_oneof![Just(HideKind::Suppressed), Just(HideKind::OutOfService)];
    let any_hand = prop_oneof![Just(HideKind::Shelved), by_hand()];
    let what = prop_oneof![
        4 => Just(Do::Acknowledge),
        1 => Just(Do::Reset),
        // minutes, until it is known when that is
        2 => (1..20i64).prop_map(Do::Shelve),
        1 => by_hand().prop_map(Do::Hide),
        2 => any_hand.prop_map(Do::Show),
        2 => Just(Do::Confirm),
        1 => Just(Do::Refuse),
    ];
    prop_oneof![
        10 => (0..2usize, 0..3u8).prop_map(|(a, v)| Op::Value(a, v)),
        3 => (0..2usize, 1..6usize).prop_map(|(a, n)| Op::Pulses(a, n)),
        1 => (0..2usize).prop_map(Op::Bad),
        3 => prop_oneof![1 => Just(Some(true)), 3 => Just(Some(false)), 1 => Just(None)].prop_map(Op::Input),
        8 => (0..4usize, what, 0..3usize).prop_map(|(i, what, who)| Op::Act(i, what, who)),
        1 => (0..4usize).prop_map(Op::Stale),
        5 => prop_oneof![1..10i64, 50..70i64, 200..450i64, 450..560i64].prop_map(Op::Wait),
        2 => Just(Op::Restart),
    ]
}

fn handling() -> impl Strategy<Value = Handling> {
    let re_alarm = prop::option::of((20..400i64).prop_map(Millis::secs));
    (any::<bool>(), any::<bool>(), any::<bool>(), re_alarm).prop_map(|(damped, auto_ack, two_person, re_alarm)| {
        Handling { damped, auto_ack, two_person, re_alarm, ..Handling::default() }
    })
}

/// Two stations; `b/q` below 1 hides what is of `a`, and `a/p` high what is of `b`.
fn plant(handling: &Handling, latching: bool, (hold, linger): (i64, i64)) -> Registry {
    let of = |kind, limit| Rule { handling: handling.clone(), latching, ..rule(kind, limit) };
    let rules = vec![of(AlarmKind::HighHigh, 150.0), of(AlarmKind::High, 100.0)];
    let mut registry = site(vec![point("p", rules), point("q", vec![])], &[("a", None), ("b", None)], vec![]);
    registry.alarm_policy.two_person_shelve = Millis::mins(10);
    let suppression = |name: &str, when: &str, input, alarms: [u32; 2]| Suppression {
        name: name.into(),
        reason: "by design".into(),
        when: Formula::condition(when).expect("a condition").into(),
        inputs: [input].into(),
        alarms: alarms.map(AlarmId).into(),
        hold: Millis::secs(hold),
        linger: Millis::secs(linger),
        standing: false,
    };
    registry.suppressions.push(suppression("stopped", "{b/q} < 1", Watched::Point(INPUT), [0, 1]));
    registry.suppressions.push(suppression("upstream", "{a/p:high}", Watched::Alarm(AlarmId(1)), [2, 3]));
    registry
}

fn model(registry: &Registry, handling: &Handling, latching: bool) -> Book {
    let conditions = registry.suppressions.iter().zip([("stopped", None), ("upstream", Some(1))]);
    let condition = |(s, (name, of)): (&Suppression, (&'static str, Option<usize>))| Condition {
        name,
        alarms: s.alarms.iter().map(|a| a.index()).collect(),
        hold: s.hold.0,
        linger: s.linger.0,
        of,
        said: None,
        hides: false,
        over: None,
        doubt: None,
        grace: None,
    };
    Book {
        handling: handling.clone(),
        latching,
        policy: registry.alarm_policy,
        alarms: vec![One::default(); 4],
        conditions: conditions.map(condition).collect(),
        rows: vec![],
    }
}

struct Desk {
    registry: Arc<Registry>,
    core: Core,
    out: Output,
    now: i64,
    /// What the store has: the last that was told of every alarm.
    stored: BTreeMap<AlarmId, Alarm>,
    rows: Vec<Row>,
}

impl Desk {
    fn step(&mut self, input: Input) {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        for event in &self.out.events {
            let Event::Alarm { alarm, transition } = event else { continue };
            self.stored.insert(alarm.id, alarm.clone());
            let Some(t) = transition else { continue };
            let who = t.actor.as_ref().map_or(String::new(), |a| a.name.to_string());
            self.rows.push((alarm.id.index(), t.from, t.to, t.cause, who));
        }
    }

    fn sample(&mut self, point: PointId, value: f64, quality: Quality) {
        let (ts, received, delivery) = (Ts(self.now), Ts(self.now), Delivery::Live);
        self.step(Input::Samples(vec![Sample { point, ts, received, value, quality, delivery }]));
    }

    /// Whether it was done; what refuses names the present state.
    fn act(&mut self, i: usize, act: Act, seq: Option<u64>, who: &str, state: &str) -> Result<bool, TestCaseError> {
        let alarm = AlarmId(i as u32);
        let actor = Actor { name: who.into(), address: "".into() };
        self.step(Input::Command { command: Command::Alarm { alarm, act, seq }, actor });
        match self.out.reply.take() {
            Some(Ok(_)) => Ok(true),
            Some(Err(Refusal::Conflict { state: told, .. })) if told == state => Ok(false),
            other => Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }

    fn restart(&mut self) {
        let known = (0..4u32).map(PointId).map(|p| (p, self.core.value(p))).filter(|(_, v)| v.ts != Ts(0));
        let last_known = Quality::Uncertain(Reason::LastKnown);
        let values = known.map(|(p, v)| (p, Current { quality: last_known, ..v })).collect();
        let floods = self.core.floods().cloned().collect();
        let saved = Saved { alarms: self.stored.values().cloned().collect(), values, floods, ..Saved::default() };
        self.core = Core::new(self.registry.clone(), saved);
        self.step(Input::Tick);
    }

    /// Everything that can be seen of the alarms is as the model has it, and so is the journal since the last time.
    fn agrees(&mut self, model: &mut Book) -> Result<(), TestCaseError> {
        let mut rows = [std::mem::take(&mut self.rows), std::mem::take(&mut model.rows)];
        rows.iter_mut().for_each(|rows| rows.sort_by_key(|r| r.0));
        prop_assert_eq!(&rows[0], &rows[1], "journal");
        for (i, wanted) in model.alarms.iter().enumerate() {
            let id = AlarmId(i as u32);
            let alarm = self.core.alarms().find(|a| a.id == id).unwrap_or_else(|| Alarm::at_rest(id));
            prop_assert_eq!(alarm.state, wanted.state(), "{} {:?}", i, wanted);
            prop_assert_eq!(alarm.is_raised(), wanted.on, "{} {:?}", i, wanted);
            prop_assert_eq!(alarm.chatter.held, wanted.held.is_some(), "{} {:?}", i, wanted);
            let mut hidden: Vec<_> = wanted.hidden.iter().map(|h| (h.kind, h.by.clone(), h.until.map(Ts))).collect();
            let mut hides: Vec<_> = alarm.hides.iter().map(|(k, h)| (k, h.by.to_string(), h.until)).collect();
            hidden.sort();
            hides.sort();
            prop_assert_eq!(hides, hidden, "{}", i);
            let asked = (alarm.request.map(|r| r.by.to_string()), wanted.asked.as_ref().map(|a| a.by.clone()));
            prop_assert_eq!(asked.0, asked.1, "{}", i);
        }
        Ok(())
    }
}

/// What both make of one thing that happens.
fn happen(op: Op, desk: &mut Desk, model: &mut Book) -> Result<(), TestCaseError> {
    let now = desk.now;
    match op {
        Op::Value(pair, level) => {
            desk.sample(PointId(2 * pair as u32), [50.0, 120.0, 160.0][usize::from(level)], Quality::Good);
            model.value(pair, [level > 1, level > 0], now);
        }
        Op::Bad(pair) => desk.sample(PointId(2 * pair as u32), 0.0, Quality::Bad(Reason::SensorFailure)),
        Op::Input(said) => {
            let quality = said.map_or(Quality::Bad(Reason::SensorFailure), |_| Quality::Good);
            desk.sample(INPUT, if said == Some(true) { 0.0 } else { 5.0 }, quality);
            model.heard(said, now);
        }
        Op::Act(i, what, who) => {
            let what = if let Do::Shelve(minutes) = what { Do::Shelve(now + minutes * 60_000) } else { what };
            let reason: Arc<str> = "why".into();
            let act = match what {
                Do::Acknowledge => Act::Acknowledge,
                Do::Reset => Act::Reset,
                Do::Shelve(until) => Act::Shelve { until: Ts(until), reason },
                Do::Hide(kind) => Act::Hide { kind, reason },
                Do::Show(kind) => Act::Show(kind),
                Do::Confirm => Act::Confirm,
                Do::Refuse => Act::Refuse,
            };
            let state = model.alarms[i].state().name();
            let done = desk.act(i, act, None, PEOPLE[who], state)?;
            prop_assert_eq!(done, model.act(i, what, PEOPLE[who], now), "{:?}", model.alarms[i]);
        }
        Op::Stale(i) => {
            let Some(seq) = desk.stored.get(&AlarmId(i as u32)).and_then(|a| a.seq.checked_sub(1)) else {
                return Ok(());
            };
            let done = desk.act(i, Act::Acknowledge, Some(seq), PEOPLE[0], model.alarms[i].state().name())?;
            prop_assert!(!done, "a stale click did something");
        }
        // time has passed; pulses come one by one
        Op::Wait(_) | Op::Pulses(..) => {}
        Op::Restart => {
            desk.restart();
            model.restart(now);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_act_in_any_order_follows_the_table(
        handling in handling(), latching in any::<bool>(),
        spans in (prop_oneof![Just(0), Just(30)], prop_oneof![Just(0), Just(20)]),
        ops in prop::collection::vec(op(), 1..150))
    {
        let registry = Arc::new(plant(&handling, latching, spans));
        let mut model = model(&registry, &handling, latching);
        let core = Core::new(registry.clone(), Saved::default());
        let (out, stored, rows) = (Output::default(), BTreeMap::new(), vec![]);
        let mut desk = Desk { registry, core, out, now: START, stored, rows };
        let each = |op| match op {
            Op::Pulses(pair, n) => [Op::Value(pair, 1), Op::Wait(1), Op::Value(pair, 0), Op::Wait(1)].repeat(n),
            op => vec![op],
        };
        for op in ops.into_iter().flat_map(each) {
            let then = desk.now + if let Op::Wait(seconds) = op { seconds * 1000 } else { 250 };
            // time does what is due, each at its moment, before the next thing happens
            while let Some(at) = model.next().filter(|at| *at <= then) {
                desk.now = at;
                model.time(at);
                desk.step(Input::Tick);
                desk.agrees(&mut model)?;
            }
            desk.now = then;
            desk.step(Input::Tick);
            happen(op, &mut desk, &mut model)?;
            desk.agrees(&mut model)?;
        }
    }
}
