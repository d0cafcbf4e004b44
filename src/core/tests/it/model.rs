//! Random input against a small slow model: an alarm is two truths (the condition holds, somebody has seen it) and a
//! running delay. A core restarted anywhere goes on as if it had not been.

use std::collections::BTreeMap;
use std::sync::Arc;

use linepack_core::alarm::{Act, Cause, State};
use linepack_core::registry::{AlarmKind, Handling, Registry, Rule};
use linepack_core::{
    Actor, AlarmId, Command, Core, Delivery, Event, Input, Millis, Output, PointId, Quality, Reason, Refusal, Sample,
    Saved, Ts,
};
use proptest::prelude::*;

use crate::play::START;
use crate::site::{point, rule, site};

#[derive(Clone, Debug)]
enum Op {
    /// Milliseconds of source time later, value, quality, delay on the way.
    Sample(i64, f64, Quality, i64),
    Acknowledge(usize),
    Tick(i64),
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let quality = prop_oneof![
        6 => Just(Quality::Good),
        1 => Just(Quality::Uncertain(Reason::Substituted)),
        1 => Just(Quality::Bad(Reason::SensorFailure)),
    ];
    let value = (0..14i32).prop_map(|v| f64::from(v) * 10.0);
    prop_oneof![
        8 => (0..3000i64, value, quality, 0..500i64).prop_map(|(dt, v, q, way)| Op::Sample(dt, v, q, way)),
        2 => (0..6usize).prop_map(Op::Acknowledge),
        3 => (0..4000i64).prop_map(Op::Tick),
        1 => Just(Op::Restart),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let delay = || prop_oneof![Just(0), Just(1000), Just(2500)];
    let of = move |kind: AlarmKind, limit: f64| {
        (delay(), delay(), 0..3i32).prop_map(move |(on, off, db)| Rule {
            on_delay: Millis(on),
            off_delay: Millis(off),
            deadband: f64::from(db) * 10.0,
            // holding has a model of its own below
            handling: Handling { damped: false, ..Handling::default() },
            ..rule(kind, limit)
        })
    };
    (
        of(AlarmKind::HighHigh, 120.0),
        of(AlarmKind::High, 100.0),
        of(AlarmKind::Low, 40.0),
        of(AlarmKind::RateOfRise, 25.0),
        of(AlarmKind::RateOfFall, 25.0),
        of(AlarmKind::BadQuality, 0.0),
    )
        .prop_map(|(a, b, c, d, e, f)| vec![a, b, c, d, e, f])
}

#[derive(Clone, Debug)]
struct ModelAlarm {
    rule: Rule,
    holds: bool,
    unseen: bool,
    pending: Option<i64>,
}

impl ModelAlarm {
    fn state(&self) -> State {
        match (self.holds, self.unseen) {
            (false, false) => State::Normal,
            (false, true) => State::ReturnedUnacknowledged,
            (true, false) => State::Acknowledged,
            (true, true) => State::Unacknowledged,
        }
    }

    fn wish(&self, value: f64, quality: Quality, rate: Option<f64>) -> Option<bool> {
        if self.rule.kind == AlarmKind::BadQuality {
            return Some(matches!(quality, Quality::Bad(_)));
        }
        let (limit, back) = (self.rule.limit, if self.holds { self.rule.deadband } else { 0.0 });
        let good = quality == Quality::Good;
        match self.rule.kind {
            _ if !good => None,
            AlarmKind::Low => Some(value < limit + back),
            AlarmKind::RateOfRise => rate.map(|r| r > limit - back),
            AlarmKind::RateOfFall => rate.map(|r| -r > limit - back),
            _ => Some(value > limit - back),
        }
    }

    fn delay(&self) -> i64 {
        if self.holds { self.rule.off_delay.0 } else { self.rule.on_delay.0 }
    }

    fn see(&mut self, wish: bool, at: i64) {
        if wish == self.holds {
            self.pending = None;
            return;
        }
        let since = *self.pending.get_or_insert(at);
        if at - since >= self.delay() {
            self.flip();
        }
    }

    fn flip(&mut self) {
        self.pending = None;
        self.holds = !self.holds;
        self.unseen |= self.holds;
    }
}

#[derive(Default)]
struct Model {
    alarms: Vec<ModelAlarm>,
    last: Option<(i64, i64, f64, Quality)>,
}

impl Model {
    fn sample(&mut self, ts: i64, received: i64, value: f64, quality: Quality) {
        if self.last.is_some_and(|(known, ..)| known >= ts) {
            return;
        }
        let rate = match self.last {
            Some((t, _, v, Quality::Good)) if quality == Quality::Good => Some((value - v) / (ts - t) as f64 * 1000.0),
            _ => None,
        };
        self.last = Some((ts, received, value, quality));
        for alarm in &mut self.alarms {
            if let Some(wish) = alarm.wish(value, quality, rate) {
                alarm.see(wish, ts);
            }
        }
    }

