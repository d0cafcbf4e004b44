//! Retention: what is older than the settings say goes, a little at a time. TimescaleDB does it by its own policies.

use std::time::Duration;

use super::StoreError;
use super::db::{Db, Kind, on_writer};
use super::sql::postgres::timescale;
use super::sql::{self, keep, postgres};
use super::sqlite;
use crate::clock::Clock;
use crate::site::StoreSettings;

/// How often it is done.
pub(super) const EVERY: Duration = Duration::from_secs(600);
/// The first time after a start.
pub(super) const FIRST: Duration = Duration::from_secs(60);
/// At most a day of one table is deleted by one statement, so that no writer waits long.
const DAY: i64 = 86_400_000;
/// Commands of one statement.
const COMMANDS: i64 = 1000;

/// What TimescaleDB's own jobs do from time to time, at once.
pub(super) async fn refresh(db: &Db, kind: Kind, settings: &StoreSettings) -> Result<(), StoreError> {
    let (Db::Postgres { pool, .. }, Kind::Timescale) = (db, kind) else { return Ok(()) };
    let now = Clock::System.now().ms();
    for (statement, keep) in [
        (timescale::RAW_DROP, settings.retain_raw),
        (timescale::MINUTE_DROP, settings.retain_minute),
        (timescale::HOUR_DROP, settings.retain_hour),
    ] {
        sqlx::query(statement).bind(before(now, keep)).execute(pool).await?;
    }
    Ok(())
}

fn before(now: i64, keep: Duration) -> i64 {
    now.saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX))
}

/// Deletes sessions, commands, samples and aggregates that have run out.
pub(super) async fn expire(db: &Db, kind: Kind, settings: &StoreSettings) -> Result<(), StoreError> {
    let now = Clock::System.now().ms();
    on_writer!(db, pool => sqlx::query(sql::SESSIONS_EXPIRE).bind(now).execute(pool).await.map(drop))?;
    let ended = before(now, settings.retain_commands);
    loop {
        let gone = on_writer!(db, pool => {
            sqlx::query(sql::COMMANDS_EXPIRE).bind(ended).bind(COMMANDS).execute(pool).await.map(|d| d.rows_affected())
        })?;
        if gone == 0 {
            break;
        }
    }
    if kind == Kind::Timescale {
        return Ok(());
    }
    let kept = [settings.retain_raw, settings.retain_minute, settings.retain_hour].map(|keep| before(now, keep));
    if let Db::Sqlite { writer, runs, .. } = db {
        return Ok(sqlite::expire(writer, runs, kept).await?);
    }
    let [raw, minute, hour] = kept;
    if let Db::Postgres { pool, .. } = db {
        sqlx::query(postgres::plain::DROP_BEFORE).bind(raw).execute(pool).await?;
        sqlx::query(postgres::plain::OTHER_EXPIRE).bind(raw).execute(pool).await?;
    }
    let points: Vec<(i32, String)> = on_writer!(db, pool => sqlx::query_as(sql::POINTS).fetch_all(pool).await)?;
    for (point, _) in points {
        delete(db, keep::MINUTE_EXPIRE, keep::MINUTE_FIRST, point, minute).await?;
        delete(db, keep::HOUR_EXPIRE, keep::HOUR_FIRST, point, hour).await?;
    }
    Ok(())
}

async fn delete(
    db: &Db,
    statement: &'static str,
    first: &'static str,
    point: i32,
    before: i64,
) -> Result<(), sqlx::Error> {
    loop {
        let (oldest,): (Option<i64>,) =
            on_writer!(db, pool => sqlx::query_as(first).bind(point).bind(before).fetch_one(pool).await)?;
        let Some(oldest) = oldest else { return Ok(()) };
        let until = before.min(oldest.saturating_add(DAY));
        on_writer!(db, pool => sqlx::query(statement).bind(point).bind(until).execute(pool).await.map(drop))?;
    }
}
