//! History into SQLite: the log, the writer and the blocks as they are in the hub, beside a bare loop that makes 600-sample
//! blocks of the same rows and inserts them; then questions of a screen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linepack::lifecycle::Tasks;
use linepack::site::StoreSettings;
use linepack::store::{HistoryQuery, Store};
use linepack_core::{Delivery, PointId, Quality, Sample, Ts};
use pco::ChunkConfig;
use pco::standalone::simple_compress;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use crate::Extent;
use crate::registry::registry;
use crate::stats::now_us;

/// Samples of one block of the floor.
const BLOCK: usize = 600;
const CREATE: &str = "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
    CREATE TABLE block (point INTEGER, ts INTEGER, data BLOB)";

pub(crate) async fn run(extent: Extent) {
    case(1_000, extent.pick(600, 7_200, 7_200)).await;
    case(100_000, extent.pick(20, 120, 7_200)).await;
}

async fn case(tags: u32, seconds: i64) {
    let dir = tempfile::tempdir().expect("a folder");
    let begin = i64::try_from(now_us() / 1000).expect("ms") / 3_600_000 * 3_600_000 - seconds * 1000;
    let n = f64::from(tags) * seconds as f64;
    let floor = floor(&dir.path().join("floor.db"), Walk::new(tags, begin), seconds).await;

    let day = Duration::from_secs(86_400);
    let settings = StoreSettings {
        url: "sqlite://data/hub.db".to_owned(),
        spool_mib: 1 << 20,
        retain_raw: 90 * day,
        retain_minute: 1000 * day,
        retain_hour: 10_000 * day,
    };
    let names: Vec<String> = (0..tags / 2).map(|i| format!("t-{i:06}")).collect();
    let site = registry(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let store = Store::open(&settings, dir.path()).await.expect("opens");
    let tasks = Tasks::new();
    let mut log = store.start(Arc::clone(&site), &tasks).await.expect("starts");
    let (mut walk, mut made) = (Walk::new(tags, begin), 0.0);
    let start = now_us();
    for second in 0..seconds {
        let from = now_us();
        let turn = walk.turn(second);
        made += since(from);
        for part in turn.chunks(10_000) {
            log.append(&[], part).expect("appended");
        }
        log.sync().expect("synced");
    }
    let logged = since(start) - made;
    while store.status().behind_ms > 0 {
        store.caught_up().await;
    }
    let all = since(start) - made;
    store.upkeep().await.expect("kept up");
    let file = |name: &str| std::fs::metadata(dir.path().join("data").join(name)).map_or(0, |m| m.len());
    let mut line = json!({
        "bench": "history", "database": "sqlite", "tags": tags, "samples": n, "hub_samples_s": (n / all).round(),
        "bare_blocks_samples_s": (n / floor.0).round(), "ratio": floor.0 / all, "log_samples_s": (n / logged).round(),
        "bytes_sample": file("hub.db") as f64 / n, "bare_bytes_sample": floor.1 / n,
    });
    let end = begin + seconds * 1000;
    for (name, points, span) in [
        ("hour", 1, 3_600_000),
        ("day", 1, 86_400_000),
        ("year", 1, 365 * 86_400_000),
        ("year_10", 10, 365 * 86_400_000),
    ] {
        let mut delays = crate::stats::Delays::default();
        for i in 0..50u32 {
            let names = (0..points).map(|p| format!("t-{:06}/inlet", (i * 7 + p) % (tags / 2))).collect();
            let query = HistoryQuery { points: names, from_ms: end - span, to_ms: end, max_points: 1000 };
            let from = now_us();
            let answer = store.history(&query).await.expect("answers");
            delays.0.push(now_us() - from);
            assert!(answer.series.iter().all(|s| !s.rows.is_empty()), "rows of {name}");
        }
        line[format!("{name}_p50_ms")] = json!(delays.ms(0.5));
        line[format!("{name}_p99_ms")] = json!(delays.ms(0.99));
    }
    crate::say(&line);
    drop(log);
    tasks.stop();
    store.close().await;
    tasks.finish(Duration::from_secs(10)).await.expect("stops");
}

/// 1 Hz with jitter, steps of 0.1 units, a third unchanged, 1 % out of order, 0.1 % a minute late.
struct Walk {
    begin: i64,
    state: u64,
    tenths: Vec<i64>,
}

impl Walk {
    fn new(tags: u32, begin: i64) -> Self {
        Self { begin, state: 1, tenths: (0..i64::from(tags)).map(|t| 1000 + t % 500).collect() }
    }

    fn random(&mut self, n: u64) -> i64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from((self.state >> 33) % n).expect("small")
    }

    fn turn(&mut self, second: i64) -> Vec<Sample> {
        (0..self.tenths.len())
            .map(|tag| {
                self.tenths[tag] += self.random(3) - 1;
                let late = match self.random(1000) {
                    0 => 60_000,
                    1..=10 => 2500,
                    _ => 0,
                };
                let ts = Ts(self.begin + second * 1000 + self.random(5) - late);
                let value = self.tenths[tag] as f64 / 10.0;
                let point = PointId(u32::try_from(tag).expect("few"));
                Sample { point, ts, received: ts, value, quality: Quality::Good, delivery: Delivery::Live }
            })
            .collect()
    }
}

/// Seconds and bytes of bare blocks.
async fn floor(path: &Path, mut walk: Walk, seconds: i64) -> (f64, f64) {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql(CREATE).execute(&mut connection).await.expect("a table");
    let mut open: Vec<(Vec<i64>, Vec<f64>)> = vec![Default::default(); walk.tenths.len()];
    let config = ChunkConfig::default().with_compression_level(4);
    let mut took = 0.0;
    for second in 0..seconds {
        let turn = walk.turn(second);
        let from = now_us();
        let mut tx = connection.begin().await.expect("begins");
        for s in turn {
            let (times, values) = &mut open[s.point.index()];
            times.push(s.ts.ms());
            values.push(s.value);
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
        took += since(from);
    }
    connection.close().await.expect("closes");
    (took, std::fs::metadata(path).expect("a file").len() as f64)
}

fn since(us: u64) -> f64 {
    (now_us() - us) as f64 / 1e6
}