    fn tick(&mut self, now: i64) {
        let Some((ts, received, _, quality)) = self.last else { return };
        let at = ts + now - received;
        for alarm in &mut self.alarms {
            let rate = matches!(alarm.rule.kind, AlarmKind::RateOfRise | AlarmKind::RateOfFall);
            let stands = match alarm.rule.kind {
                AlarmKind::BadQuality => true,
                _ => quality == Quality::Good && !rate,
            };
            if stands && alarm.pending.is_some_and(|since| at - since >= alarm.delay()) {
                alarm.flip();
            }
        }
    }
}

struct Bench {
    registry: Arc<Registry>,
    core: Core,
    out: Output,
    now: i64,
    /// Last state told of each alarm.
    told: BTreeMap<AlarmId, State>,
}

impl Bench {
    fn step(&mut self, input: Input) -> Result<(), TestCaseError> {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        for event in &self.out.events {
            let Event::Alarm { alarm, transition } = event else { continue };
            let told = self.told.insert(alarm.id, alarm.state).unwrap_or_default();
            let Some(t) = transition else {
                prop_assert_eq!(told, alarm.state, "a state changed without a journal row");
                continue;
            };
            prop_assert_eq!(t.from, told, "the journal has a gap");
            prop_assert_eq!(t.to, alarm.state);
            prop_assert!(t.cause != Cause::Clear || t.from.is_raised(), "cleared without a raise");
            prop_assert!(t.cause != Cause::Acknowledge || t.from.wants_ack(), "acknowledged what nobody asked for");
            prop_assert!(t.actor.is_some() == (t.cause == Cause::Acknowledge));
        }
        Ok(())
    }

    fn restart(&mut self) {
        let values = (0..self.registry.points.len() as u32).map(PointId).map(|p| (p, self.core.value(p)));
        let saved = Saved {
            alarms: self.core.alarms().collect(),
            values: values.filter(|(_, v)| v.ts != Ts(0)).collect(),
            ..Saved::default()
        };
        self.core = Core::new(self.registry.clone(), saved);
    }

    fn agrees(&self, model: &Model) -> Result<(), TestCaseError> {
        let active: BTreeMap<AlarmId, (State, Option<i64>)> =
            self.core.alarms().map(|a| (a.id, (a.state, a.pending.map(|t| t.0)))).collect();
        for (i, alarm) in model.alarms.iter().enumerate() {
            let ours = active.get(&AlarmId(i as u32)).copied().unwrap_or_default();
            prop_assert_eq!(ours, (alarm.state(), alarm.pending), "{:?}", alarm.rule);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn alarms_follow_the_model_through_restarts(rules in rules(), ops in prop::collection::vec(op(), 1..80)) {
        let registry = Arc::new(site(vec![point("p", rules.clone())], &[("a", None)], vec![]));
        let core = Core::new(registry.clone(), Saved::default());
        let mut bench = Bench { registry, core, out: Output::default(), now: START, told: BTreeMap::new() };
        let alarms = rules
            .into_iter()
            .map(|rule| ModelAlarm { rule, holds: false, unseen: false, pending: None })
            .collect();
        let mut model = Model { alarms, last: None };
        let mut source = START;
        for op in ops {
            match op {
                Op::Sample(dt, value, quality, way) => {
                    source += dt;
                    bench.now = bench.now.max(source + way);
                    model.sample(source, bench.now, value, quality);
                    let (ts, received) = (Ts(source), Ts(bench.now));
                    let delivery = Delivery::Live;
                    let sample = Sample { point: PointId(0), ts, received, value, quality, delivery };
                    bench.step(Input::Samples(vec![sample]))?;
                }
                Op::Acknowledge(i) => {
                    let alarm = &mut model.alarms[i];
                    let (legal, state) = (alarm.unseen, alarm.state().name());
                    alarm.unseen = false;
                    let command = Command::Alarm { alarm: AlarmId(i as u32), act: Act::Acknowledge, seq: None };
                    bench.step(Input::Command { command, actor: Actor::hub() })?;
                    match bench.out.reply.take() {
                        Some(Ok(_)) => prop_assert!(legal),
                        Some(Err(Refusal::Conflict { state: present, .. })) => {
                            prop_assert!(!legal);
                            prop_assert_eq!(present, state);
                        }
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                Op::Tick(dt) => {
                    bench.now += dt;
                    source = source.max(bench.now - 30_000);
                    model.tick(bench.now);
                    bench.step(Input::Tick)?;
                }
                Op::Restart => bench.restart(),
            }
            bench.agrees(&model)?;
        }
    }
}
