//! A value crosses its limit → the alarm is on the socket, after it is durable; 5,000 values a second beside it.

use std::time::Duration;

use rumqttc::QoS;
use serde_json::{Value, json};

use crate::hub::{Broker, Hub, site};
use crate::socket::Socket;
use crate::stats::{Delays, now_us};

const ALARMS: u64 = 400;

pub(crate) async fn run() {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), Some(broker.port), 100, 10);
    let hub = Hub::start(dir.path()).await;
    let mut socket = Socket::open(&hub, "4", json!({"type": "subscribe", "topics": ["alarms"]})).await;
    let (client, mut events) = broker.client();
    let pump = tokio::task::spawn(async move { while events.poll().await.is_ok() {} });
    let background = client.clone();
    let load = tokio::task::spawn(async move {
        let base = now_us();
        let mut sent = 0_u64;
        loop {
            while sent < (now_us() - base) * 5_000 / 1_000_000 {
                let topic = format!("linepack/v1/telemetry/a{}/p{}", 1 + sent % 99, sent / 99 % 10);
                background.publish(topic, QoS::AtMostOnce, false, "20.5").await.expect("published");
                sent += 1;
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    });
    let mut delays = Delays::default();
    for n in 0..ALARMS {
        // low alarm of a0/p0, raised and cleared in turn
        let value = if n % 2 == 0 { "-2000000" } else { "5" };
        let sent = now_us();
        client.publish("linepack/v1/telemetry/a0/p0", QoS::AtLeastOnce, false, value).await.expect("published");
        loop {
            let frame: Value = serde_json::from_str(&socket.text().await).expect("JSON");
            let state = frame["alarms"][0]["state"].as_str().map(str::to_owned);
            if state.is_some_and(|s| s == if n % 2 == 0 { "unacknowledged" } else { "returned-unacknowledged" }) {
                break;
            }
        }
        delays.0.push(now_us() - sent);
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    load.abort();
    pump.abort();
    println!(
        "{}",
        json!({"bench": "alarm_to_ws", "alarms": ALARMS, "background_per_s": 5000, "p50_ms": delays.ms(0.5), "p99_ms": delays.ms(0.99), "max_ms": delays.ms(1.0)})
    );
}
