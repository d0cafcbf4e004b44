//! Requests with numbers and bodies nobody means: each is told what is wrong with it, none costs the others anything.

use linepack::api::roles::ROUTES;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};
use super::wrong::{ACTS, HIGH, LEARNS, MORE, send, unharmed};

fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|e| e["field"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_nobody_can_mean_is_named() {
    let hub = TestHub::start_with(MORE).await;
    let long = format!(r#"{{"minutes": 5, "reason": "{}"}}"#, "x".repeat(501));
    let (note, text) = (format!(r#"{{"position": "control-room", "note": "{}"}}"#, "x".repeat(4001)), "x".repeat(1001));
    let said = format!(r#"{{"text": "{text}"}}"#);
    let many = json!({"ids": (0..10_000).map(|i| format!("rs-{i}:p:high")).collect::<Vec<_>>()}).to_string();
    for (path, body, wrong) in [
        ("/alarms/A/shelve", "{}", &["reason", "minutes"][..]),
        ("/alarms/A/shelve", r#"{"minutes": "NaN", "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": 1e308, "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": -1, "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": 9223372036854775807, "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": 92233720368547758070, "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": 1441, "reason": "x"}"#, &["minutes"]),
        ("/alarms/A/shelve", r#"{"minutes": 5, "reason": ["x"]}"#, &["reason"]),
        ("/alarms/A/shelve", r#"{"minutes": 5, "reason": "x", "why": "y"}"#, &["why"]),
        ("/alarms/A/shelve", r#"{"minutes": 5, "reason": "x", "seq": -1}"#, &["seq"]),
        ("/alarms/A/shelve", &long, &["reason"]),
        ("/alarms/A/ack", r#"{"seq": "last"}"#, &["seq"]),
        ("/alarms/A/ack", r#"{"seq": 1.5}"#, &["seq"]),
        ("/alarms/A/ack", r#"{"sqe": 1}"#, &["sqe"]),
        ("/alarms/A/ack", "[]", &["body"]),
        ("/alarms/A/ack", "7", &["body"]),
        ("/alarms/A/shelve", r#" [5, "positional"]"#, &["body"]),
        ("/alarms/A/suppress", "{}", &["reason"]),
        ("/alarms/A/out-of-service", r#"{"reason": "  "}"#, &["reason"]),
        ("/alarms/A/assign", r#"{"to": 7}"#, &["to"]),
        ("/alarms/A/assign", r#"{"to": "nobody-here"}"#, &["to"]),
        ("/alarms/A/comment", r#"{"text": "\n"}"#, &["text"]),
        ("/alarms/A/comment", &said, &["text"]),
        ("/alarms/A/settings", "{}", &["reason", "limit"]),
        ("/alarms/A/settings", r#"{"limit": "NaN", "reason": "x"}"#, &["limit"]),
        ("/alarms/A/settings", r#"{"limit": 1e308, "reason": "x"}"#, &["limit"]),
        ("/alarms/A/settings", r#"{"limit": -1e308, "reason": "x"}"#, &["limit"]),
        ("/alarms/A/settings", r#"{"deadband": -1, "reason": "x"}"#, &["deadband"]),
        ("/alarms/A/settings", r#"{"deadband": 1e308, "reason": "x"}"#, &["deadband"]),
        ("/alarms/A/settings", r#"{"on_delay_s": 1e308, "reason": "x"}"#, &["on_delay_s"]),
        ("/alarms/A/settings", r#"{"off_delay_s": -1, "reason": "x"}"#, &["off_delay_s"]),
        ("/alarms/A/settings", r#"{"on_delay_s": 9223372036854775807, "reason": "x"}"#, &["on_delay_s"]),
        ("/alarms/A/settings", r#"{"enabled": "no", "reason": "x"}"#, &["enabled"]),
        ("/alarms/A/settings", r#"{"priority": 7, "reason": "x"}"#, &["priority"]),
        ("/alarms/A/settings", r#"{"limit": 125, "reason": "x", "expires_ms": -9223372036854775808}"#, &["expires_ms"]),
        ("/alarms/A/settings", r#"{"limit": 125, "reason": "x", "expires_ms": 92233720368547758070}"#, &["expires_ms"]),
        ("/alarms/ack", "{}", &["ids"]),
        ("/alarms/ack", r#"{"ids": [7]}"#, &["ids[0]"]),
        ("/alarms/ack", r#"{"ids": "all"}"#, &["ids"]),
        ("/alarms/ack", r#"{"id": "x"}"#, &["id"]),
        ("/alarms/ack", &many, &["ids"]),
        ("/models/M/freeze", "{}", &["reason"]),
        ("/models/M/reset", r#"{"reason": null}"#, &["reason"]),
        ("/handover", "{}", &["position"]),
        ("/handover", r#"{"position": "control-room", "to": "nobody-here"}"#, &["to"]),
        ("/handover/take", &note, &["note"]),
        (
            "/points/rs-0001/flow/substitute",
            r#"{"value": 1, "reason": "x", "minutes": 9223372036854775807}"#,
            &["minutes"],
        ),
    ] {
        let path = path.replace("/A/", &format!("/{HIGH}/")).replace("/M/", &format!("/{LEARNS}/"));
        let (status, problem) = send(&hub, "admin", Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {problem}");
        assert_eq!(fields(&problem), wrong, "{path} {body}: {problem}");
    }
    for (path, wrong) in [
        ("/alarms/kpi?from_ms=NaN", "from_ms"),
        ("/alarms/kpi?from_ms=1e308", "from_ms"),
        ("/alarms/kpi?from_ms=-9223372036854775808", "from_ms"),
        ("/alarms/kpi?to_ms=92233720368547758070", "to_ms"),
        ("/alarms/kpi?to_ms=-9223372036854775808", "from_ms"),
        ("/alarms/floods?from_ms=9223372036854775807", "from_ms"),
        ("/alarms/floods?to_ms=inf", "to_ms"),
        ("/alarms/journal?from_ms=5&to_ms=5", "from_ms"),
        ("/alarms/journal?limit=-1", "limit"),
        ("/alarms/journal?limit=0", "limit"),
        ("/alarms/journal?limit=1000000000000", "limit"),
        ("/alarms/journal?cursor=%00", "cursor"),
        ("/alarms/journal?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor"),
        ("/alarms/journal?format=xml", "format"),
        ("/alarms?limit=1e3", "limit"),
        ("/alarms?cursor=Y3JpdGljYWw", "cursor"),
        ("/alarms?position=moon", "position"),
        ("/alarms?hidden=perhaps", "hidden"),
        ("/alarms/A/proposals?from_ms=-9223372036854775808", "from_ms"),
        ("/alarms/A/proposals?true_after_s=NaN", "true_after_s"),
        ("/alarms/A/proposals?true_after_s=inf", "true_after_s"),
        ("/alarms/A/proposals?true_after_s=-1", "true_after_s"),
        ("/alarms/A/proposals?true_after_s=1e308", "true_after_s"),
        ("/models/M/bands?max_points=1", "max_points"),
        ("/models/M/bands?max_points=18446744073709551616", "max_points"),
        ("/models/M/bands?from_ms=9223372036854775807", "from_ms"),
        ("/models?limit=1001", "limit"),
        ("/handover?cursor=LTE", "cursor"),
        ("/reports/alarms?month=0000-00", "month"),
        ("/reports/alarms?month=-999-12", "month"),
        ("/reports/alarms?month=9999-12", "month"),
        ("/reports/alarms?month=2026-02-30", "month"),
        ("/reports/alarms?format=pdf", "format"),
        ("/commands?from_ms=9223372036854775807&to_ms=0", "from_ms"),
        ("/history?points=rs-0001/flow&from_ms=9223372036854775807", "from_ms"),
    ] {
        let path = path.replace("/A/", &format!("/{HIGH}/")).replace("/M/", &format!("/{LEARNS}/"));
        let (status, problem) = hub.get("admin", &path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {problem}");
        assert_eq!(fields(&problem), [wrong], "{path}: {problem}");
    }
    // the whole of time is a period
    let all = "from_ms=-9223372036854775808&to_ms=9223372036854775807";
    for path in [
        format!("/alarms/journal?{all}"),
        format!("/alarms/floods?{all}"),
        format!("/commands?{all}"),
        format!("/history?points=rs-0001/flow&{all}"),
        format!("/models/{LEARNS}/bands?{all}"),
        "/reports/alarms?month=0001-01".to_owned(),
    ] {
        let (status, found) = hub.get("admin", &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {found}");
    }
    unharmed(&hub).await;
    hub.stop().await;
}

/// Bodies that are no object, or one that nobody means.
fn hostile() -> Vec<Vec<u8>> {
    let many: Vec<u32> = (0..10_000).collect();
    let mut all: Vec<Vec<u8>> = [
        "",
        "null",
        "0",
        "\"\"",
        "[]",
        "{}",
        "{",
        "\u{feff}{}",
        "[[[[",
        r#"{"reason": "\ud800"}"#,
        r#"{"value": 1e999}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    all.push(vec![0xff, 0xfe, 0x00]);
    all.push(b"[".repeat(200_000));
    all.push(r#"{"a":"#.repeat(100_000).into_bytes());
    all.push(json!(many).to_string().into_bytes());
    all.push(json!({"ids": many, "reason": many, "position": many, "value": many}).to_string().into_bytes());
    for number in ["-1", "1e308", "-1e308", "9223372036854775807", "-9223372036854775808", "92233720368547758070"] {
        let keys = ["minutes", "seq", "limit", "deadband", "on_delay_s", "expires_ms", "value", "ts_ms", "lon", "lat"];
        let body = keys.map(|k| format!("\"{k}\": {number}")).join(", ");
        all.push(format!("{{{body}, \"reason\": \"x\"}}").into_bytes());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_and_no_number_brings_a_route_down() {
    let hub = TestHub::start_with(MORE).await;
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    // these let go of who asks, or read the site anew each time
    let left_out = ["/api/v1/login", "/api/v1/logout", "/api/v1/site/reload", "/api/docs", "/api/v1/openapi.json"];
    for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| !left_out.contains(path)) {
        let id = if path.contains("/models/") { LEARNS } else { HIGH };
        let at = path.replace("{id}", id).replace("{asset}", "rs-0001").replace("{point}", "flow");
        let at = at.replace("{name}", "x").replace("{position}", "control-room");
        let bodies = if *method == Method::POST { hostile() } else { vec![vec![]] };
        let queries = if *method == Method::GET {
            let all = ["-1", "1e308", "9223372036854775807", "-9223372036854775808", "%00", "%FF", "%F0%9F%94%A5"];
            let keys = ["from_ms", "to_ms", "limit", "cursor", "max_points", "k", "lon", "lat", "every", "month", "q"];
            all.iter().flat_map(|v| keys.map(|k| format!("?points=rs-0001/flow&{k}={v}"))).collect()
        } else {
            vec![String::new()]
        };
        for (body, query) in bodies.iter().flat_map(|b| queries.iter().map(move |q| (b, q))) {
            let request = hub.request("admin", method.clone(), &format!("{at}{query}"));
            let request = request.header("content-type", "application/json").body(body.clone());
            let response = request.send().await.expect("hub answers");
            let status = response.status();
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            assert!(status.as_u16() < 500, "{method} {at}{query} {shown}: {status}");
            if status.is_client_error() {
                assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {at} {shown}");
                let problem: Value = response.json().await.expect("a problem");
                assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{method} {at} {shown}: {problem}");
            }
        }
    }
    unharmed(&hub).await;
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_refused_and_cost_the_others_nothing() {
    let hub = TestHub::start_with(MORE).await;
    let large = bytes::Bytes::from(vec![b' '; 10 << 20]);
    let send = async |path: String| {
        let request = hub.request("admin", Method::POST, &format!("/api/v1{path}"));
        answer(request.header("content-type", "application/json").body(large.clone())).await
    };
    let acts = ACTS.iter().map(|(act, _)| format!("/alarms/{HIGH}/{act}"));
    let others = ["/alarms/ack", "/handover", "/handover/take", "/incidents", "/commands"].map(ToOwned::to_owned);
    for path in acts.chain(others).chain([format!("/models/{LEARNS}/freeze")]) {
        let (status, problem) = send(path.clone()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{path}: {problem}");
    }
    // nor is who may not, or asks for what is not there, left without an answer
    for (who, path, status) in [
        ("viewer", "/alarms/ack", StatusCode::FORBIDDEN),
        ("nobody", "/incidents", StatusCode::UNAUTHORIZED),
        ("admin", "/nothing", StatusCode::NOT_FOUND),
    ] {
        let request = hub.request(who, Method::POST, &format!("/api/v1{path}")).body(large.clone());
        assert_eq!(answer(request).await.0, status, "{path}");
    }
    let (status, alarm) = hub.get("viewer", &format!("/alarms/{HIGH}")).await;
    assert_eq!((status, &alarm["seq"]), (StatusCode::OK, &json!(0)), "{alarm}");
    unharmed(&hub).await;
    hub.stop().await;
}
