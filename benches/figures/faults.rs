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
    disk_full(s(extent.pick(2, 10, 60))).await;
    killed(extent.pick(1, 4, 12), s(extent.pick(0, 1, 10))).await;
}

/// Far more values than fit; the alarms come over a connection of their own, at QoS 1, and must all arrive.
async fn overload(run: Duration) {
    const ALARMS: usize = 200;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), ASSETS, 10, 1);
    let hub = Hub::start(dir.path()).await;
    let look = Look { address: hub.address(), token: &hub.token, rate: "10", points: &["*"], of_asset: 10 };
    let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
    // pictured before: what the same site takes at the most it should, half of what comes then
    let plan = Plan { port: broker.port, shape: Shape::Asset, assets: ASSETS - ALARMS, points: 10, rate: 30_000 };
    let easy = Load::start(plan);
    tokio::time::sleep(Duration::from_secs(5)).await;
    easy.finish();
    let usual_mib = hub.rss_mib();

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
    let (mut oldest, mut values, mut snapshots) = (0.0_f64, 0, 0);
    let mut latest = 0.0_f64;
    let begin = now_us();
    while now_us() - begin < run.as_micros() as u64 * 3 / 4 {
        // what is due and was not sent yet is the broker's delay, not the age of what is shown
        let late = late_ms(&load);
        latest = latest.max(late);
        viewer.reset();
        tokio::time::sleep(Duration::from_millis(250)).await;
        let seen = viewer.seen();
        oldest = oldest.max(seen.delays.ms(0.99) - late);
        (values, snapshots) = (values + seen.values, snapshots + seen.snapshots);
    }
    let cores = meter.cores();
    let taken = load.sent() * 10 / run.as_secs();
    load.finish();
    let begin = now_us();
    raise.await.expect("the alarms went out");
    let found = alarms(&hub, ALARMS, Duration::from_secs(60)).await;
    say(&json!({
        "bench": "overload", "offered_values_per_s": 600_000, "taken_values_per_s": taken, "seconds": run.as_secs(),
        "alarms": ALARMS, "alarms_lost": ALARMS - found, "quiet_after_s": round((now_us() - begin) as f64 / 1e6),
        "shown_values_per_s": values * 4 / (3 * run.as_secs()), "age_p99_ms": round(oldest), "sender_late_ms": round(latest),
        "snapshots": snapshots,
        "usual_mib": round(usual_mib), "peak_mib": round(hub.peak_mib()), "cores": round(cores.hub), "foreign_cores": round(cores.foreign),
        "samples_lost": hub.metric("linepack_store_samples_lost_total").await,
    }));
    viewer.close();
}

/// How far the sender is behind what is due: it waits for a broker that is full.
fn late_ms(load: &Load) -> f64 {
    (now_us() - load.base) as f64 / 1e3 - load.sent() as f64 / 60.0
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

/// The log's disk is full for a while: what was shown stays, what cannot be recorded stays with the broker, and comes when there
/// is space.
async fn disk_full(full: Duration) {
    const ALARMS: usize = 50;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), 2_000, 10, 1);
    let token = token(dir.path());
    let Some(disk) = Disk::mount(&dir.path().join("data/log")) else {
        return say(&json!({"bench": "disk-full", "left_out": "no file system can be mounted here"}));
    };
    let hub = Hub::serve(dir.path(), token.clone()).await;
    linked(&hub).await;
    let port = broker.port;
    let raise = move |from: usize| {
        let mut socket = connect(port, if from == 0 { "alarms-1" } else { "alarms-2" });
        (from..from + ALARMS).for_each(|n| alarm(&mut socket, 1_000 + n, n));
    };
    tokio::task::spawn_blocking(move || raise(0)).await.expect("sent");
    let before = alarms(&hub, ALARMS, Duration::from_secs(10)).await;
    let load = Load::start(Plan { port, shape: Shape::Asset, assets: 1_000, points: 10, rate: 1_000 });

    disk.fill();
    let begin = now_us();
    let said = ready(&hub, false, Duration::from_secs(30)).await;
    let said_s = (now_us() - begin) as f64 / 1e6;
    tokio::task::spawn_blocking(move || raise(ALARMS)).await.expect("sent");
    tokio::time::sleep(full).await;
    let readable = alarms(&hub, before, Duration::from_secs(5)).await == before;
    let full_mib = hub.rss_mib();
    disk.free();
    let begin = now_us();
    let recovered = ready(&hub, true, Duration::from_secs(30)).await;
    let recovered_s = (now_us() - begin) as f64 / 1e6;
    let shown = alarms(&hub, 2 * ALARMS, Duration::from_secs(30)).await;
    load.finish();
    hub.kill().await;
    let hub = Hub::serve(dir.path(), token).await;
    let found = alarms(&hub, 2 * ALARMS, Duration::from_secs(10)).await;
    say(&json!({
        "bench": "disk-full", "full_s": full.as_secs(), "said": said, "said_after_s": round(said_s), "readable_meanwhile": readable,
        "recovered": recovered, "recovered_after_s": round(recovered_s), "alarms": 2 * ALARMS, "alarms_shown": shown,
        "alarms_lost": 2 * ALARMS - found, "rss_mib": round(full_mib),
    }));
}

/// Waits until `readyz` says so; whether it did.
async fn ready(hub: &Hub, good: bool, longest: Duration) -> bool {
    let begin = now_us();
    while now_us() - begin < longest.as_micros() as u64 {
        let answer = reqwest::get(format!("{}/readyz", hub.url)).await;
        if answer.is_ok_and(|a| a.status().is_success() == good) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// A small disk in memory.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(at: &std::path::Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"]).arg(at);
        mount.status().is_ok_and(|s| s.success()).then(|| Self(at.to_owned()))
    }

    fn fill(&self) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("filler"));
        let mut file = file.expect("a file");
        while file.write_all(&[1; 1024]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("removed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // lazily: the hub may still have files of it
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// `kill -9` while alarms come at QoS 1: each that the broker took must be there in the end.
async fn killed(times: usize, every: Duration) {
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
                tokio::time::sleep(every).await;
                hub.kill().await;
                let begin = now_us();
                hub = Hub::serve(dir.path(), token.clone()).await;
                slowest = slowest.max((now_us() - begin) as f64 / 1e6);
            }
        }
    }
    let found = alarms(&hub, raised, Duration::from_secs(30)).await;
    load.finish();
    let mut kept = 0;
    for n in 0..raised {
        kept += rows(&hub.get(&format!("/history?points=a{}/p0&max_points=10", 1_000 + n)).await);
    }
    say(&json!({
        "bench": "kill-9", "times": times, "alarms": raised, "alarms_lost": raised - found,
        "samples_lost": raised as i64 - kept, "ready_again_s": round(slowest),
    }));
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
