//! CNG station: within its hours the outlet pressure holds its learned level and vehicles draw; outside them nothing does.

use super::look::{Finding, Look};
use super::model::Model;
use super::night::within;
use super::noise::{Bucket, Quantum};
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cng {
    bucket: Bucket,
    drawn: Bucket,
    quantum: Quantum,
    before: f64,
    /// Pressure within and outside the hours, flow outside them.
    open: Norm,
    closed: Norm,
    rest: Norm,
    score: f64,
    /// What it says, of [`WHY`].
    which: u8,
    /// The stretch at hand is within the hours.
    is_open: bool,
    /// When it opened or closed last, milliseconds.
    changed: i64,
}

/// Windows after opening and closing in which compressors and storage settle: nothing is learned or judged.
const SETTLES: i64 = 4;

const WHY: [&str; 5] = [
    "pressure low in its hours",
    "pressure high in its hours",
    "pressure low outside its hours",
    "pressure high outside its hours",
    "demand outside its hours",
];

impl Watch for Cng {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let open = within(spec.hours, look.local.minute);
        if learning.first || open != self.is_open {
            self.bucket.clear();
            self.drawn.clear();
            self.is_open = open;
            self.before = look.value;
            self.changed = look.ts.0;
        }
        if (0..SETTLES * spec.window.0).contains(&look.ts.0.saturating_sub(self.changed)) {
            return learning.finding();
        }
        if learning.on {
            self.quantum.learn(look.value - self.before);
        }
        self.before = look.value;
        let length = (spec.window.0 / 2).max(1);
        let flow = look.beside(0);
        let floor = self.quantum.floor();
        if let Some(flow) = flow {
            // its stretch ends with that of the pressure
            self.drawn.add(look.ts.0, flow, i64::MAX);
        }
        if let Some((mean, age)) = self.bucket.add(look.ts.0, look.value, length) {
            let drawn = self.drawn.mean();
            self.drawn.clear();
            let norm = if open { &mut self.open } else { &mut self.closed };
            let score = norm.score(spec, floor, mean);
            self.score = score.abs();
            self.which = 2 * u8::from(!open) + u8::from(score > 0.0);
            if learning.on && (!learning.warm || self.score <= 1.0) {
                norm.learn(spec, floor, mean, age as f64);
            }
            if let (false, Some(drawn)) = (open, drawn) {
                let score = self.rest.score(spec, 0.0, drawn);
                if score > self.score {
                    (self.score, self.which) = (score, 4);
                }
                if learning.on && (!learning.warm || score <= 1.0) {
                    self.rest.learn(spec, 0.0, drawn, age as f64);
                }
            }
        }
        let norm = if open { &self.open } else { &self.closed };
        let known = learning.warm && norm.is_known();
        let met = known && self.score > 1.0;
        let reach = norm.reach(spec, floor);
        Finding {
            met: known.then_some(met),
            why: if met { WHY.get(usize::from(self.which)).copied().unwrap_or("") } else { "" },
            expected: norm.is_known().then_some(norm.level.mean),
            low: norm.is_known().then_some(norm.level.mean - reach),
            high: norm.is_known().then_some(norm.level.mean + reach),
            score: self.score,
            window: spec.window,
            degraded: flow.is_none().then_some("no flow"),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        self.drawn.save("drawn", model);
        model.put("score", self.score);
        model.put("which", f64::from(self.which));
        self.open.save("open", model);
        self.closed.save("closed", model);
        self.rest.save("rest-flow", model);
        model.put("quantum", self.quantum.0);
        model.put("is_open", f64::from(u8::from(self.is_open)));
        model.put("before", self.before);
        model.put("changed", self.changed as f64);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            bucket: Bucket::load("bucket", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("before", 0.0),
            open: Norm::load("open", model),
            closed: Norm::load("closed", model),
            rest: Norm::load("rest-flow", model),
            is_open: model.or("is_open", 0.0) > 0.0,
            changed: model.or("changed", 0.0) as i64,
            drawn: Bucket::load("drawn", model),
            score: model.or("score", 0.0),
            which: model.or("which", 0.0) as u8,
        }
    }
}
