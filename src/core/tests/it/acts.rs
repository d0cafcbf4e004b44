//! Everything that can happen to an alarm, in any order, against the standard's table written down a second time; and a
//! core that is restarted again and again against one that is not.

use std::sync::Arc;

use linepack_core::alarm::{Act, Alarm, HideKind, State};
use linepack_core::registry::{AlarmKind, Handling, Registry, Rule};
use linepack_core::{
    Actor, AlarmId, Command, Core, Delivery, Event, Input, Millis, Output, PointId, Quality, Sample, Saved, Ts,
};
use proptest::prelude::*;

use crate::play::START;
use crate::site::{point, rule, site};

#[derive(Clone, Copy, Debug)]
enum Op {
    /// The value goes over the limit, or back.
    Value(bool),
    Acknowledge,
    Reset,
    /// For so many minutes.
    Shelve(i64),
    Hide(HideKind),
    Show(HideKind),
    /// Seconds pass.
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let kind = || prop_oneof![Just(HideKind::Suppressed), Just(HideKind::OutOfService)];
    prop_oneof![
        6 => any::<bool>().prop_map(Op::Value),
        3 => Just(Op::Acknowledge),
        1 => Just(Op::Reset),
        1 => (1..20i64).prop_map(Op::Shelve),
        1 => kind().prop_map(Op::Hide),
        2 => prop_oneof![Just(HideKind::Shelved), Just(HideKind::Suppressed), Just(HideKind::OutOfService)].prop_map(Op::Show),
        4 => prop_oneof![1..10i64, 50..70i64, 500..900i64].prop_map(Op::Wait),
    ]
}

/// The table: what holds, who has seen it, what hides it.
#[derive(Debug, Default)]
struct Table {
    latching: bool,
    auto_ack: bool,
    re_alarm: Option<i64>,
    abnormal: bool,
    state: Option<State>,
    acked: i64,
    shelf: Option<i64>,
    suppressed: bool,
    out: bool,
}

impl Table {
    fn hidden(&self) -> Option<State> {
        match (self.out, self.suppressed, self.shelf) {
            (true, ..) => Some(State::OutOfService),
            (_, true, _) => Some(State::Suppressed),
            (.., Some(_)) => Some(State::Shelved),
            _ => None,
        }
    }

    fn state(&self) -> State {
        self.hidden().or(self.state).unwrap_or_default()
    }

    /// A way of hiding ended: if it was the last, what is true is annunciated anew.
    fn shown(&mut self) {
        if self.hidden().is_none() {
            self.state = self.abnormal.then_some(State::Unacknowledged);
        }
    }

    fn value(&mut self, high: bool) {
        let was = std::mem::replace(&mut self.abnormal, high);
        if was == high || self.hidden().is_some() {
            return;
        }
        self.state = match (high, self.state.unwrap_or_default()) {
            (true, _) => Some(State::Unacknowledged),
            (false, State::Unacknowledged) if self.latching => Some(State::LatchedUnacknowledged),
            (false, State::Acknowledged) if self.latching => Some(State::LatchedAcknowledged),
            (false, State::Unacknowledged) if self.auto_ack => None,
            (false, State::Unacknowledged) => Some(State::ReturnedUnacknowledged),
            (false, _) => None,
        };
    }

    fn act(&mut self, op: Op, now: i64) {
        match (op, self.state()) {
            (Op::Acknowledge, State::Unacknowledged) => (self.state, self.acked) = (Some(State::Acknowledged), now),
            (Op::Acknowledge, State::ReturnedUnacknowledged) => self.state = None,
            (Op::Acknowledge, State::LatchedUnacknowledged) => self.state = Some(State::LatchedAcknowledged),
            (Op::Reset, State::LatchedAcknowledged) => self.state = None,
            (Op::Shelve(minutes), _) if self.shelf.is_none() => self.shelf = Some(now + minutes * 60_000),
            (Op::Hide(HideKind::Suppressed), _) => self.suppressed = true,
            (Op::Hide(HideKind::OutOfService), _) => self.out = true,
            (Op::Show(HideKind::Shelved), _) if self.shelf.take().is_some() => self.shown(),
            (Op::Show(HideKind::Suppressed), _) if std::mem::take(&mut self.suppressed) => self.shown(),
            (Op::Show(HideKind::OutOfService), _) if std::mem::take(&mut self.out) => self.shown(),
            _ => {}
        }
    }

    fn tick(&mut self, now: i64) {
        if self.shelf.is_some_and(|until| until <= now) {
            self.shelf = None;
            self.shown();
        }
        let again = self.re_alarm.is_some_and(|after| self.acked + after <= now);
        if again && self.state() == State::Acknowledged {
            self.state = Some(State::Unacknowledged);
        }
    }
}

fn one(handling: Handling, latching: bool) -> Registry {
    let high = Rule { handling, latching, ..rule(AlarmKind::High, 100.0) };
    site(vec![point("p", vec![high])], &[("a", None)], vec![])
}

struct Desk {
    core: Core,
    out: Output,
    told: State,
}

impl Desk {
    fn new(registry: &Arc<Registry>) -> Self {
        Self { core: Core::new(registry.clone(), Saved::default()), out: Output::default(), told: State::Normal }
    }

