//! What goes wrong: more than the hub can take, a broker that is gone, a power cut again and again. No alarm may be lost.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Postgres;
use crate::hub::{Broker, Field, Hub, site_of, token};
use crate::load::{Load, Plan, Shape, asset_at, connect, pause, publish};
use crate::mqtt::rows;
use crate::stats::{now_us, round};
use crate::usage::Meter;
use crate::viewer::{Look, Viewer, count_from};
use crate::{Extent, say};

const ASSETS: usize = 25_000;

pub(crate) async fn run(extent: Extent) {
    let s = Duration::from_secs;
    overload(s(extent.pick(5, 15, 60))).await;
    broker_gone(s(extent.pick(2, 5, 60))).await;
    database_gone(s(extent.pick(2, 10, 60))).await;
    disk_full().await;
    killed(extent.pick(1, 4, 20)).await;
}

/// Far more values than fit; the alarms come over a connection of their own, at QoS 1, and must all arrive.
async fn overload(run: Duration) {
    const ALARMS: usize = 200;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), ASSETS, 10, 1);
    let hub = Hub::start(dir.path()).await;
    // pictured before: what the same site takes at a tenth of it
    let plan = Plan { port: broker.port, shape: Shape::Asset, assets: ASSETS - ALARMS, points: 10, rate: 5_000 };
    let easy = Load::start(plan);
    tokio::time::sleep(Duration::from_secs(5)).await;
    easy.finish();
    let usual_mib = hub.rss_mib();

    let look = Look { address: hub.address(), token: &hub.token, rate: "10", points: &["*"], of_asset: 10 };
    let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
    let load = Load::start(Plan { rate: 60_000, ..plan });
    count_from(load.base);
    let port = broker.port;
    let raise = tokio::task::spawn_blocking(move || {
        let mut socket = connect(port, "alarms");
        for n in 0..ALARMS {
            alarm(&mut socket, ASSETS - ALARMS + n, n);
            pause(run / (ALARMS as u32 + 1));
        }
    });
    tokio::time::sleep(run / 4).await;
    let meter = Meter::start(hub.pid(), &[broker.pid()]);
    viewer.reset();
    tokio::time::sleep(run * 3 / 4).await;
    let (cores, seen) = (meter.cores(), viewer.seen());
    let taken = load.sent() * 10 / run.as_secs();
    load.finish();
    let begin = now_us();
    raise.await.expect("the alarms went out");
    let found = alarms(&hub, ALARMS, Duration::from_secs(60)).await;
    say(&json!({
        "bench": "overload", "offered_values_per_s": 600_000, "taken_values_per_s": taken, "seconds": run.as_secs(),
        "alarms": ALARMS, "alarms_lost": ALARMS - found, "quiet_after_s": round((now_us() - begin) as f64 / 1e6),
        "p50_ms": seen.delays.ms(0.5), "p99_ms": seen.delays.ms(0.99), "max_ms": seen.delays.max_ms(), "snapshots": seen.snapshots,
        "usual_mib": round(usual_mib), "peak_mib": round(hub.peak_mib()), "cores": round(cores.hub), "foreign_cores": round(cores.foreign),
        "samples_lost": hub.metric("linepack_store_samples_lost_total").await,
    }));
    viewer.close();
}

/// Nothing comes, then everything again.
async fn broker_gone(away: Duration) {
    let broker = Broker::start().await;
    let port = broker.port;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(port), 1_000, 10, 1);
    let hub = Hub::start(dir.path()).await;
    let look = Look { address: hub.address(), token: &hub.token, rate: "now", points: &["*"], of_asset: 10 };
    let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
    let plan = Plan { port, shape: Shape::Asset, assets: 1_000, points: 10, rate: 1_000 };
    let load = Load::start(plan);
    count_from(load.base);
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(broker);
    load.finish();
    tokio::time::sleep(away).await;
    let alarmed = alarms(&hub, 1, Duration::from_secs(5)).await;
    let broker = Broker::at(port).await;
    let back = now_us();
    let load = Load::start(plan);
    count_from(load.base);
    viewer.reset();
    while viewer.seen().values == 0 && now_us() - back < 120_000_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    say(&json!({
        "bench": "broker-gone", "away_s": away.as_secs(), "alarmed": alarmed == 1,
        "shown_again_after_s": round((now_us() - back) as f64 / 1e6), "rss_mib": round(hub.rss_mib()),
    }));
    load.finish();
    viewer.close();
    drop(broker);
}

