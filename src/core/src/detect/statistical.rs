//! Statistical: a value far from its learned level, a mean that has moved, a jump. See [`Views`](super::views::Views).

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Quantum};
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use super::views::{PARTS, Views};

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statistical {
    bucket: Bucket,
    quantum: Quantum,
    before: f64,
    views: Views,
}

impl Watch for Statistical {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        if learning.on && !learning.first {
            self.quantum.learn(look.value - self.before);
        }
        self.before = look.value;
        if let Some((mean, age)) = self.bucket.add(look.ts.0, look.value, (spec.window.0 / PARTS).max(1)) {
            self.views.close(spec, mean, age as f64, self.quantum.floor(), learning);
        }
        let norm = self.views.value();
        let known = learning.warm && norm.is_known();
        let met = known && self.views.score > 1.0;
        let reach = norm.reach(spec, self.quantum.floor());
        Finding {
            met: known.then_some(met),
            why: if met { self.views.why() } else { "" },
            expected: Some(norm.level.mean),
            low: Some(norm.level.mean - reach),
            high: Some(norm.level.mean + reach),
            score: self.views.score,
            window: spec.window,
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        model.put("quantum", self.quantum.0);
        model.put("last-value", self.before);
        self.views.save(model);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            bucket: Bucket::load("bucket", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("last-value", 0.0),
            views: Views::load(model),
        }
    }
}
