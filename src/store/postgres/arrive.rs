//! Samples into the table of what has just arrived, in runs: a row for each sample would cost the server five times as much.

use sqlx::PgConnection;

use super::copy;
use crate::store::apply::number;
use crate::store::log::StoredSample;
use crate::store::sql::postgres as sql;

/// Bytes handed to the connection at a time.
const PART: usize = 1 << 20;
/// Room for the last run of a part, bytes.
const SPARE: usize = 4096;
/// So few rows go by one statement, without the conversation that COPY is.
const ROWS: usize = 1000;

/// Writes samples, sorted by point and time, within a transaction. Whoever writes holds the table's turn until it commits, so
/// that nobody begins to empty the table meanwhile.
pub(in crate::store) async fn put(
    tx: &mut PgConnection,
    copy: bool,
    samples: &[StoredSample],
) -> Result<(), sqlx::Error> {
    if samples.is_empty() {
        return Ok(());
    }
    let (active,): (String,) = sqlx::query_as(sql::TURN_HOLD).fetch_one(&mut *tx).await?;
    let a = active == "a";
    if !copy || samples.len() <= ROWS {
        return insert(tx, if a { sql::ADD_A } else { sql::ADD_B }, samples).await;
    }
    let mut copy_in = tx.copy_in_raw(if a { sql::COPY_A } else { sql::COPY_B }).await?;
    let mut part = Vec::with_capacity(PART + SPARE);
    part.extend_from_slice(copy::HEADER);
    for run in copy::runs(samples) {
        copy::row(&mut part, run);
        if part.len() >= PART {
            copy_in.send(part.as_slice()).await?;
            part.clear();
        }
    }
    part.extend_from_slice(&copy::TRAILER);
    copy_in.send(part.as_slice()).await?;
    copy_in.finish().await?;
    Ok(())
}

async fn insert(tx: &mut PgConnection, statement: &'static str, samples: &[StoredSample]) -> Result<(), sqlx::Error> {
    for part in samples.chunks(ROWS) {
        sqlx::query(statement)
            .bind(part.iter().map(|s| number(s.point)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.ts).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.value.is_finite().then_some(s.value)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| i16::from(s.quality)).collect::<Vec<_>>())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