/// The hub's database server stops and comes back; alarms go on meanwhile and history is complete afterwards.
async fn database_gone(away: Duration) {
    if !std::path::Path::new("/usr/lib/postgresql/15/bin/postgres").exists() {
        return say(&json!({"bench": "database-gone", "left_out": "PostgreSQL 15 is not installed"}));
    }
    const MESSAGES: u64 = 1_000;
    let mut server = Postgres::start().await;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), 1_001, 10, 1);
    let toml = std::fs::read_to_string(dir.path().join("hub.toml")).expect("hub.toml");
    std::fs::write(dir.path().join("hub.toml"), toml.replace("sqlite://data/hub.db", &server.url())).expect("hub.toml");
    let hub = Hub::start(dir.path()).await;
    linked(&hub).await;
    let load = Load::start(Plan { port: broker.port, shape: Shape::Asset, assets: 1_000, points: 10, rate: MESSAGES });
    tokio::time::sleep(Duration::from_secs(3)).await;
    // who was let in before is known while the database is away
    hub.get("/alarms?limit=1").await;
    server.down();
    tokio::time::sleep(away).await;
    let begin = now_us();
    let port = broker.port;
    tokio::task::spawn_blocking(move || alarm(&mut connect(port, "alarms"), 1_000, 0)).await.expect("sent");
    let alarmed = alarms(&hub, 1, Duration::from_secs(10)).await;
    let alarm_ms = (now_us() - begin) as f64 / 1e3;
    server.up().await;
    let begin = now_us();
    let sent = load.finish();
    while hub.metric("linepack_store_behind_seconds").await > 0.0 && now_us() - begin < 120_000_000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let caught_up_s = (now_us() - begin) as f64 / 1e6;
    let (mut expected, mut found) = (0, 0);
    for at in (0..MESSAGES).step_by(50) {
        expected += sent / MESSAGES + u64::from(at < sent % MESSAGES);
        let asset = asset_at(at as usize, MESSAGES as usize);
        found += rows(&hub.get(&format!("/history?points=a{asset}/p3&max_points=10000")).await);
    }
    say(&json!({
        "bench": "database-gone", "away_s": away.as_secs(), "alarm_meanwhile": alarmed == 1, "alarm_ms": round(alarm_ms),
        "caught_up_s": round(caught_up_s), "expected_rows": expected, "lost_rows": expected as i64 - found, "rss_mib": round(hub.rss_mib()),
    }));
}

/// No file may grow beyond 48 MiB: what was shown before that must still be there when there is room again.
async fn disk_full() {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), 2_000, 10, 1);
    let token = token(dir.path());
    let hub = Hub::serve_within(dir.path(), token.clone(), 48 << 10).await;
    linked(&hub).await;
    let port = broker.port;
    let raise = move || {
        let mut socket = connect(port, "alarms");
        (0..50).for_each(|n| alarm(&mut socket, 1_000 + n, n));
    };
    tokio::task::spawn_blocking(raise).await.expect("sent");
    let shown = alarms(&hub, 50, Duration::from_secs(10)).await;
    let load = Load::start(Plan { port, shape: Shape::Asset, assets: 1_000, points: 10, rate: 10_000 });
    let ended = tokio::time::timeout(Duration::from_secs(30), hub.ended()).await.is_ok();
    load.finish();
    let hub = Hub::serve(dir.path(), token).await;
    let found = alarms(&hub, shown, Duration::from_secs(10)).await;
    say(
        &json!({"bench": "disk-full", "stopped_by_itself": ended, "alarms_shown": shown, "alarms_lost": shown - found}),
    );
}

/// `kill -9` while alarms come at QoS 1: each that the broker took must be there in the end.
async fn killed(times: usize) {
    let broker = Broker::start().await;
    let port = broker.port;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(port), 2_000, 10, 1);
    let token = token(dir.path());
    let load = Load::start(Plan { port, shape: Shape::Asset, assets: 1_000, points: 10, rate: 1_000 });
    // the broker keeps what comes while the hub is away only for a session it knows
    let mut hub = Hub::serve(dir.path(), token.clone()).await;
    linked(&hub).await;
    let mut socket = connect(port, "alarms");
    let (mut raised, mut slowest) = (0, 0.0_f64);
    for _ in 0..times {
        for n in 0..150 {
            alarm(&mut socket, 1_000 + raised, raised);
            raised += 1;
            tokio::time::sleep(Duration::from_millis(4)).await;
            if n == 100 {
                hub.kill().await;
                let begin = now_us();
                hub = Hub::serve(dir.path(), token.clone()).await;
                slowest = slowest.max((now_us() - begin) as f64 / 1e6);
            }
        }
    }
    let found = alarms(&hub, raised, Duration::from_secs(30)).await;
    load.finish();
    say(
        &json!({"bench": "kill-9", "times": times, "alarms": raised, "alarms_lost": raised - found, "ready_again_s": round(slowest)}),
    );
}

/// Waits until the hub hears the broker.
async fn linked(hub: &Hub) {
    while hub.metric("linepack_connection_up").await < 1.0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A value far below its limit, acknowledged by the broker.
fn alarm(socket: &mut std::net::TcpStream, asset: usize, n: usize) {
    let id = u16::try_from(n % 60_000 + 1).expect("a packet number");
    socket
        .write_all(&publish(&format!("linepack/v1/telemetry/a{asset}/p0"), b"-2000000", Some(id)))
        .expect("published");
    let mut acknowledged = [0; 4];
    socket.read_exact(&mut acknowledged).expect("acknowledged");
}

/// Waits for so many alarms; those that are there in the end.
async fn alarms(hub: &Hub, wanted: usize, longest: Duration) -> usize {
    let begin = now_us();
    loop {
        let mut found = HashSet::new();
        let mut cursor = String::new();
        loop {
            let page = hub.get(&format!("/alarms?limit=500{cursor}")).await;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            found.extend(items.iter().filter_map(|a| a["id"].as_str().map(str::to_owned)));
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                _ => break,
            }
        }
        if found.len() >= wanted || now_us() - begin > longest.as_micros() as u64 {
            return found.len().min(wanted);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
