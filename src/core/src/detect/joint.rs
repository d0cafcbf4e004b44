//! Joint: several signals of one asset no longer fit each other. Means and correlations are learned in the first part of
//! the warm-up, principal components fitted once, and what is usual for four figures learned in the rest: the distance
//! within the components (T²) and from them (Q), each of the sample and of its exponentially weighted mean.

use super::look::{Finding, Look, is_number};
use super::model::Model;
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use super::whiten::Whiten;

/// Part of the warm-up that learns correlations; the rest learns what is usual.
const FIRST: f64 = 0.6;
/// By name in the model, and in messages.
const VIEWS: [&str; 4] = ["t2", "q", "t2-mean", "q-mean"];
const WHY: [&str; 4] =
    ["signals far from usual", "signals do not fit", "signals have drifted", "signals no longer fit"];

/// State of the kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Joint {
    whiten: Whiten,
    /// Standard scores of the present sample and their weighted mean.
    now: Vec<f64>,
    mean: Vec<f64>,
    norms: [Norm; 4],
    /// Milliseconds learned.
    span: f64,
}

impl Joint {
    /// Takes the signals; answers how many are missing.
    fn take(&mut self, look: &Look<'_>) -> usize {
        let others = look.beside.iter().copied().chain(std::iter::repeat(f64::NAN));
        let mut missing = 0;
        for (z, x) in self.now.iter_mut().zip(std::iter::once(look.value).chain(others)) {
            *z = x;
            if !is_number(x) {
                *z = f64::NAN;
                missing += 1;
            }
        }
        missing
    }
}

impl Watch for Joint {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let missing = self.take(look);
        let inputs = self.now.len();
        let degraded = (missing > 0).then_some("a signal is missing");
        let whole =
            Learning { confidence: learning.confidence * (inputs - missing) as f64 / inputs as f64, ..*learning };
        if !self.whiten.is_fitted() {
            if learning.on && missing == 0 {
                self.whiten.learn(&self.now);
                self.span += learning.dt;
                let enough = self.span >= FIRST * spec.warm_up.0 as f64;
                if enough && self.whiten.samples() > 3.0 * inputs as f64 {
                    self.whiten.fit();
                }
            }
            return Finding { warm: false, degraded, ..whole.finding() };
        }
        self.whiten.standard(&mut self.now);
        let weight = 1.0 - libm::exp(-learning.dt / (spec.window.0 as f64).max(1.0));
        for (mean, z) in self.mean.iter_mut().zip(&self.now) {
            *mean += weight * (z - *mean);
        }
        let [t2, q] = self.whiten.distances(&self.now);
        let [t2_mean, q_mean] = self.whiten.distances(&self.mean);
        let views = [t2, q, t2_mean, q_mean];
        let (mut score, mut which) = (0.0, 0);
        for (place, (norm, x)) in self.norms.iter().zip(views).enumerate() {
            let one = norm.score(spec, 0.0, x);
            if one > score {
                (score, which) = (one, place);
            }
        }
        let known = learning.warm && self.norms.iter().all(Norm::is_known);
        if learning.on && missing == 0 && (!known || score <= 1.0) {
            for (norm, x) in self.norms.iter_mut().zip(views) {
                norm.learn(spec, 0.0, x, learning.dt);
            }
        }
        let met = known && score > 1.0;
        Finding {
            met: known.then_some(met),
            why: if met { WHY.get(which).copied().unwrap_or("") } else { "" },
            score,
            window: spec.window,
            warm: known,
            degraded,
            ..whole.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.whiten.save(model);
        for (norm, name) in self.norms.iter().zip(VIEWS) {
            norm.save(name, model);
        }
        model.profiles.insert("mean-score".into(), self.mean.clone());
        model.put("span_ms", self.span);
    }

    fn load(spec: &DetectorSpec, model: &Model) -> Self {
        let inputs = usize::from(spec.inputs.clamp(1, DetectorSpec::INPUTS_MAX));
        Self {
            whiten: Whiten::load(inputs, model),
            now: vec![0.0; inputs],
            mean: model.row("mean-score", inputs).map_or_else(|| vec![0.0; inputs], <[f64]>::to_vec),
            norms: VIEWS.map(|name| Norm::load(name, model)),
            span: model.or("span_ms", 0.0),
        }
    }
}
