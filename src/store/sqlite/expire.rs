//! Retention: whole blocks go, and their pages are used again.

use std::time::Duration;

use sqlx::SqlitePool;
use tokio::time::Instant;

use super::fold::{Force, fold_level};
use super::runs::Runs;
use crate::store::block::Level;
use crate::store::sql::sqlite as sql;

/// Blocks of one statement, so that no writer waits long.
const BLOCKS: i64 = 256;
/// What is too old and still in runs is folded for so long at a time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Drops what is older than each level is kept, milliseconds since the epoch; its aggregates are made before.
pub(in crate::store) async fn expire(writer: &SqlitePool, runs: &Runs, before: [i64; 3]) -> Result<(), sqlx::Error> {
    runs.refresh(writer).await?;
    for (level, before) in Level::ALL.into_iter().zip(before) {
        let force = Force { late: false, before: Some(before) };
        fold_level(writer, runs, level, force, Instant::now() + PATIENCE).await?;
        loop {
            let gone =
                sqlx::query(sql::BLOCKS_EXPIRE).bind(level.code()).bind(before).bind(BLOCKS).execute(writer).await?;
            if gone.rows_affected() == 0 {
                break;
            }
        }
    }
    Ok(())
}
