//! How long to wait before the next attempt: grows, capped, with full jitter, so that a thousand links do not knock at once.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Ceiling of the first wait.
const FIRST: Duration = Duration::from_millis(200);

/// From ceiling to ceiling. The waits of an outage add up to the next ceiling on average: who is back is found after half the
/// time it was away, about that time at most; with 2 it would be twice as long.
const GROWTH: f64 = 1.5;

/// Waits of one link; the caller resets it after a good answer, not after a mere connect.
#[derive(Debug)]
pub(crate) struct Backoff {
    max: Duration,
    failures: u32,
}

impl Backoff {
    /// With a ceiling.
    pub(crate) fn new(max: Duration) -> Self {
        Self { max, failures: 0 }
    }

    /// All is well.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = jittered(self.failures, self.max, RandomState::new().hash_one(self.failures));
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

/// A wait between nothing and `FIRST × GROWTH^failures`, at most `max`; `random` is spread over all of `u64`.
fn jittered(failures: u32, max: Duration, random: u64) -> Duration {
    let factor = GROWTH.powi(i32::try_from(failures).unwrap_or(i32::MAX));
    let ceiling = Duration::try_from_secs_f64(FIRST.as_secs_f64() * factor).unwrap_or(max).min(max);
    ceiling.mul_f64(random as f64 / u64::MAX as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_grows_up_to_the_maximum() {
        let max = Duration::from_secs(3);
        for (failures, expect) in [(0, 200), (1, 300), (3, 675), (6, 2278), (7, 3000), (40, 3000), (u32::MAX, 3000)] {
            assert_eq!(jittered(failures, max, u64::MAX).as_millis(), expect, "{failures}");
        }
        assert_eq!(jittered(5, max, 0), Duration::ZERO);
    }

    #[test]
    fn waits_differ_and_begin_anew_after_a_reset() {
        let mut b = Backoff::new(Duration::from_secs(30));
        let waits: Vec<_> = (0..8).map(|_| b.next()).collect();
        assert!(waits.windows(2).any(|w| w[0] != w[1]), "{waits:?}");
        b.reset();
        assert!(b.next() <= FIRST);
    }
}
