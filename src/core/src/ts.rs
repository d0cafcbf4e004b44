//! Time as the core knows it: milliseconds since the Unix epoch, UTC. The core never reads a clock.

use std::ops::{Add, Sub};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(pub i64);

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Ts {
    /// Milliseconds since the epoch, as the wire carries it.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl Millis {
    /// A span of whole seconds.
    pub const fn secs(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// A span of whole minutes.
    pub const fn mins(m: i64) -> Self {
        Self(m.saturating_mul(60_000))
    }

    /// The span in seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Add<Millis> for Ts {
    type Output = Ts;
    fn add(self, rhs: Millis) -> Ts {
        Ts(self.0.saturating_add(rhs.0))
    }
}

impl Sub<Millis> for Ts {
    type Output = Ts;
    fn sub(self, rhs: Millis) -> Ts {
        Ts(self.0.saturating_sub(rhs.0))
    }
}

impl Sub for Ts {
    type Output = Millis;
    fn sub(self, rhs: Ts) -> Millis {
        Millis(self.0.saturating_sub(rhs.0))
    }
}
