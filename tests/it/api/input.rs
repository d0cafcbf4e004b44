//! Values from programs, and what is said about wrong requests.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};

#[tokio::test(flavor = "multi_thread")]
async fn samples_are_taken_one_by_one() {
    let hub = TestHub::start().await;
    let ts = 1_900_000_000_000_i64;
    let (status, result) = hub
        .post(
            "ingest",
            "/samples",
            json!([
                {"point": "rs-0001/outlet_pressure", "value": 98.5},
                {"point": "rs-0001/nothing", "value": 1.0},
                {"point": "rs-0001/flow", "value": "much"},
                {"point": "rs-0001/flow", "value": null},
                {"point": "rs-0001/flow", "value": null, "quality": "bad"},
                {"point": "rs-0001/flow", "value": 1.0, "quality": "fine"},
                {"point": "rs-0001/flow", "value": 1.0, "ts_ms": ts / 1000},
                {"point": "rs-0001/flow", "value": 1.0, "unit": "m3/h"},
                17
            ]),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!((&result["accepted"], &result["refused"]), (&json!(2), &json!(7)), "{result}");
    let indexes: Vec<u64> =
        result["refusals"].as_array().expect("a list").iter().filter_map(|r| r["index"].as_u64()).collect();
    assert_eq!(indexes, [1, 2, 3, 5, 6, 7, 8]);
    assert_eq!(result["refusals"][0]["point"], "rs-0001/nothing");

    let (_, value) = hub.get("viewer", "/points/rs-0001/outlet_pressure").await;
    assert_eq!((&value["value"], &value["unit"], &value["quality"]), (&json!(98.5), &json!("kPa"), &json!("good")));
    let (_, value) = hub.get("viewer", "/points/rs-0001/flow").await;
    assert_eq!(value["quality"], "bad");

    let (_, result) = hub.post("ingest", "/samples", json!([{"point": "rs-0001/flow", "value": true}])).await;
    assert_eq!(result["accepted"], 1, "a switch");
    let (_, value) = hub.get("viewer", "/points/rs-0001/flow").await;
    assert_eq!((&value["value"], &value["quality"]), (&json!(1.0), &json!("good")));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_is_told_what_is_wrong_field_by_field() {
    let hub = TestHub::start().await;
    let fields = |body: &Value| -> Vec<String> {
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|e| e["field"].as_str().map(ToOwned::to_owned)).collect()
    };
    for (path, body, wrong) in [
        ("/incidents", json!({}), &["kind", "lon", "lat"][..]),
        ("/incidents", json!({"kind": "leak", "lon": 200, "lat": 29.5}), &["lon"]),
        ("/incidents", json!({"kind": "leak", "lon": "106", "lat": 29.5}), &["lon"]),
        ("/incidents", json!({"kind": "leak", "lon": 106, "lat": 29.5, "adress": "x"}), &["adress"]),
        ("/crews/c-01/status", json!({"status": "assigned"}), &["status"]),
        ("/crews/c-01/position", json!({"lon": 106.5}), &["lat"]),
        ("/crews/c-01/position", json!({"lon": 106.5, "lat": 29.5, "accuracy_m": -1}), &["accuracy_m"]),
    ] {
        let (status, answer) = hub.post("dispatcher", path, body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {answer}");
        assert_eq!(fields(&answer), wrong, "{path} {body}: {answer}");
    }
    for (path, wrong) in [
        ("/history", &["points"][..]),
        ("/history?points=rs-0001/flow&from_ms=5&to_ms=5&max_points=1", &["from_ms", "max_points"]),
        ("/history?points=rs-0001/flow&from_ms=soon", &["from_ms"]),
        ("/history?points=rs-0001/flow&every=soon", &["every"]),
        ("/history?points=rs-0001/flow&every=1h&aggregate=median", &["aggregate"]),
        ("/history?points=rs-0001/flow&aggregate=mean", &["every"]),
        ("/history?points=rs-0001/flow&every=1s&from_ms=0", &["every"]),
        ("/assets?limit=1001", &["limit"]),
        ("/assets?bbox=1,2,3", &["bbox"]),
        ("/assets?cursor=%21", &["cursor"]),
        ("/alarms?state=sleeping", &["state"]),
        ("/alarms?priority=urgent", &["priority"]),
        ("/values", &["points"]),
        ("/crews/nearest?lon=106.5", &["lat"]),
        ("/crews/nearest?lon=106.5&lat=29.5&k=0", &["k"]),
    ] {
        let (status, answer) = hub.get("viewer", path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {answer}");
        assert_eq!(fields(&answer), wrong, "{path}: {answer}");
    }
    for path in
        ["/assets/x", "/alarms/x", "/alarms/rs-0001:flow:high", "/incidents/i-000099", "/incidents/x", "/crews/x"]
    {
        let (status, answer) = hub.get("viewer", path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {answer}");
    }
    let (status, _) = hub.get("viewer", "/history?points=rs-0001/nothing&from_ms=5&to_ms=1").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "what is not there goes before what is wrong");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let hub = TestHub::start().await;
    let post = |body: Vec<u8>, kind: &str| {
        let request = hub.request("dispatcher", Method::POST, "/api/v1/incidents");
        answer(request.header("content-type", kind).body(body))
    };
    for (body, kind, expected) in [
        (b"{\"kind\":".to_vec(), "application/json", StatusCode::BAD_REQUEST),
        (b"[]".to_vec(), "application/json", StatusCode::UNPROCESSABLE_ENTITY),
        (b"{}".to_vec(), "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (vec![b' '; (1 << 20) + 1], "application/json", StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, problem) = post(body, kind).await;
        assert_eq!(status, expected, "{problem}");
        assert_eq!(problem["status"], expected.as_u16(), "{problem}");
    }
    let many: Vec<Value> = (0..100_001).map(|_| json!({})).collect();
    let (status, problem) = hub.post("ingest", "/samples", Value::Array(many)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    hub.stop().await;
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, text).expect("packed");
    gzip.finish().expect("packed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_batch_may_be_repeated_and_a_bomb_is_refused() {
    let hub = TestHub::start().await;
    let send = |body: Vec<u8>, encoding: &str| {
        let request = hub.request("ingest", Method::POST, "/api/v1/samples").header("content-encoding", encoding);
        answer(request.header("content-type", "application/json").body(body))
    };
    let start = 1_795_305_600_000_i64;
    let row = |n: i64| json!({"point": "rs-0001/flow", "ts_ms": start + n * 1000, "value": n});
    let mut rows: Vec<Value> = (0..10_000).map(row).collect();
    rows.extend((0..1500).map(|n| json!({"point": format!("x/{n}"), "value": 1})));
    let text = Value::Array(rows).to_string();
    for attempt in ["first", "again"] {
        let (status, result) = send(packed(text.as_bytes()), "gzip").await;
        assert_eq!(status, StatusCode::OK, "{attempt}: {result}");
        assert_eq!((&result["accepted"], &result["refused"]), (&json!(10_000), &json!(1500)), "{attempt}");
        assert_eq!(result["refusals"].as_array().map(Vec::len), Some(1000), "the first are listed");
    }
    let path = format!("/history?points=rs-0001/flow&from_ms={start}&to_ms={}&max_points=10000", start + 100_000_000);
    let whole = |h: &Value| h["series"][0]["rows"].as_array().is_some_and(|r| r.len() == 10_000);
    let history = hub.until("viewer", &path, whole).await;
    assert_eq!(history["resolution"], "raw");

    let bomb = packed(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000, "small on the way");
    let (status, problem) = send(bomb, "gzip").await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");
    let (status, problem) = send(b"not gzip".to_vec(), "gzip").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, problem) = send(b"[]".to_vec(), "br").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains("gzip")), "{problem}");
    hub.stop().await;
}
