//! Many screens: a thousand that follow the same points, and ten thousand with a view of 200 of 100,000 points each, some
//! of which read slowly and some of which come and go. Beside the first the same frames from a bare loop.

use std::time::Duration;

use serde_json::{Value, json};

use crate::floor::Floor;
use crate::hub::{Broker, Field, Hub, site_of};
use crate::load::{Load, Plan, Shape};
use crate::node_ws::NodeWs;
use crate::screens::{Crowd, Screens};
use crate::stats::{now_us, round};
use crate::usage::{Meter, memory_mib};
use crate::{Extent, attempt, say};

pub(crate) async fn run(extent: Extent) {
    let s = Duration::from_secs;
    let (same_s, views_s) = (s(extent.pick(3, 8, 30)), s(extent.pick(4, 15, 60)));
    attempt("fanout-same", s(60) + same_s * 6, same(extent.pick(200, 1_000, 1_000), same_s)).await;
    let (clients, changes) = (extent.pick(500, 10_000, 10_000), extent.pick(5_000, 50_000, 50_000));
    attempt("fanout-views", s(100) + views_s * 3, views(clients, changes, views_s)).await;
}

/// Everybody follows the same ten points: a hundred changes a second, then as many as a peer that sends each by itself has
/// no time for.
async fn same(clients: usize, run: Duration) {
    let [hub, ws] = shown(clients, "fanout-same", 100, run).await;
    let floor = Floor::start(&["floor-fan".into(), clients.to_string(), "100".into(), "1".into()]);
    let screens = Screens::open(Crowd { address: floor.address.clone(), ..crowd(clients, "", "") });
    all_in(&screens, clients).await;
    let least = watch("fanout-same", "floor", floor.pid(), &[], &screens, clients, run).await;
    say(&least);
    screens.close();
    drop(floor);
    compare("fanout-same", "floor", &hub, &least);
    compare("fanout-same", "node ws", &hub, &ws);
    let [hub, ws] = shown(clients, "fanout-most", 1_000, run).await;
    compare("fanout-most", "node ws", &hub, &ws);
}

fn crowd(clients: usize, address: &str, token: &str) -> Crowd {
    let (address, token) = (address.to_owned(), token.to_owned());
    Crowd { address, token, rate: "now".into(), clients, slow_percent: 0, assets: (1, 1) }
}

/// What the hub and node's `ws` (null without one) show of so many changes a second.
async fn shown(clients: usize, bench: &str, rate: u64, run: Duration) -> [Value; 2] {
    let broker = Broker::start().await;
    let plan = Plan { port: broker.port, shape: Shape::Value, assets: 1, points: 10, rate };
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), 1, 10, 0);
    let hub = Hub::start(dir.path()).await;
    let before = hub.rss_mib();
    let screens = Screens::open(crowd(clients, hub.address(), &hub.token));
    all_in(&screens, clients).await;
    let load = Load::stamped(plan);
    let mut line = watch(bench, "hub", hub.pid(), &[broker.pid()], &screens, clients, run).await;
    load.finish();
    line["kib_a_client"] = json!(round((hub.rss_mib() - before) * 1024.0 / clients as f64));
    line["offered_per_s"] = json!(rate * clients as u64);
    say(&line);
    screens.close();
    drop(hub);

    let Some(peer) = NodeWs::start(broker.port).await else { return [line, Value::Null] };
    let screens = Screens::open(crowd(clients, &peer.address, ""));
    all_in(&screens, clients).await;
    let load = Load::stamped(plan);
    let mut beside = watch(bench, "node ws", peer.pid(), &[broker.pid()], &screens, clients, run).await;
    load.finish();
    beside["offered_per_s"] = json!(rate * clients as u64);
    say(&beside);
    [line, beside]
}

fn compare(bench: &str, other: &str, hub: &Value, least: &Value) {
    let ratio = |key: &str| round(hub[key].as_f64().unwrap_or(f64::NAN) / least[key].as_f64().unwrap_or(f64::NAN));
    if !least.is_null() {
        say(&json!({"bench": bench, "compared": format!("hub / {other}"), "frames_per_s": ratio("frames_per_s"),
            "values_per_s": ratio("values_per_s"), "p99": ratio("p99_ms"), "cores": ratio("cores")}));
    }
}

/// Each looks at 20 assets of 10 points, ten frames a second; one in twenty reads slowly; then a thousand a second come anew.
async fn views(clients: usize, changes: u64, run: Duration) {
    const ASSETS: usize = 10_000;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), ASSETS, 10, 0);
    let hub = Hub::start(dir.path()).await;
    let load =
        Load::stamped(Plan { port: broker.port, shape: Shape::Asset, assets: ASSETS, points: 10, rate: changes / 10 });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = hub.rss_mib();
    let begin = now_us();
    let screens = Screens::open(Crowd {
        address: hub.address().to_owned(),
        token: hub.token.clone(),
        rate: "10".into(),
        clients,
        slow_percent: 5,
        assets: (20, ASSETS),
    });
    all_in(&screens, clients).await;
    let opened_s = (now_us() - begin) as f64 / 1e6;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut line = watch("fanout-views", "hub", hub.pid(), &[broker.pid()], &screens, clients, run).await;
    line["opened_s"] = json!(round(opened_s));
    line["changes_per_s"] = json!(changes);
    line["kib_a_client"] = json!(round((hub.rss_mib() - before) * 1024.0 / clients as f64));
    line["rss_mib"] = json!(round(hub.rss_mib()));
    say(&line);

    let a_second = (clients / 10) as u64;
    let came = screens.reconnected();
    screens.reconnect(a_second);
    let mut line = watch(
        "fanout-reconnects",
        "hub",
        hub.pid(),
        &[broker.pid()],
        &screens,
        clients,
        run.min(Duration::from_secs(10)),
    )
    .await;
    screens.reconnect(0);
    line["asked_per_s"] = json!(a_second);
    line["reconnected_per_s"] = json!((screens.reconnected() - came) / run.as_secs().min(10));
    line["rss_mib"] = json!(round(hub.rss_mib()));
    say(&line);
    load.finish();
    screens.close();
    let begin = now_us();
    while hub.metric("linepack_push_sessions").await > 0.0 && now_us() - begin < 20_000_000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    say(
        &json!({"bench": "fanout-gone", "rss_mib": round(memory_mib(hub.pid(), "VmRSS")), "before_mib": round(before)}),
    );
}

async fn all_in(screens: &Screens, clients: usize) {
    let begin = now_us();
    while screens.ready() < clients as u64 && now_us() - begin < 60_000_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn watch(
    bench: &str,
    program: &str,
    pid: u32,
    others: &[u32],
    screens: &Screens,
    clients: usize,
    run: Duration,
) -> Value {
    let meter = Meter::start(pid, others);
    screens.reset();
    tokio::time::sleep(run).await;
    let (cores, seen) = (meter.cores(), screens.seen());
    let mut line = json!({
        "bench": bench, "program": program, "clients": clients, "ready": screens.ready(), "seconds": run.as_secs(),
        "frames_per_s": seen.frames / run.as_secs(), "values_per_s": seen.values / run.as_secs(),
        "p50_ms": seen.delays.ms(0.5), "p99_ms": seen.delays.ms(0.99), "max_ms": seen.delays.max_ms(),
        "cores": round(cores.hub), "foreign_cores": round(cores.foreign), "snapshots": seen.snapshots, "closed": seen.closed,
    });
    if seen.slow.count() > 0 {
        line["slow_p50_ms"] = json!(seen.slow.ms(0.5));
        line["slow_max_ms"] = json!(seen.slow.max_ms());
    }
    line
}
