//! How often somebody may try a password: a token bucket for each (user, address); only failures cost.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use linepack_core::{Millis, Ts};

/// Failures at once.
const BURST: i64 = 5;
/// Then one more after each of these.
const REFILL: Millis = Millis::secs(12);
/// Failures at once from one address over all users.
const ADDRESS_BURST: i64 = 50;
/// Then one more after each of these.
const ADDRESS_REFILL: Millis = Millis::secs(2);
/// How many buckets are kept; past it, those that have run full again go.
const KEPT: usize = 20_000;

/// The buckets.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<(Option<String>, IpAddr), Bucket>>);

/// When the bucket will be full again; everything else follows from that.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Ts,
}

impl Bucket {
    /// When a token will be there, if there is none now.
    fn wait(self, now: Ts, burst: i64, refill: Millis) -> Option<Millis> {
        let earliest = self.full_at - Millis((burst - 1) * refill.0);
        (earliest > now).then(|| earliest - now)
    }

    fn take(&mut self, now: Ts, refill: Millis) {
        self.full_at = self.full_at.max(now) + refill;
    }
}

impl Attempts {
    /// Takes a try, or says how long to wait.
    pub(crate) fn take(&self, user: &str, address: IpAddr, now: Ts) -> Result<(), Millis> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT {
            buckets.retain(|_, b| b.full_at > now);
        }
        let keys = keys(user, address);
        let wait = keys
            .iter()
            .filter_map(|(key, burst, refill)| buckets.get(key).and_then(|b| b.wait(now, *burst, *refill)))
            .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        for (key, _, refill) in keys {
            buckets.entry(key).or_insert(Bucket { full_at: now }).take(now, refill);
        }
        Ok(())
    }

    /// Gives a try back that was not a failure.
    pub(crate) fn give_back(&self, user: &str, address: IpAddr) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _, refill) in keys(user, address) {
            if let Some(bucket) = buckets.get_mut(&key) {
                bucket.full_at = bucket.full_at - refill;
            }
        }
    }
}

fn keys(user: &str, address: IpAddr) -> [((Option<String>, IpAddr), i64, Millis); 2] {
    [((Some(user.to_owned()), address), BURST, REFILL), ((None, address), ADDRESS_BURST, ADDRESS_REFILL)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn five_failures_at_once_then_one_every_twelve_seconds() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            assert_eq!(attempts.take("op", HERE, Ts(0)), Ok(()));
        }
        assert_eq!(attempts.take("op", HERE, Ts(0)), Err(Millis::secs(12)));
        assert_eq!(attempts.take("op", HERE, Ts(11_999)), Err(Millis(1)));
        assert_eq!(attempts.take("op", HERE, Ts(12_000)), Ok(()));
        assert_eq!(attempts.take("op", HERE, Ts(12_000)), Err(Millis::secs(12)));
    }

    #[test]
    fn the_right_password_costs_nothing() {
        let attempts = Attempts::default();
        for _ in 0..1000 {
            assert_eq!(attempts.take("op", HERE, Ts(0)), Ok(()));
            attempts.give_back("op", HERE);
        }
    }

    #[test]
    fn others_are_not_locked_out() {
        let attempts = Attempts::default();
        let there = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        while attempts.take("op", HERE, Ts(0)).is_ok() {}
        assert_eq!(attempts.take("op", there, Ts(0)), Ok(()));
        assert_eq!(attempts.take("other", HERE, Ts(0)), Ok(()));
    }

    #[test]
    fn one_address_cannot_try_many_names() {
        let attempts = Attempts::default();
        let tries = (0..1000).filter(|n| attempts.take(&format!("user-{n}"), HERE, Ts(0)).is_ok()).count();
        assert_eq!(tries, 50);
    }
}
