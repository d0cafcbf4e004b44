//! Tends what has arrived, beside the writer and never before it: sorts it in and makes its aggregates.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{rollup, sort_in};
use crate::clock::Clock;
use crate::store::progress::Progress;

/// How often it is sorted in where nobody asks.
const EVERY: Duration = Duration::from_secs(2);
/// How often aggregates are made.
const ROLLUP: Duration = Duration::from_secs(10);
/// Behind by so much, ms, the database is left to the writer: a burst is taken at the speed of COPY.
const BEHIND: i64 = 5_000;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs until `stopping`; what is under way then ends with its transaction.
pub(in crate::store) async fn run(pool: PgPool, progress: Arc<Progress>, stopping: CancellationToken) {
    let mut asked = progress.watch_asked();
    let mut kept = 0;
    let mut next_rollup = Instant::now();
    while !stopping.is_cancelled() {
        let wanted = *asked.borrow_and_update();
        if wanted > kept {
            progress.caught_up(PAUSE).await;
        }
        let roll_up = wanted > kept || Instant::now() >= next_rollup;
        let pause = match turn(&pool, &progress, roll_up, &stopping).await {
            Ok(true) => {
                if roll_up {
                    next_rollup = Instant::now() + ROLLUP;
                    kept = wanted;
                    progress.kept(kept);
                }
                EVERY
            }
            Ok(false) => PAUSE,
            Err(e) => {
                // a database that is away is told by the writer
                tracing::debug!(error = %e, "what has arrived was not sorted in");
                PAUSE
            }
        };
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            Ok(()) = asked.changed() => {}
        }
    }
}

/// Whether everything was done.
async fn turn(
    pool: &PgPool,
    progress: &Progress,
    roll_up: bool,
    stopping: &CancellationToken,
) -> Result<bool, sqlx::Error> {
    let (_, behind) = progress.status(Clock::System.now().ms());
    if behind > BEHIND {
        sort_in::summarise(pool).await?;
        return Ok(false);
    }
    sort_in::all(pool, stopping).await?;
    if roll_up {
        rollup::reconcile(pool, Clock::System.now().ms(), stopping).await?;
    }
    Ok(!stopping.is_cancelled())
}
