//! Tends what has arrived, beside the writer and never before it: sorts it in and makes its aggregates.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use super::{rollup, sort_in};
use crate::clock::Clock;
use crate::store::progress::Progress;

/// How often it is done where nobody asks.
const EVERY: Duration = Duration::from_secs(10);
/// Behind by so much, ms, the database is left to the writer: a burst is taken at the speed of COPY.
const BEHIND: i64 = 5_000;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs until it is dropped.
pub(in crate::store) async fn run(pool: PgPool, progress: Arc<Progress>) {
    let mut asked = progress.watch_asked();
    let mut kept = 0;
    loop {
        let wanted = *asked.borrow_and_update();
        if wanted > kept {
            progress.caught_up(PAUSE).await;
        }
        let pause = match turn(&pool, &progress).await {
            Ok(true) => {
                kept = wanted;
                progress.kept(kept);
                EVERY
            }
            Ok(false) => PAUSE,
            Err(e) => {
                // a database that is away is told by the writer
                tracing::debug!(error = %e, "what has arrived was not sorted in");
                PAUSE
            }
        };
        // when the other end is gone, nobody asks any more
        let _ = tokio::time::timeout(pause, asked.changed()).await;
    }
}

/// Whether everything was done.
async fn turn(pool: &PgPool, progress: &Progress) -> Result<bool, sqlx::Error> {
    let (_, behind) = progress.status(Clock::System.now().ms());
    if behind > BEHIND {
        sort_in::summarise(pool).await?;
        return Ok(false);
    }
    sort_in::all(pool).await?;
    rollup::reconcile(pool, Clock::System.now().ms()).await?;
    Ok(true)
}
