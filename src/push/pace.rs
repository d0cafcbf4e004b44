//! When the next frame may go "at once": immediately after a quiet moment, later when the sockets have had their share.

use std::time::Duration;

use tokio::time::Instant;

/// Flushes a second while busy, each with what came meanwhile; a frame of many values costs little more than one of few.
const FLUSHES: f64 = 2_000.0;
/// Flushes that may go without a wait after a quiet moment.
const FLUSHES_BURST: f64 = 20.0;

/// A budget of flushes, and a rest after each: sending to all who want everything at once takes eight ninths of the time at
/// most, however many they are and however fast the machine.
#[derive(Debug)]
pub(super) struct Pace {
    flushes: f64,
    at: Instant,
    rested: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { flushes: FLUSHES_BURST, at: now, rested: now }
    }

    /// When the next flush may go: a moment past when it may go now.
    pub(super) fn ready_at(&self) -> Instant {
        let wait = ((1.0 - self.flushes) / FLUSHES).max(0.0);
        self.rested.max(self.at + Duration::from_secs_f64(wait))
    }

    /// Takes a flush from the budget.
    pub(super) fn spend(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.flushes = (self.flushes + passed * FLUSHES).min(FLUSHES_BURST) - 1.0;
        self.at = now;
    }

    /// What a flush had to send has been sent, which took so long.
    pub(super) fn sent(&mut self, now: Instant, took: Duration) {
        self.rested = now + took / 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_screen_never_waits() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for n in 0..1_000 {
            let now = start + Duration::from_millis(1) * n;
            assert!(pace.ready_at() <= now);
            pace.spend(now);
            pace.sent(now, Duration::from_micros(20));
        }
    }

    #[test]
    fn a_busy_screen_waits_little_and_many_take_eight_ninths_of_the_time() {
        let start = Instant::now();
        for (sending_us, least, most) in [(0, 1_950, 2_050), (600, 1_430, 1_530), (6_000, 144, 152)] {
            let mut pace = Pace::new(start);
            let (mut now, mut flushes) = (start, 0);
            while now < start + Duration::from_secs(1) {
                now = now.max(pace.ready_at()) + Duration::from_micros(1);
                pace.spend(now);
                now += Duration::from_micros(sending_us);
                pace.sent(now, Duration::from_micros(sending_us));
                flushes += 1;
            }
            assert!((least..=most).contains(&flushes), "{sending_us} µs: {flushes}");
        }
    }
}
