//! Deviation: two sensors of the same quantity part. Their usual difference and its noise are learned; a fixed limit
//! takes the place of the noise, not of the offset, where one is set. The difference at the end of the warm-up is kept:
//! what drifts away from it step by step is found too.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Quantum};
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deviation {
    bucket: Bucket,
    offset: Norm,
    quantum: Quantum,
    before: f64,
    /// The difference over the last stretch.
    now: f64,
    /// The usual difference when the warm-up ended.
    settled: Option<f64>,
}

/// A drift counts at this multiple of what counts at once; of a fixed limit, at the limit.
const DRIFT: f64 = 2.0;

impl Watch for Deviation {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let Some(twin) = look.beside(0) else {
            return Finding { degraded: Some("no twin"), confidence: 0.0, ..learning.finding() };
        };
        let apart = look.value - twin;
        if self.bucket.is_new() {
            (self.before, self.now) = (apart, apart);
        }
        if learning.on {
            self.quantum.learn(apart - self.before);
        }
        self.before = apart;
        let floor = self.quantum.floor();
        let reach = spec.limit.map_or_else(|| self.offset.reach(spec, floor), f64::abs);
        if let Some((mean, age)) = self.bucket.add(look.ts.0, apart, (spec.window.0 / 4).max(1)) {
            self.now = mean;
            let usual = (mean - self.offset.level.mean).abs() <= reach;
            if learning.on && (usual || !learning.warm || !self.offset.is_known()) {
                self.offset.learn(spec, floor, mean, age as f64);
            }
        }
        let known = learning.warm && self.offset.is_known();
        let settled = if known { *self.settled.get_or_insert(self.offset.level.mean) } else { 0.0 };
        let off = self.now - if known { self.offset.level.mean } else { 0.0 };
        // as a share of what counts
        let at_once = if reach > 0.0 { off / reach } else { 0.0 };
        let far = if spec.limit.is_some() { reach } else { DRIFT * reach };
        let drift = if far > 0.0 { (self.now - settled) / far } else { 0.0 };
        let can = known || spec.limit.is_some();
        let score = at_once.abs().max(if can { drift.abs() } else { 0.0 });
        let met = can && score > 1.0;
        let expected = twin + self.now - off;
        Finding {
            met: can.then_some(met),
            why: match met {
                false => "",
                true if at_once.abs() <= 1.0 => "drifts from its twin",
                true if off > 0.0 => "above its twin",
                true => "below its twin",
            },
            expected: Some(expected),
            low: Some(expected - reach),
            high: Some(expected + reach),
            score,
            window: spec.window,
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        self.offset.save("offset", model);
        model.put("quantum", self.quantum.0);
        model.put("before", self.before);
        model.put("now", self.now);
        if let Some(settled) = self.settled {
            model.put("settled", settled);
        }
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            bucket: Bucket::load("bucket", model),
            offset: Norm::load("offset", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("before", 0.0),
            now: model.or("now", 0.0),
            settled: model.get("settled"),
        }
    }
}
