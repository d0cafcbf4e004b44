//! When the next frame may go: at once while there is room, later when the sockets have had their share.

use std::time::Duration;

use tokio::time::Instant;

/// Sends a second that may go "at once", over all sockets: a send costs about 6 µs, so this is two thirds of a core.
const SENDS: f64 = 110_000.0;
/// Sends that may go in one burst: 10 ms worth.
const SENDS_BURST: f64 = 1_100.0;
/// Flushes a second while busy, each with what came meanwhile; a frame of many values costs little more than one of few.
const FLUSHES: f64 = 2_000.0;
/// Flushes that may go without a wait after a quiet moment.
const FLUSHES_BURST: f64 = 20.0;

/// Budgets of sends and of flushes. The first may be overdrawn by one flush, and then fills up before the next.
#[derive(Debug)]
pub(super) struct Pace {
    sends: f64,
    flushes: f64,
    at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { sends: SENDS_BURST, flushes: FLUSHES_BURST, at: now }
    }

    /// When the next flush may go: a moment past when it may go now.
    pub(super) fn ready_at(&self) -> Instant {
        let wait = |left: f64, least: f64, a_second: f64| ((least - left) / a_second).max(0.0);
        let sends = if self.sends > 0.0 { 0.0 } else { wait(self.sends, 1.0, SENDS) };
        self.at + Duration::from_secs_f64(sends.max(wait(self.flushes, 1.0, FLUSHES)))
    }

    /// Takes what a flush sent.
    pub(super) fn spend(&mut self, now: Instant, sends: usize) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.sends = (self.sends + passed * SENDS).min(SENDS_BURST) - sends as f64;
        self.flushes = (self.flushes + passed * FLUSHES).min(FLUSHES_BURST) - 1.0;
        self.at = now;
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
            pace.spend(now, 1);
        }
    }

    #[test]
    fn a_busy_screen_waits_little_and_a_thousand_share_the_budget() {
        let start = Instant::now();
        for (screens, least, most) in [(1, 1_950, 2_050), (100, 1_080, 1_140), (1_000, 105, 118)] {
            let mut pace = Pace::new(start);
            // A change each 200 µs for a second.
            let flushes = (0..5_000)
                .map(|n| start + Duration::from_micros(200) * n)
                .filter(|&now| {
                    let go = pace.ready_at() <= now;
                    if go {
                        pace.spend(now, screens);
                    }
                    go
                })
                .count();
            assert!((least..=most).contains(&flushes), "{screens} screens: {flushes}");
        }
    }
}
