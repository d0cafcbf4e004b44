//! Tends what has arrived, beside the writer and never before it: sorts it in and makes its aggregates.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sort_in::{Arrived, Way};
use super::{direct, rollup, sort_in};
use crate::clock::Clock;
use crate::store::db::Kind;
use crate::store::progress::Progress;

/// How often it is sorted in where nobody asks.
const EVERY: Duration = Duration::from_secs(2);
/// How often aggregates are made where rows are sorted in every turn.
const ROLLUP: Duration = Duration::from_secs(10);
/// Behind by so much, ms, the database is left to the writer: a burst is taken at the speed of COPY.
const BEHIND: i64 = 5_000;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Whose turn it is: the pool, how rows are sorted in once that is known, and when they were the last time.
struct Tender {
    pool: PgPool,
    kind: Kind,
    way: Option<Way>,
    sorted: Instant,
    rolled_up: Option<Instant>,
}

/// Runs until `stopping`; what is under way then ends with its transaction.
pub(in crate::store) async fn run(pool: PgPool, kind: Kind, progress: Arc<Progress>, stopping: CancellationToken) {
    let mut asked = progress.watch_asked();
    let mut kept = 0;
    let mut tender = Tender { pool, kind, way: None, sorted: Instant::now(), rolled_up: None };
    while !stopping.is_cancelled() {
        let wanted = *asked.borrow_and_update();
        if wanted > kept {
            progress.caught_up(PAUSE).await;
        }
        let pause = match tender.turn(&progress, wanted > kept, &stopping).await {
            Ok(true) => {
                if wanted > kept {
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

impl Tender {
    /// Whether everything that was to be done was; all of it where somebody asked.
    async fn turn(
        &mut self,
        progress: &Progress,
        asked: bool,
        stopping: &CancellationToken,
    ) -> Result<bool, sqlx::Error> {
        let (_, behind) = progress.status(Clock::System.now().ms());
        if behind > BEHIND {
            return Ok(false);
        }
        let way = self.way().await?;
        if !asked && !way.ripe(Arrived::look(&self.pool).await?.pages(), self.sorted.elapsed()) {
            return Ok(true);
        }
        sort_in::all(&self.pool, way, stopping).await?;
        self.sorted = Instant::now();
        // what is sorted in seldom is aggregated once, when all of it is there
        if asked || way == Way::Direct || self.rolled_up.is_none_or(|at| at.elapsed() >= ROLLUP) {
            rollup::reconcile(&self.pool, Clock::System.now().ms(), stopping).await?;
            self.rolled_up = Some(Instant::now());
        }
        Ok(!stopping.is_cancelled())
    }

    async fn way(&mut self) -> Result<Way, sqlx::Error> {
        if let Some(way) = self.way {
            return Ok(way);
        }
        let direct = self.kind == Kind::Timescale && direct::prepare(&self.pool).await?;
        let way = if direct { Way::Direct } else { Way::Keyed };
        self.way = Some(way);
        Ok(way)
    }
}
