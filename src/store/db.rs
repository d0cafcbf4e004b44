//! Connections to the database, whichever it is, and its migrations.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

use super::StoreError;
use super::migrate::{self, migrator};
use super::sql;
use super::sqlite::Runs;
use crate::site::StoreSettings;

/// A writer waits so long for another one of the same file.
const PATIENCE: Duration = Duration::from_secs(10);
/// A server that does not answer for so long is away.
const AWAY: Duration = Duration::from_secs(3);

/// The pools.
#[derive(Debug)]
pub(super) enum Db {
    /// A file on this machine.
    Sqlite {
        /// Reads, accounts. Commits are on the disk when they return.
        pool: SqlitePool,
        /// The log's writer: one connection, `synchronous = NORMAL`, because the log is what makes durable.
        writer: SqlitePool,
        /// What has come in and waits to become blocks.
        runs: Runs,
    },
    /// A server, with or without TimescaleDB.
    Postgres {
        /// Everything.
        pool: PgPool,
        /// Whether samples may go by COPY.
        copy: bool,
    },
}

/// What the historian's tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
    Timescale,
}

impl Kind {
    /// For `readyz`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Timescale => "timescaledb",
        }
    }
}

/// Runs the same code on either pool.
macro_rules! on {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite { pool: $pool, .. } => $body,
            $crate::store::db::Db::Postgres { pool: $pool, .. } => $body,
        }
    };
}
pub(super) use on;

/// The same on the connection the log is written through.
macro_rules! on_writer {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite { writer: $pool, .. } => $body,
            $crate::store::db::Db::Postgres { pool: $pool, .. } => $body,
        }
    };
}
pub(super) use on_writer;

/// Opens the database and brings its tables up to date. Answers where the log belongs, too.
pub(super) async fn open(settings: &StoreSettings, dir: &Path) -> Result<(Db, Kind, PathBuf), StoreError> {
    match settings.url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite(&settings.url, dir).await,
        Some("postgres" | "postgresql") => {
            let (db, kind) = postgres(settings).await?;
            Ok((db, kind, dir.join("data").join("log")))
        }
        _ => Err(StoreError::Refused("[store] url: expected sqlite://FILE or postgres://USER@HOST/DATABASE".into())),
    }
}

async fn sqlite(url: &str, dir: &Path) -> Result<(Db, Kind, PathBuf), StoreError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    if path.is_empty() || path.contains(":memory:") {
        return Err(StoreError::Refused("[store] url: the database must be a file".into()));
    }
    let file = dir.join(path);
    let folder = file.parent().unwrap_or(dir).to_owned();
    std::fs::create_dir_all(&folder)?;
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        // of a new file; blocks of some kilobytes fill large pages better
        .page_size(16_384)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(true);
    let one = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let writer = one.connect_with(options.clone().synchronous(SqliteSynchronous::Normal)).await?;
    migrator(migrate::SQLITE).run(&writer).await?;
    let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE).connect_with(options).await?;
    let runs = Runs::load(&writer).await?;
    Ok((Db::Sqlite { pool, writer, runs }, Kind::Sqlite, folder.join("log")))
}

async fn postgres(settings: &StoreSettings) -> Result<(Db, Kind), StoreError> {
    let (url, Own { connections, copy }) = split_own(&settings.url)?;
    // questions are short: compiling one takes longer than answering it, and workers that share one cannot go by its rows' places
    let options = PgConnectOptions::from_str(&url)?.application_name("linepack").options([
        ("statement_timeout", "60000"),
        ("idle_in_transaction_session_timeout", "30000"),
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
    ]);
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(AWAY).connect_with(options).await?;
    let (made, installed, available): (bool, bool, bool) = sqlx::query_as(sql::postgres::LOOK).fetch_one(&pool).await?;
    let timescale = if made {
        let (partitions,): (i64,) = sqlx::query_as(sql::postgres::plain::IS_PLAIN).fetch_one(&pool).await?;
        partitions == 0
    } else if installed {
        true
    } else if available {
        match sqlx::query(sql::postgres::EXTENSION).execute(&pool).await {
            Ok(_) => true,
            Err(e) => {
                tracing::warn!(error = %e, "TimescaleDB is offered but cannot be used; plain PostgreSQL it is");
                false
            }
        }
    } else {
        false
    };
    let kind = if timescale { Kind::Timescale } else { Kind::Postgres };
    migrator(migrate::POSTGRES).run(&pool).await?;
    migrator(if timescale { migrate::TIMESCALE } else { migrate::PLAIN }).run(&pool).await?;
    if timescale {
        policies(&pool, settings).await?;
    }
    Ok((Db::Postgres { pool, copy }, kind))
}

/// What of the URL is ours, not the server's.
struct Own {
    /// `max_connections=N`.
    connections: u32,
    /// `copy=off`: for what stands between and does not know COPY.
    copy: bool,
}

fn split_own(url: &str) -> Result<(String, Own), StoreError> {
    let wrong = |what: String| StoreError::Refused(format!("[store] url: {what}"));
    let mut url = url::Url::parse(url).map_err(|e| wrong(e.to_string()))?;
    let mut own = Own { connections: 8, copy: true };
    let mut rest = Vec::new();
    for (key, value) in url.query_pairs() {
        if key == "max_connections" {
            own.connections =
                value.parse().ok().filter(|&n| n > 0).ok_or_else(|| wrong("max_connections".to_owned()))?;
        } else if key == "copy" {
            own.copy = match &*value {
                "on" => true,
                "off" => false,
                _ => return Err(wrong("copy: on or off".to_owned())),
            };
        } else {
            rest.push((key.into_owned(), value.into_owned()));
        }
    }
    url.set_query(None);
    if !rest.is_empty() {
        url.query_pairs_mut().extend_pairs(rest);
    }
    Ok((url.into(), own))
}

/// TimescaleDB does compression and retention by itself; the policies follow the settings at every start.
async fn policies(pool: &PgPool, settings: &StoreSettings) -> Result<(), StoreError> {
    use sql::postgres::timescale as t;
    const DAY: i64 = 86_400_000;
    let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
    let raw = ms(settings.retain_raw);
    let policies = [
        (t::COMPRESS_OFF, t::COMPRESS_ON, 14 * DAY),
        (t::MINUTE_COMPRESS_OFF, t::MINUTE_COMPRESS_ON, 60 * DAY),
        (t::RAW_OFF, t::RAW_ON, raw),
        (t::MINUTE_OFF, t::MINUTE_ON, ms(settings.retain_minute)),
        (t::HOUR_OFF, t::HOUR_ON, ms(settings.retain_hour)),
    ];
    let mut tx = pool.begin().await?;
    for (off, on, span) in policies {
        sqlx::query(off).execute(&mut *tx).await?;
        sqlx::query(on).bind(span).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
