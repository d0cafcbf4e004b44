//! What an alarm would have done with other settings: the history of its point goes once more through [`Core::step`],
//! with one rule for each way it could be set, side by side.

mod propose;

use std::sync::Arc;

pub use propose::{Candidate, candidates, noise};

use crate::alarm::{Cause, State};
use crate::registry::{
    AlarmInstance, AlarmPolicy, AlarmSource, Asset, Handling, Point, PointSource, PointType, Rule, Template,
};
use crate::{AssetId, Core, Event, Input, LonLat, Millis, Output, PointId, Registry, Sample, Saved, Ts};

/// A time an alarm was active, source time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Since when.
    pub raised: Ts,
    /// Until when; none where it still stands.
    pub cleared: Option<Ts>,
    /// It was shown anew; false: it came while the alarm was held for chattering, and counted.
    pub annunciated: bool,
}

/// One point with many rules.
#[derive(Debug)]
pub struct Replay {
    core: Core,
    out: Output,
    last: Option<Ts>,
    /// Silence after which the value is stale.
    stale_after: Option<Millis>,
    runs: Vec<Vec<Activation>>,
}

impl Replay {
    /// Of a point with each of these rules, damped as the site says. What people did and would have done is left out of
    /// it: acknowledgements, hiding, crews. None of that is needed to tell what is annunciated.
    pub fn new(point: &PointType, rules: &[Rule], policy: AlarmPolicy) -> Self {
        let count = u32::try_from(rules.len()).unwrap_or(u32::MAX);
        let plain = |(n, rule): (usize, &Rule)| Rule {
            key: format!("{n}").into(),
            dispatch: None,
            handling: Handling { damped: rule.handling.damped, ..Handling::default() },
            ..rule.clone()
        };
        let stale_after = point.stale_after.filter(|m| m.0 > 0);
        let mut registry = Registry::default();
        // all of it is evaluated as it was then
        registry.late_after = Millis(i64::MAX);
        registry.alarm_policy = policy;
        registry.rules = rules.iter().enumerate().map(plain).collect();
        registry.alarms =
            (0..count).map(|rule| AlarmInstance { source: AlarmSource::Point(PointId(0)), rule }).collect();
        registry.points.push(Point { asset: AssetId(0), slot: 0, alarms: 0..count });
        let source = PointSource::Device;
        let point = PointType { rules: (0..count).collect(), source, ..point.clone() };
        registry.templates = vec![Template { name: "replay".into(), points: vec![point] }];
        registry.assets.push(Asset {
            id: "replay".into(),
            name: "".into(),
            kind: "".into(),
            area: "".into(),
            position: LonLat { lon: 0.0, lat: 0.0 },
            template: 0,
            connection: None,
            points: 0..1,
            alarms: 0..0,
            parent: None,
            attributes: vec![],
        });
        registry.index();
        let core = Core::new(Arc::new(registry), Saved::default());
        Self { core, out: Output::default(), last: None, stale_after, runs: vec![Vec::new(); rules.len()] }
    }

    /// The next sample, as it was measured; what is not later than the one before is passed over.
    pub fn sample(&mut self, sample: Sample) {
        let now = sample.ts;
        if self.last.is_some_and(|last| now <= last) {
            return;
        }
        self.until(Ts(now.0 - 1));
        self.last = Some(now);
        self.step(now, Input::Samples(vec![Sample { point: PointId(0), received: now, ..sample }]));
    }

    /// Activations by rule, once the time has run to its end.
    pub fn finish(mut self, to: Ts) -> Vec<Vec<Activation>> {
        self.until(to);
        self.runs
    }

    /// Time runs without news: delays end, the value becomes stale, what was held is let go.
    fn until(&mut self, to: Ts) {
        let Some(last) = self.last else { return };
        let mut stale = self.stale_after.map(|after| last + after);
        let mut reached = None;
        loop {
            // the hub looks at its timers all the time: each has its own moment
            let due = [stale, self.core.next_due()].into_iter().flatten().min();
            let Some(at) = due.filter(|&at| at <= to && reached.is_none_or(|r| at > r)) else { return };
            reached = Some(at);
            if stale == Some(at) {
                stale = None;
            }
            self.step(at.max(last), Input::Tick);
        }
    }

