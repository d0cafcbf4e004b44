//! When the next frame may go: at once while there is room, later when the sockets have had their share.

use std::time::Duration;

use tokio::time::Instant;

/// Sends a second that may go "at once", over all sockets: a send costs about 6 µs, so this is a quarter of a core.
const PER_SECOND: f64 = 40_000.0;
/// Sends that may go in one burst: 10 ms worth.
const BURST: f64 = 400.0;

/// A budget of sends. It may be overdrawn by one flush, and then fills up before the next.
#[derive(Debug)]
pub(super) struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, at: now }
    }

    /// When the next flush may go: a moment past when it may go now.
    pub(super) fn ready_at(&self) -> Instant {
        if self.left > 0.0 { self.at } else { self.at + Duration::from_secs_f64((1.0 - self.left) / PER_SECOND) }
    }

    /// Takes what a flush sent.
    pub(super) fn spend(&mut self, now: Instant, sends: usize) {
        let filled = self.left + now.saturating_duration_since(self.at).as_secs_f64() * PER_SECOND;
        self.left = filled.min(BURST) - sends as f64;
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_screen_never_waits_and_a_thousand_share_the_budget() {
        let start = Instant::now();
        for (screens, least, most) in [(1, 4_900, 5_000), (100, 395, 410), (1_000, 39, 42)] {
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
