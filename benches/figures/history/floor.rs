//! The floor: blocks of 600 samples made in a bare loop and inserted; no log, no order, no aggregates.

use std::path::Path;

use pco::standalone::simple_compress;
use pco::{ChunkConfig, DeltaSpec, ModeSpec};
use sqlx::{Connection, SqliteConnection};

use super::walk::Walk;
use crate::stats::now_us;

/// Samples of one block.
const BLOCK: usize = 600;
const CREATE: &str = "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
    CREATE TABLE block (point INTEGER, ts INTEGER, data BLOB)";

/// Seconds and bytes of bare blocks.
pub(super) async fn bare(path: &Path, mut walk: Walk, points: u32, seconds: i64) -> (f64, f64) {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql(CREATE).execute(&mut connection).await.expect("a table");
    let mut open: Vec<(Vec<i64>, Vec<i64>)> = vec![Default::default(); points as usize];
    let config = ChunkConfig::default()
        .with_compression_level(4)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(DeltaSpec::TryConsecutive(1));
    let mut took = 0.0;
    let mut turn = Vec::new();
    for second in 0..seconds {
        turn.clear();
        walk.turn(second, &mut turn);
        let from = now_us();
        let mut tx = connection.begin().await.expect("begins");
        for s in &turn {
            let (times, values) = &mut open[s.point.index()];
            times.push(s.ts.ms());
            values.push((s.value * 10.0).round() as i64);
            if times.len() == BLOCK || second == seconds - 1 {
                let mut data = simple_compress(times, &config).expect("times");
                data.extend(simple_compress(values, &config).expect("values"));
                sqlx::query("INSERT INTO block (point, ts, data) VALUES ($1, $2, $3)")
                    .bind(i64::from(s.point.0))
                    .bind(times[0])
                    .bind(data)
                    .execute(&mut *tx)
                    .await
                    .expect("inserted");
                times.clear();
                values.clear();
            }
        }
        tx.commit().await.expect("commits");
        took += (now_us() - from) as f64 / 1e6;
    }
    connection.close().await.expect("closes");
    (took, std::fs::metadata(path).expect("a file").len() as f64)
}
