//! A detector of any kind: one value, asked sample by sample.

use std::sync::Arc;

use super::cng::Cng;
use super::counter::Counter;
use super::deviation::Deviation;
use super::gas_step::GasStep;
use super::joint::Joint;
use super::look::{Finding, Local, Look, is_number};
use super::model::Model;
use super::night::Night;
use super::no_report::NoReport;
use super::rate::Rate;
use super::seasonal::Seasonal;
use super::spec::{DetectorKind, DetectorSpec};
use super::spike::Spike;
use super::state::{Learned, Learning, Passing, Plan, Watch};
use super::statistical::Statistical;
use super::stuck::Stuck;
use super::substation::Substation;
use crate::{Ts, ahead};

/// Watches one point (joint: one asset). Causal: what it says of a sample rests on that and earlier ones.
///
/// Memory: below 512 bytes, but for seasonal (5 KiB) and joint (some n² × 16 bytes for n signals). Nothing is allocated
/// by `observe`.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Shared by all points of a type.
    plan: Arc<Plan>,
    /// Milliseconds of the last good sample; [`NEVER`] before it.
    last: i64,
    learned: Learned,
    frozen: bool,
    state: State,
}

/// Settings made ready once, to be shared by the detectors of many points: clone it for each.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorPlan {
    plan: Arc<Plan>,
    /// What a detector begins with.
    fresh: Arc<State>,
}

impl From<DetectorSpec> for DetectorPlan {
    fn from(spec: DetectorSpec) -> Self {
        let fresh = Arc::new(State::load(&spec, &Model::default()));
        Self { plan: Arc::new(Plan::new(spec)), fresh }
    }
}

impl From<Arc<DetectorSpec>> for DetectorPlan {
    fn from(spec: Arc<DetectorSpec>) -> Self {
        Self::from(*spec)
    }
}

const NEVER: i64 = i64::MIN;
/// A sample this much older than the last says that the clock was set back, milliseconds.
const SET_BACK: i64 = 3_600_000;

macro_rules! kinds {
    ($($kind:ident($state:ty)),* $(,)?) => {
        #[derive(Clone, Debug, PartialEq)]
        enum State {
            $($kind($state)),*
        }

        impl State {
            fn load(spec: &DetectorSpec, model: &Model) -> Self {
                match spec.kind {
                    $(DetectorKind::$kind => Self::$kind(<$state>::load(spec, model))),*
                }
            }

            fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
                match self {
                    $(Self::$kind(state) => state.observe(spec, look, learning)),*
                }
            }

            fn save(&self, model: &mut Model) {
                match self {
                    $(Self::$kind(state) => state.save(model)),*
                }
            }

            fn pass(&mut self, spec: &DetectorSpec, passing: Passing<'_>) {
                match self {
                    $(Self::$kind(state) => state.pass(spec, passing)),*
                }
            }

            fn calm(&self, spec: &DetectorSpec, last: i64) -> i64 {
                match self {
                    $(Self::$kind(state) => state.calm(spec, last)),*
                }
            }

            fn due(&self, spec: &DetectorSpec, warm: bool, last: i64) -> Option<i64> {
                match self {
                    $(Self::$kind(state) => state.due(spec, warm, last)),*
                }
            }
        }
    };
}

kinds! {
    Stuck(Stuck),
    Rate(Rate),
    Deviation(Box<Deviation>),
    Statistical(Statistical),
    Seasonal(Box<Seasonal>),
    NoReport(NoReport),
    Counter(Counter),
    Spike(Spike),
    Substation(Box<Substation>),
    Cng(Box<Cng>),
    GasStep(GasStep),
    NightFlow(Box<Night>),
    Joint(Box<Joint>),
}

impl Detector {
    /// One that has learned nothing.
    pub fn new(plan: impl Into<DetectorPlan>) -> Self {
        let DetectorPlan { plan, fresh } = plan.into();
        Self { plan, learned: Learned::default(), last: NEVER, frozen: false, state: (*fresh).clone() }
    }

    /// One that goes on where [`model`](Self::model) was taken. A model of another kind or version is left aside.
    pub fn restore(plan: impl Into<DetectorPlan>, model: &Model) -> Self {
        let ready = plan.into();
        if model.version != Model::VERSION || model.kind != ready.plan.spec.kind.name() {
            return Self::new(ready);
        }
        let plan = ready.plan;
        let learned = Learned {
            from: model.learned_from.map_or(0, Ts::ms),
            to: model.learned_to.map_or(0, Ts::ms),
            samples: model.samples,
            span: model.or("learned_ms", 0.0),
        };
        let last = model.get("last").map_or(NEVER, |last| last as i64);
        let state = State::load(&plan.spec, model);
        Self { plan, learned, last, frozen: model.frozen, state }
    }

