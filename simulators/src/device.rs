//! Devices that publish their values: what they say and when.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::MissedTickBehavior;

use crate::error::SimError;
use crate::mqtt::Client;
use crate::plant::{Asset, Link, MqttStyle};
use crate::simulation::Shared;

/// Devices that share one connection to the broker.
const DEVICES_A_CLIENT: usize = 200;
/// How often a device publishes.
const EVERY: Duration = Duration::from_secs(2);
/// Parts of `EVERY` over which devices are spread.
const PHASES: usize = 10;

/// Starts all MQTT devices.
pub(crate) fn start(shared: &Arc<Shared>, url: &str) -> Result<(), SimError> {
    let speaks = |a: &usize| matches!(shared.plant.assets[*a].link, Link::Mqtt(_));
    let devices: Vec<usize> = (0..shared.plant.assets.len()).filter(speaks).collect();
    for (number, group) in devices.chunks(DEVICES_A_CLIENT).enumerate() {
        let id = format!("sim-stations-{number}-{:08x}", shared.options.seed as u32);
        let (client, _) = Client::start(url, &id, Vec::new(), &shared.tasks)?;
        shared.tasks.spawn(publish(shared.clone(), client, group.to_vec()));
    }
    Ok(())
}

async fn publish(shared: Arc<Shared>, client: Client, group: Vec<usize>) {
    let mut clock = tokio::time::interval(EVERY / PHASES as u32);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for phase in (0..PHASES).cycle() {
        clock.tick().await;
        if !client.is_up() {
            continue;
        }
        let now_ms = (shared.options.now)();
        for &asset in group.iter().skip(phase).step_by(PHASES) {
            let values = shared.world().values(asset).to_vec();
            if let Some((topic, payload)) = message(&shared.plant.assets[asset], &values, now_ms) {
                client.send(&topic, payload);
            }
        }
    }
}

/// Topic and payload of a device's values.
fn message(asset: &Asset, values: &[f64], now_ms: i64) -> Option<(String, Vec<u8>)> {
    let Link::Mqtt(style) = &asset.link else { return None };
    let named = asset.points.iter().zip(values).map(|(p, v)| (p.name.as_str(), (v * 1_000.0).round() / 1_000.0));
    match style {
        MqttStyle::Linepack => {
            let values: Map<String, Value> = named.map(|(n, v)| (n.to_owned(), json!(v))).collect();
            let body = json!({ "ts_ms": now_ms, "values": values });
            Some((format!("linepack/v1/telemetry/{}", asset.id), body.to_string().into_bytes()))
        }
        MqttStyle::Json { topic, ts, values: pointers } => {
            let mut body = json!({});
            if let Some(pointer) = ts {
                put(&mut body, pointer, json!(now_ms));
            }
            for (name, value) in named {
                if let Some((_, pointer)) = pointers.iter().find(|(n, _)| n == name) {
                    put(&mut body, pointer, json!(value));
                }
            }
            Some((topic.replace("{asset}", &asset.id), body.to_string().into_bytes()))
        }
    }
}

/// Sets the value a JSON pointer means, making objects on the way.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut at = body;
    for step in pointer.trim_start_matches('/').split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[step.as_str()];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use linepack_core::LonLat;

    use super::*;
    use crate::plant::Point;

    fn asset(style: MqttStyle) -> Asset {
        let points = ["flow", "volume"].map(|n| Point { name: n.into(), ..Point::default() }).to_vec();
        let position = LonLat { lon: 0.0, lat: 0.0 };
        Asset { id: "m-1".into(), name: String::new(), kind: String::new(), position, link: Link::Mqtt(style), points }
    }

    #[test]
    fn speaks_both_styles() {
        let (topic, body) = message(&asset(MqttStyle::Linepack), &[1.5, 2.0], 7).unwrap();
        assert_eq!(topic, "linepack/v1/telemetry/m-1");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"ts_ms": 7, "values": {"flow": 1.5, "volume": 2.0}}));
        let style = MqttStyle::Json {
            topic: "meters/{asset}/state".into(),
            ts: Some("/time".into()),
            values: vec![("flow".into(), "/q/std".into()), ("volume".into(), "/total".into())],
        };
        let (topic, body) = message(&asset(style), &[1.5, 2.0], 7).unwrap();
        assert_eq!(topic, "meters/m-1/state");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"time": 7, "q": {"std": 1.5}, "total": 2.0}));
    }
}
