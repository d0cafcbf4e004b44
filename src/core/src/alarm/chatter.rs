//! Chattering: an alarm that comes and goes is annunciated once and held, counting, until it has been quiet for a while;
//! when it goes on chattering afterwards, it must be quiet for twice as long. What stays in alarm is never hidden by it.

use crate::registry::{AlarmPolicy, Chatter};
use crate::{Millis, Ts};

/// A slow chatter: nearly twice as many activations in this many times the time.
const SLOW: i64 = 10;
/// The longest hold, in units of `within`.
const LONGEST: i64 = 30;
/// Annunciated anew within this many holds after one, it is held again at once, for twice as long.
const RELAPSE: i64 = 8;

/// How an alarm has come and gone lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chattering {
    /// It chatters and is held: it stands until it has been quiet for `hold`.
    pub held: bool,
    /// Activations since it was annunciated.
    pub activations: u32,
    /// The latest activations, oldest first, hub time; no more than make a slow chatter.
    pub recent: Vec<Ts>,
    /// Held only: since when the condition has been false.
    pub quiet: Option<Ts>,
    /// How long it must be quiet; of the last hold where it is not held.
    pub hold: Millis,
    /// When the last hold ended.
    pub settled: Option<Ts>,
    /// The last activation was over sooner than anybody could look.
    pub fleeting: bool,
    /// Held and acknowledged: when the next look for a re-alarm is, where it was quiet at the last one.
    pub look: Option<Ts>,
}

impl Chattering {
    /// The condition became true while it was not held: it is annunciated. True: from now on it is held.
    pub(super) fn annunciated(&mut self, now: Ts, policy: &Chatter, damped: bool) -> bool {
        (self.activations, self.fleeting, self.quiet) = (1, false, None);
        let (count, within) = (policy.count.max(2) as usize, policy.within.0);
        let slow = 2 * count - 1;
        self.recent.retain(|at| now.0.saturating_sub(at.0) < within.saturating_mul(SLOW));
        if self.recent.len() >= slow {
            self.recent.remove(0);
        }
        self.recent.push(now);
        if !damped {
            return false;
        }
        let relapse = |settled: Ts| now.0.saturating_sub(settled.0) < self.hold.0.saturating_mul(RELAPSE);
        if self.settled.is_some_and(relapse) {
            self.hold = Millis(self.hold.0.saturating_mul(2).min(within.saturating_mul(LONGEST)));
            self.held = true;
            return true;
        }
        self.settled = None;
        let fast = self.recent.iter().filter(|at| now.0.saturating_sub(at.0) < within).count() >= count;
        if fast || self.recent.len() >= slow {
            (self.held, self.hold) = (true, policy.within);
        }
        self.held
    }

    /// One more activation while it is held.
    pub(super) fn again(&mut self) {
        self.activations = self.activations.saturating_add(1);
        self.quiet = None;
    }

    /// The condition ended; it had been true since `raised`.
    pub(super) fn ended(&mut self, raised: Option<Ts>, now: Ts, policy: &AlarmPolicy) {
        self.quiet = self.held.then_some(now);
        self.fleeting = raised.is_some_and(|at| now.0.saturating_sub(at.0) < policy.fleeting.0);
    }

    /// When a held alarm may be let go; none while its condition is true.
    pub(super) fn settles(&self) -> Option<Ts> {
        self.quiet.filter(|_| self.held).map(|since| since + self.hold)
    }

    /// No longer held, quiet long enough.
    pub(super) fn settle(&mut self, now: Ts) {
        self.release();
        self.settled = Some(now);
    }

    /// No longer held because something else hides it: what comes afterwards is counted from the beginning.
    pub(super) fn release(&mut self) {
        (self.held, self.quiet, self.settled, self.look) = (false, None, None, None);
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Chatter = Chatter { count: 3, within: Millis::secs(60) };

    /// Seconds of activations; each is over a second later. True where it was held by then.
    fn held(at: &[i64]) -> Vec<bool> {
        let mut c = Chattering::default();
        at.iter()
            .map(|s| {
                let now = Ts(s * 1000);
                if c.settles().is_some_and(|over| over <= now) {
                    c.settle(now);
                }
                if c.held {
                    c.again()
                } else {
                    c.annunciated(now, &POLICY, true);
                }
                c.ended(Some(now), now + Millis::secs(1), &AlarmPolicy::default());
                c.held
            })
            .collect()
    }

    #[test]
    fn three_in_a_minute_are_held_two_are_not() {
        assert_eq!(held(&[0, 30, 59]), [false, false, true]);
        assert_eq!(held(&[0, 30, 60]), [false, false, false]);
    }

    #[test]
    fn a_slow_chatter_is_one_too() {
        assert_eq!(held(&[0, 120, 240, 360, 480]), [false, false, false, false, true]);
        assert_eq!(held(&[0, 200, 400, 600, 800]), [false; 5]);
    }

    #[test]
    fn a_relapse_is_held_at_once_and_for_longer() {
        // held at 20, quiet from 21, let go after 60 s; comes back at 100 and must then be quiet for 120 s
        assert_eq!(held(&[0, 10, 20, 100]), [false, false, true, true]);
        let mut c = Chattering::default();
        for s in [0, 10, 20] {
            c.annunciated(Ts(s * 1000), &POLICY, true);
        }
        c.ended(Some(Ts(20_000)), Ts(21_000), &AlarmPolicy::default());
        assert_eq!(c.settles(), Some(Ts(81_000)));
        c.settle(Ts(81_000));
        assert!(c.annunciated(Ts(100_000), &POLICY, true));
        assert_eq!(c.hold, Millis::secs(120));
        // long after, it is an alarm like any other
        c.settle(Ts(300_000));
        assert!(!c.annunciated(Ts(300_000 + 120_000 * RELAPSE), &POLICY, true));
    }

    #[test]
    fn what_is_not_damped_is_never_held() {
        let mut c = Chattering::default();
        for s in 0..100 {
            assert!(!c.annunciated(Ts(s * 1000), &POLICY, false));
        }
        assert!(c.recent.len() <= 5);
    }

    #[test]
    fn what_is_over_at_once_is_fleeting() {
        for (lasted, fleeting) in [(9_999, true), (10_000, false)] {
            let mut c = Chattering::default();
            c.annunciated(Ts(0), &POLICY, true);
            c.ended(Some(Ts(0)), Ts(lasted), &AlarmPolicy::default());
            assert_eq!(c.fleeting, fleeting);
        }
    }
}
