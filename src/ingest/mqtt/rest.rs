//! Rests between two looks at a connection that brings a great deal.
//!
//! A broker writes each message by itself. To wake for each costs the hub five times as much as to read it, and the broker
//! too: beyond some rate it is read once a millisecond. Where a broker has no time to spare it is read at once again: a
//! reader that waits leaves TCP's acknowledgements to the broker's thread.

use std::time::Duration;

use tokio::time::Instant;

/// Messages a second between which it is rested. Mosquitto's one thread forwards some 80,000.
const DENSE: std::ops::Range<f64> = 24_000.0..60_000.0;
/// How long messages are counted.
const WINDOW: Duration = Duration::from_millis(5);
/// The runtime's clock ticks once a millisecond: any rest lasts until the tick after.
const REST: Duration = Duration::from_micros(1);

/// Counts messages.
#[derive(Debug)]
pub(super) struct Rest {
    since: Instant,
    messages: usize,
    dense: bool,
}

impl Rest {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, messages: 0, dense: false }
    }

    /// So many messages were taken together. Until when nothing needs to be read.
    pub(super) fn after(&mut self, now: Instant, messages: usize) -> Option<Instant> {
        self.messages += messages;
        let passed = now.saturating_duration_since(self.since);
        if passed >= WINDOW {
            self.dense = DENSE.contains(&(self.messages as f64 / passed.as_secs_f64()));
            (self.since, self.messages) = (now, 0);
        }
        self.dense.then(|| now + REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the looks of a second, each of which finds so many messages, are followed by a rest.
    fn rests(looks: u64, messages: usize) -> usize {
        let start = Instant::now();
        let mut rest = Rest::new(start);
        let at = |i| start + Duration::from_secs(i) / u32::try_from(looks).expect("few");
        (1..=looks).filter(|i| rest.after(at(*i), messages).is_some()).count()
    }

    #[test]
    fn it_rests_where_much_comes_but_not_all_a_broker_can() {
        assert_eq!(rests(1, 20_000), 0, "a burst");
        assert_eq!(rests(5_000, 1), 0);
        assert_eq!(rests(20_000, 1), 0);
        assert!(rests(50_000, 1) > 49_000);
        assert!(rests(1_000, 50) > 990);
        assert_eq!(rests(1_000, 70), 0);
    }

    #[test]
    fn a_quiet_moment_ends_it() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut rest = Rest::new(start);
        assert!(rest.after(ms(5), 200).is_some());
        assert!(rest.after(ms(6), 50).is_some());
        assert_eq!(rest.after(ms(50), 1), None);
    }
}
