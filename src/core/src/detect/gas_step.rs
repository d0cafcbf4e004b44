//! Gas: the mean of the window stands over the learned background. The background is the lower part of what is measured
//! (a third of the samples lie below it), so that whiffs hardly move it; its noise is what the samples do below it.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Quantum, gain};
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GasStep {
    n: f64,
    background: f64,
    /// Mean distance of the samples below the background.
    below: f64,
    quantum: Quantum,
    before: f64,
    mean: f64,
}

/// Share of the samples below the background.
const SHARE: f64 = 1.0 / 3.0;
const FEW: f64 = 30.0;
/// Steps of the background a time constant, in standard deviations of the noise.
const SPEED: f64 = 10.0;

/// Standard deviations in the mean distance of the samples below the lower third of Gaussian noise.
const GAUSS: f64 = 1.8;
impl GasStep {
    fn noise(&self) -> f64 {
        (GAUSS * self.below).max(self.quantum.floor())
    }

    fn reach(&self, spec: &DetectorSpec) -> f64 {
        (spec.sigmas * self.noise()).max(spec.least)
    }
}

impl Watch for GasStep {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        if learning.first {
            (self.before, self.mean) = (look.value, look.value);
        }
        if learning.on && self.n == 0.0 {
            self.background = look.value;
        }
        if learning.on {
            self.quantum.learn(look.value - self.before);
        }
        self.before = look.value;
        let weight = if spec.window.0 > 0 { 1.0 - libm::exp(-learning.dt / (0.5 * spec.window.0 as f64)) } else { 1.0 };
        self.mean += weight * (look.value - self.mean);
        let off = look.value - self.background;
        let reach = self.reach(spec);
        if learning.on && (!learning.warm || self.mean - self.background <= reach || self.n < FEW) {
            let g = gain(self.n, learning.dt, spec.memory.0 as f64);
            let noise = self.noise().max(1e-12);
            if off < 0.0 {
                self.below += (g / SHARE).min(1.0) * (-off - self.below);
                self.background -= SPEED * g * noise * (1.0 - SHARE);
            } else {
                self.background += SPEED * g * noise * SHARE;
            }
            self.n = (self.n + 1.0).min(1e9);
        }
        let can = learning.warm && self.n >= FEW;
        let fixed = spec.limit.is_some_and(|limit| self.mean > limit);
        let met = fixed || (can && self.mean - self.background > reach);
        Finding {
            met: (can || spec.limit.is_some()).then_some(met),
            why: if met { "over its background" } else { "" },
            expected: Some(self.background),
            low: None,
            high: Some(self.background + reach),
            score: if reach > 0.0 { (self.mean - self.background) / reach } else { 0.0 },
            window: spec.window,
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        model.put("n", self.n);
        model.put("background", self.background);
        model.put("below", self.below);
        model.put("quantum", self.quantum.0);
        model.put("before", self.before);
        model.put("mean", self.mean);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            n: model.or("n", 0.0),
            background: model.or("background", 0.0),
            below: model.or("below", 0.0),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("before", 0.0),
            mean: model.or("mean", 0.0),
        }
    }
}
