//! What has arrived is sorted into the table that is kept: the table that was written becomes the one that is emptied, its
//! rows go over in their order, and what is there already stays as it is. In the same transaction the minutes of what is new
//! are marked, so that their aggregates are made. To do a part twice changes nothing.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::direct;
use crate::store::sql::postgres as sql;

/// How rows go into the table that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Its key leaves out what is there.
    Keyed,
    /// TimescaleDB compresses them while they come.
    Direct,
}

impl Way {
    /// Pages of one transaction: about 80,000 rows, a fifth of a second; or 2,500,000, some seconds, because the more of a
    /// point come together the better they are compressed.
    const fn pages(self) -> i64 {
        match self {
            Self::Keyed => 256,
            Self::Direct => 8192,
        }
    }

    /// Whether it is time to sort in so many pages, `waited` after the last time. Before they are compressed some rows of each
    /// point must have come together; but whoever asks about a point looks through all that has arrived.
    pub(super) fn ripe(self, pages: i64, waited: Duration) -> bool {
        match self {
            Self::Keyed => true,
            Self::Direct => waited >= LONGEST || waited >= SHORTEST && pages >= ENOUGH,
        }
    }
}

/// Rows wait so long where many come, and about 40,000 have come together,
const SHORTEST: Duration = Duration::from_secs(20);
const ENOUGH: i64 = 128;
/// and so long where few come.
const LONGEST: Duration = Duration::from_secs(600);

/// What waits to be sorted in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived {
    /// Of the two tables, `a` is the one that is written.
    a_is_active: bool,
    /// Pages of the table that is written.
    newer: i64,
    /// Pages of the one that is being emptied.
    older: i64,
}

impl Arrived {
    /// As it is now.
    pub(super) async fn look(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let (active, a, b): (String, i64, i64) = sqlx::query_as(sql::TURN).fetch_one(pool).await?;
        let a_is_active = active == "a";
        let (newer, older) = if a_is_active { (a, b) } else { (b, a) };
        Ok(Self { a_is_active, newer, older })
    }

    /// Pages of both.
    pub(super) fn pages(self) -> i64 {
        self.newer.saturating_add(self.older)
    }
}

/// Sorts in everything that has arrived by now, unless it is to stop. Each part is a transaction, so that it may be interrupted anywhere.
pub(super) async fn all(pool: &PgPool, way: Way, stopping: &CancellationToken) -> Result<(), sqlx::Error> {
    let Arrived { a_is_active, newer, older } = Arrived::look(pool).await?;
    if older > 0 && !table(pool, way, !a_is_active, older, stopping).await? {
        return Ok(());
    }
    if newer > 0 {
        sqlx::query(sql::TURN_PASS).bind(if a_is_active { "b" } else { "a" }).execute(pool).await?;
        // whoever wrote it while it was passed on has committed
        let passed = Arrived::look(pool).await?;
        table(pool, way, a_is_active, passed.older, stopping).await?;
    }
    Ok(())
}

/// Sorts in one of the two and empties it; false where it is to stop, or somebody reads the table: it is emptied another time,
/// and its rows are not seen twice meanwhile.
async fn table(
    pool: &PgPool,
    way: Way,
    a: bool,
    pages: i64,
    stopping: &CancellationToken,
) -> Result<bool, sqlx::Error> {
    let mut next = 0;
    while next < pages {
        if stopping.is_cancelled() {
            return Ok(false);
        }
        let (from, to) = (format!("({next},0)"), format!("({},0)", next + way.pages()));
        match way {
            Way::Keyed => {
                sqlx::query(if a { sql::KEEP_A } else { sql::KEEP_B }).bind(from).bind(to).execute(pool).await?;
            }
            Way::Direct => direct::keep(pool, a, &from, &to).await?,
        }
        next += way.pages();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_waits_for_company_but_not_for_long() {
        for (pages, seconds, ripe) in
            [(0, 1, false), (127, 21, false), (128, 19, false), (128, 20, true), (1_000_000, 19, false), (1, 600, true)]
        {
            assert_eq!(Way::Direct.ripe(pages, Duration::from_secs(seconds)), ripe, "{pages} {seconds}");
            assert!(Way::Keyed.ripe(pages, Duration::from_secs(seconds)));
        }
    }
}
