//! What one source may send over a link: a flood from one device must not starve the others.
//!
//! A token bucket a source. What comes above it is conflated: of each point only the newest value waits, and goes on
//! when there is a token. Late values are no flood but a backlog: they go through, history is not thinned.

use std::collections::BTreeMap;
use std::time::Duration;

use linepack_core::input::Fix;
use linepack_core::{AssetId, CrewId, Input, Millis, PointId, Registry, Sample, Ts};

use super::hash::FastMap;
use crate::site::Rate;

/// People are told of a source at most this often.
const TELL_EVERY: Millis = Millis::mins(1);

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A device, by its asset.
    Asset(AssetId),
    /// A crew's telephone.
    Crew(CrewId),
}

impl Source {
    /// For people: the asset's id, `crew:ID`.
    pub(crate) fn name(self, registry: &Registry) -> String {
        match self {
            Self::Asset(a) => registry.assets.get(a.index()).map(|a| a.id.to_string()),
            Self::Crew(c) => registry.crews.get(c.index()).map(|c| format!("crew:{}", c.id)),
        }
        .unwrap_or_default()
    }
}

#[derive(Debug)]
struct State {
    tokens: f64,
    at: Ts,
    /// Newest values that wait for a token.
    held: BTreeMap<PointId, Sample>,
    fix: Option<Fix>,
    /// Conflated since the last report.
    conflated: u64,
    /// Conflated since it was last told to people.
    untold: u64,
    told: Option<Ts>,
}

/// Values of a source that gave way to newer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflated {
    pub(crate) source: Source,
    /// How many since the last report.
    pub(crate) values: u64,
    /// To be told to people now: how many since that was done last.
    pub(crate) tell: Option<u64>,
}

/// The sources of one link. Bounded by the site: there are no more than assets and crews.
#[derive(Debug)]
pub(crate) struct Limits {
    rate: Rate,
    late_after: Millis,
    sources: FastMap<Source, State>,
    /// Sources that hold something back.
    holding: Vec<Source>,
    /// Sources with values conflated since they were last reported.
    unreported: Vec<Source>,
}

impl Limits {
    /// Nobody has sent anything. `late_after` 0: nothing is late.
    pub(crate) fn new(rate: Rate, late_after: Millis) -> Self {
        Self { rate, late_after, sources: FastMap::default(), holding: Vec::new(), unreported: Vec::new() }
    }

    /// Looks at what one message brought, the last `samples` and `others` from the given places on, and holds it back
    /// where its source is above its rate.
    pub(crate) fn pass(
        &mut self,
        registry: &Registry,
        now: Ts,
        (samples, from): (&mut Vec<Sample>, usize),
        (others, others_from): (&mut Vec<Input>, usize),
    ) {
        let of_sample = |s: &Sample| registry.points.get(s.point.index()).map(|p| Source::Asset(p.asset));
        let of_other = |input: &Input| match input {
            Input::Position(fix) => Some(Source::Crew(fix.crew)),
            _ => None,
        };
        let source = samples.get(from).and_then(of_sample).or_else(|| others.get(others_from).and_then(of_other));
        let Some(source) = source else { return };
        let (rate, late_after) = (self.rate, self.late_after);
        let state = self.sources.entry(source).or_insert_with(|| State {
            tokens: f64::from(rate.burst),
            at: now,
            held: BTreeMap::new(),
            fix: None,
            conflated: 0,
            untold: 0,
            told: None,
        });
        state.refill(rate, now);
        if state.tokens >= 1.0 && !state.is_holding() {
            state.tokens -= 1.0;
            return;
        }
        if !state.is_holding() {
            self.holding.push(source);
        }
        let is_late = |s: &Sample| late_after.0 > 0 && (s.received - s.ts).0 > late_after.0;
        let kept = samples.split_off(from);
        for sample in kept {
            if is_late(&sample) {
                samples.push(sample);
            } else {
                state.hold(sample);
            }
        }
        for input in others.split_off(others_from) {
            match input {
                Input::Position(fix) => {
                    let newer = state.fix.is_none_or(|held| fix.ts >= held.ts);
                    state.conflated += u64::from(state.fix.is_some());
                    if newer {
                        state.fix = Some(fix);
                    }
                }
                other => others.push(other),
            }
        }
        if !state.is_holding() {
            self.holding.retain(|s| *s != source);
        }
        if state.conflated > 0 && !self.unreported.contains(&source) {
            self.unreported.push(source);
        }
    }

