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

/// Samples further apart than this share of a standstill that counts leave a gap.
const GAP: f64 = 0.5;
/// Samples nearer than this say nothing of a rate, milliseconds.
const MOMENT: f64 = 60_000.0;

/// What was gained if the counter began anew at its end: after 16 or 32 bits, or nines only.
fn rolled_over(before: f64, after: f64) -> Option<f64> {
    let decimal = std::iter::successors(Some(1e3), |end| Some(end * 10.0)).take(10);
    let ends = [65_536.0, 4_294_967_296.0].into_iter().chain(decimal).filter(|end| before < *end && after >= 0.0);
    ends.map(|end| end - before + after).reduce(f64::min)
}

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counter {
    reading: f64,
    /// Milliseconds: the last gain.
    moved: i64,
    longest: f64,
    /// The reading that the present rate counts from, and when it was, milliseconds.
    base: f64,
    since: i64,
    /// Unit per millisecond, over a moment or more.
    fastest: f64,
    moves: f64,
    resets: f64,
}

impl Watch for Counter {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let ts = look.ts.0;
        if learning.first {
            (self.reading, self.moved) = (look.value, ts);
            (self.base, self.since) = (look.value, ts);
            return learning.finding();
        }
        let known = learning.warm && self.moves >= MOVES;
        let patience = (self.longest * BEYOND).max(spec.window.0 as f64);
        let mut gained = look.value - self.reading;
        if gained == 0.0 && learning.dt > GAP * patience {
            // nobody saw it stand in a gap
            self.moved = self.moved.saturating_add(learning.dt as i64);
        }
        // a clock may have been set back
        (self.moved, self.since) = (self.moved.min(ts), self.since.min(ts));
        let rest = ts.saturating_sub(self.moved) as f64;
        let span = ts.saturating_sub(self.since) as f64;
        let most = JUMP * self.fastest * span.max(MOMENT);
        if let (true, Some(over)) = (known && gained < 0.0, rolled_over(self.reading, look.value))
            && over <= most
        {
            self.base -= self.reading - look.value + over;
            gained = over;
        }
        let back = gained < -spec.least;
        let jump = known && gained > spec.least && look.value - self.base > most;
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
            if span >= MOMENT {
                self.fastest = ((look.value - self.base) / span).max(self.fastest * forget);
            }
            self.moves = (self.moves + 1.0).min(1e9);
        }
        if gained != 0.0 {
            (self.reading, self.moved) = (look.value, ts);
        }
        if back || jump || (gained > 0.0 && span >= MOMENT) {
            (self.base, self.since) = (look.value, ts);
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
        model.put("base", self.base);
        model.put("since", self.since as f64);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        let (reading, moved) = (model.or("reading", 0.0), model.or("moved", 0.0));
        Self {
            reading,
            moved: moved as i64,
            base: model.or("base", reading),
            since: model.or("since", moved) as i64,
            longest: model.or("longest_ms", 0.0),
            fastest: model.or("fastest", 0.0),
            moves: model.or("moves", 0.0),
            resets: model.or("resets", 0.0),
        }
    }
}
