//! Detectors through the real program: what they learn is told, outlives `kill -9`, and is frozen and reset by engineers.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::postgres::Postgres;
use crate::hub::{Caller, Hub, now_ms, small_site, token};

const POINTS: &str = r#"
[[template.point]]
name = "level"
unit = "kPa"
[[template.point.alarm]]
kind = "statistical"
priority = "high"
window = "10s"
warm_up = "1min"
memory = "1h"
"#;

const ID: &str = "rs-1:level:statistical";

fn site(dir: &Path, store: &str) {
    small_site(dir, store, "60s", POINTS);
    let path = dir.join("hub.toml");
    let text = std::fs::read_to_string(&path).expect("the site is there");
    // what was measured an hour ago is live here
    std::fs::write(&path, text.replace("[store]", "[store]\nlate_after = \"1h\"")).expect("written");
}

/// Values a second apart from `from` on.
async fn feed(caller: &Caller, from: i64, values: impl Iterator<Item = f64>) -> i64 {
    let sample =
        |(i, value): (usize, f64)| json!({"point": "rs-1/level", "ts_ms": from + 1000 * i as i64, "value": value});
    let all: Vec<Value> = values.enumerate().map(sample).collect();
    let count = all.len();
    assert_eq!(caller.post("/api/v1/samples", Value::Array(all)).await["accepted"], count);
    from + 1000 * count as i64
}

fn usual(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(|i| 100.0 + (i * 7919 % 101) as f64 / 101.0)
}

async fn model(caller: &Caller) -> Value {
    caller.get(&format!("/api/v1/models/{ID}")).await
}

