//! Tells the core whether history reaches the database: a hub that loses samples, or has been without its database for long,
//! is an alarm like any other.

use std::time::Duration;

use linepack_core::Input;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::engine::EngineHandle;
use crate::store::{Store, StoreStatus};
use crate::view::View;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A database that has been away for longer is an alarm, ms.
const AWAY: i64 = 5 * 60_000;
/// After the last lost sample the alarm stands for so long, so that one full queue is one alarm.
const QUIET: Duration = Duration::from_secs(60);

/// Looks at the store.
#[derive(Debug)]
pub(super) struct StoreAlarm {
    store: Store,
    engine: EngineHandle,
    view: View,
    judge: Judge,
}

impl StoreAlarm {
    pub(super) fn new(store: Store, engine: EngineHandle, view: View) -> Self {
        Self { store, engine, view, judge: Judge::default() }
    }

    /// Until the hub stops.
    pub(super) async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // said with every look: a reload may have lost it, and to say it twice changes nothing
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let up = self.judge.is_well(&self.store.status(), Instant::now());
            let generation = self.view.load().registry.generation;
            match stop.run_until_cancelled(self.engine.feed(generation, Input::Store { up })).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => break,
            }
        }
        Ok(())
    }
}

/// What counts as well.
#[derive(Debug, Default)]
struct Judge {
    lost: u64,
    last_loss: Option<Instant>,
}

impl Judge {
    fn is_well(&mut self, status: &StoreStatus, now: Instant) -> bool {
        if status.lost_samples > self.lost {
            self.lost = status.lost_samples;
            self.last_loss = Some(now);
        }
        let losing = self.last_loss.is_some_and(|at| now < at + QUIET);
        !losing && (status.up || status.behind_ms <= AWAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(up: bool, behind_ms: i64, lost_samples: u64) -> StoreStatus {
        StoreStatus { up, behind_ms, lost_samples, ..StoreStatus::default() }
    }

    #[test]
    fn lost_samples_and_a_long_absence_are_not_well() {
        let mut judge = Judge::default();
        let start = Instant::now();
        assert!(judge.is_well(&status(true, 0, 0), start));
        assert!(judge.is_well(&status(false, AWAY, 0), start));
        assert!(!judge.is_well(&status(false, AWAY + 1, 0), start));
        assert!(judge.is_well(&status(true, AWAY + 1, 0), start), "it catches up");
        assert!(!judge.is_well(&status(true, 0, 5), start));
        assert!(!judge.is_well(&status(true, 0, 5), start + QUIET / 2));
        assert!(!judge.is_well(&status(true, 0, 6), start + QUIET / 2), "it goes on losing");
        assert!(!judge.is_well(&status(true, 0, 6), start + QUIET));
        assert!(judge.is_well(&status(true, 0, 6), start + QUIET * 2));
    }
}
