//! Counter: a meter reading falls back (a reset where it falls to almost nothing), jumps by more than it ever gained, or
//! stands still far longer than it ever did. A fall or a jump is met for that one sample.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::fade;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};

/// A standstill counts at this multiple of the longest usual one.
const BEYOND: f64 = 3.0;
/// A gain counts at this multiple of the greatest usual rate.
const JUMP: f64 = 20.0;
const MOVES: f64 = 20.0;
/// A reading below this share of the one before begins anew.
const ANEW: f64 = 0.1;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counter {
    reading: f64,
    /// Milliseconds: the last gain.
    moved: i64,
    longest: f64,
    /// Unit per millisecond.
    fastest: f64,
    moves: f64,
    resets: f64,
}

impl Watch for Counter {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let ts = look.ts.0;
        if learning.first {
            (self.reading, self.moved) = (look.value, ts);
            return learning.finding();
        }
        let gained = look.value - self.reading;
        let rest = ts.saturating_sub(self.moved) as f64;
        let rate = gained / rest.max(1.0);
        let known = learning.warm && self.moves >= MOVES;
        let patience = (self.longest * BEYOND).max(spec.window.0 as f64);
        let back = gained < -spec.least;
        let jump = known && gained > spec.least && rate > JUMP * self.fastest;
        let why = match () {
            () if back && look.value.abs() <= ANEW * self.reading.abs() => "reset",
            () if back => "runs backwards",
            () if jump => "jumped",
            () if known && gained <= 0.0 && rest > patience => "stands still",
            () => "",
        };
        if back {
            self.resets = (self.resets + 1.0).min(1e15);
        }
        if gained > 0.0 && learning.on && !jump {
            let forget = 1.0 - fade(rest, spec.memory.0 as f64);
            let usual = if known { rest.min(patience) } else { rest };
            self.longest = usual.max(self.longest * forget);
            self.fastest = rate.max(self.fastest * forget);
            self.moves = (self.moves + 1.0).min(1e9);
        }
        if gained != 0.0 {
            (self.reading, self.moved) = (look.value, ts);
        }
        Finding {
            met: Some(!why.is_empty()),
            why,
            score: match why {
                "" | "stands still" => rest / patience.max(1.0),
                _ => 2.0,
            },
            window: crate::Millis(patience as i64),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        model.put("reading", self.reading);
        model.put("moved", self.moved as f64);
        model.put("longest_ms", self.longest);
        model.put("fastest_per_s", self.fastest * 1000.0);
        model.put("fastest", self.fastest);
        model.put("moves", self.moves);
        model.put("resets", self.resets);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            reading: model.or("reading", 0.0),
            moved: model.or("moved", 0.0) as i64,
            longest: model.or("longest_ms", 0.0),
            fastest: model.or("fastest", 0.0),
            moves: model.or("moves", 0.0),
            resets: model.or("resets", 0.0),
        }
    }
}
