//! MQTT messages in memory → samples ready for the engine, on one core; beside a whole parse by `serde_json`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use linepack::ingest::MqttProbe;
use linepack::site::Site;
use linepack_core::{Input, Ts};
use serde_json::{Value, json};

use crate::Extent;

const ASSETS: usize = 1000;
const POINTS: usize = 10;
/// Messages that are read together, as the link does when it is busy.
const TOGETHER: usize = 512;
const NOW: i64 = 1_795_305_600_000;

/// One way of sending values.
struct Way {
    name: &'static str,
    /// Values of a message.
    values: usize,
    messages: Vec<(String, String)>,
}

/// Prints points a second on one core.
pub(crate) async fn run(extent: Extent) {
    let time = extent.pick(Duration::from_millis(300), Duration::from_secs(2), Duration::from_secs(10));
    let dir = tempfile::tempdir().expect("a folder");
    let mut hub = "[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"mqtt://127.0.0.1:1\"\nsubscribe = [\n\
        { topic = \"linepack/v1/telemetry/#\", format = \"linepack\" },\n\
        { topic = \"meters/{asset}/state\", format = \"json\", ts = \"/time\", values = { p0 = \"/q/std\", p1 = \"/total\" } },\n\
        ]\n[[template]]\nname = \"t\"\n"
        .to_owned();
    for n in 0..POINTS {
        let _ = writeln!(hub, "[[template.point]]\nname = \"p{n}\"");
    }
    let mut assets = "id,template,connection,lon,lat\n".to_owned();
    for a in 0..ASSETS {
        let _ = writeln!(assets, "a{a},t,field,106.5,29.5");
    }
    for (file, text) in [("hub.toml", hub.as_str()), ("assets.csv", &assets), ("crews.csv", "id,base_lon,base_lat\n")] {
        std::fs::write(dir.path().join(file), text).expect("written");
    }
    let (site, _) = Site::load(dir.path(), Ts(NOW)).expect("a site");
    let mut probe = MqttProbe::new(&site).expect("a connection");
    for way in ways() {
        let ours = measure(time, &way, |all| {
            for (topic, payload) in all {
                assert!(probe.read(topic, payload.as_bytes(), Ts(NOW)), "{payload}");
            }
            let inputs = black_box(probe.take());
            inputs.iter().map(|i| if let Input::Samples(s) = i { s.len() } else { 0 }).sum()
        });
        let parsed = measure(time, &way, |all| {
            let parse = |(_, payload): &(String, String)| {
                black_box(serde_json::from_str::<Value>(payload).expect("JSON"));
                way.values
            };
            all.iter().map(parse).sum()
        });
        let bytes = way.messages.iter().map(|(_, p)| p.len()).sum::<usize>() as f64 / way.messages.len() as f64;
        crate::say(&json!({"bench": "wire", "way": way.name, "points_per_s": ours, "serde_json_points_per_s": parsed,
            "ratio": ours / parsed, "bytes_per_message": bytes, "points_per_message": way.values}));
    }
}

fn ways() -> [Way; 3] {
    let value = |a: usize, p: usize| ((a * 7919 + p * 104_729) % 1_000_000) as f64 / 1000.0;
    let each = |make: &dyn Fn(usize) -> (String, String)| (0..ASSETS).map(make).collect();
    let whole = |a: usize| {
        let mut text = format!("{{\"ts_ms\":{NOW},\"values\":{{");
        for p in 0..POINTS {
            let _ = write!(text, "{}\"p{p}\":{}", if p == 0 { "" } else { "," }, value(a, p));
        }
        (format!("linepack/v1/telemetry/a{a}"), text + "}}")
    };
    let one = |a: usize| {
        let text = format!("{{\"ts_ms\":{NOW},\"value\":{},\"quality\":\"good\"}}", value(a, 1));
        (format!("linepack/v1/telemetry/a{a}/p1"), text)
    };
    let foreign = |a: usize| {
        let text = format!("{{\"time\":{NOW},\"q\":{{\"std\":{},\"raw\":1}},\"total\":{}}}", value(a, 0), value(a, 1));
        (format!("meters/a{a}/state"), text)
    };
    [
        Way { name: "linepack, asset", values: POINTS, messages: each(&whole) },
        Way { name: "linepack, point", values: 1, messages: each(&one) },
        Way { name: "json", values: 2, messages: each(&foreign) },
    ]
}

/// Points a second.
fn measure(time: Duration, way: &Way, mut read: impl FnMut(&[(String, String)]) -> usize) -> f64 {
    // caches and routes warm up
    for all in way.messages.chunks(TOGETHER) {
        read(all);
    }
    let (began, mut points) = (Instant::now(), 0);
    while began.elapsed() < time {
        for all in way.messages.chunks(TOGETHER) {
            let read = read(all);
            assert_eq!(read, all.len() * way.values, "every value");
            points += read;
        }
    }
    points as f64 / began.elapsed().as_secs_f64()
}
