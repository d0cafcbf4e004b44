//! Joint: several signals of one asset no longer fit each other. Means and correlations are learned in the first part of
//! the warm-up and principal components fitted once; the rest learns what is usual for the distance within the strong
//! components (T²), within the weak ones, and beside the strong ones (Q), each of the sample and of its exponentially
//! weighted means over several spans of time.

use super::look::{Finding, Look, is_number};
use super::model::Model;
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use super::whiten::Whiten;

/// Part of the warm-up that learns correlations; the rest learns what is usual.
const FIRST: f64 = 0.75;
/// Spans of the means, milliseconds; the first is the sample itself.
const SPANS: [f64; 6] = [0.0, 1e4, 6e4, 6e5, 3.6e6, 2.16e7];
/// What is usual for a mean is known after this many of its spans.
const SPANS_LEARNED: f64 = 10.0;
/// How far out in a learned tail a sample counts: natural logarithm of 20, one in 1,000. With several signals and spans
/// an alarm wants an on-delay besides.
const RARE: f64 = 2.995_732_273_553_991;
const VIEWS: [&str; 3] = ["t2", "weak", "q"];
const WHY: [&str; 3] = ["signals far from usual", "signals do not fit", "signals do not fit"];

/// The sample or its mean over a span.
#[derive(Clone, Debug, PartialEq)]
struct Scale {
    mean: Vec<f64>,
    norms: [Norm; 3],
}

/// State of the kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Joint {
    whiten: Whiten,
    now: Vec<f64>,
    scales: [Scale; SPANS.len()],
    /// Milliseconds learned.
    span: f64,
}

impl Joint {
    /// Takes the signals; answers which are missing, one bit each.
    fn take(&mut self, look: &Look<'_>) -> u64 {
        let others = look.beside.iter().copied().chain(std::iter::repeat(f64::NAN));
        let mut lost = 0;
        for (place, (z, x)) in self.now.iter_mut().zip(std::iter::once(look.value).chain(others)).enumerate() {
            *z = x;
            if !is_number(x) {
                *z = f64::NAN;
                lost |= 1 << place;
            }
        }
        lost
    }

    /// A mean tells more than the sample, and enough of its spans were learned.
    fn is_used(&self, span: f64, spec: &DetectorSpec) -> bool {
        let interval = self.span / self.whiten.samples().max(1.0);
        let apart = span >= 2.0 * interval && span <= spec.window.0 as f64;
        span == 0.0 || (apart && span * SPANS_LEARNED <= self.span)
    }
}

/// Signals have come back when they are this near to what is usual, as a share of how far their mean is.
const NEAR: f64 = 1.0 / 8.0;

impl Scale {
    fn is_odd(&self, spec: &DetectorSpec, views: [f64; 3]) -> bool {
        self.norms.iter().zip(views).any(|(norm, x)| norm.score_at(spec, 0.0, x, RARE) > 1.0)
    }
}

/// A mean that had moved is forgotten when the signals have come back: seen from there the sample is odd, and what is
/// usual is nearer. `sample`: what is usual for a sample. Whether it is so.
fn come_back(whiten: &Whiten, spec: &DetectorSpec, now: &mut [f64], scale: &mut Scale, sample: &[Norm; 3]) -> bool {
    let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    if length(now) > NEAR * NEAR * length(&scale.mean) {
        return false;
    }
    for (z, mean) in now.iter_mut().zip(&scale.mean) {
        *z -= mean;
    }
    let views = whiten.distances(now);
    for (z, mean) in now.iter_mut().zip(&scale.mean) {
        *z += mean;
    }
    let odd = sample.iter().zip(views).any(|(norm, x)| norm.score_at(spec, 0.0, x, RARE) > 1.0);
    if odd {
        scale.mean.fill(0.0);
    }
    odd
}

impl Watch for Joint {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let lost = self.take(look);
        let missing = lost.count_ones() as usize;
        let inputs = self.now.len();
        let degraded = (missing > 0).then_some("a signal is missing");
        let share = (inputs - missing) as f64 / inputs as f64;
        let whole = Learning { confidence: learning.confidence * share, ..*learning };
        if !self.whiten.is_fitted() {
            if learning.on && missing == 0 {
                let wanted = FIRST * spec.warm_up.0 as f64;
                self.span += learning.dt;
                let enough = self.span >= wanted;
                self.whiten.learn(&self.now, (self.span / wanted.max(1.0)).min(0.999));
                if enough && self.whiten.samples() > 3.0 * inputs as f64 {
                    self.whiten.fit();
                }
            }
            return Finding { warm: false, degraded, ..whole.finding() };
        }
        self.whiten.standard(&mut self.now);
        if missing > 0 {
            self.whiten.fill(&mut self.now, lost);
        }
        let (mut score, mut which) = (0.0, 0);
        let mut known = learning.warm;
        let mut found = [None; SPANS.len()];
        let mut sample = [Norm::default(); 3];
        for (place, span) in SPANS.into_iter().enumerate() {
            let used = self.is_used(span, spec);
            let Some(scale) = self.scales.get_mut(place) else { continue };
            let weight = if span > 0.0 { 1.0 - libm::exp(-learning.dt / span) } else { 1.0 };
            for (mean, z) in scale.mean.iter_mut().zip(&self.now) {
                *mean += weight * (z - *mean);
            }
            if !used {
                continue;
            }
            let mut views = self.whiten.distances(&scale.mean);
            if place > 0 && scale.is_odd(spec, views) && come_back(&self.whiten, spec, &mut self.now, scale, &sample) {
                views = self.whiten.distances(&scale.mean);
            }
            if place == 0 {
                sample = scale.norms;
            }
            if let Some(found) = found.get_mut(place) {
                *found = Some(views);
            }
            known &= scale.norms.iter().all(Norm::is_known);
            for (view, (norm, x)) in scale.norms.iter().zip(views).enumerate() {
                let one = norm.score_at(spec, 0.0, x, RARE);
                if one > score {
                    (score, which) = (one, view);
                }
            }
        }
        if learning.on && missing == 0 && (!known || score <= 1.0) {
            for (scale, views) in self.scales.iter_mut().zip(found) {
                for (norm, x) in scale.norms.iter_mut().zip(views.into_iter().flatten()) {
                    norm.learn(spec, 0.0, x, learning.dt);
                }
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
        for (place, scale) in self.scales.iter().enumerate() {
            for (norm, name) in scale.norms.iter().zip(VIEWS) {
                norm.save(&format!("{name}.{place}"), model);
            }
            model.profiles.insert(format!("mean.{place}"), scale.mean.clone());
        }
        model.put("span_ms", self.span);
    }

    fn load(spec: &DetectorSpec, model: &Model) -> Self {
        let inputs = usize::from(spec.inputs.clamp(1, DetectorSpec::INPUTS_MAX));
        let scale = |place: usize| Scale {
            mean: model.row(&format!("mean.{place}"), inputs).map_or_else(|| vec![0.0; inputs], <[f64]>::to_vec),
            norms: VIEWS.map(|name| Norm::load(&format!("{name}.{place}"), model)),
        };
        Self {
            whiten: Whiten::load(inputs, model),
            now: vec![0.0; inputs],
            scales: std::array::from_fn(scale),
            span: model.or("span_ms", 0.0),
        }
    }
}
