//! What a model expects of moments that were measured: for the shading behind a trend.

use crate::detect::{Detector, Finding, Look, Model};
use crate::{AlarmId, Registry, Ts};

use super::WallClock;

/// A measured moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Source time.
    pub ts: Ts,
    /// In the point's unit; NaN where it was not good.
    pub value: f64,
    /// What was beside it then, by the places of the rule; NaN where it was not good.
    pub beside: Vec<f64>,
}

/// Lets a copy of the detector look at moments in their order, learning nothing. Empty where the alarm has none.
pub fn bands(registry: &Registry, alarm: AlarmId, model: &Model, moments: &[Moment]) -> Vec<(Ts, Finding)> {
    let Some(rule) = &registry.rule(alarm).detector else { return vec![] };
    let mut model = model.clone();
    // it would not look at what is older than what it saw last
    model.numbers.remove("last");
    let mut detector = Detector::restore(rule.spec.clone(), &model);
    detector.freeze(true);
    let mut clock = WallClock::default();
    let look = |m: &Moment| {
        let (_, local) = clock.at(registry, m.ts);
        let good = m.value.is_finite();
        let look = Look { ts: m.ts, value: m.value, good, learn: false, local, beside: &m.beside };
        (m.ts, detector.observe(&look))
    };
    moments.iter().map(look).collect()
}
