//! MQTT publish → websocket frame, `rate=now`, through Mosquitto, history and alarms on. The value is the clock itself: microseconds
//! since the run began, and a frame may hold many.

use std::collections::HashSet;
use std::time::Duration;

use rumqttc::QoS;
use serde_json::{Value, json};

use crate::hub::{Broker, Hub, site};
use crate::socket::Socket;
use crate::stats::{Delays, now_us};

const SECONDS: u64 = 6;
/// Left out at the start: connections and caches warm up.
const WARM: u64 = 1;

pub(crate) async fn run() {
    for rate in [1_000_u64, 5_000, 20_000] {
        case(rate).await;
    }
}

async fn case(rate: u64) {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), Some(broker.port), 100, 10);
    let hub = Hub::start(dir.path()).await;
    let mut socket =
        Socket::open(&hub, "now", json!({"type": "subscribe", "topics": ["alarms"], "points": ["*"]})).await;
    let (client, mut events) = broker.client();
    let pump = tokio::task::spawn(async move { while events.poll().await.is_ok() {} });
    let base = now_us();
    let (from, end) = (base + WARM * 1_000_000, base + SECONDS * 1_000_000);
    let load = tokio::task::spawn(async move {
        let mut sent = 0_u64;
        loop {
            let now = now_us();
            if now >= end {
                return sent;
            }
            // open loop: what is due now, stamped with the time it was due
            let due = (now - base) * rate / 1_000_000;
            while sent < due {
                let stamp = sent * 1_000_000 / rate;
                let topic = format!("linepack/v1/telemetry/a{}/p{}", sent % 100, sent / 100 % 10);
                client.publish(topic, QoS::AtMostOnce, false, stamp.to_string()).await.expect("published");
                sent += 1;
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    });
    let (mut delays, mut seen, mut frames) = (Delays::default(), HashSet::new(), 0_u64);
    let (mut cpu, mut warm) = (0.0, false);
    let hard_end = end + 2_000_000;
    loop {
        let left = Duration::from_micros(hard_end.saturating_sub(now_us()));
        let Ok(text) = tokio::time::timeout(left, socket.text()).await else { break };
        let now = now_us();
        if !warm && now >= from {
            (cpu, warm) = (hub.cpu_s(), true);
        }
        frames += 1;
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        for row in frame["values"].as_array().into_iter().flatten() {
            let Some(stamp) = row[1].as_f64().map(|v| v as u64) else { continue };
            if stamp >= WARM * 1_000_000 && seen.insert((row[0].as_str().map(str::to_owned), stamp)) {
                delays.0.push((now - base).saturating_sub(stamp));
            }
        }
    }
    let sent = load.await.expect("the load ran");
    pump.abort();
    let counted = sent - WARM * rate;
    // of one point, several values inside one flush are conflated to the newest: that is not loss, but it is not hidden either
    let shown = delays.0.len() as f64 / counted as f64;
    let cores = (hub.cpu_s() - cpu) / (SECONDS - WARM) as f64;
    println!(
        "{}",
        json!({"bench": "mqtt_to_ws", "rate": rate, "sent": counted, "shown": shown, "frames": frames,
               "p50_ms": delays.ms(0.5), "p99_ms": delays.ms(0.99), "max_ms": delays.ms(1.0), "hub_cores": cores, "rss_mib": hub.rss_mib()})
    );
}