    /// What it has learned.
    pub fn model(&self) -> Model {
        let any = self.learned.samples > 0;
        let mut model = Model {
            version: Model::VERSION,
            kind: self.plan.spec.kind.name().into(),
            learned_from: any.then_some(Ts(self.learned.from)),
            learned_to: any.then_some(Ts(self.learned.to)),
            samples: self.learned.samples,
            frozen: self.frozen,
            ..Model::default()
        };
        model.put("learned_ms", self.learned.span);
        if self.last != NEVER {
            model.put("last", self.last as f64);
        }
        self.state.save(&mut model);
        model
    }

    /// Takes over equal settings that others share.
    pub(crate) fn share(&mut self, ready: &DetectorPlan) {
        if *ready.plan == *self.plan {
            self.plan = ready.plan.clone();
        }
    }

    /// Asks for each part of its memory.
    pub(crate) fn fetch(&self) {
        ahead::fetch(&self.last);
        ahead::fetch(&self.learned.samples);
        ahead::fetch(&self.frozen);
    }

    /// Its settings.
    pub fn spec(&self) -> &DetectorSpec {
        &self.plan.spec
    }

    /// It judges, but learns no more, until it is told otherwise.
    pub fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// It learns no more.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Forgets all it has learned.
    pub fn reset(&mut self) {
        *self = Self::new(self.plan.spec);
    }

    /// Looks at a sample. A bad one, one that is no finite number and one that is not newer than the last says nothing
    /// and teaches nothing.
    pub fn observe(&mut self, look: &Look<'_>) -> Finding {
        let ts = look.ts.0;
        let first = self.last == NEVER;
        // what is a little older came late; what is much older comes from a clock that was set back
        if !first && ts <= self.last && self.last.saturating_sub(ts) < SET_BACK {
            return self.learning(false, 0.0).finding();
        }
        let dt = if first { 0.0 } else { ts.saturating_sub(self.last).max(0) as f64 };
        if !look.good || !is_number(look.value) {
            // whoever sends bad values reports
            if self.plan.spec.kind == DetectorKind::NoReport {
                self.last = ts;
            }
            return Finding { degraded: Some("bad value"), ..self.learning(false, dt).finding() };
        }
        let learn = look.learn && !self.frozen;
        self.last = ts;
        if learn {
            self.learned.add(ts, dt, &self.plan);
        }
        let learning = Learning { first, ..self.learning(learn, dt) };
        self.state.observe(&self.plan.spec, look, &learning).finite()
    }

    /// Good samples in order and before this source time, milliseconds, change nothing in what it finds, so that they can
    /// be looked at later; `i64::MIN` where any may change something.
    pub(crate) fn calm(&self) -> i64 {
        let settled = self.last != NEVER && self.learned.is_warm(&self.plan);
        if settled { self.state.calm(&self.plan.spec, self.last) } else { i64::MIN }
    }

    /// Takes samples of which all but the last are [`calm`](Self::calm), source times and values, as
    /// [`observe`](Self::observe) does. What it makes of the last.
    pub(crate) fn catch_up(&mut self, waiting: &[(i64, f64)], learn: bool) -> Option<Finding> {
        let (&(ts, value), samples) = waiting.split_last()?;
        if let Some(&(newest, _)) = samples.last() {
            let passing = Passing { samples, last: self.last, learn: learn && !self.frozen };
            if passing.learn {
                self.learned.add_all(samples, self.last, &self.plan);
            }
            self.state.pass(&self.plan.spec, passing);
            self.last = newest;
        }
        let local = Local::default();
        Some(self.observe(&Look { ts: Ts(ts), value, good: true, learn, local, beside: &[] }))
    }

    /// When the absence of a sample alone will be a finding; look again with [`silence`](Self::silence) then.
    pub fn due(&self) -> Option<Ts> {
        (self.last != NEVER)
            .then(|| self.state.due(&self.plan.spec, self.learned.is_warm(&self.plan), self.last))
            .flatten()
            .map(Ts)
    }

    /// What is to be said when no sample has come until now. Kinds that look at values say nothing.
    pub fn silence(&self, now: Ts) -> Finding {
        let learning = self.learning(false, 0.0);
        match &self.state {
            State::NoReport(state) if self.last != NEVER => {
                state.silence(&self.plan.spec, &learning, now.0.saturating_sub(self.last) as f64).finite()
            }
            _ => learning.finding(),
        }
    }

    fn learning(&self, on: bool, dt: f64) -> Learning {
        Learning {
            on,
            first: false,
            dt,
            warm: self.learned.is_warm(&self.plan),
            confidence: self.learned.confidence(&self.plan),
        }
    }
}
