//! When to look whether a point has gone silent: buckets by due time, an entry is checked again when its bucket comes,
//! so that a sample costs no timer work.

use std::collections::BTreeMap;

/// Width of a bucket, milliseconds: silence is noticed at most this much late.
const GRAIN: i64 = 100;

/// Points by the time they could be stale, at most one entry each (the record's `TIMED` flag).
#[derive(Debug, Default)]
pub(crate) struct StaleWheel {
    buckets: BTreeMap<i64, Vec<u32>>,
}

impl StaleWheel {
    /// Asks for a look at `due`.
    pub(crate) fn insert(&mut self, point: u32, due: i64) {
        let bucket = due.saturating_add(GRAIN - 1).div_euclid(GRAIN);
        self.buckets.entry(bucket).or_default().push(point);
    }

    /// The next bucket whose time has come.
    pub(crate) fn pop(&mut self, now: i64) -> Option<Vec<u32>> {
        let first = self.buckets.first_entry()?;
        (first.key().saturating_mul(GRAIN) <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_early_and_everything_within_a_grain() {
        let mut wheel = StaleWheel::default();
        for due in [0, 1, 99, 100, 101, 5000] {
            wheel.insert(u32::try_from(due).unwrap_or(0), due);
        }
        let mut seen = vec![];
        for now in (0..6000).step_by(10) {
            while let Some(points) = wheel.pop(now) {
                for due in points.into_iter().map(i64::from) {
                    assert!(due <= now && now < due + GRAIN, "{due} came at {now}");
                    seen.push(due);
                }
            }
        }
        assert_eq!(seen, [0, 1, 99, 100, 101, 5000]);
    }
}
