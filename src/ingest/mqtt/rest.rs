//! Rests between two looks at a connection that brings a great deal.
//!
//! A broker writes each message by itself, and each wakes whoever waits for the socket: more work than reading it, for the
//! broker too. Beyond some rate the link's thread sleeps instead, and waits for nothing meanwhile.

use std::time::Duration;

use tokio::time::Instant;

/// Messages a second from which on it rests.
const DENSE: f64 = 10_000.0;
/// How long messages are counted.
const WINDOW: Duration = Duration::from_millis(5);
/// How old a message may become meanwhile.
const REST: Duration = Duration::from_micros(500);

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

    /// So many messages were taken together. Whether it may rest before it looks again.
    pub(super) fn after(&mut self, now: Instant, messages: usize) -> bool {
        self.messages += messages;
        let passed = now.saturating_duration_since(self.since);
        if passed >= WINDOW {
            self.dense = self.messages as f64 / passed.as_secs_f64() >= DENSE;
            (self.since, self.messages) = (now, 0);
        }
        self.dense
    }
}

/// Rests. Of the thread nothing else is wanted.
#[expect(clippy::disallowed_methods, reason = "a thread of the link's own")]
pub(super) fn sleep() {
    std::thread::sleep(REST);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the looks of a second, each of which finds so many messages, are followed by a rest.
    fn rests(looks: u64, messages: usize) -> usize {
        let start = Instant::now();
        let mut rest = Rest::new(start);
        let at = |i| start + Duration::from_secs(i) / u32::try_from(looks).expect("few");
        (1..=looks).filter(|i| rest.after(at(*i), messages)).count()
    }

    #[test]
    fn it_rests_where_much_comes() {
        assert_eq!(rests(1, 9_000), 0, "a burst");
        assert_eq!(rests(5_000, 1), 0);
        assert!(rests(50_000, 1) > 49_000);
        assert!(rests(2_000, 25) > 1_980);
        assert!(rests(2_000, 250) > 1_980);
    }

    #[test]
    fn a_quiet_moment_ends_it() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut rest = Rest::new(start);
        assert!(rest.after(ms(5), 200));
        assert!(rest.after(ms(6), 50));
        assert!(!rest.after(ms(50), 1));
    }
}
