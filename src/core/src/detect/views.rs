//! Four views of a row of stretch means: the mean, its change, and exponentially weighted means over 4 and 24 stretches.
//! Each is held against its own learned spread and tail, so that slow wandering and heavy tails are part of what is usual.

use super::model::Model;
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::Learning;

/// Stretches of a window.
pub(super) const PARTS: i64 = 4;
/// Weights of the exponentially weighted means.
const FAST: f64 = 2.0 / 5.0;
const SLOW: f64 = 2.0 / 25.0;
/// The short mean is at its level within this share of what counts.
const BACK: f64 = 0.25;
/// By name in the model.
const NAMES: [&str; 4] = ["value", "jump", "mean", "long-mean"];
/// In messages.
const WHY: [&str; 4] = ["far from its level", "jumped", "its mean has moved", "its long mean has moved"];

/// The views, and what was found at the last stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Views {
    stretches: f64,
    before: f64,
    fast: f64,
    slow: f64,
    norms: [Norm; 4],
    /// Above 1 counts.
    pub(super) score: f64,
    /// Which one has the score.
    pub(super) view: u8,
}

impl Views {
    /// Takes the mean of a stretch of `age` milliseconds. `floor`: least standard deviation of the mean.
    pub(super) fn close(&mut self, spec: &DetectorSpec, mean: f64, age: f64, floor: f64, learning: &Learning) {
        if self.stretches == 0.0 {
            (self.before, self.fast, self.slow) = (mean, mean, mean);
        }
        self.fast += FAST * (mean - self.fast);
        self.slow += SLOW * (mean - self.slow);
        self.come_back(spec, mean, floor);
        let views = [mean, mean - self.before, self.fast, self.slow];
        self.before = mean;
        self.stretches = (self.stretches + 1.0).min(1e9);
        (self.score, self.view) = (0.0, 0);
        for ((place, norm), x) in (0u8..).zip(&self.norms).zip(views) {
            let score = norm.score(spec, floor, x).abs();
            if score > self.score {
                (self.score, self.view) = (score, place);
            }
        }
        if learning.on && (!learning.warm || self.score <= 1.0) {
            for (norm, x) in self.norms.iter_mut().zip(views) {
                norm.learn(spec, floor, x, age);
            }
        }
    }

    /// A mean that had moved is forgotten when the signal has come back: seen from there the signal is odd, and its level
    /// is nearer; the long mean also when the short one is at its level.
    fn come_back(&mut self, spec: &DetectorSpec, mean: f64, floor: f64) {
        let norm = self.value();
        if !norm.is_known() {
            return;
        }
        let (level, reach) = (norm.level.mean, norm.reach(spec, floor));
        for moved in [&mut self.fast, &mut self.slow] {
            if (mean - *moved).abs() > reach && (mean - level).abs() < 0.5 * (*moved - level).abs() {
                *moved = level;
            }
        }
        let [.., fast, slow] = &self.norms;
        if slow.score(spec, floor, self.slow).abs() > 1.0 && fast.score(spec, floor, self.fast).abs() < BACK {
            self.slow = slow.level.mean;
        }
    }

    /// The norm of the plain mean.
    pub(super) fn value(&self) -> &Norm {
        let [norm, ..] = &self.norms;
        norm
    }

    pub(super) fn save(&self, model: &mut Model) {
        model.put("stretches", self.stretches);
        model.put("before", self.before);
        model.put("fast", self.fast);
        model.put("slow", self.slow);
        model.put("score", self.score);
        model.put("view", f64::from(self.view));
        for (norm, name) in self.norms.iter().zip(NAMES) {
            norm.save(name, model);
        }
    }

    pub(super) fn load(model: &Model) -> Self {
        Self {
            stretches: model.or("stretches", 0.0),
            before: model.or("before", 0.0),
            fast: model.or("fast", 0.0),
            slow: model.or("slow", 0.0),
            norms: NAMES.map(|name| Norm::load(name, model)),
            score: model.or("score", 0.0),
            view: model.or("view", 0.0) as u8,
        }
    }
}

/// What a view says, in messages.
pub(super) fn why(view: u8) -> &'static str {
    WHY.get(usize::from(view)).copied().unwrap_or("")
}
