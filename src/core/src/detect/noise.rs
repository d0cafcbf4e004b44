//! What all detectors learn with: level, spread and tail of a signal, each in a few numbers and robust against outliers.

use super::model::Model;

/// A gap tells nothing of what was in it: no more than this share of a memory is forgotten over one.
const GAP: f64 = 0.125;

/// What is forgotten of the past in a time, of a time constant: `1 - exp(-dt / memory)`.
pub(super) fn fade(dt: f64, memory: f64) -> f64 {
    let share = (dt / memory.max(1.0)).min(GAP);
    // a sample is short against a memory: its exponential is a straight line to seven digits
    if share < 1e-3 { share - 0.5 * share * share } else { 1.0 - libm::exp(-share) }
}

/// Share a new value has: `1/n` at first, then that of a time constant.
pub(super) fn gain(n: f64, dt: f64, memory: f64) -> f64 {
    fade(dt, memory).max(1.0 / (n + 1.0)).min(1.0)
}

/// Mean and standard deviation with forgetting; values are pulled in to [`PULL`] standard deviations before they count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Level {
    pub(super) n: f64,
    pub(super) mean: f64,
    pub(super) var: f64,
}

/// Where a value counts as an outlier while learning.
const PULL: f64 = 4.0;
/// Values before outliers can be told.
const FEW: f64 = 16.0;

impl Level {
    pub(super) fn learn(&mut self, x: f64, dt: f64, memory: f64) {
        let g = gain(self.n, dt, memory);
        let mut off = x - self.mean;
        if self.n >= FEW {
            let reach = PULL * self.sigma().max(f64::MIN_POSITIVE);
            if self.var > 0.0 {
                off = off.clamp(-reach, reach);
            }
        }
        self.mean += g * off;
        self.var = (1.0 - g) * (self.var + g * off * off);
        self.n = (self.n + 1.0).min(1e9);
    }

    pub(super) fn sigma(&self) -> f64 {
        self.var.max(0.0).sqrt()
    }

    pub(super) fn save(&self, name: &str, model: &mut Model) {
        model.put(&format!("{name}.n"), self.n);
        model.put(&format!("{name}.mean"), self.mean);
        model.put(&format!("{name}.variance"), self.var);
    }

    pub(super) fn load(name: &str, model: &Model) -> Self {
        let of = |part: &str| model.or(&format!("{name}.{part}"), 0.0);
        Self { n: of("n").max(0.0), mean: of("mean"), var: of("variance").max(0.0) }
    }
}

/// The far end of what a score in standard deviations does when all is well: the level that [`TAIL`] of the scores pass,
/// and by how much they do on average. Beyond it an exponential tail is assumed (peaks over threshold), which is exact
/// for Laplace noise and careful for Gaussian noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tail {
    pub(super) n: f64,
    pub(super) level: f64,
    pub(super) excess: f64,
}

/// Share of scores above the tail's level.
const TAIL: f64 = 0.02;

/// An exceedance counts as this many usual ones at most, and with this weight.
const FURTHEST: f64 = 5.0;
const FOLLOW: f64 = 0.05;

impl Default for Tail {
    fn default() -> Self {
        // Gaussian to begin with
        Self { n: 0.0, level: 2.33, excess: 0.34 }
    }
}

impl Tail {
    pub(super) fn learn(&mut self, score: f64) {
        let score = score.abs().min(1e3);
        self.n = (self.n + 1.0).min(1e9);
        // steps shrink, but never to nothing: the tail follows the years
        let step = (10.0 / self.n).clamp(0.05, 1.0) * 0.5 * self.level.max(0.5);
        if score > self.level {
            // one event is not the tail
            let over = (score - self.level).min(FURTHEST * self.excess);
            self.excess += FOLLOW * (over - self.excess);
            self.level += step * (1.0 - TAIL);
        } else {
            self.level = (self.level - step * TAIL).max(0.1);
        }
    }

    /// The score that is passed `e^depth` times more rarely than the tail's level.
    pub(super) fn at(&self, depth: f64) -> f64 {
        self.level + self.excess * depth
    }

    pub(super) fn save(&self, name: &str, model: &mut Model) {
        model.put(&format!("{name}.tail.n"), self.n);
        model.put(&format!("{name}.tail.level"), self.level);
        model.put(&format!("{name}.tail.excess"), self.excess);
    }

    pub(super) fn load(name: &str, model: &Model) -> Self {
        let fresh = Self::default();
        let of = |part: &str, otherwise| model.or(&format!("{name}.tail.{part}"), otherwise);
        Self { n: of("n", 0.0), level: of("level", fresh.level), excess: of("excess", fresh.excess) }
    }
}

/// The step a quantised signal moves by: the smallest change seen, forgotten slowly upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Quantum(pub(super) f64);

impl Quantum {
    pub(super) fn learn(&mut self, change: f64) {
        let change = change.abs();
        if change > 0.0 && change.is_finite() && (self.0 == 0.0 || change < self.0) {
            self.0 = change;
        }
    }

    /// The least standard deviation a signal of this step can be said to have.
    pub(super) fn floor(&self) -> f64 {
        0.5 * self.0
    }
}

/// Means over stretches of the window: the slow work is done once a stretch, not once a sample. A sample stands for the
/// time since the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bucket {
    /// The last sample of the stretch before, milliseconds; 0: there is none.
    start: i64,
    n: f64,
    sum: f64,
}

impl Bucket {
    /// Adds a sample; when it completes the stretch, answers its mean and length in milliseconds.
    pub(super) fn add(&mut self, ts: i64, value: f64, length: i64) -> Option<(f64, i64)> {
        // a clock that was set back begins anew
        if self.is_new() || ts < self.start {
            *self = Self { start: ts, n: 1.0, sum: value };
            return None;
        }
        self.n += 1.0;
        self.sum += value;
        let age = ts.saturating_sub(self.start);
        if age < length {
            return None;
        }
        let done = (self.sum / self.n, age);
        *self = Self { start: ts, n: 0.0, sum: 0.0 };
        Some(done)
    }

    /// Adds samples that do not complete the stretch.
    pub(super) fn pass(&mut self, samples: &[(i64, f64)]) {
        self.n += samples.len() as f64;
        for &(_, value) in samples {
            self.sum += value;
        }
    }

    /// No sample before this time completes the stretch; `last` is that of the last sample.
    pub(super) fn end(&self, last: i64, length: i64) -> i64 {
        if self.is_new() { last } else { self.start.saturating_add(length) }
    }

    /// Nothing was added since it was cleared.
    pub(super) fn is_new(&self) -> bool {
        self.n == 0.0 && self.start == 0
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn save(&self, name: &str, model: &mut Model) {
        if !self.is_new() {
            model.put(&format!("{name}.start"), self.start as f64);
            model.put(&format!("{name}.n"), self.n);
            model.put(&format!("{name}.sum"), self.sum);
        }
    }

    pub(super) fn load(name: &str, model: &Model) -> Self {
        let of = |part: &str| model.or(&format!("{name}.{part}"), 0.0);
        Self { start: of("start") as i64, n: of("n").max(0.0), sum: of("sum") }
    }
}
