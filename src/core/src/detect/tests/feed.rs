//! A detector fed sample by sample, as the hub does it: it learns only while nothing is found.

use super::super::*;
use super::local;
use crate::Ts;

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// A Monday, midnight.
pub(super) const START: i64 = 1_699_833_600_000;

pub(super) struct Feed {
    pub(super) detector: Detector,
    pub(super) ts: i64,
    pub(super) step: i64,
    /// The wall clock's lead, milliseconds.
    pub(super) zone: i64,
    stands: bool,
}

impl Feed {
    pub(super) fn new(kind: DetectorKind, signal: SignalKind, step: i64) -> Self {
        Self::of(DetectorSpec::of(kind, signal), step)
    }

    pub(super) fn of(spec: DetectorSpec, step: i64) -> Self {
        Self { detector: Detector::new(spec), ts: START, step, zone: 0, stands: false }
    }

    pub(super) fn one(&mut self, value: f64, beside: &[f64]) -> Finding {
        self.ts += self.step;
        let local = local(self.ts + self.zone);
        let look = Look { ts: Ts(self.ts), value, good: true, learn: !self.stands, local, beside };
        let found = self.detector.observe(&look);
        // what cannot be told leaves the alarm as it is
        self.stands = found.met.unwrap_or(self.stands);
        found
    }

    /// For a time; answers the findings that were met.
    pub(super) fn run(&mut self, time: i64, mut value: impl FnMut(i64) -> (f64, Vec<f64>)) -> Vec<(i64, Finding)> {
        let start = self.ts;
        let mut met = Vec::new();
        while self.ts < start + time {
            let (value, beside) = value(self.ts + self.step);
            let found = self.one(value, &beside);
            if found.met == Some(true) {
                met.push((self.ts - start, found));
            }
        }
        met
    }

    /// The program is stopped and started again.
    pub(super) fn restart(&mut self) {
        self.detector = Detector::restore(*self.detector.spec(), &self.detector.model());
    }
}

/// After what time it was first met, and why.
pub(super) fn first(met: &[(i64, Finding)]) -> (i64, &'static str) {
    met.first().map_or((i64::MAX, ""), |(after, found)| (*after, found.why))
}