    /// Lets go what may go now; `all`: everything, because somebody waits for it to be durable.
    pub(crate) fn release(&mut self, now: Ts, all: bool, samples: &mut Vec<Sample>, others: &mut Vec<Input>) {
        let (rate, sources) = (self.rate, &mut self.sources);
        self.holding.retain(|source| {
            let Some(state) = sources.get_mut(source) else { return false };
            state.refill(rate, now);
            let goes = all || state.tokens >= 1.0;
            if goes {
                state.tokens = (state.tokens - 1.0).max(0.0);
                samples.extend(std::mem::take(&mut state.held).into_values());
                others.extend(state.fix.take().map(Input::Position));
            }
            !goes
        });
    }

    /// How long until something held back may go; none: nothing is.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let lacking = |s: &Source| self.sources.get(s).map_or(0.0, |state| (1.0 - state.tokens).max(0.0));
        let least = self.holding.iter().map(lacking).min_by(f64::total_cmp)?;
        Some(Duration::from_secs_f64(least / f64::from(self.rate.rate.max(1))).max(Duration::from_millis(1)))
    }

    /// Sources whose values were conflated since the last report.
    pub(crate) fn reports(&mut self, now: Ts) -> Vec<Conflated> {
        let mut all = Vec::new();
        for source in self.unreported.drain(..) {
            let Some(state) = self.sources.get_mut(&source) else { continue };
            let values = std::mem::take(&mut state.conflated);
            state.untold += values;
            let due = state.told.is_none_or(|at| now - at >= TELL_EVERY);
            let tell = due.then(|| std::mem::take(&mut state.untold));
            if due {
                state.told = Some(now);
            }
            all.push(Conflated { source, values, tell });
        }
        all
    }
}

