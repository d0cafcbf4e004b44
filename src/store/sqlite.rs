//! SQLite: a batch of the log in one transaction.

mod samples;

use sqlx::{Acquire, SqlitePool};

use super::apply::{self, Applied, Due, position, records};
use super::log::Frame;
use super::sql;

/// Width of the aggregates that are marked due.
const MINUTE: i64 = 60_000;

/// See [`apply::apply`].
pub(super) async fn apply(
    writer: &SqlitePool,
    log: &str,
    from: u64,
    frames: &[Frame],
    due: Option<&mut Due>,
) -> Result<Applied, sqlx::Error> {
    let Some(last) = frames.last() else { return Ok(Applied::Done) };
    let samples = apply::sorted(frames);
    let marks = due.as_deref().map(|known| apply::marks(&samples, known)).unwrap_or_default();
    let mut connection = writer.acquire().await?;
    let mut tx = connection.begin().await?;
    let moved = sqlx::query(sql::POSITION_MOVE).bind(log).bind(position(last.seq)).bind(position(from));
    if moved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(Applied::Elsewhere);
    }
    for frame in frames {
        records::sqlite(&mut tx, frame).await?;
    }
    samples::write(&mut tx, &samples).await?;
    for &(bucket, point) in &marks {
        let add = sqlx::query(sql::keep::DUE_ADD).bind(MINUTE).bind(bucket).bind(i64::from(point));
        add.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    if let Some(known) = due {
        known.extend(marks);
    }
    Ok(Applied::Done)
}
