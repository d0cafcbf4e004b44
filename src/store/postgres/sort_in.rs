//! What has arrived is sorted into the table that is kept, a little at a time: the table that was written becomes the one that
//! is emptied, its rows go over in their order, and what is there already stays as it is. To do a part twice changes nothing.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;

use crate::store::sql::postgres as sql;

/// Pages of one transaction: about 80,000 rows, a fifth of a second.
const PAGES: i64 = 512;

/// How far the table that is being emptied is.
#[derive(Debug, Default)]
pub(in crate::store) struct SortIn {
    under_way: Option<Part>,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    /// Table `sample_a`, else `sample_b`.
    a: bool,
    next: i64,
    pages: i64,
}

impl SortIn {
    /// Works for about `budget`. Whether nothing is left to do.
    pub(in crate::store) async fn step(&mut self, pool: &PgPool, budget: Duration) -> Result<bool, sqlx::Error> {
        let until = Instant::now() + budget;
        loop {
            let part = match self.under_way {
                Some(part) => part,
                None => match begin(pool).await? {
                    Some(part) => part,
                    None => return Ok(true),
                },
            };
            self.under_way = Some(part);
            if part.next >= part.pages {
                match empty(pool, part.a).await {
                    Err(e) if is_lock_timeout(&e) => return Ok(true),
                    other => other?,
                }
                self.under_way = None;
            } else {
                let (from, to) = (format!("({},0)", part.next), format!("({},0)", part.next + PAGES));
                let keep = if part.a { sql::KEEP_A } else { sql::KEEP_B };
                sqlx::query(keep).bind(from).bind(to).execute(pool).await?;
                self.under_way = Some(Part { next: part.next + PAGES, ..part });
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }
}

/// Lets the index know what has arrived since the last time: to do it with every batch would halve the rate.
pub(in crate::store) async fn summarise(pool: &PgPool) -> Result<(), sqlx::Error> {
    for statement in [sql::SUMMARISE_A, sql::SUMMARISE_B] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

/// The older table if it holds something, else the one that was written until now; none where both are empty.
async fn begin(pool: &PgPool) -> Result<Option<Part>, sqlx::Error> {
    let (active, a, b): (String, i64, i64) = sqlx::query_as(sql::TURN).fetch_one(pool).await?;
    let a_is_active = active == "a";
    let (newer, older) = if a_is_active { (a, b) } else { (b, a) };
    if older > 0 {
        return Ok(Some(Part { a: !a_is_active, next: 0, pages: older }));
    }
    if newer == 0 {
        return Ok(None);
    }
    sqlx::query(sql::TURN_PASS).bind(if a_is_active { "b" } else { "a" }).execute(pool).await?;
    // whoever wrote it while it was passed on has committed
    let (_, a, b): (String, i64, i64) = sqlx::query_as(sql::TURN).fetch_one(pool).await?;
    Ok(Some(Part { a: a_is_active, next: 0, pages: if a_is_active { a } else { b } }))
}

async fn empty(pool: &PgPool, a: bool) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query(sql::SHORT_WAIT).execute(&mut *tx).await?;
    sqlx::query(if a { sql::EMPTY_A } else { sql::EMPTY_B }).execute(&mut *tx).await?;
    tx.commit().await
}

/// Somebody reads the table; it is emptied another time, and its rows are not seen twice meanwhile.
fn is_lock_timeout(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().as_deref() == Some("55P03"))
}
