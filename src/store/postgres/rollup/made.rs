//! Which minutes a run of due ones comes to: pure.

use crate::store::block::{Bucket, HOLD, Measured, floor, hold_into};

pub(super) const MINUTE: i64 = crate::store::block::MINUTE;

/// Neighbouring minutes of a point that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) point: i32,
    /// Begin of the first, ms.
    pub(super) begin: i64,
    /// End of the last, ms.
    pub(super) end: i64,
    /// What holds at the end may have changed.
    onward: bool,
}

impl Run {
    /// Out of `point, bucket, onward`, by point and time.
    pub(super) fn of(due: &[(i32, i64, bool)]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for &(point, begin, onward) in due {
            match all.last_mut() {
                Some(run) if run.point == point && run.end == begin => {
                    run.end = begin.saturating_add(MINUTE);
                    run.onward |= onward;
                }
                _ => all.push(Self { point, begin, end: begin.saturating_add(MINUTE), onward }),
            }
        }
        all
    }
}

/// What a run comes to.
#[derive(Debug)]
pub(super) struct Made {
    /// Its minutes, and those behind it in which its last value only still held.
    pub(super) buckets: Vec<Bucket>,
    /// Up to here, exclusive, ms, nothing else is there.
    pub(super) end: i64,
    /// Another minute that has to be made: now, or as soon as it has ended.
    pub(super) also: Option<i64>,
}

/// `samples`: the one before the run, those in it, and the one behind it; none counts longer than [`HOLD`]. Nothing from
/// `settled` on is made yet.
pub(super) fn make(run: &Run, samples: &[Measured], settled: i64) -> Made {
    let first = samples.partition_point(|s| s.ts < run.begin);
    let behind = samples.partition_point(|s| s.ts < run.end);
    let next = samples.get(behind).map_or(i64::MAX, |s| s.ts);
    let before = samples[..first].last().copied();
    // a value behind the last sample's reach was not looked at, and is not to be touched
    let end = floor(next, MINUTE).min(settled).min(run.end.saturating_add(HOLD));
    let mut buckets = hold_into(0, MINUTE, before, &samples[first..behind], run.begin, next.min(settled));
    buckets.retain(|b| b.ts < end);
    let holds = samples[..behind].last().is_some_and(|s| s.usable() && s.ts.saturating_add(HOLD) > settled);
    let also = if floor(next, MINUTE) < settled {
        run.onward.then_some(floor(next, MINUTE))
    } else {
        (holds && floor(next, MINUTE) > settled).then_some(settled)
    };
    Made { buckets, end, also }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMM: u8 = 0x23;

    fn sample(ts: i64, value: f64) -> Measured {
        Measured { ts, value, quality: if value.is_nan() { COMM } else { 0 } }
    }

    fn of(all: &[Measured], run: &Run) -> Vec<Measured> {
        let before = all.iter().rfind(|s| s.ts < run.begin && s.ts >= run.begin - HOLD);
        let own = all.iter().filter(|s| s.ts >= run.begin && s.ts < run.end);
        let behind = all.iter().find(|s| s.ts >= run.end && s.ts < run.end + HOLD);
        before.into_iter().chain(own).chain(behind).copied().collect()
    }

    #[test]
    fn neighbours_are_one_run() {
        let due = [(1, 0, false), (1, 60_000, true), (1, 180_000, false), (2, 240_000, false)];
        let runs: Vec<_> = Run::of(&due).iter().map(|r| (r.point, r.begin, r.end, r.onward)).collect();
        assert_eq!(runs, [(1, 0, 120_000, true), (1, 180_000, 240_000, false), (2, 240_000, 300_000, false)]);
    }

    #[test]
    fn a_value_that_still_holds_makes_the_minutes_behind_it() {
        let run = Run { point: 1, begin: 0, end: MINUTE, onward: true };
        let made = make(&run, &[sample(30_000, 5.0)], 3 * MINUTE);
        let held: Vec<_> = made.buckets.iter().map(|b| (b.ts, b.n, b.covered, b.integral)).collect();
        assert_eq!(held, [(0, 1, 30_000, 150e3), (MINUTE, 0, 60_000, 300e3), (2 * MINUTE, 0, 60_000, 300e3)]);
        assert_eq!((made.end, made.also), (3 * MINUTE, Some(3 * MINUTE)), "and goes on when the next has ended");
        let bad = make(&run, &[sample(30_000, 5.0), sample(40_000, f64::NAN)], 3 * MINUTE);
        assert_eq!((bad.buckets.len(), bad.buckets[0].covered, bad.also), (1, 10_000, None));
    }

    #[test]
    fn a_late_sample_reaches_to_the_next_one_and_no_further() {
        let run = Run { point: 1, begin: 0, end: MINUTE, onward: true };
        let samples = [sample(30_000, 5.0), sample(150_000, 6.0)];
        let made = make(&run, &samples, 60 * MINUTE);
        assert_eq!(made.buckets.iter().map(|b| b.ts).collect::<Vec<_>>(), [0, MINUTE]);
        assert_eq!((made.end, made.also), (2 * MINUTE, Some(2 * MINUTE)));
        let again = Run { onward: false, ..run };
        assert_eq!(make(&again, &samples, 60 * MINUTE).also, None);
    }

    proptest! {
        /// Samples come in any order, a part at a time; what is made bit by bit is what is made of everything at once.
        #[test]
        fn whatever_order_samples_come_in(
            samples in prop::collection::btree_map(0i64..2_400_000, (0u8..10, 0u8..4), 1..60),
            settled in prop::collection::vec(1i64..45, 4),
        ) {
            let value = |v: u8| if v == 0 { f64::NAN } else { f64::from(v) };
            let end = 45 * MINUTE;
            let mut settled: Vec<i64> = settled.iter().map(|m| m * MINUTE).collect();
            settled.sort_unstable();
            settled[3] = end;
            let mut due: std::collections::BTreeMap<i64, bool> = Default::default();
            let mut stored: std::collections::BTreeMap<i64, Bucket> = Default::default();
            let mut known: Vec<Measured> = vec![];
            for (turn, settled) in settled.into_iter().enumerate() {
                for (&ts, &(v, when)) in &samples {
                    if usize::from(when) == turn {
                        known.push(sample(ts, value(v)));
                        due.insert(floor(ts, MINUTE), true);
                    }
                }
                known.sort_by_key(|s| s.ts);
                while let Some((&bucket, &onward)) = due.iter().next().filter(|d| *d.0 < settled) {
                    due.remove(&bucket);
                    let run = Run::of(&[(1, bucket, onward)])[0];
                    let made = make(&run, &of(&known, &run), settled);
                    stored.retain(|ts, b| !(bucket..made.end).contains(ts) || b.n > 0);
                    for b in made.buckets {
                        if stored.get(&b.ts).is_none_or(|old| b.n >= old.n) {
                            stored.insert(b.ts, b);
                        }
                    }
                    if let Some(also) = made.also {
                        due.entry(also).or_insert(false);
                    }
                }
            }
            let whole = hold_into(0, MINUTE, None, &known, i64::MIN, end);
            let told = |b: &Bucket| (b.ts, b.n, b.covered, b.integral.round() as i64, b.last.to_bits(), b.quality);
            prop_assert_eq!(stored.values().map(told).collect::<Vec<_>>(), whole.iter().map(told).collect::<Vec<_>>());
        }
    }
}
