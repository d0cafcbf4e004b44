//! One socket against a thousand that follow the same points: processor time of the hub for each.

use std::time::Duration;

use rumqttc::QoS;
use serde_json::json;

use crate::hub::{Broker, Hub, site};
use crate::socket::Socket;
use crate::stats::now_us;

const SECONDS: u64 = 5;

pub(crate) async fn run() {
    for sockets in [1_usize, 1_000] {
        let broker = Broker::start().await;
        let dir = tempfile::tempdir().expect("a folder");
        site(dir.path(), Some(broker.port), 100, 10);
        let hub = Hub::start(dir.path()).await;
        let (client, mut events) = broker.client();
        let pump = tokio::task::spawn(async move { while events.poll().await.is_ok() {} });
        let mut readers = vec![];
        let subscribe = json!({"type": "subscribe", "topics": ["alarms", "crews"], "points": ["a1*"]});
        for _ in 0..sockets {
            let mut socket = Socket::open(&hub, "4", subscribe.clone()).await;
            readers.push(tokio::task::spawn(async move {
                loop {
                    socket.text().await;
                }
            }));
        }
        let (base, cpu) = (now_us(), hub.cpu_s());
        let mut sent = 0_u64;
        while now_us() < base + SECONDS * 1_000_000 {
            while sent < (now_us() - base) * 1_000 / 1_000_000 {
                let topic = format!("linepack/v1/telemetry/a{}/p{}", sent % 100, sent / 100 % 10);
                client.publish(topic, QoS::AtMostOnce, false, format!("{}", sent % 977)).await.expect("published");
                sent += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        println!(
            "{}",
            json!({"bench": "fanout", "sockets": sockets, "values_per_s": 1000, "hub_cores": (hub.cpu_s() - cpu) / SECONDS as f64, "rss_mib": hub.rss_mib()})
        );
        readers.iter().for_each(tokio::task::JoinHandle::abort);
        pump.abort();
    }
}
