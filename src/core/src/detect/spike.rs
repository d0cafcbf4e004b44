//! Spike: one sample far from both its neighbours, which agree. It is known when the next sample comes; it is counted and
//! shown, never annunciated, so `met` is never true. A value that is all at once exactly what instruments show when they
//! measure nothing is a dropout for as long as it stays so: it says so with that sample, for the quality.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Level, Quantum};
use super::spec::{DetectorSpec, SignalKind};
use super::state::{Learning, Watch};
use crate::Millis;

/// Changes before a spike can be told.
const FEW: f64 = 30.0;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spike {
    /// The two samples before.
    before: [f64; 2],
    seen: f64,
    /// Of the usual change from sample to sample.
    change: Level,
    quantum: Quantum,
    /// Spikes and dropouts found.
    spikes: f64,
    dropouts: f64,
}

/// What a finding says of a sample that is no measurement.
const DROPOUT: &str = "dropout";
/// What transmitters, converters and gateways show when they measure nothing: marks of nines, ends of 16 bits at the usual
/// scales.
const CODES: [f64; 18] = [
    -9999.0,
    -999.0,
    -999.9,
    -99.9,
    999.0,
    999.9,
    9999.0,
    99_999.0,
    32_767.0,
    -32_768.0,
    3276.7,
    -3276.8,
    327.67,
    -327.68,
    65_535.0,
    6553.5,
    655.35,
    2_147_483_647.0,
];
/// Of temperatures besides: no value, the lower end of transmitters, a digital sensor without answer, °C.
const COLD_CODES: [f64; 4] = [0.0, -39.9, -40.0, -127.0];
/// A code that is further away than a good value ever was from the last, in usual changes.
const FAR: f64 = 20.0;
/// Water nearer to 0 °C than this may get there, and by this many usual changes.
const COLD: f64 = 3.0;
const CHANGES: f64 = 2.0;

impl Spike {
    fn is_dropout(&self, spec: &DetectorSpec, value: f64) -> bool {
        let [_, last] = self.before;
        if self.seen == 0.0 {
            return false;
        }
        let off = (value - last).abs();
        let cold = spec.signal == SignalKind::Temperature && COLD_CODES.contains(&value);
        (cold && off > (CHANGES * self.change.sigma()).max(COLD))
            || (CODES.contains(&value) && self.change.n >= FEW && off > FAR * self.change.sigma())
    }
}

impl Watch for Spike {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let [left, middle] = self.before;
        if self.is_dropout(spec, look.value) {
            self.dropouts = (self.dropouts + 1.0).min(1e15);
            return Finding {
                met: learning.warm.then_some(false),
                why: DROPOUT,
                expected: Some(middle),
                score: 2.0,
                ..learning.finding()
            };
        }
        self.before = [middle, look.value];
        self.seen = (self.seen + 1.0).min(3.0);
        if self.seen < 3.0 {
            return learning.finding();
        }
        let (out, back, across) = (middle - left, look.value - middle, (look.value - left).abs());
        let reach = (spec.sigmas * self.change.var.sqrt().max(self.quantum.floor())).max(spec.least);
        let far = out.abs().min(back.abs());
        let can = learning.warm && self.change.n >= FEW;
        let is_spike = can && out * back < 0.0 && far > reach && across < 0.5 * far && reach > 0.0;
        if is_spike {
            self.spikes = (self.spikes + 1.0).min(1e15);
        }
        if learning.on && !is_spike {
            self.quantum.learn(back);
            self.change.learn(back, learning.dt, spec.memory.0 as f64);
        }
        let expected = 0.5 * (left + look.value);
        Finding {
            met: can.then_some(false),
            why: if is_spike { "spike" } else { "" },
            expected: Some(expected),
            low: Some(expected - reach),
            high: Some(expected + reach),
            score: if reach > 0.0 { far / reach } else { 0.0 },
            window: Millis((2.0 * learning.dt) as i64),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        let [left, right] = self.before;
        model.put("before.0", left);
        model.put("before.1", right);
        model.put("seen", self.seen);
        self.change.save("change", model);
        model.put("quantum", self.quantum.0);
        model.put("spikes", self.spikes);
        model.put("dropouts", self.dropouts);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            before: [model.or("before.0", 0.0), model.or("before.1", 0.0)],
            seen: model.or("seen", 0.0),
            change: Level::load("change", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            spikes: model.or("spikes", 0.0),
            dropouts: model.or("dropouts", 0.0),
        }
    }
}
