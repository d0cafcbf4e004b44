//! Sparkplug payloads from memory → parsed, points found, samples ready for the engine; beside a whole decode by prost.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use linepack::ingest::SparkplugProbe;
use linepack::site::Site;
use linepack_core::{Input, Ts};
use prost::Message as _;

/// Metrics of the one device.
const METRICS: usize = 1000;
/// Metrics of a message.
const IN_ONE: usize = 100;
const NOW: i64 = 1_795_305_600_000;

#[derive(Clone, PartialEq, prost::Message)]
struct Payload {
    #[prost(uint64, optional, tag = "1")]
    timestamp: Option<u64>,
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
    #[prost(uint64, optional, tag = "3")]
    seq: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Metric {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(uint64, optional, tag = "2")]
    alias: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    datatype: Option<u32>,
    #[prost(double, optional, tag = "13")]
    double: Option<f64>,
}

/// Prints metrics a second on one core.
pub(crate) async fn run() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut hub = "[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"mqtt://127.0.0.1:1\"\n\
        subscribe = [{ topic = \"spBv1.0/#\", format = \"sparkplug-b\" }]\n[[template]]\nname = \"t\"\n"
        .to_owned();
    for n in 0..METRICS {
        let _ = writeln!(hub, "[[template.point]]\nname = \"m{n}\"");
    }
    std::fs::write(dir.path().join("hub.toml"), hub).expect("written");
    std::fs::write(dir.path().join("assets.csv"), "id,template,connection,lon,lat\nd,t,field,106.5,29.5\n")
        .expect("written");
    std::fs::write(dir.path().join("crews.csv"), "id,base_lon,base_lat\n").expect("written");
    let (site, _) = Site::load(dir.path(), Ts(NOW)).expect("a site");
    let mut probe = SparkplugProbe::new(&site, Duration::from_secs(5)).expect("a connection");

    let metric = |n: usize, value: f64, birth: bool, at: i64| Metric {
        name: birth.then(|| format!("m{n}")),
        alias: Some(n as u64),
        timestamp: Some(at as u64),
        datatype: birth.then_some(10),
        double: Some(value),
    };
    let encode =
        |metrics, seq, at: i64| Payload { timestamp: Some(at as u64), metrics, seq: Some(seq) }.encode_to_vec();
    probe.message(Ts(NOW), "spBv1.0/g/NBIRTH/n", &encode(vec![], 0, NOW));
    let birth = (0..METRICS).map(|n| metric(n, 0.0, true, NOW)).collect();
    probe.message(Ts(NOW), "spBv1.0/g/DBIRTH/n/d", &encode(birth, 1, NOW));
    // 256 messages, so that their sequence numbers go round
    let messages: Vec<_> = (0..256usize)
        .map(|i| {
            let at = NOW + 1 + i as i64;
            let metrics = (0..IN_ONE).map(|m| metric((i * IN_ONE + m) % METRICS, i as f64 + 0.5, false, at)).collect();
            encode(metrics, (2 + i as u64) % 256, at)
        })
        .collect();
    let bytes: usize = messages.iter().map(Vec::len).sum();

    let (mut host, mut prost) = (0.0f64, 0.0f64);
    for _ in 0..5 {
        let start = Instant::now();
        let mut samples = 0usize;
        for _ in 0..20 {
            for message in &messages {
                for input in probe.message(Ts(NOW + 300), "spBv1.0/g/DDATA/n/d", message) {
                    if let Input::Samples(all) = input {
                        samples += black_box(all).len();
                    }
                }
            }
        }
        assert_eq!(samples, 20 * 256 * IN_ONE, "every metric became a sample");
        host = host.max(samples as f64 / start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut metrics = 0usize;
        for _ in 0..20 {
            for message in &messages {
                metrics += black_box(Payload::decode(message.as_slice()).expect("a payload")).metrics.len();
            }
        }
        prost = prost.max(metrics as f64 / start.elapsed().as_secs_f64());
    }
    crate::say(&serde_json::json!({
        "case": "sparkplug",
        "metrics_per_s": host.round(),
        "prost_decode_per_s": prost.round(),
        "bytes_per_metric": bytes as f64 / (256 * IN_ONE) as f64,
    }));
}
