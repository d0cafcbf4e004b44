//! Statistical: a value far from its learned level, a mean that has moved, a jump. See [`Views`](super::views::Views).

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Quantum};
use super::spec::DetectorSpec;
use super::state::{Learning, Passing, Watch};
use super::views::{PARTS, Views, why};

/// State of the kind. What a sample within a stretch needs stands here; the views are looked at when a stretch ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statistical {
    bucket: Bucket,
    quantum: Quantum,
    before: f64,
    /// Of the last stretch.
    known: bool,
    view: u8,
    score: f64,
    mean: f64,
    reach: f64,
    views: Box<Views>,
}

impl Statistical {
    /// Mean and length of the stretch that the sample completes.
    fn take(&mut self, spec: &DetectorSpec, ts: i64, value: f64, learning: &Learning) -> Option<(f64, i64)> {
        if learning.on && !learning.first {
            self.quantum.learn(value - self.before);
        }
        self.before = value;
        self.bucket.add(ts, value, stretch(spec))
    }

    /// What the views have found, kept for the samples of the next stretch.
    fn keep(&mut self, spec: &DetectorSpec) {
        let norm = self.views.value();
        self.known = norm.is_known();
        (self.mean, self.reach) = (norm.level.mean, norm.reach(spec, self.quantum.floor()));
        (self.score, self.view) = (self.views.score, self.views.view);
    }
}

/// Milliseconds.
fn stretch(spec: &DetectorSpec) -> i64 {
    (spec.window.0 / PARTS).max(1)
}

impl Watch for Statistical {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        if let Some((mean, age)) = self.take(spec, look.ts.0, look.value, learning) {
            self.views.close(spec, mean, age as f64, self.quantum.floor(), learning);
            self.keep(spec);
        }
        let known = learning.warm && self.known;
        let met = known && self.score > 1.0;
        Finding {
            met: known.then_some(met),
            why: if met { why(self.view) } else { "" },
            // before the first level is known there is nothing to expect
            expected: self.known.then_some(self.mean),
            low: self.known.then_some(self.mean - self.reach),
            high: self.known.then_some(self.mean + self.reach),
            score: self.score,
            window: spec.window,
            ..learning.finding()
        }
    }

    fn pass(&mut self, _: &DetectorSpec, Passing { samples, learn, .. }: Passing<'_>) {
        for &(_, value) in samples {
            if learn {
                self.quantum.learn(value - self.before);
            }
            self.before = value;
        }
        self.bucket.pass(samples);
    }

    fn calm(&self, spec: &DetectorSpec, last: i64) -> i64 {
        self.bucket.end(last, stretch(spec))
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        model.put("quantum", self.quantum.0);
        model.put("last-value", self.before);
        // the step of the signal at the end of the stretch
        model.put("reach", self.reach);
        self.views.save(model);
    }

    fn load(spec: &DetectorSpec, model: &Model) -> Self {
        let mut one = Self {
            bucket: Bucket::load("bucket", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("last-value", 0.0),
            views: Box::new(Views::load(model)),
            ..Self::default()
        };
        one.keep(spec);
        one.reach = model.or("reach", one.reach);
        one
    }
}
