//! What every kind of detector has in common: when it learned and how much, and how it is asked.

use super::look::{Finding, Look};
use super::model::Model;
use super::spec::DetectorSpec;

/// How far out in a learned tail a judgement counts: natural logarithm of 2,000, so that one in 100,000 passes when all
/// is well.
pub(super) const RARE: f64 = 7.600_902_459_542_082;

/// How a kind watches. Samples come in the order of time, good and finite; `look.learn` is folded into `learning.on`.
pub(super) trait Watch: Sized {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding;
    /// All it needs to go on.
    fn save(&self, model: &mut Model);
    fn load(spec: &DetectorSpec, model: &Model) -> Self;
    /// Samples after `last` and before this time, milliseconds, change nothing in what it finds, whatever their values, once
    /// it is warm. By default any sample may.
    fn calm(&self, _: &DetectorSpec, _last: i64) -> i64 {
        i64::MIN
    }
    /// Takes samples before [`calm`](Self::calm), source times in milliseconds and values, of which nobody asks what it makes.
    fn pass(&mut self, _: &DetectorSpec, _: Passing<'_>) {}
    /// When the absence of a sample alone will be a finding, milliseconds; `last` is that of the last sample.
    fn due(&self, _: &DetectorSpec, _warm: bool, _last: i64) -> Option<i64> {
        None
    }
}

/// How a sample stands to what was learned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learning {
    /// It may be learned from.
    pub(super) on: bool,
    /// No sample before it.
    pub(super) first: bool,
    /// Milliseconds since the sample before; 0 for the first.
    pub(super) dt: f64,
    /// The warm-up is over.
    pub(super) warm: bool,
    pub(super) confidence: f64,
}

/// Samples that change nothing in what is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passing<'a> {
    /// Source times, milliseconds, and values.
    pub(super) samples: &'a [(i64, f64)],
    /// Of the sample before them, milliseconds.
    pub(super) last: i64,
    /// They may be learned from.
    pub(super) learn: bool,
}

impl Learning {
    /// A finding that says nothing but how much was learned.
    pub(super) fn finding(&self) -> Finding {
        Finding { warm: self.warm, confidence: self.confidence, ..Finding::UNKNOWN }
    }
}

/// A detector's settings with what is made of them once, for the hot path. Shared by all points of a type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) spec: DetectorSpec,
    /// Milliseconds.
    warm_up: f64,
    /// Of one over milliseconds.
    per_warm_up: f64,
    per_memory: f64,
    /// A gap teaches no more than this, milliseconds.
    longest: f64,
}

impl Plan {
    pub(super) fn new(spec: DetectorSpec) -> Self {
        let warm_up = spec.warm_up.0.max(0) as f64;
        Self {
            warm_up,
            per_warm_up: 1.0 / warm_up.max(1.0),
            per_memory: 1.0 / spec.memory.0.max(1) as f64,
            longest: (warm_up / 8.0).max(1.0),
            spec,
        }
    }
}

/// How long was learned, and from when to when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Learned {
    /// Milliseconds since the epoch.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) samples: u64,
    /// Milliseconds of samples learned from, long gaps left out.
    pub(super) span: f64,
}

impl Learned {
    pub(super) fn add(&mut self, ts: i64, dt: f64, plan: &Plan) {
        if self.samples == 0 {
            self.from = ts;
        }
        self.to = ts;
        self.samples = self.samples.saturating_add(1);
        self.span += dt.min(plan.longest);
    }

    /// The same for several samples; `last` is the time of the one before them.
    pub(super) fn add_all(&mut self, samples: &[(i64, f64)], mut last: i64, plan: &Plan) {
        let Some(&(newest, _)) = samples.last() else { return };
        let whole = newest.saturating_sub(last) as f64;
        if self.samples > 0 && whole <= plan.longest {
            // no gap among them; milliseconds add up to the same in any order
            self.to = newest;
            self.samples = self.samples.saturating_add(samples.len() as u64);
            self.span += whole;
            return;
        }
        for &(ts, _) in samples {
            self.add(ts, ts.saturating_sub(last) as f64, plan);
            last = ts;
        }
    }

    pub(super) fn is_warm(&self, plan: &Plan) -> bool {
        self.samples > 0 && self.span >= plan.warm_up
    }

    /// Half of it comes with the warm-up, the other half with the memory.
    pub(super) fn confidence(&self, plan: &Plan) -> f64 {
        if self.samples == 0 {
            return 0.0;
        }
        0.5 * (self.span * plan.per_warm_up).min(1.0) + 0.5 * (self.span * plan.per_memory).min(1.0)
    }
}

impl<W: Watch> Watch for Box<W> {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        (**self).observe(spec, look, learning)
    }

    fn save(&self, model: &mut Model) {
        (**self).save(model);
    }

    fn load(spec: &DetectorSpec, model: &Model) -> Self {
        Self::new(W::load(spec, model))
    }

    fn pass(&mut self, spec: &DetectorSpec, passing: Passing<'_>) {
        (**self).pass(spec, passing);
    }

    fn calm(&self, spec: &DetectorSpec, last: i64) -> i64 {
        (**self).calm(spec, last)
    }

    fn due(&self, spec: &DetectorSpec, warm: bool, last: i64) -> Option<i64> {
        (**self).due(spec, warm, last)
    }
}
