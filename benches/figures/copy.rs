//! History into PostgreSQL, and TimescaleDB where it is installed: the log, the writer and COPY as they are in the hub, beside
//! bare COPY of the same rows into a table with BRIN, in the same run; then sorting in, and a question about one point before and
//! after it. Last, what TimescaleDB's own ways of storing the same rows cost.

mod timescale;

use std::sync::Arc;

use linepack::lifecycle::Tasks;
use linepack::site::StoreSettings;
use linepack::store::{HistoryQuery, Store};
use linepack_core::{Delivery, PointId, Quality, Sample, Ts};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::Extent;
use crate::postgres::Postgres;
use crate::registry::registry;
use crate::say;
use crate::stats::{now_us, round};
use crate::usage::Meter;

/// Rows of a case.
const ROWS: u32 = 3_600_000;
/// Rows of one COPY of the floor.
const BATCH: usize = 200_000;

/// Bytes of what is sorted in: the partitions; the chunks, compressed or not.
const KEPT: &str = "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::BIGINT FROM pg_inherits WHERE inhparent = 'sample_kept'::regclass";
const KEPT_TIMESCALEDB: &str = "SELECT coalesce(hypertable_size('sample_kept'), 0)::BIGINT";

/// Of the server.
const SETTINGS: &[&str] = &["shared_buffers=1GB", "max_wal_size=8GB"];
const WITH_TIMESCALEDB: &[&str] = &[
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "shared_preload_libraries=timescaledb",
    "timescaledb.telemetry_level=off",
];

pub(crate) async fn run(extent: Extent) {
    let rows = extent.pick(400_000, ROWS, ROWS);
    for tags in [1_000, 100_000] {
        case(Postgres::start_with(SETTINGS).await, "postgresql", tags, rows).await;
    }
    if let Some(server) = Postgres::timescale(WITH_TIMESCALEDB).await {
        timescale::run(&server, &samples(1_000, rows)).await;
        case(server, "timescaledb", 1_000, rows).await;
    }
}

async fn case(server: Postgres, database: &str, tags: u32, count: u32) {
    let rows = samples(tags, count);
    let floor = floor(&server.url(), &rows).await;

    let dir = tempfile::tempdir().expect("a folder");
    let day = std::time::Duration::from_secs(86_400);
    let settings = StoreSettings {
        url: server.url(),
        spool_mib: 4096,
        retain_raw: 90 * day,
        retain_minute: 1000 * day,
        retain_hour: 10_000 * day,
        retain_commands: 10_000 * day,
    };
    let names: Vec<String> = (0..tags / 2).map(|i| format!("t-{i:06}")).collect();
    let site = registry(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let store = Store::open(&settings, dir.path()).await.expect("opens");
    let tasks = Tasks::new();
    let mut log = store.start(Arc::clone(&site), &tasks).await.expect("starts");
    let (meter, used) = (Meter::start(0, &[]), server.cpu_s());
    let begin = now_us();
    for turn in rows.chunks(10_000) {
        log.append(&[], turn).expect("appended");
        log.sync().expect("synced");
    }
    let logged = seconds(begin);
    while store.status().behind_ms > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let hub = seconds(begin);
    let foreign = (meter.cores().foreign - (server.cpu_s() - used) / hub).max(0.0);
    let arrived =
        bytes(&server.url(), "SELECT pg_total_relation_size('arrived_a') + pg_total_relation_size('arrived_b')").await;
    let before = ask(&store, &rows).await;
    let begin = now_us();
    // each attempt waits a minute
    for _ in 0..5 {
        if store.upkeep().await.is_ok() {
            break;
        }
    }
    let sorted = seconds(begin);
    let kept = bytes(&server.url(), if database == "timescaledb" { KEPT_TIMESCALEDB } else { KEPT }).await;
    let after = ask(&store, &rows).await;
    let n = f64::from(count);
    say(&json!({
        "bench": "copy", "database": database, "tags": tags, "rows": count, "foreign_cores": round(foreign),
        "hub_rows_s": (n / hub).round(), "bare_copy_rows_s": (n / floor).round(), "ratio": floor / hub,
        "log_rows_s": (n / logged).round(), "sort_in_and_aggregate_s": sorted,
        "arriving_bytes_row": arrived / n, "kept_bytes_row": kept / n,
        "one_point_ms_arriving": before, "one_point_ms_kept": after,
    }));
    drop(log);
    tasks.stop();
    store.close().await;
    tasks.finish(std::time::Duration::from_secs(10)).await.expect("stops");
}

/// 1 Hz with jitter, a walk of 0.1 units, a third unchanged, one in a hundred out of order.
fn samples(tags: u32, rows: u32) -> Vec<Sample> {
    let seconds = rows / tags;
    let begin = i64::try_from(now_us() / 1000).expect("ms") - i64::from(seconds) * 1000;
    let mut state = 1u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from((state >> 33) % n).expect("small")
    };
    let mut tenths: Vec<i64> = (0..tags).map(|_| 1000 + random(500)).collect();
    let mut all = Vec::with_capacity(rows as usize);
    for second in 0..seconds {
        for tag in 0..tags {
            let value = &mut tenths[tag as usize];
            *value += [0, 1, -1][usize::try_from(random(3)).expect("small")];
            let late = if random(100) == 0 { 2500 } else { 0 };
            let ts = Ts(begin + i64::from(second) * 1000 + random(8) - late);
            let value = *value as f64 / 10.0;
            all.push(Sample {
                point: PointId(tag),
                ts,
                received: ts,
                value,
                quality: Quality::Good,
                delivery: Delivery::Live,
            });
        }
    }
    all
}

