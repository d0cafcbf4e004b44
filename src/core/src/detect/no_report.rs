//! No report: nothing comes for far longer than the learned interval. The clock finds it, not a sample.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::fade;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use crate::Millis;

/// Silence counts at this multiple of the longest usual interval.
const BEYOND: f64 = 3.0;
/// Intervals before silence means anything.
const FEW: f64 = 10.0;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NoReport {
    n: f64,
    /// Milliseconds, usual.
    interval: f64,
    /// Milliseconds; longest usual, forgotten slowly.
    longest: f64,
}

impl NoReport {
    /// Milliseconds of silence that count; None: not known yet.
    fn patience(&self, spec: &DetectorSpec) -> Option<f64> {
        if let Some(fixed) = spec.limit {
            return Some((fixed * 1000.0).max(1.0));
        }
        (self.n >= FEW).then(|| (self.longest * BEYOND).max(self.interval * BEYOND).max(spec.window.0 as f64))
    }
}

impl Watch for NoReport {
    fn observe(&mut self, spec: &DetectorSpec, _: &Look<'_>, learning: &Learning) -> Finding {
        if !learning.first && learning.on {
            let usual = match self.patience(spec) {
                Some(patience) if learning.warm => learning.dt.min(patience),
                _ => learning.dt,
            };
            let forget = 1.0 - fade(learning.dt, spec.memory.0 as f64);
            self.longest = usual.max(self.longest * forget);
            self.interval += (usual - self.interval) / (self.n + 1.0).min(200.0);
            self.n = (self.n + 1.0).min(1e9);
        }
        self.silence(spec, learning, 0.0)
    }

    fn save(&self, model: &mut Model) {
        model.put("intervals", self.n);
        model.put("interval_ms", self.interval);
        model.put("longest_ms", self.longest);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            n: model.or("intervals", 0.0),
            interval: model.or("interval_ms", 0.0),
            longest: model.or("longest_ms", 0.0),
        }
    }

    fn due(&self, spec: &DetectorSpec, warm: bool, last: i64) -> Option<i64> {
        let patience = self.patience(spec)?;
        (warm || spec.limit.is_some()).then(|| last.saturating_add(patience as i64).saturating_add(1))
    }
}

impl NoReport {
    /// After `silent` milliseconds.
    pub(super) fn silence(&self, spec: &DetectorSpec, learning: &Learning, silent: f64) -> Finding {
        let Some(patience) = self.patience(spec).filter(|_| learning.warm || spec.limit.is_some()) else {
            return learning.finding();
        };
        let met = silent > patience;
        Finding {
            met: Some(met),
            why: if met { "no report" } else { "" },
            score: silent / patience.max(1.0),
            window: Millis(patience as i64),
            ..learning.finding()
        }
    }
}
