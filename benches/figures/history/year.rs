//! A year that is filled: one point every second and ten every ten seconds; then questions of a screen while writing goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use linepack_core::PointId;
use serde_json::json;

use super::hub::{Historian, commit, file_bytes};
use super::walk::Walk;
use super::{HOUR, YEAR, since};
use crate::Extent;
use crate::load::pause;
use crate::stats::{now_us, round};
use crate::usage::Meter;

/// Samples of one commit, about.
const COMMIT: usize = 10_000;

pub(crate) async fn run(extent: Extent) {
    let span = extent.pick(YEAR / 50, YEAR, YEAR);
    let dir = tempfile::tempdir().expect("a folder");
    let end = i64::try_from(now_us() / 1000).expect("ms") / HOUR * HOUR;
    let begin = end - span;
    let mut hub = Historian::start(dir.path(), 200, 1 << 20).await;
    let (start, mut n, mut made) = (now_us(), 0usize, 0.0);
    let mut turn = Vec::new();
    for (points, shift, period) in [(1u32, 0u32, 1000), (10, 2, 10_000)] {
        let mut walk = Walk::new(points, begin, period);
        let mut number = 0;
        while number < span / period {
            let from = now_us();
            turn.clear();
            while turn.len() < COMMIT && number < span / period {
                walk.turn(number, &mut turn);
                number += 1;
            }
            turn.iter_mut().for_each(|s| s.point = PointId(s.point.0 + shift));
            made += since(from);
            n += turn.len();
            hub.commit(&turn);
            // memory is not what is measured here
            if hub.store.status().behind_ms > 2000 {
                hub.caught_up().await;
            }
        }
    }
    hub.caught_up().await;
    let filled = since(start) - made;
    hub.store.upkeep().await.expect("kept up");
    let bytes = file_bytes(dir.path());

    let mut line = json!({
        "bench": "year", "database": "sqlite", "samples": n, "hub_samples_s": (n as f64 / filled).round(),
        "bytes_sample": round(bytes / n as f64), "resolution": hub.resolution(0, (begin, end)).await,
    });
    let ten: Vec<u32> = (2..12).collect();
    let all: Vec<u32> = (0..1).chain(2..12).cycle().take(50).collect();
    let meter = Meter::start(std::process::id(), &[]);
    // 10,000 samples a second of other points go on being written meanwhile
    let (mut log, done) = (hub.lend(), Arc::new(AtomicBool::new(false)));
    let writing = tokio::task::spawn_blocking({
        let done = Arc::clone(&done);
        move || {
            let (mut walk, mut turn, mut number) = (Walk::new(100, end, 10), Vec::new(), 0);
            let base = now_us();
            while !done.load(Ordering::Relaxed) {
                turn.clear();
                walk.turn(number, &mut turn);
                turn.iter_mut().for_each(|s| s.point = PointId(s.point.0 + 100));
                commit(&mut log, &turn);
                number += 1;
                pause(Duration::from_micros((base + number as u64 * 10_000).saturating_sub(now_us())));
            }
            log
        }
    });
    let cases: [(&str, &[u32], i64); 6] = [
        ("hour_1hz", &[0], HOUR),
        ("day_1hz", &[0], 24 * HOUR),
        ("year_1hz", &[0], span),
        ("year_10", &ten, span),
        ("year_50", &all, span),
        ("hour_50", &all, HOUR),
    ];
    for (name, points, span) in cases {
        let mut delays = hub.ask(points, (end - span, end), 50, 0).await;
        line[format!("{name}_p50_ms")] = json!(delays.ms(0.5));
        line[format!("{name}_p99_ms")] = json!(delays.ms(0.99));
    }
    line["foreign_cores"] = json!(round(meter.cores().foreign));
    done.store(true, Ordering::Relaxed);
    let log = writing.await.expect("wrote");
    hub.back(log);
    crate::say(&line);
    hub.stop().await;
}
