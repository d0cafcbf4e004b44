//! A value crosses its limit → the alarm is on the socket, after it is durable, with 50,000 values a second beside it;
//! then a storm of 10,000 alarms within a second.

use std::collections::HashSet;
use std::time::Duration;

use rumqttc::{AsyncClient, QoS};
use serde_json::{Map, Value, json};

use crate::hub::{Broker, Hub, site};
use crate::load::{Load, Plan, Shape};
use crate::socket::Socket;
use crate::stats::{Delays, now_us};

const ALARMS: usize = 400;
const BACKGROUND: u64 = 50_000;
/// Assets of ten points that the background moves; those after them have the single alarms, each its own point, so that
/// none chatters; the rest has the storm.
const CALM: usize = 100;
const POINTS: usize = 10;
const SINGLES: usize = ALARMS / POINTS;
const STORM: usize = 1000;
/// The first asset of the storm.
const STORMY: usize = CALM + SINGLES;
const BEYOND: f64 = -2e6;

pub(crate) async fn run() {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), Some(broker.port), STORMY + STORM, POINTS);
    let hub = Hub::start(dir.path()).await;
    let mut socket = Socket::open(&hub, "4", json!({"type": "subscribe", "topics": ["alarms"]})).await;
    let (client, mut events) = broker.client();
    let pump = tokio::task::spawn(async move { while events.poll().await.is_ok() {} });
    let rate = BACKGROUND / POINTS as u64;
    let plan = Plan { port: broker.port, shape: Shape::Asset, assets: CALM, points: POINTS, rate };
    let load = Load::start(plan);
    one_by_one(&client, &mut socket).await;
    storm(&client, &mut socket, &hub).await;
    drop(load);
    pump.abort();
}

/// The low alarm of one point after the other.
async fn one_by_one(client: &AsyncClient, socket: &mut Socket) {
    let mut delays = Delays::default();
    for n in 0..ALARMS {
        let (asset, point) = (CALM + n / POINTS, n % POINTS);
        let id = format!("a{asset}:p{point}:low");
        let sent = now_us();
        let topic = format!("linepack/v1/telemetry/a{asset}/p{point}");
        client.publish(topic, QoS::AtLeastOnce, false, BEYOND.to_string()).await.expect("published");
        loop {
            let frame: Value = serde_json::from_str(&socket.text().await).expect("JSON");
            if frame["alarms"].as_array().is_some_and(|alarms| alarms.iter().any(|a| a["id"] == id.as_str())) {
                break;
            }
        }
        delays.0.push(now_us() - sent);
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    let (p50, p99, max) = (delays.ms(0.5), delays.ms(0.99), delays.ms(1.0));
    println!(
        "{}",
        json!({"bench": "alarm_to_ws", "alarms": ALARMS, "background_per_s": BACKGROUND, "p50_ms": p50, "p99_ms": p99, "max_ms": max})
    );
}

/// Ten alarms a message; until the last one is shown, and so is durable.
async fn storm(client: &AsyncClient, socket: &mut Socket, hub: &Hub) {
    let wanted = STORM * POINTS;
    let values: Map<String, Value> = (0..POINTS).map(|p| (format!("p{p}"), json!(BEYOND))).collect();
    let message = json!({ "values": values }).to_string();
    let start = now_us();
    let sending = async {
        for asset in STORMY..STORMY + STORM {
            let topic = format!("linepack/v1/telemetry/a{asset}");
            client.publish(topic, QoS::AtLeastOnce, false, message.clone()).await.expect("published");
        }
        now_us() - start
    };
    let mut seen: HashSet<String> = HashSet::new();
    let mut delays = Delays::default();
    let showing = async {
        while seen.len() < wanted {
            let frame = tokio::time::timeout(Duration::from_secs(30), socket.text()).await;
            let Ok(frame) = frame else { break };
            let frame: Value = serde_json::from_str(&frame).expect("JSON");
            for alarm in frame["alarms"].as_array().into_iter().flatten() {
                let id = alarm["id"].as_str().unwrap_or_default();
                if alarm["state"] == "unacknowledged" && is_stormy(id) && seen.insert(id.to_owned()) {
                    delays.0.push(now_us() - start);
                }
            }
        }
        now_us() - start
    };
    let (sent_us, shown_us) = tokio::join!(sending, showing);
    let asked = now_us();
    let page = hub.get("/alarms?limit=100").await["items"].as_array().map_or(0, Vec::len);
    let page_us = now_us() - asked;
    // the journal is the database's, which the background keeps busy
    for _ in 0..200 {
        if hub.metric("linepack_store_behind_seconds").await <= 0.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (rows, in_order) = journal(hub).await;
    println!(
        "{}",
        json!({"bench": "alarm_storm", "alarms": wanted, "background_per_s": BACKGROUND, "sent_in_ms": ms(sent_us),
            "shown": seen.len(), "all_shown_ms": ms(shown_us), "p50_ms": delays.ms(0.5), "journalled": rows,
            "in_order": in_order, "first_page": page, "first_page_ms": ms(page_us)})
    );
}

/// Activations of the storm in the journal, and whether they stand in the order of their times.
async fn journal(hub: &Hub) -> (usize, bool) {
    let (mut alarms, mut times, mut cursor) = (HashSet::new(), vec![], String::new());
    loop {
        let page = hub.get(&format!("/alarms/journal?cause=raise&limit=1000&cursor={cursor}")).await;
        for row in page["items"].as_array().into_iter().flatten() {
            times.push(row["ts_ms"].as_i64().unwrap_or_default());
            let id = row["alarm"].as_str().unwrap_or_default();
            if is_stormy(id) {
                alarms.insert(id.to_owned());
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return (alarms.len(), times.is_sorted_by(|a, b| a >= b)),
        }
    }
}

/// Whether an alarm is of the storm.
fn is_stormy(id: &str) -> bool {
    let asset = id.strip_prefix('a').and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
    asset.is_some_and(|asset| asset >= STORMY)
}

fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