impl State {
    fn refill(&mut self, rate: Rate, now: Ts) {
        // a clock that was set back gives nothing and takes nothing
        let passed = (now - self.at).0.max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * f64::from(rate.rate)).min(f64::from(rate.burst));
        self.at = now;
    }

    fn is_holding(&self) -> bool {
        !self.held.is_empty() || self.fix.is_some()
    }

    fn hold(&mut self, sample: Sample) {
        match self.held.get_mut(&sample.point) {
            None => {
                self.held.insert(sample.point, sample);
            }
            Some(held) => {
                self.conflated += 1;
                if sample.ts >= held.ts {
                    *held = sample;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::{Delivery, Quality};
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::mqtt::specimen::registry;

    fn sample(point: u32, ts: i64, value: f64, received: i64) -> Sample {
        let (point, ts, received) = (PointId(point), Ts(ts), Ts(received));
        Sample { point, ts, received, value, quality: Quality::Good, delivery: Delivery::Live }
    }

    /// Sends messages of one sample each and collects what comes out.
    struct Link {
        limits: Limits,
        registry: Registry,
        out: Vec<Sample>,
        others: Vec<Input>,
    }

    impl Link {
        fn new(rate: u32, burst: u32) -> Self {
            let limits = Limits::new(Rate { rate, burst }, Millis::secs(60));
            Self { limits, registry: registry(), out: vec![], others: vec![] }
        }

        fn send(&mut self, now: i64, sample: Sample) {
            let from = self.out.len();
            self.out.push(sample);
            let others = self.others.len();
            self.limits.pass(&self.registry, Ts(now), (&mut self.out, from), (&mut self.others, others));
        }

        fn release(&mut self, now: i64, all: bool) {
            self.limits.release(Ts(now), all, &mut self.out, &mut self.others);
        }

        fn values(&mut self) -> Vec<f64> {
            std::mem::take(&mut self.out).iter().map(|s| s.value).collect()
        }
    }

    #[test]
    fn above_the_rate_the_newest_value_waits_for_a_token() {
        let mut link = Link::new(10, 3);
        for n in 0..8 {
            link.send(1000, sample(0, 1000 + n, n as f64, 1000));
        }
        assert_eq!(link.values(), [0.0, 1.0, 2.0], "the burst");
        assert_eq!(link.limits.wait(), Some(Duration::from_millis(100)));
        link.release(1050, false);
        assert_eq!(link.values(), [0.0; 0]);
        link.release(1100, false);
        assert_eq!(link.values(), [7.0], "the newest of the rest");
        assert_eq!(link.limits.wait(), None);
        let source = Source::Asset(AssetId(0));
        assert_eq!(link.limits.reports(Ts(1100)), [Conflated { source, values: 4, tell: Some(4) }]);
        for n in 8..11 {
            link.send(1100, sample(0, 2000 + n, n as f64, 1100));
        }
        assert_eq!(link.limits.reports(Ts(1200)), [Conflated { source, values: 2, tell: None }], "once a minute");
        assert_eq!(link.limits.reports(Ts(1200)), []);
        link.send(1100, sample(0, 3000, 11.0, 1100));
        assert_eq!(link.limits.reports(Ts(61_100)), [Conflated { source, values: 1, tell: Some(3) }]);
        link.release(1100, true);
        assert_eq!(link.values(), [11.0], "somebody waits for it");
    }

    #[test]
    fn each_source_has_its_own_bucket_and_a_backlog_is_no_flood() {
        let mut link = Link::new(1, 1);
        link.send(100_000, sample(0, 100_000, 0.0, 100_000));
        link.send(100_000, sample(0, 100_001, 1.0, 100_000));
        link.send(100_000, sample(2, 100_000, 2.0, 100_000));
        link.send(100_000, sample(0, 30_000, 3.0, 100_000));
        link.send(100_000, sample(0, 30_001, 4.0, 100_000));
        assert_eq!(link.values(), [0.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn positions_are_conflated_and_the_newest_fix_wins() {
        let mut link = Link::new(1, 1);
        let position = linepack_core::LonLat { lon: 1.0, lat: 2.0 };
        for ts in [10, 30, 20] {
            link.others.push(Input::Position(Fix { crew: CrewId(0), position, ts: Ts(ts), accuracy_m: None }));
            let from = link.others.len() - 1;
            link.limits.pass(&link.registry, Ts(1000), (&mut link.out, 0), (&mut link.others, from));
        }
        link.release(2000, false);
        let seen: Vec<_> = link.others.iter().map(|i| if let Input::Position(f) = i { f.ts.0 } else { 0 }).collect();
        assert_eq!(seen, [10, 30]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_uncounted_and_the_newest_arrives(
            steps in prop::collection::vec((0u32..3, 0i64..200), 1..200),
            (rate, burst) in (1u32..50, 1u32..20),
        ) {
            let mut link = Link::new(rate, burst);
            let (mut now, mut last) = (1000, BTreeMap::new());
            for (n, (point, pause)) in steps.iter().enumerate() {
                now += pause;
                last.insert(*point, n as f64);
                link.send(now, sample(*point, now, n as f64, now));
                link.release(now, false);
            }
            let end = now + 3_600_000;
            link.release(end, false);
            prop_assert_eq!(link.limits.wait(), None);
            let conflated: u64 = link.limits.reports(Ts(end)).iter().map(|c| c.values).sum();
            prop_assert_eq!(link.out.len() as u64 + conflated, steps.len() as u64);
            for (point, value) in last {
                let newest = link.out.iter().rev().find(|s| s.point.0 == point).map(|s| s.value);
                prop_assert_eq!(newest, Some(value));
            }
            // two assets, one of them with two points
            let each = f64::from(burst) + (now - 1000) as f64 / 1000.0 * f64::from(rate) + 2.0;
            let allowed = 4.0 * each;
            prop_assert!(link.limits.sources.len() <= 2 && link.out.len() as f64 <= allowed, "more than the rate");
        }
    }
}
