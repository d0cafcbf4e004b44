//! The same rows by COPY into what TimescaleDB offers: with and without a key, compressed afterwards or while they come.

use linepack_core::Sample;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{BATCH, binary, seconds};
use crate::postgres::Postgres;
use crate::say;
use crate::stats::{now_us, round};

const DAY: i64 = 86_400_000;

/// A way to store rows.
struct Way {
    name: &'static str,
    /// `PRIMARY KEY (point, ts)`.
    key: bool,
    /// Length of a chunk, days.
    chunk: i64,
    /// Compressed while the rows come.
    direct: bool,
}

const WAYS: &[Way] = &[
    Way { name: "key, chunks of 7 days", key: true, chunk: 7, direct: false },
    Way { name: "key, chunks of 1 day", key: true, chunk: 1, direct: false },
    Way { name: "no key", key: false, chunk: 7, direct: false },
    Way { name: "no key, direct compress", key: false, chunk: 7, direct: true },
];

pub(super) async fn run(server: &Postgres, rows: &[Sample]) {
    let mut connection = PgConnection::connect(&server.url()).await.expect("connects");
    sqlx::query("CREATE EXTENSION IF NOT EXISTS timescaledb").execute(&mut connection).await.expect("made");
    // as the hub sends them: each batch by point and time
    let parts: Vec<Vec<u8>> = rows
        .chunks(BATCH)
        .map(|part| {
            let mut part = part.to_vec();
            part.sort_by_key(|s| (s.point, s.ts));
            binary(&part)
        })
        .collect();
    for way in WAYS {
        one(server, &mut connection, way, &parts, rows).await;
    }
}

async fn one(server: &Postgres, connection: &mut PgConnection, way: &Way, parts: &[Vec<u8>], rows: &[Sample]) {
    let key = if way.key { ", PRIMARY KEY (point, ts)" } else { "" };
    let direct = if way.direct { "on" } else { "off" };
    for statement in [
        "DROP TABLE IF EXISTS way".to_owned(),
        format!("CREATE TABLE way (point INTEGER NOT NULL, ts BIGINT NOT NULL, value DOUBLE PRECISION, quality SMALLINT NOT NULL{key})"),
        format!("SELECT create_hypertable('way', 'ts', chunk_time_interval => {}::BIGINT, create_default_indexes => FALSE)", way.chunk * DAY),
        "ALTER TABLE way SET (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'ts')".to_owned(),
        format!("SET timescaledb.enable_direct_compress_copy = {direct}"),
        format!("SET timescaledb.enable_direct_compress_copy_client_sorted = {direct}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await.expect("made");
    }
    let (begin, used) = (now_us(), server.cpu_s());
    for part in parts {
        let mut tx = connection.begin().await.expect("begins");
        let mut copy = tx.copy_in_raw("COPY way FROM STDIN WITH (FORMAT binary)").await.expect("copies");
        for piece in part.chunks(1 << 20) {
            copy.send(piece).await.expect("sent");
        }
        copy.finish().await.expect("done");
        tx.commit().await.expect("committed");
    }
    let (copied, copying) = (seconds(begin), server.cpu_s() - used);
    let arrived = size(connection).await;
    let used = server.cpu_s();
    if !way.direct {
        sqlx::query("SELECT compress_chunk(c) FROM show_chunks('way') c")
            .fetch_all(&mut *connection)
            .await
            .expect("done");
    }
    let compressing = server.cpu_s() - used;
    let n = rows.len() as f64;
    say(&json!({
        "bench": "timescaledb", "way": way.name, "copy_rows_s": (n / copied).round(),
        "copy_rows_cpu_s": (n / copying).round(), "bytes_row": round(arrived / n),
        "compress_rows_cpu_s": if way.direct { None } else { Some((n / compressing).round()) },
        "compressed_bytes_row": round(size(connection).await / n), "one_point_ms": round(ask(connection, rows).await),
    }));
}

async fn size(connection: &mut PgConnection) -> f64 {
    let question = "SELECT sum(total_bytes)::BIGINT FROM hypertable_detailed_size('way')";
    let (bytes,): (i64,) = sqlx::query_as(question).fetch_one(connection).await.expect("answers");
    bytes as f64
}

/// Milliseconds of the fastest of five questions about an hour of one point.
async fn ask(connection: &mut PgConnection, rows: &[Sample]) -> f64 {
    let begin = rows[0].ts.ms() - 10_000;
    let mut best = f64::INFINITY;
    for point in 10..15 {
        let asked = now_us();
        let found: Vec<(i64, f64)> =
            sqlx::query_as("SELECT ts, value FROM way WHERE point = $1 AND ts >= $2 AND ts < $2 + 3600000 ORDER BY ts")
                .bind(point)
                .bind(begin)
                .fetch_all(&mut *connection)
                .await
                .expect("answers");
        assert!(!found.is_empty());
        best = best.min(seconds(asked) * 1000.0);
    }
    best
}
