//! When to ask for a rebirth: not too often one node, and not all at once after a restart of the hub.

use linepack_core::Ts;

/// Least time between two requests to one node, ms; it doubles with each that brings no birth.
const AGAIN: i64 = 10_000;
/// Most time between them, ms.
const AGAIN_MAX: i64 = 300_000;
/// After a connect requests are spread over this, ms.
const SPREAD: i64 = 1_000;
/// Requests a second, to all nodes together.
const RATE: i64 = 50;

/// One node's requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask {
    /// When to ask; none: nothing is missing.
    pub(super) due: Option<Ts>,
    not_before: Ts,
    tries: u32,
}

impl Ask {
    /// A birth is missing. `hash` is the node's own; `fresh`: the hub has just connected, and so it goes for all nodes.
    pub(super) fn want(&mut self, now: Ts, hash: u64, fresh: bool) {
        if self.due.is_none() {
            let spread = if fresh { ((hash >> 32) % SPREAD as u64) as i64 } else { 0 };
            self.due = Some(Ts(now.0.saturating_add(spread).max(self.not_before.0)));
        }
    }

    /// The request went out; it is repeated until a birth comes.
    pub(super) fn asked(&mut self, now: Ts, hash: u64) {
        let wait = AGAIN.saturating_mul(1 << self.tries.min(5)).min(AGAIN_MAX);
        self.tries = self.tries.saturating_add(1);
        // three quarters to five quarters of it
        let jitter = (hash.rotate_left(self.tries * 10) >> 54) as i64 * wait / 2048;
        self.not_before = Ts(now.0.saturating_add(wait * 3 / 4 + jitter));
        self.due = Some(self.not_before);
    }

    /// A birth came.
    pub(super) fn answered(&mut self) {
        self.due = None;
        self.tries = 0;
    }
}

/// The requests that all nodes share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    tokens: i64,
    since: Ts,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens: RATE, since: Ts(0) }
    }
}

impl Budget {
    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Ts) -> bool {
        // a clock that was set back does not stop it
        let past = now.0.saturating_sub(self.since.0);
        if !(0..1000).contains(&past) {
            (self.tokens, self.since) = (RATE, now);
        }
        let granted = self.tokens > 0;
        self.tokens -= i64::from(granted);
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_asked_at_once_then_ever_more_seldom() {
        let mut ask = Ask::default();
        ask.want(Ts(1000), 7, false);
        assert_eq!(ask.due, Some(Ts(1000)));
        let (mut now, mut waits) = (Ts(1000), vec![]);
        for _ in 0..8 {
            ask.asked(now, 7);
            let due = ask.due.unwrap();
            waits.push(due.0 - now.0);
            now = due;
        }
        assert!((7_500..=12_500).contains(&waits[0]), "{waits:?}");
        assert!((15_000..=25_000).contains(&waits[1]), "{waits:?}");
        assert!(waits.iter().all(|w| *w <= AGAIN_MAX * 5 / 4), "{waits:?}");
        assert!(*waits.last().unwrap() > 200_000, "{waits:?}");
    }

    #[test]
    fn a_birth_does_not_allow_the_next_request_at_once() {
        let mut ask = Ask::default();
        ask.want(Ts(0), 0, false);
        ask.asked(Ts(0), 0);
        ask.answered();
        ask.want(Ts(100), 0, false);
        assert!(ask.due.unwrap() >= Ts(7_500));
    }

    #[test]
    fn after_a_connect_requests_are_spread() {
        let mut dues: Vec<_> = (0..500u64)
            .map(|n| {
                let mut ask = Ask::default();
                ask.want(Ts(0), n.wrapping_mul(0x9e37_79b9_7f4a_7c15), true);
                ask.due.unwrap().0
            })
            .collect();
        dues.sort_unstable();
        dues.dedup();
        assert!(dues.len() > 200 && dues.last().unwrap() < &SPREAD, "{dues:?}");
    }

    #[test]
    fn all_together_get_so_many_a_second() {
        let mut budget = Budget::default();
        let mut granted = |from: i64, to: i64| (from..to).filter(|ms| budget.take(Ts(1_000_000 + ms))).count();
        assert_eq!(granted(0, 1000), 50);
        assert_eq!(granted(1000, 1500), 50);
        assert_eq!(granted(1500, 2000), 0);
        assert_eq!(granted(2000, 2010), 10);
        assert_eq!(granted(-500, -400), 50, "the clock was set back");
    }
}