/// Seconds that bare COPY takes.
async fn floor(url: &str, rows: &[Sample]) -> f64 {
    let mut connection = PgConnection::connect(url).await.expect("connects");
    for made in [
        "CREATE TABLE floor (point INTEGER, ts BIGINT, value DOUBLE PRECISION, quality SMALLINT)",
        "CREATE INDEX ON floor USING brin (point, ts) WITH (pages_per_range = 4)",
    ] {
        sqlx::query(made).execute(&mut connection).await.expect("made");
    }
    let parts: Vec<Vec<u8>> = rows.chunks(BATCH).map(binary).collect();
    let begin = now_us();
    for part in &parts {
        let mut tx = connection.begin().await.expect("begins");
        let mut copy = tx.copy_in_raw("COPY floor FROM STDIN WITH (FORMAT binary)").await.expect("copies");
        for piece in part.chunks(1 << 20) {
            copy.send(piece).await.expect("sent");
        }
        copy.finish().await.expect("done");
        tx.commit().await.expect("committed");
    }
    let took = seconds(begin);
    sqlx::query("DROP TABLE floor").execute(&mut connection).await.expect("dropped");
    took
}

fn binary(rows: &[Sample]) -> Vec<u8> {
    let mut out = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for s in rows {
        out.extend([0, 4, 0, 0, 0, 4]);
        out.extend(s.point.0.to_be_bytes());
        out.extend([0, 0, 0, 8]);
        out.extend(s.ts.ms().to_be_bytes());
        out.extend([0, 0, 0, 8]);
        out.extend(s.value.to_be_bytes());
        out.extend([0, 0, 0, 2, 0, 0]);
    }
    out.extend([0xff, 0xff]);
    out
}

async fn bytes(url: &str, question: &'static str) -> f64 {
    let mut connection = PgConnection::connect(url).await.expect("connects");
    let (bytes,): (i64,) = sqlx::query_as(question).fetch_one(&mut connection).await.expect("answers");
    bytes as f64
}

/// Milliseconds of the fastest of five questions about all of one point.
async fn ask(store: &Store, rows: &[Sample]) -> f64 {
    let (from, to) = (rows[0].ts.ms() - 10_000, rows[rows.len() - 1].ts.ms() + 10_000);
    let mut best = f64::INFINITY;
    for point in 10..15 {
        let begin = now_us();
        let points = vec![format!("t-{point:06}/inlet")];
        let query = HistoryQuery { points, from_ms: from, to_ms: to, max_points: 10_000 };
        assert!(!store.history(&query).await.expect("answers").series[0].rows.is_empty());
        best = best.min(seconds(begin) * 1000.0);
    }
    best
}

fn seconds(begin: u64) -> f64 {
    (now_us() - begin) as f64 / 1e6
}
