//! SQLite: what comes in is written as runs of 64 neighbouring points, a few rows a batch; when enough has gathered, runs
//! become blocks of one point, and what blocks come to goes on as runs of the next coarser level. A reader sees runs and
//! blocks as one.

mod aggregate;
mod convert;
mod expire;
mod fold;
mod late;
mod read;
mod runs;
#[cfg(test)]
mod tests;

use sqlx::{Acquire, SqlitePool};

pub(super) use aggregate::{aggregates, expired, level};
pub(super) use expire::expire;
pub(super) use fold::Force;

use convert::convert;
use fold::fold_due;
pub(super) use read::{buckets, count, first, last_values, names, page};
pub(super) use runs::Runs;

use super::StoreError;
use super::apply::{Applied, position, records};
use super::block::{Damaged, Level, Measured};
use super::log::Frame;
use super::sql;

/// Writes frames of the log in one transaction, moving the position of `log` from `from` to that of the last frame.
pub(super) async fn apply(
    writer: &SqlitePool,
    runs: &Runs,
    log: &str,
    from: u64,
    frames: &[Frame],
) -> Result<Applied, sqlx::Error> {
    let Some(to) = frames.last().map(|f| f.seq) else { return Ok(Applied::Done) };
    let mut connection = writer.acquire().await?;
    let mut tx = connection.begin().await?;
    let moved = sqlx::query(sql::POSITION_MOVE).bind(log).bind(position(to)).bind(position(from));
    if moved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(Applied::Elsewhere);
    }
    for frame in frames {
        records::sqlite(&mut tx, frame).await?;
    }
    let samples = frames.iter().flat_map(|f| f.samples.iter());
    let rows: Vec<(u32, Measured)> =
        samples.map(|s| (s.point, Measured { ts: s.ts, value: s.value, quality: s.quality })).collect();
    let rows = work(move || Ok(runs::of(rows))).await?;
    runs::insert(&mut tx, Level::Raw, &rows).await?;
    tx.commit().await?;
    runs.added(Level::Raw, &rows);
    Ok(Applied::Done)
}

/// Bytes that are not what was written are set aside (`level` + 100) or passed over: they stop neither writing nor reading.
fn damage(what: &'static str) {
    metrics::counter!("linepack_store_blocks_damaged_total").increment(1);
    tracing::error!(what, "a damaged part of history is passed over");
}

/// Rows of blocks, without those that are damaged.
fn readable<T>(rows: Result<Vec<T>, Damaged>) -> Vec<T> {
    rows.unwrap_or_else(|Damaged| {
        damage("block or run");
        vec![]
    })
}

/// Runs what takes the processor for long where it does not hold up others.
async fn work<T: Send + 'static>(
    what: impl FnOnce() -> Result<T, sqlx::Error> + Send + 'static,
) -> Result<T, sqlx::Error> {
    tokio::task::spawn_blocking(what).await.map_err(|e| sqlx::Error::Io(std::io::Error::other(e)))?
}

/// All that is due: old tables converted, runs folded. Whether all was done within `budget`.
pub(super) async fn tend(
    writer: &SqlitePool,
    runs: &Runs,
    force: Force,
    budget: std::time::Duration,
) -> Result<bool, StoreError> {
    let until = tokio::time::Instant::now() + budget;
    while convert(writer, runs).await? {
        if tokio::time::Instant::now() >= until {
            return Ok(false);
        }
    }
    Ok(fold_due(writer, runs, force, until).await?)
}