    fn step(&mut self, now: Ts, input: Input) {
        self.out.clear();
        self.core.step(now, input, &mut self.out);
        for event in &self.out.events {
            let Event::Alarm { alarm, transition: Some(t) } = event else { continue };
            let Some(run) = self.runs.get_mut(alarm.id.index()) else { continue };
            match (t.cause, run.last_mut()) {
                (Cause::Raise, _) => {
                    let annunciated = t.from != State::Unacknowledged;
                    run.push(Activation { raised: t.source, cleared: None, annunciated });
                }
                (Cause::Clear, Some(last)) if last.cleared.is_none() => last.cleared = Some(t.source),
                _ => {}
            }
        }
    }
}

/// What a way of setting an alarm would have done to the alarms that mattered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// Activations with it.
    pub activations: usize,
    /// Of them, those that are shown anew.
    pub annunciations: usize,
    /// True alarms that would not have come, or not have been shown anew though they were.
    pub lost: usize,
    /// By how much the others would have come later, ascending.
    pub delays: Vec<Millis>,
}

/// How often the alarm was shown anew.
pub fn annunciations(run: &[Activation]) -> usize {
    run.iter().filter(|a| a.annunciated).count()
}

/// Compares one run with the true alarms of another.
pub fn effect(true_alarms: &[Activation], run: &[Activation]) -> Effect {
    let mut effect = Effect { activations: run.len(), annunciations: annunciations(run), ..Effect::default() };
    for wanted in true_alarms {
        let overlaps = |a: &&Activation| {
            wanted.cleared.is_none_or(|end| a.raised <= end) && a.cleared.is_none_or(|end| end >= wanted.raised)
        };
        match run.iter().find(overlaps) {
            Some(found) if found.annunciated || !wanted.annunciated => {
                effect.delays.push(Millis((found.raised - wanted.raised).0.max(0)));
            }
            _ => effect.lost += 1,
        }
    }
    effect.delays.sort_unstable();
    effect
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{AlarmKind, Priority, Rationalization};
    use crate::{Delivery, Quality, Reason};

    fn high() -> Rule {
        Rule {
            key: "high".into(),
            kind: AlarmKind::High,
            limit: 120.0,
            deadband: 0.0,
            on_delay: Millis(0),
            off_delay: Millis(0),
            priority: Priority::High,
            dispatch: None,
            rationalization: Rationalization::default().into(),
            latching: true,
            enabled: true,
            operator_may: None,
            detector: None,
            handling: Handling::default(),
        }
    }

    fn run(rules: &[Rule], stale_after: Option<Millis>, samples: &[(i64, f64)], to: i64) -> Vec<Vec<Activation>> {
        let mut replay = Replay::new(&PointType { stale_after, ..PointType::default() }, rules, AlarmPolicy::default());
        for &(s, value) in samples {
            let quality = if value.is_nan() { Quality::Bad(Reason::SensorFailure) } else { Quality::Good };
            let ts = Ts(s * 1000);
            replay.sample(Sample { point: PointId(9), ts, received: ts, value, quality, delivery: Delivery::Live });
        }
        replay.finish(Ts(to * 1000))
    }

    fn spans(run: &[Activation]) -> Vec<(i64, Option<i64>)> {
        run.iter().map(|a| (a.raised.0 / 1000, a.cleared.map(|t| t.0 / 1000))).collect()
    }

    #[test]
    fn each_rule_runs_through_the_same_history_for_itself() {
        // noise about the limit, then a true alarm of 30 s, then nothing new
        let mut samples: Vec<(i64, f64)> = (0..20).map(|s| (s, if s % 2 == 0 { 121.0 } else { 119.0 })).collect();
        samples.extend((20..50).map(|s| (s, 130.0)));
        samples.extend([(50, 100.0), (51, 100.0)]);
        let rules = [
            high(),
            Rule { deadband: 3.0, ..high() },
            Rule { on_delay: Millis::secs(5), ..high() },
            Rule { off_delay: Millis::secs(5), ..high() },
            Rule { limit: 125.0, ..high() },
        ];
        let all = run(&rules, None, &samples, 100);
        assert_eq!(all[0].len(), 11, "ten times up and down, and the one that counts");
        assert_eq!(annunciations(&all[0]), 3, "from the third on it is held");
        assert_eq!(spans(&all[1]), [(0, Some(50))]);
        assert_eq!(spans(&all[2]), [(25, Some(50))]);
        assert_eq!(spans(&all[3]), [(0, Some(55))]);
        assert_eq!(spans(&all[4]), [(20, Some(50))]);
        let long = |a: &&Activation| a.cleared.is_none_or(|end| end - a.raised >= Millis::secs(20));
        let true_alarms: Vec<Activation> = all[0].iter().filter(long).copied().collect();
        assert_eq!(spans(&true_alarms), [(20, Some(50))]);
        for (rule, delay) in [(1, 0), (2, 5000), (3, 0), (4, 0)] {
            let e = effect(&true_alarms, &all[rule]);
            let delays = vec![Millis(delay)];
            assert_eq!(e, Effect { activations: 1, annunciations: 1, lost: 0, delays }, "{rule}");
        }
        let never = effect(&true_alarms, &run(&[Rule { limit: 500.0, ..high() }], None, &samples, 100)[0]);
        assert_eq!(never, Effect { lost: 1, ..Effect::default() });
    }

    #[test]
    fn a_delay_ends_between_two_samples_and_silence_is_stale() {
        let late = Rule { on_delay: Millis::secs(10), ..high() };
        let stale = Rule { kind: AlarmKind::Stale, limit: 0.0, ..high() };
        let all = run(&[late, stale], Some(Millis::secs(30)), &[(0, 130.0), (60, 100.0), (61, f64::NAN)], 80);
        assert_eq!(spans(&all[0]), [(10, Some(60))]);
        assert_eq!(spans(&all[1]), [(30, Some(60))]);
    }

    #[test]
    fn what_is_held_is_let_go_in_time_and_a_latch_changes_nothing_of_it() {
        // three in a minute, then quiet: held until a minute after the last; back within eight holds it is held at once
        let mut samples: Vec<(i64, f64)> = vec![];
        for s in [0, 10, 20, 30, 200, 210] {
            samples.extend([(s, 130.0), (s + 5, 100.0)]);
        }
        let plain = Rule { latching: false, ..high() };
        let free = Rule { handling: Handling { damped: false, ..Handling::default() }, ..high() };
        let all = run(&[high(), plain, free], None, &samples, 1000);
        let shown = |run: &[Activation]| -> Vec<bool> { run.iter().map(|a| a.annunciated).collect() };
        assert_eq!(shown(&all[0]), [true, true, true, false, true, false]);
        assert_eq!(all[0], all[1]);
        assert_eq!(annunciations(&all[2]), 6);
    }

    #[test]
    fn a_true_alarm_that_was_shown_anew_must_be_so_with_other_settings() {
        let at = |raised: i64, cleared: i64, annunciated| Activation {
            raised: Ts(raised),
            cleared: Some(Ts(cleared)),
            annunciated,
        };
        let lost = |wanted, found| effect(&[wanted], &[found]).lost;
        assert_eq!(lost(at(0, 100, true), at(5, 100, false)), 1, "it comes, but under a hold");
        assert_eq!(lost(at(0, 100, false), at(5, 100, false)), 0, "it was held then, too");
        assert_eq!(lost(at(0, 100, false), at(5, 100, true)), 0);
    }
}
