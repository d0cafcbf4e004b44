//! A million transitions of 2,000 alarms in thirty days: the figures of the alarm system, asked for the first time and again,
//! and the report of a month, on SQLite and PostgreSQL.

use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::Extent;
use crate::hub::{Hub, site, token};
use crate::postgres::Postgres;
use crate::stats::now_us;
use crate::usage::Meter;

const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 30;
const ASSETS: i64 = 200;

/// The rows: raised, acknowledged, cleared, in turn. `$1` how many, `$2` from when, `$3` how far apart.
macro_rules! fill {
    ($numbers:literal) => {
        concat!(
            $numbers,
            " INSERT INTO alarm_journal (alarm, from_state, to_state, cause, quality, source_ms, ts_ms)
            SELECT 'a' || (i / 30 % 200) || ':p' || (i / 3 % 10) || ':low',
                CASE i % 3 WHEN 0 THEN 'normal' WHEN 1 THEN 'unacknowledged' ELSE 'acknowledged' END,
                CASE i % 3 WHEN 0 THEN 'unacknowledged' WHEN 1 THEN 'acknowledged' ELSE 'normal' END,
                CASE i % 3 WHEN 0 THEN 'raise' WHEN 1 THEN 'acknowledge' ELSE 'clear' END,
                'good', $2 + i * $3, $2 + i * $3 FROM n"
        )
    };
}
const SQLITE: &str = fill!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)");
const POSTGRES: &str = fill!("WITH n(i) AS (SELECT generate_series(0::BIGINT, $1::BIGINT - 1))");

pub(crate) async fn run(extent: Extent) {
    let rows: i64 = extent.pick(100_000, 1_000_000, 1_000_000);
    case("sqlite", None, rows).await;
    let server = Postgres::start_with(&["fsync=off", "shared_buffers=512MB"]).await;
    case("postgresql", Some(&server), rows).await;
}

async fn case(database: &str, server: Option<&Postgres>, rows: i64) {
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), None, usize::try_from(ASSETS).unwrap_or(0), 10);
    if let Some(server) = server {
        let path = dir.path().join("hub.toml");
        let text = std::fs::read_to_string(&path).expect("hub.toml");
        std::fs::write(&path, text.replace("sqlite://data/hub.db", &server.url())).expect("hub.toml");
    }
    // makes the tables
    let token = token(dir.path());
    let end = i64::try_from(now_us() / 1000).expect("milliseconds");
    let (begin, step) = (end - DAYS * DAY_MS, DAYS * DAY_MS / rows);
    match server {
        None => {
            let url = format!("sqlite://{}", dir.path().join("data/hub.db").display());
            let mut to = SqliteConnection::connect(&url).await.expect("the database");
            sqlx::query(SQLITE).bind(rows).bind(begin).bind(step).execute(&mut to).await.expect("rows");
        }
        Some(server) => {
            let mut to = PgConnection::connect(&server.url()).await.expect("the database");
            sqlx::query(POSTGRES).bind(rows).bind(begin).bind(step).execute(&mut to).await.expect("rows");
        }
    }
    let hub = Hub::serve(dir.path(), token).await;
    let meter = Meter::start(hub.pid(), &[]);
    let month = format!("/alarms/kpi?from_ms={begin}&to_ms={end}");
    let (first, found) = asked(&hub, &month).await;
    let (again, _) = asked(&hub, &month).await;
    let (day, _) = asked(&hub, &format!("/alarms/kpi?from_ms={}&to_ms={end}", end - DAY_MS)).await;
    let (report, _) = asked(&hub, "/reports/alarms").await;
    let cores = meter.cores();
    println!(
        "{}",
        json!({"bench": "kpi", "database": database, "rows": rows, "first_ms": first, "again_ms": again, "day_ms": day,
            "report_ms": report, "annunciated": found["positions"][0]["annunciated"], "rss_mib": hub.rss_mib(),
            "peak_mib": hub.peak_mib(), "foreign_cores": (cores.foreign * 100.0).round() / 100.0})
    );
    hub.kill().await;
}

/// How long the answer took, milliseconds, and the answer.
async fn asked(hub: &Hub, path: &str) -> (u64, serde_json::Value) {
    let begin = now_us();
    let found = hub.get(path).await;
    ((now_us() - begin) / 1000, found)
}
