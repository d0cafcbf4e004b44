//! PostgreSQL, with or without TimescaleDB: a batch of the log in one transaction.
//!
//! Samples arrive by binary COPY in a table without a costly index and are sorted from there into the table that is kept
//! when there is time: a burst after a failure is taken at the speed of COPY, and a question about one point still reads few
//! pages. `docs/HISTORIAN.md` has the figures this rests on.

mod aggregate;
mod arrive;
mod copy;
mod direct;
pub(super) mod lease;
mod read;
mod rollup;
mod sort_in;
pub(super) mod tender;

pub(super) use aggregate::{aggregates, expired};
pub(super) use read::{hours_of, minutes};

use sqlx::{Acquire, PgPool};

use super::apply::{self, Applied, position, records};
use super::log::Frame;
use super::sql;

/// See [`apply::apply`].
pub(super) async fn apply(
    pool: &PgPool,
    copy: bool,
    log: &str,
    from: u64,
    frames: &[Frame],
) -> Result<Applied, sqlx::Error> {
    let Some(last) = frames.last() else { return Ok(Applied::Done) };
    let samples = apply::sorted(frames);
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin().await?;
    let moved = sqlx::query(sql::POSITION_MOVE).bind(log).bind(position(last.seq)).bind(position(from));
    if moved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(Applied::Elsewhere);
    }
    if !log.starts_with(apply::IMPORT) && !lease::keep(&mut tx, log).await? {
        return Ok(Applied::Ousted);
    }
    for frame in frames {
        records::postgres(&mut tx, frame).await?;
    }
    arrive::put(&mut tx, copy, &samples).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}
