//! MQTT publish → websocket frame, `rate=now`, history and alarms on; and the least program beside it in the same run.
//! A value is the moment it was due, so that a late load counts as delay.

use std::time::Duration;

use serde_json::{Value, json};

use crate::floor::Floor;
use crate::hub::{Broker, Field, Hub, free_port, site_of};
use crate::load::{Load, Plan, Shape, asset_at};
use crate::node_red::NodeRed;
use crate::stats::round;
use crate::usage::{Meter, cpu_s};
use crate::viewer::{Look, Seen, Viewer, count_from};
use crate::{Extent, say};

/// One load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) assets: usize,
    pub(crate) points: usize,
    /// Messages a second.
    pub(crate) rate: u64,
    /// Through the hub's own broker.
    pub(crate) embedded: bool,
    /// Left out at the start: connections and caches warm up.
    pub(crate) warm: Duration,
    pub(crate) run: Duration,
}

impl Case {
    fn values_per_s(&self) -> u64 {
        match self.shape {
            Shape::Value => self.rate,
            Shape::Asset => self.rate * self.points as u64,
        }
    }

    fn plan(&self, port: u16) -> Plan {
        Plan { port, shape: self.shape, assets: self.assets, points: self.points, rate: self.rate }
    }
}

/// `LINEPACK_BENCH_RATES=50000,70000`: these messages a second alone.
pub(crate) async fn run(extent: Extent) {
    let s = Duration::from_secs;
    let base = Case {
        name: "mqtt",
        shape: Shape::Value,
        assets: 100,
        points: 10,
        rate: 5_000,
        embedded: false,
        warm: s(1),
        run: s(extent.pick(2, 4, 10)),
    };
    let rates: &[u64] =
        extent.pick(&[5_000], &[1_000, 5_000, 20_000, 50_000, 70_000], &[1_000, 5_000, 20_000, 50_000, 70_000]);
    let asked: Option<Vec<u64>> = std::env::var("LINEPACK_BENCH_RATES")
        .ok()
        .map(|rates| rates.split(',').map(|rate| rate.parse().expect("messages a second")).collect());
    for &rate in asked.as_deref().unwrap_or(rates) {
        let case = Case { rate, ..base };
        beside(case, extent.pick(1, 3, 3)).await;
        node_red(case).await;
    }
    if extent != Extent::Smoke && asked.is_none() {
        // asset messages of ten values, through the broker inside
        for rate in [10_000, 25_000, 50_000] {
            alone(Case { name: "mqtt-embedded", shape: Shape::Asset, assets: 10_000, rate, embedded: true, ..base })
                .await;
        }
    }
}

/// The hub and the floor in turn under the same load: the machine's speed changes within a minute. The medians are compared.
pub(crate) async fn beside(case: Case, turns: usize) {
    let (mut hubs, mut floors) = (vec![], vec![]);
    for _ in 0..turns {
        hubs.push(alone(case).await);
        floors.push(floor(case).await);
    }
    let both = |key: &str| (median(&hubs, key), median(&floors, key));
    let ratio = |(hub, floor): (f64, f64)| round(hub / floor);
    let (p99, p50) = (both("p99_ms"), both("p50_ms"));
    say(&json!({"bench": case.name, "compared": "hub / floor", "values_per_s": case.values_per_s(), "turns": turns,
        "p50": ratio(p50), "p99": ratio(p99), "cores": ratio(both("cores")),
        "hub_p50_ms": p50.0, "floor_p50_ms": p50.1, "hub_p99_ms": p99.0, "floor_p99_ms": p99.1}));
}

