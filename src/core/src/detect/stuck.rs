//! Stuck: the value stands still for far longer than it ever does.
//!
//! Runs without movement are timed; the longest usual one is learned. A signal that rests by habit (a valve, a flow at
//! night) has long usual runs, one that never moves has none, and neither is ever stuck.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::fade;
use super::spec::DetectorSpec;
use super::state::{Learning, Passing, Watch};
use crate::Millis;

/// A run counts as stuck at this multiple of the longest usual one.
const BEYOND: f64 = 3.0;
/// Samples further apart than this share of what counts leave a gap.
const GAP: f64 = 0.5;
/// Movements seen before a rest means anything.
const MOVES: f64 = 20.0;
/// Below this share of the usual step a change is no movement: what a frozen converter still dithers by.
const DITHER: f64 = 0.02;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stuck {
    anchor: f64,
    since: i64,
    /// Milliseconds; the longest usual run, forgotten slowly.
    longest: f64,
    /// Usual size of a movement.
    step: f64,
    moves: f64,
}

impl Stuck {
    fn limit(&self, spec: &DetectorSpec) -> f64 {
        (self.longest * BEYOND).max(spec.window.0 as f64)
    }
}

impl Watch for Stuck {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        if learning.first {
            (self.anchor, self.since) = (look.value, look.ts.0);
            return Finding::UNKNOWN;
        }
        let run = self.take(spec, look.ts.0, look.value, learning);
        self.finding(spec, learning, run)
    }

    fn pass(&mut self, spec: &DetectorSpec, Passing { samples, mut last, learn }: Passing<'_>) {
        for &(ts, value) in samples {
            let dt = ts.saturating_sub(last) as f64;
            self.take(spec, ts, value, &Learning { on: learn, first: false, dt, warm: true, confidence: 0.0 });
            last = ts;
        }
    }

    fn calm(&self, spec: &DetectorSpec, last: i64) -> i64 {
        // a movement begins a run that is odd after the window at the earliest
        let still = self.since.saturating_add(self.limit(spec) as i64);
        still.min(last.saturating_add(spec.window.0))
    }

    fn save(&self, model: &mut Model) {
        model.put("anchor", self.anchor);
        model.put("since", self.since as f64);
        model.put("longest_ms", self.longest);
        model.put("step", self.step);
        model.put("moves", self.moves);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            anchor: model.or("anchor", 0.0),
            since: model.or("since", 0.0) as i64,
            longest: model.or("longest_ms", 0.0),
            step: model.or("step", 0.0),
            moves: model.or("moves", 0.0),
        }
    }
}

impl Stuck {
    /// How long it has stood still, milliseconds.
    fn take(&mut self, spec: &DetectorSpec, ts: i64, value: f64, learning: &Learning) -> f64 {
        let change = (value - self.anchor).abs();
        // nobody saw it stand in a gap, nor before the clock was set back
        if learning.dt > GAP * self.limit(spec) {
            self.since = self.since.saturating_add(learning.dt as i64);
        }
        self.since = self.since.min(ts);
        let run = ts.saturating_sub(self.since) as f64;
        if change <= spec.least.max(DITHER * self.step) {
            return run;
        }
        if learning.on {
            let forget = 1.0 - fade(run, spec.memory.0 as f64);
            let usual = if learning.warm { run.min(self.limit(spec)) } else { run };
            self.longest = usual.max(self.longest * forget);
            self.step += (change - self.step) / (self.moves + 1.0).min(100.0);
            self.moves = (self.moves + 1.0).min(1e9);
        }
        (self.anchor, self.since) = (value, ts);
        0.0
    }

    fn finding(&self, spec: &DetectorSpec, learning: &Learning, run: f64) -> Finding {
        let limit = self.limit(spec);
        let can = learning.warm && self.moves >= MOVES;
        Finding {
            met: can.then_some(run > limit),
            why: if run > limit { "stands still" } else { "" },
            score: run / limit.max(1.0),
            window: Millis(limit as i64),
            ..learning.finding()
        }
    }
}
