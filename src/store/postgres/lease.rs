//! One hub writes into a database. Who may is noted there, with the database's own time, and noted again with every batch.

use sqlx::{PgConnection, PgPool};

use crate::store::StoreError;
use crate::store::sql::postgres as sql;

/// Takes it, for the log of this name; refused while another hub has it.
pub(in crate::store) async fn take(pool: &PgPool, log: &str) -> Result<(), StoreError> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "unknown host",
        host => host,
    };
    if sqlx::query(sql::LEASE_TAKE).bind(log).bind(host).execute(pool).await?.rows_affected() == 1 {
        return Ok(());
    }
    let holder: Option<(String, i64)> = sqlx::query_as(sql::LEASE_HOLDER).fetch_optional(pool).await?;
    let (host, seconds) = holder.unwrap_or_default();
    Err(StoreError::Refused(format!(
        "another hub, on {host}, writes into this database; if it has died, its claim ends in {seconds} s"
    )))
}

/// Holds on to it; false when another hub has taken it.
pub(in crate::store) async fn keep(connection: &mut PgConnection, log: &str) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query(sql::LEASE_KEEP).bind(log).execute(connection).await?.rows_affected() == 1)
}

/// Gives it back.
pub(in crate::store) async fn end(pool: &PgPool, log: &str) -> Result<(), sqlx::Error> {
    sqlx::query(sql::LEASE_END).bind(log).execute(pool).await?;
    Ok(())
}