fn median(lines: &[Value], key: &str) -> f64 {
    let mut all: Vec<f64> = lines.iter().map(|line| line[key].as_f64().unwrap_or(f64::NAN)).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The hub under the load.
pub(crate) async fn alone(case: Case) -> Value {
    let broker = if case.embedded { None } else { Some(Broker::start().await) };
    let port = broker.as_ref().map_or_else(free_port, |b| b.port);
    let dir = tempfile::tempdir().expect("a folder");
    let field = if case.embedded { Field::Embedded(port) } else { Field::Broker(port) };
    site_of(dir.path(), field, case.assets, case.points, 0);
    let hub = Hub::start(dir.path()).await;
    let broker_pid = broker.as_ref().map(Broker::pid);
    let (mut line, begun) = measure(&case, "hub", port, hub.address(), &hub.token, hub.pid(), broker_pid).await;
    line["rss_mib"] = json!(round(hub.rss_mib()));
    line["peak_mib"] = json!(round(hub.peak_mib()));
    line["behind_s"] = json!(round(hub.metric("linepack_store_behind_seconds").await));
    line["spool_mib"] = json!(round(hub.metric("linepack_store_spool_bytes").await / f64::from(1 << 20)));
    line["samples_lost"] = json!(hub.metric("linepack_store_samples_lost_total").await);
    line["overflows"] = json!(hub.metric("linepack_push_overflow_total").await);
    if case.name == "main" {
        line["history"] = history(&hub, &case, begun).await;
    }
    say(&line);
    line
}

/// The least program under the load.
async fn floor(case: Case) -> Value {
    let broker = Broker::start().await;
    let args = ["floor-hub".into(), broker.port.to_string(), case.assets.to_string(), case.points.to_string()];
    let floor = Floor::start(&args);
    let (line, _) = measure(&case, "floor", broker.port, &floor.address, "", floor.pid(), Some(broker.pid())).await;
    say(&line);
    line
}

/// Node-RED under the load, where there is one.
async fn node_red(case: Case) {
    let broker = Broker::start().await;
    let Some(peer) = NodeRed::start(broker.port).await else { return };
    let (line, _) = measure(&case, "node-red", broker.port, &peer.address, "", peer.pid(), Some(broker.pid())).await;
    say(&line);
}

/// Sends, watches and says what was seen; and how many messages were sent in all.
async fn measure(
    case: &Case,
    program: &str,
    port: u16,
    address: &str,
    token: &str,
    pid: u32,
    broker: Option<u32>,
) -> (Value, u64) {
    let look = Look { address, token, rate: "now", points: &["*"], of_asset: case.points };
    let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
    settle(program).await;
    let load = Load::start(case.plan(port));
    count_from(load.base);
    tokio::time::sleep(case.warm).await;
    let broker_s = || broker.map_or(0.0, cpu_s);
    let (meter, sent_before, broker_before) = (Meter::start(pid, broker.as_slice()), load.sent(), broker_s());
    viewer.reset();
    tokio::time::sleep(case.run).await;
    let (cores, sent) = (meter.cores(), load.sent() - sent_before);
    let broker_cores = (broker_s() - broker_before) / case.run.as_secs_f64();
    let shown_in_time = viewer.seen().values;
    let all = load.finish();
    // what is still on its way
    let mut before = 0;
    let seen = loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let seen: Seen = viewer.seen();
        if seen.values == before {
            break seen;
        }
        before = seen.values;
    };
    let each = case.values_per_s() / case.rate;
    // those sent in the warm-up and seen after it, and the other way about, are a flush's worth
    let offered = (all - sent_before) * each;
    let line = json!({
        "bench": case.name, "program": program, "values_per_s": case.values_per_s(), "messages_per_s": case.rate,
        "points": case.assets * case.points, "seconds": case.run.as_secs(),
        "broker": if case.embedded { "embedded" } else { "mosquitto" },
        "offered": offered, "sent_share": round(sent as f64 / (case.rate * case.run.as_secs()) as f64),
        "shown_per_s": shown_in_time / case.run.as_secs(),
        // of one point, several values inside one flush are conflated to the newest: not loss, and not hidden
        "not_shown": offered.saturating_sub(seen.values),
        "p50_ms": seen.delays.ms(0.5), "p99_ms": seen.delays.ms(0.99), "p999_ms": seen.delays.ms(0.999), "max_ms": seen.delays.max_ms(),
        "cores": round(cores.hub), "broker_cores": round(broker_cores), "foreign_cores": round(cores.foreign),
        "frames_per_s": seen.frames / case.run.as_secs(), "snapshots": seen.snapshots,
    });
    viewer.close();
    (line, all)
}

/// A floor program subscribes only after its screen has come.
async fn settle(program: &str) {
    let time = if program == "hub" { 200 } else { 500 };
    tokio::time::sleep(Duration::from_millis(time)).await;
}

/// Asks for the rows of some points once the historian has caught up: each value sent must be there.
async fn history(hub: &Hub, case: &Case, messages: u64) -> Value {
    let begin = crate::stats::now_us();
    while hub.metric("linepack_store_behind_seconds").await > 0.0 && crate::stats::now_us() - begin < 60_000_000 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let caught_up_s = (crate::stats::now_us() - begin) as f64 / 1e6;
    let assets = case.assets as u64;
    let (mut expected, mut found) = (0, 0);
    for n in 0..40 {
        let at = n * assets / 40;
        expected += messages / assets + u64::from(at < messages % assets);
        let asset = asset_at(at as usize, case.assets);
        let answer = hub.get(&format!("/history?points=a{asset}/p{}&max_points=10000", n % case.points as u64)).await;
        found += rows(&answer);
    }
    json!({"caught_up_s": round(caught_up_s), "asked_points": 40, "expected_rows": expected, "lost_rows": i64::try_from(expected).unwrap_or(0) - found})
}

/// Rows of an answer of `/history`, wherever they stand in it.
pub(crate) fn rows(answer: &Value) -> i64 {
    match answer {
        Value::Array(items) if items.first().is_some_and(|i| i.is_array()) => items.len() as i64,
        Value::Array(items) => items.iter().map(rows).sum(),
        Value::Object(map) => map.values().map(rows).sum(),
        _ => 0,
    }
}
