//! History into SQLite: the log, the writer and the blocks as they are in the hub, beside a bare loop that makes blocks of
//! the same rows and inserts them; then questions of a screen.

mod floor;
mod hub;
pub(crate) mod outage;
mod walk;
pub(crate) mod year;

use serde_json::json;

use crate::Extent;
use crate::stats::{now_us, round};
use crate::usage::{Meter, cpu_s};
use hub::{Historian, file_bytes};
use walk::Walk;

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

pub(crate) async fn run(extent: Extent) {
    case(1_000, extent.pick(600, 7_200, 7_200)).await;
    case(100_000, extent.pick(20, 120, 7_200)).await;
}

async fn case(points: u32, seconds: i64) {
    let dir = tempfile::tempdir().expect("a folder");
    let begin = i64::try_from(now_us() / 1000).expect("ms") / HOUR * HOUR - seconds * 1000;
    let walk = || Walk::new(points, begin, 1000);
    let n = f64::from(points) * seconds as f64;
    let floor = floor::bare(&dir.path().join("floor.db"), walk(), points, seconds).await;
    let me = std::process::id();
    let mut turn = Vec::new();
    let from = cpu_s(me);
    let mut alone = walk();
    for second in 0..seconds {
        turn.clear();
        alone.turn(second, &mut turn);
    }
    let making = cpu_s(me) - from;

    let mut hub = Historian::start(dir.path(), points, 1 << 20).await;
    let (mut walk, mut made) = (walk(), 0.0);
    let meter = Meter::start(me, &[]);
    let (start, used) = (now_us(), cpu_s(me));
    for second in 0..seconds {
        let from = now_us();
        turn.clear();
        walk.turn(second, &mut turn);
        made += since(from);
        hub.commit(&turn);
    }
    let logged = since(start) - made;
    hub.caught_up().await;
    let all = since(start) - made;
    let used = cpu_s(me) - used - making;
    let foreign = meter.cores().foreign;
    let from = now_us();
    hub.store.upkeep().await.expect("kept up");
    let mut line = json!({
        "bench": "history", "database": "sqlite", "points": points, "samples": n, "hub_samples_s": (n / all).round(),
        "hub_samples_core_s": (n / used).round(), "bare_blocks_samples_s": (n / floor.0).round(),
        "ratio": round(floor.0 / all), "log_samples_s": (n / logged).round(), "upkeep_s": round(since(from)),
        "bytes_sample": round(file_bytes(dir.path()) / n), "bare_bytes_sample": round(floor.1 / n),
        "foreign_cores": round(foreign),
    });
    let end = begin + seconds * 1000;
    for (name, of, span) in
        [("hour", 1, HOUR), ("day", 1, 24 * HOUR), ("year", 1, YEAR), ("year_10", 10, YEAR), ("hour_50", 50, HOUR)]
    {
        let of: Vec<u32> = (0..of).map(|p| p * 2).collect();
        let mut delays = hub.ask(&of, (end - span, end), 50, 14).await;
        line[format!("{name}_p50_ms")] = json!(delays.ms(0.5));
        line[format!("{name}_p99_ms")] = json!(delays.ms(0.99));
    }
    crate::say(&line);
    hub.stop().await;
}

fn since(us: u64) -> f64 {
    (now_us() - us) as f64 / 1e6
}
