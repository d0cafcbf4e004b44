//! The only place that reads a clock. Everything else is handed a [`Clock`] or a [`Ts`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use linepack_core::Ts;

/// Where the hub's time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Set by a test, milliseconds since the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// Now, UTC.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(&self) -> Ts {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ts(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Fixed(ms) => Ts(ms.load(Ordering::Acquire)),
        }
    }
}
