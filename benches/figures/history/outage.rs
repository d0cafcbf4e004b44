//! An hour of 50,000 samples a second while the database takes nothing: as fast as the log takes them. Then the database is
//! back: the log goes over while the field goes on.

use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::hub::Historian;
use super::walk::Walk;
use super::{HOUR, since};
use crate::Extent;
use crate::load::pause;
use crate::stats::{Delays, now_us, round};
use crate::usage::Meter;
use std::time::Duration;

const POINTS: u32 = 50_000;
/// Turns of a second of the field, so that a commit is as large as in the hub.
const PARTS: usize = 10;
/// Seconds of the field while the log goes over.
const LIVE: i64 = 10;
/// The default of `spool_mib`.
const SPOOL: u64 = 1024;

pub(crate) async fn run(extent: Extent) {
    let seconds = extent.pick(20, 360, 3600);
    let dir = tempfile::tempdir().expect("a folder");
    let begin = i64::try_from(now_us() / 1000).expect("ms") / HOUR * HOUR - HOUR;
    let mut hub = Historian::start(dir.path(), POINTS, SPOOL).await;
    let mut walk = Walk::new(POINTS, begin, 1000);
    let meter = Meter::start(std::process::id(), &[]);
    let mut second = 0;
    let mut turn = Vec::new();

    let mut before = Delays::default();
    for _ in 0..5 {
        live(&mut hub, &mut walk, &mut turn, second, &mut before);
        second += 1;
    }
    hub.caught_up().await;

    let url = format!("sqlite://{}", dir.path().join("data/hub.db").display());
    let mut other = SqliteConnection::connect(&url).await.expect("opens");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("nobody else may write");
    let (away, mut made) = (now_us(), 0.0);
    let from = second;
    while second < seconds {
        let start = now_us();
        turn.clear();
        walk.turn(second, &mut turn);
        made += since(start);
        hub.commit(&turn);
        second += 1;
    }
    let logged = since(away) - made;
    let waiting = f64::from(POINTS) * (second - from) as f64;
    let bytes: u64 = std::fs::read_dir(dir.path().join("data/log"))
        .expect("the log")
        .map(|f| f.and_then(|f| f.metadata()).map_or(0, |m| m.len()))
        .sum();
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("the database is back");
    other.close().await.expect("closes");

    let back = now_us();
    let mut during = Delays::default();
    for _ in 0..LIVE {
        live(&mut hub, &mut walk, &mut turn, second, &mut during);
        second += 1;
    }
    hub.caught_up().await;
    let caught_up = since(back);
    let status = hub.store.status();
    let mut missing = 0;
    for point in (0..POINTS).step_by(2503) {
        missing += second - hub.count(point, (begin - HOUR, begin + 2 * HOUR)).await;
    }
    crate::say(&json!({
        "bench": "outage", "database": "sqlite", "samples": waiting, "log_samples_s": (waiting / logged).round(),
        "spool_mib": round(bytes as f64 / f64::from(1 << 20)), "bytes_sample": round(bytes as f64 / waiting),
        "lost": status.lost_samples, "missing_rows_of_20": missing, "catch_up_s": round(caught_up),
        "catch_up_samples_s": ((waiting + f64::from(POINTS) * LIVE as f64) / caught_up).round(),
        "live_p50_ms": before.ms(0.5), "live_p99_ms": before.ms(0.99),
        "live_catching_up_p50_ms": during.ms(0.5), "live_catching_up_p99_ms": during.ms(0.99),
        "foreign_cores": round(meter.cores().foreign),
    }));
    hub.stop().await;
}

/// A second of the field at its own pace; how long each part took to be durable.
fn live(hub: &mut Historian, walk: &mut Walk, turn: &mut Vec<linepack_core::Sample>, second: i64, delays: &mut Delays) {
    turn.clear();
    walk.turn(second, turn);
    let base = now_us();
    for (i, part) in turn.chunks(POINTS as usize / PARTS).enumerate() {
        let due = base + 1_000_000 / PARTS as u64 * i as u64;
        pause(Duration::from_micros(due.saturating_sub(now_us())));
        let from = now_us();
        hub.commit(part);
        delays.0.push(now_us() - from);
    }
    pause(Duration::from_micros((base + 1_000_000).saturating_sub(now_us())));
}
