//! Running totals: what flowed, from a rate or from the increments of a counter. A total never runs backwards.

use crate::registry::TotalBy;
use crate::{Quality, Reason};

/// A total as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Total {
    by: TotalBy,
    sum: f64,
    /// What the last additions were rounded by.
    carry: f64,
    /// What others see; rounding does not move it back.
    shown: f64,
    /// Source time and value of the last good sample.
    last: Option<(i64, f64)>,
    /// Why the latest interval is not sure.
    doubt: Option<Reason>,
}

impl Total {
    /// From nothing.
    pub(crate) fn new(by: TotalBy) -> Self {
        Self { by, sum: 0.0, carry: 0.0, shown: 0.0, last: None, doubt: None }
    }

    /// Goes on from a total and, where they belong together, from the sample it was last counted up to.
    pub(crate) fn resumed(by: TotalBy, sum: f64, last: Option<(i64, f64)>) -> Self {
        Self { sum, shown: sum, last, ..Self::new(by) }
    }

    /// The same state under new rules.
    pub(crate) fn with(self, by: TotalBy) -> Self {
        Self { by, ..self }
    }

    /// Starts again from a number a person gave.
    pub(crate) fn reset(&mut self, to: f64) {
        (self.sum, self.carry, self.shown, self.doubt) = (to, 0.0, to, None);
    }

    /// What it stands at.
    pub(crate) fn value(&self) -> f64 {
        self.shown
    }

    /// Good, or why the latest interval is not sure.
    pub(crate) fn quality(&self) -> Quality {
        self.doubt.map_or(Quality::Good, Quality::Uncertain)
    }

    /// Takes a sample newer than all before. True where an interval was lost: a gap in a rate, a counter that was reset.
    pub(crate) fn take(&mut self, ts: i64, value: f64, quality: Quality) -> bool {
        if !quality.is_good() || !value.is_finite() {
            self.doubt = Some(quality.reason().unwrap_or(Reason::OutOfRange));
            return false;
        }
        let before = self.last.replace((ts, value));
        let doubt = self.doubt.take();
        let Some((since, was)) = before else { return false };
        let lost = match self.by {
            TotalBy::Rate { per, max_gap } => {
                let dt = ts.saturating_sub(since);
                if dt > max_gap.0 || dt < 0 {
                    true
                } else {
                    // halves before the sum: two great rates do not become infinite
                    self.add((was / 2.0 + value / 2.0) * (dt as f64 / per.0.max(1) as f64));
                    false
                }
            }
            TotalBy::Counter { rollover } => {
                let step = value - was;
                let rolled =
                    rollover.map(|most| step + most + 1.0).filter(|r| (0.0..rollover_half(rollover)).contains(r));
                match (step >= 0.0, rolled) {
                    (true, _) => self.add(step),
                    (false, Some(rolled)) => self.add(rolled),
                    (false, None) => {}
                }
                step < 0.0 && rolled.is_none()
            }
        };
        if lost {
            self.doubt = Some(doubt.unwrap_or(Reason::LastKnown));
        }
        lost
    }

    /// Neumaier's sum: a litre is not lost in a billion. What would take something away adds nothing.
    fn add(&mut self, amount: f64) {
        if amount <= 0.0 || !amount.is_finite() {
            return;
        }
        let sum = self.sum + amount;
        let carry =
            self.carry + if self.sum.abs() >= amount { (self.sum - sum) + amount } else { (amount - sum) + self.sum };
        if (sum + carry).is_finite() {
            (self.sum, self.carry) = (sum, carry);
            self.shown = self.shown.max(sum + carry);
        }
    }
}

/// A step back by more than half of the range is a roll-over; by less, a reset.
fn rollover_half(rollover: Option<f64>) -> f64 {
    rollover.map_or(0.0, |most| most / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Millis;
    use proptest::prelude::*;

    const GOOD: Quality = Quality::Good;
    const BAD: Quality = Quality::Bad(Reason::SensorFailure);
    const HOURLY: TotalBy = TotalBy::Rate { per: Millis(3_600_000), max_gap: Millis(3_000) };
    const COUNTER: TotalBy = TotalBy::Counter { rollover: Some(65_535.0) };

    fn check(by: TotalBy, steps: &[(i64, f64, Quality, f64, &str)]) {
        let mut total = Total::new(by);
        for &(ts, value, quality, expected, state) in steps {
            let lost = total.take(ts, value, quality);
            let word = if lost { "lost" } else { total.quality().class() };
            assert!((total.value() - expected).abs() < 1e-9, "{ts}: {} not {expected}", total.value());
            assert_eq!(word, state, "{ts}");
        }
    }

    #[test]
    fn a_rate_is_summed_in_trapezoids_and_not_over_gaps() {
        check(
            HOURLY,
            &[
                (0, 3600.0, GOOD, 0.0, "good"),
                (1_000, 3600.0, GOOD, 1.0, "good"),
                (2_000, 7200.0, GOOD, 2.5, "good"),
                // a bad value between two good ones that are near enough
                (3_000, f64::NAN, BAD, 2.5, "uncertain"),
                (4_000, 7200.0, GOOD, 6.5, "good"),
                (7_000, 0.0, GOOD, 9.5, "good"),
                (10_001, 7200.0, GOOD, 9.5, "lost"),
                (11_001, 7200.0, GOOD, 11.5, "good"),
                // a flow backwards takes nothing away
                (12_001, -7200.0, GOOD, 11.5, "good"),
                (13_001, -7200.0, GOOD, 11.5, "good"),
                (14_001, f64::INFINITY, GOOD, 11.5, "uncertain"),
            ],
        );
    }

    #[test]
    fn a_counter_rolls_over_and_is_reset() {
        check(
            COUNTER,
            &[
                (0, 65_000.0, GOOD, 0.0, "good"),
                (1, 65_500.0, GOOD, 500.0, "good"),
                (2, 100.0, GOOD, 636.0, "good"),
                (3, f64::NAN, BAD, 636.0, "uncertain"),
                (900_000, 1_100.0, GOOD, 1_636.0, "good"),
                (900_001, 40.0, GOOD, 1_636.0, "lost"),
                (900_002, 50.0, GOOD, 1_646.0, "good"),
            ],
        );
        let mut endless = Total::new(TotalBy::Counter { rollover: None });
        assert!(!endless.take(0, 9e9, GOOD));
        assert!(endless.take(1, 0.0, GOOD) && endless.value() == 0.0);
    }

    #[test]
    fn small_amounts_are_not_lost_in_large_totals() {
        let mut total = Total::resumed(HOURLY, 1e12, Some((0, 0.36)));
        for second in 1..=100_000 {
            total.take(second * 1000, 0.36, GOOD);
        }
        assert!((total.value() - 1e12 - 10.0).abs() < 1e-3, "{}", total.value() - 1e12);
    }

    proptest! {
        #[test]
        fn a_total_never_runs_backwards(
            by in prop::sample::select(vec![HOURLY, COUNTER]),
            steps in prop::collection::vec((0..6_000i64, prop::num::f64::ANY, 0..3u8), 1..60),
        ) {
            let mut total = Total::new(by);
            let mut ts = 0;
            for (dt, value, quality) in steps {
                ts += dt;
                let before = total.value();
                total.take(ts, value, if quality == 0 { BAD } else { GOOD });
                prop_assert!(total.value() >= before, "{} after {before}", total.value());
            }
        }
    }
}