async fn until_learned(caller: &Caller, samples: u64) -> Value {
    caller.until(&format!("/api/v1/models/{ID}"), "the samples to be looked at", |m| m["samples"] == samples).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_tells_what_is_normal_and_why_something_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), "sqlite://data/hub.db");
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);

    let start = now_ms() - 1_000_000;
    let next = feed(&caller, start, usual(31)).await;
    let learning = until_learned(&caller, 31).await;
    assert_eq!(
        (&learning["state"], &learning["learned_s"], &learning["warm_up_s"], &learning["met"]),
        (&json!("learning"), &json!(30.0), &json!(60.0), &json!(null))
    );
    let next = feed(&caller, next, usual(400)).await;
    let normal = until_learned(&caller, 431).await;
    assert_eq!((&normal["state"], &normal["met"], &normal["unit"]), (&json!("watching"), &json!(false), &json!("kPa")));
    assert_eq!(normal["learned_from_ms"], start);
    assert!(normal["numbers"]["mean.mean"].as_f64().is_some_and(|m| (99.0..102.0).contains(&m)), "{normal}");
    assert!(normal["bytes"].as_u64().is_some_and(|b| b > 100), "{normal}");

    let next = feed(&caller, next, std::iter::repeat_n(130.0, 60)).await;
    let raised = |a: &Value| a["state"] == "unacknowledged";
    let alarm = caller.until(&format!("/api/v1/alarms/{ID}"), "the alarm", raised).await;
    let evidence = &alarm["evidence"];
    assert!(evidence["expected"].as_f64().is_some_and(|e| (99.0..102.0).contains(&e)), "{alarm}");
    assert!(evidence["high"].as_f64().is_some_and(|h| h < 130.0) && evidence["learned_from_ms"] == start, "{alarm}");
    assert_eq!(model(&caller).await["met"], true);
    let journal = caller.get(&format!("/api/v1/alarms/journal?alarm={ID}")).await;
    let reason = journal["items"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("expected 100.") && reason.contains("usual "), "{journal}");

    let path = format!("/api/v1/models/{ID}/bands?from_ms={start}&to_ms={next}&max_points=1000");
    let bands = caller.get(&path).await;
    let rows = bands["rows"].as_array().expect("rows").clone();
    assert!(rows.len() > 300, "{} rows", rows.len());
    assert!(rows.iter().all(|r| r[2].as_f64() < r[1].as_f64() && r[1].as_f64() < r[3].as_f64()), "{rows:?}");

    let list = caller.get("/api/v1/models?point=rs-1/level").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["numbers"]), (&json!(ID), &json!({})));
    let all = caller.get("/api/v1/models?limit=1").await;
    let rest = caller.get(&format!("/api/v1/models?cursor={}", all["next_cursor"].as_str().expect("more"))).await;
    assert_eq!((&all["items"][0]["asset"], &rest["items"][0]["asset"]), (&json!("rs-1"), &json!("rs-2")));
    assert_eq!(rest["next_cursor"], json!(null));
    for (path, status) in [
        ("/api/v1/models/rs-1:outlet_pressure:high", StatusCode::NOT_FOUND),
        ("/api/v1/models/nobody", StatusCode::NOT_FOUND),
        ("/api/v1/models?asset=nobody", StatusCode::NOT_FOUND),
        ("/api/v1/models?limit=0", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(caller.send(Method::GET, path, None).await.0, status, "{path}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engineers_freeze_and_reset_a_model_and_the_journal_tells() {
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), "sqlite://data/hub.db");
    let (engineer, operator) =
        (token(dir.path(), "eng", "engineer", None).await, token(dir.path(), "op", "operator", None).await);
    let hub = Hub::start(dir.path()).await;
    let (eng, op) = (hub.with_token(&engineer), hub.with_token(&operator));
    feed(&eng, now_ms() - 1_000_000, usual(400)).await;
    until_learned(&eng, 400).await;
    let act = |what: &str| format!("/api/v1/models/{ID}/{what}");
    let why = json!({"reason": "new regulator"});
    for (caller, path, body, status) in [
        (&op, act("freeze"), why.clone(), StatusCode::FORBIDDEN),
        (&eng, act("freeze"), json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (&eng, act("unfreeze"), why.clone(), StatusCode::CONFLICT),
        (&eng, act("freeze"), why.clone(), StatusCode::OK),
        (&eng, act("freeze"), why.clone(), StatusCode::CONFLICT),
    ] {
        assert_eq!(caller.send(Method::POST, &path, Some(body)).await.0, status, "{path}");
    }
    let frozen = model(&op).await;
    assert_eq!((&frozen["state"], &frozen["frozen"]["by"]), (&json!("frozen"), &json!("eng")));
    assert_eq!(frozen["frozen"]["reason"], "new regulator");
    assert_eq!(eng.post(&act("unfreeze"), why.clone()).await["frozen"], json!(null));
    assert_eq!(eng.post(&act("reset"), why).await["samples"], 0);
    let journal = eng.get(&format!("/api/v1/alarms/journal?alarm={ID}")).await;
    let rows: Vec<_> = journal["items"].as_array().expect("rows").iter().rev().collect();
    let told: Vec<_> = rows.iter().map(|r| (r["cause"].as_str(), r["actor"].as_str(), r["reason"].as_str())).collect();
    let by = |cause| (Some(cause), Some("eng"), Some("new regulator"));
    assert_eq!(told, [by("freeze"), by("unfreeze"), by("relearn")]);
    hub.stop().await;
}

/// Whatever kind of database: a stop keeps all that was learned, a kill what was written with the last freeze.
async fn models_outlive(store: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), store);
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let next = feed(&caller, now_ms() - 1_000_000, usual(400)).await;
    until_learned(&caller, 400).await;
    let frozen = caller.post(&format!("/api/v1/models/{ID}/freeze"), json!({"reason": "tests"})).await;
    hub.kill9().await;

    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let after = model(&caller).await;
    for field in ["samples", "learned_s", "learned_from_ms", "learned_to_ms", "frozen", "numbers", "profiles"] {
        assert_eq!(after[field], frozen[field], "{field}");
    }
    caller.post(&format!("/api/v1/models/{ID}/unfreeze"), json!({"reason": "tested"})).await;
    feed(&caller, next, usual(50)).await;
    let learned = until_learned(&caller, 450).await;
    hub.stop().await;

    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    assert_eq!(model(&caller).await["numbers"], learned["numbers"]);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn models_outlive_a_kill_and_a_stop_on_sqlite() {
    models_outlive("sqlite://data/hub.db").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn models_outlive_a_kill_and_a_stop_on_postgresql() {
    let server = Postgres::start().await;
    models_outlive(&server.url()).await;
}