    fn step(&mut self, now: i64, input: Input) -> Result<(), TestCaseError> {
        self.out.clear();
        self.core.step(Ts(now), input, &mut self.out);
        for event in &self.out.events {
            let Event::Alarm { alarm, transition: Some(t) } = event else { continue };
            prop_assert_eq!(t.from, self.told, "the journal has a gap");
            prop_assert_eq!(t.to, alarm.state);
            self.told = t.to;
        }
        Ok(())
    }

    fn op(&mut self, op: Op, now: i64) -> Result<(), TestCaseError> {
        let reason: Arc<str> = "why".into();
        let act = match op {
            Op::Value(high) => {
                let (value, quality, delivery) = (if high { 120.0 } else { 50.0 }, Quality::Good, Delivery::Live);
                let sample = Sample { point: PointId(0), ts: Ts(now), received: Ts(now), value, quality, delivery };
                return self.step(now, Input::Samples(vec![sample]));
            }
            Op::Wait(_) => return self.step(now, Input::Tick),
            Op::Acknowledge => Act::Acknowledge,
            Op::Reset => Act::Reset,
            Op::Shelve(minutes) => Act::Shelve { until: Ts(now + minutes * 60_000), reason },
            Op::Hide(kind) => Act::Hide { kind, reason },
            Op::Show(kind) => Act::Show(kind),
        };
        let command = Command::Alarm { alarm: AlarmId(0), act, seq: None };
        self.step(now, Input::Command { command, actor: Actor::hub() })
    }

    fn alarm(&self) -> Option<Alarm> {
        self.core.alarms().next()
    }

    fn state(&self) -> State {
        self.alarm().map(|a| a.state).unwrap_or_default()
    }

    /// All that is saved goes through a restart, what is at rest too.
    fn restart(&mut self, registry: &Arc<Registry>, last: &[Alarm]) {
        let value = (PointId(0), self.core.value(PointId(0)));
        let values = if value.1.ts == Ts(0) { vec![] } else { vec![value] };
        let floods = self.core.floods().cloned().collect();
        let saved = Saved { alarms: last.to_vec(), values, floods, ..Saved::default() };
        self.core = Core::new(registry.clone(), saved);
    }
}

fn handling() -> impl Strategy<Value = Handling> {
    (any::<bool>(), any::<bool>(), prop::option::of(100..1000i64)).prop_map(|(damped, auto_ack, re_alarm)| Handling {
        damped,
        auto_ack,
        re_alarm: re_alarm.map(Millis::secs),
        ..Handling::default()
    })
}

proptest! {
    #[test]
    fn every_act_in_any_order_follows_the_table(
        given in handling(), latching in any::<bool>(), ops in prop::collection::vec(op(), 1..120))
    {
        let given = Handling { damped: false, ..given };
        let registry = Arc::new(one(given.clone(), latching));
        let mut desk = Desk::new(&registry);
        let re_alarm = given.re_alarm.map(|m| m.0);
        let mut table = Table { latching, auto_ack: given.auto_ack, re_alarm, ..Table::default() };
        let mut now = START;
        for op in ops {
            now += if let Op::Wait(seconds) = op { seconds * 1000 } else { 250 };
            // whatever is due is due before the next thing happens
            desk.step(now, Input::Tick)?;
            table.tick(now);
            match op {
                Op::Value(high) => table.value(high),
                other => table.act(other, now),
            }
            desk.op(op, now)?;
            prop_assert_eq!(desk.state(), table.state(), "{:?} {:?}", op, table);
        }
    }

    #[test]
    fn restarts_change_nothing_and_nothing_true_is_held_back(
        given in handling(), latching in any::<bool>(),
        ops in prop::collection::vec((op(), prop::bool::weighted(0.2)), 1..150))
    {
        // a held alarm that is quiet when its re-alarm is due looks again later, and later is not kept
        let registry = Arc::new(one(Handling { re_alarm: None, ..given }, latching));
        let (mut desk, mut twin) = (Desk::new(&registry), Desk::new(&registry));
        let mut saved: Vec<Alarm> = vec![];
        let (mut now, mut high) = (START, false);
        for (op, restart) in ops {
            now += if let Op::Wait(seconds) = op { seconds * 1000 } else { 250 };
            for d in [&mut desk, &mut twin] {
                d.step(now, Input::Tick)?;
            }
            // what the store would have: the last of every alarm that was told
            let keep = |desk: &Desk, saved: &mut Vec<Alarm>| {
                let told = desk.out.events.iter().filter_map(|e| match e {
                    Event::Alarm { alarm, .. } => Some(alarm.clone()),
                    _ => None,
                });
                if let Some(alarm) = told.reduce(|_, later| later) {
                    *saved = vec![alarm];
                }
            };
            keep(&desk, &mut saved);
            desk.op(op, now)?;
            keep(&desk, &mut saved);
            twin.op(op, now)?;
            if let Op::Value(value) = op {
                high = value;
            }
            if restart {
                desk.restart(&registry, &saved);
            }
            prop_assert_eq!(desk.state(), twin.state(), "{:?}", op);
            prop_assert_eq!(desk.alarm().map(|a| (a.chatter, a.abnormal)), twin.alarm().map(|a| (a.chatter, a.abnormal)));
            let state = desk.state();
            prop_assert!(!high || state.is_hidden() || state.is_raised(), "true and not shown: {:?}", state);
        }
    }
}
