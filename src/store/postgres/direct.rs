//! Sorting in where TimescaleDB compresses while rows come. It does so only for a table without a key, so that a moment is
//! there once is kept here: one transaction at a time looks up what it is about to bring in, and leaves out what is there.

use sqlx::PgPool;

use crate::store::sql::postgres::timescale as sql;

/// Bytes of uncompressed rows up to which the key is exchanged for an index while the hub starts: some seconds.
const SMALL: i64 = 1 << 30;
/// Rows of a point in a chunk from which compressing them saves something: a compressed row takes as much as four others.
const DENSE: i64 = 4;
/// A week, ms: the length of a chunk.
const WEEK: i64 = 604_800_000;

/// Whether this server sorts in by direct compression. A table with a key loses it here, unless it is large already.
pub(super) async fn prepare(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let (offered, keyed, bytes): (bool, bool, i64) = sqlx::query_as(sql::DIRECT).fetch_one(pool).await?;
    if !keyed || !offered {
        return Ok(!keyed);
    }
    if bytes > SMALL {
        tracing::info!(
            bytes,
            "samples are sorted in without direct compression: exchanging the key of a large table takes a while, and is left to you"
        );
        return Ok(false);
    }
    let mut tx = pool.begin().await?;
    for statement in [sql::PATIENCE, sql::KEY_OFF, sql::INDEX_ON] {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Sorts in what stands in some pages of one of the two tables. To do it twice changes nothing.
pub(super) async fn keep(pool: &PgPool, a: bool, from: &str, to: &str) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    // the lock that comes with it is the turn: what others have brought in is seen by each statement after this one
    sqlx::query(sql::FRESH_EMPTY).execute(&mut *tx).await?;
    sqlx::query(sql::PATIENCE).execute(&mut *tx).await?;
    let add = if a { sql::FRESH_A } else { sql::FRESH_B };
    let rows = sqlx::query(add).bind(from).bind(to).execute(&mut *tx).await?.rows_affected();
    if rows == 0 {
        return tx.commit().await;
    }
    // a chunk at a time: its bounds spare looking into all others
    let chunks: Vec<(i64, i64, i64)> = sqlx::query_as(sql::FRESH_SPANS).bind(WEEK).fetch_all(&mut *tx).await?;
    let mut segments = 0;
    for (oldest, newest, points) in chunks {
        sqlx::query(sql::FRESH_KNOWN).bind(oldest).bind(newest).execute(&mut *tx).await?;
        segments += points;
    }
    sqlx::query(sql::FRESH_MARK).execute(&mut *tx).await?;
    let direct = i64::try_from(rows).unwrap_or(i64::MAX) >= segments.saturating_mul(DENSE);
    sqlx::query(sql::DIRECT_SET).bind(if direct { "on" } else { "off" }).execute(&mut *tx).await?;
    sqlx::query(sql::FRESH_KEEP).bind(WEEK).execute(&mut *tx).await?;
    tx.commit().await
}
