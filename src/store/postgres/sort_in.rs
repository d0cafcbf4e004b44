//! What has arrived is sorted into the table that is kept: the table that was written becomes the one that is emptied, its
//! rows go over in their order, and what is there already stays as it is. In the same transaction the minutes of what is new
//! are marked, so that their aggregates are made. To do a part twice changes nothing.

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::sql::postgres as sql;

/// Pages of one transaction: about 80,000 rows, a fifth of a second.
const PAGES: i64 = 512;

/// Sorts in everything that has arrived by now, unless it is to stop. Each part is a transaction, so that it may be interrupted anywhere.
pub(super) async fn all(pool: &PgPool, stopping: &CancellationToken) -> Result<(), sqlx::Error> {
    let (active, a, b): (String, i64, i64) = sqlx::query_as(sql::TURN).fetch_one(pool).await?;
    let a_is_active = active == "a";
    let (newer, older) = if a_is_active { (a, b) } else { (b, a) };
    if older > 0 && !table(pool, !a_is_active, older, stopping).await? {
        return Ok(());
    }
    if newer > 0 {
        sqlx::query(sql::TURN_PASS).bind(if a_is_active { "b" } else { "a" }).execute(pool).await?;
        // whoever wrote it while it was passed on has committed
        let (_, a, b): (String, i64, i64) = sqlx::query_as(sql::TURN).fetch_one(pool).await?;
        table(pool, a_is_active, if a_is_active { a } else { b }, stopping).await?;
    }
    Ok(())
}

/// Lets the index know what has arrived since the last time: to do it with every batch would halve the rate.
pub(super) async fn summarise(pool: &PgPool) -> Result<(), sqlx::Error> {
    for statement in [sql::SUMMARISE_A, sql::SUMMARISE_B] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

/// Sorts in one of the two and empties it; false where it is to stop, or somebody reads the table: it is emptied another time,
/// and its rows are not seen twice meanwhile.
async fn table(pool: &PgPool, a: bool, pages: i64, stopping: &CancellationToken) -> Result<bool, sqlx::Error> {
    let mut next = 0;
    while next < pages {
        if stopping.is_cancelled() {
            return Ok(false);
        }
        let (from, to) = (format!("({next},0)"), format!("({},0)", next + PAGES));
        sqlx::query(if a { sql::KEEP_A } else { sql::KEEP_B }).bind(from).bind(to).execute(pool).await?;
        next += PAGES;
    }
    match empty(pool, a).await {
        Err(e) if is_lock_timeout(&e) => Ok(false),
        other => other.map(|()| true),
    }
}

async fn empty(pool: &PgPool, a: bool) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query(sql::SHORT_WAIT).execute(&mut *tx).await?;
    sqlx::query(if a { sql::EMPTY_A } else { sql::EMPTY_B }).execute(&mut *tx).await?;
    tx.commit().await
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().as_deref() == Some("55P03"))
}
