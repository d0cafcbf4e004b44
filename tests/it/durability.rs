//! `kill -9` at any moment: nothing acknowledged is missing, no state is invented, timers go on.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::postgres::Postgres;
use crate::hub::{Caller, Hub, now_ms, small_site, token};
use crate::mosquitto::Mosquitto;

const SQLITE: &str = "sqlite://data/hub.db";

#[tokio::test(flavor = "multi_thread")]
async fn alarms_acknowledgements_incidents_and_pages_survive_kill_9() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), SQLITE, "4s", "");
    let engineer = token(dir.path(), "eng", "engineer", None).await;

    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    caller.sample("rs-1/outlet_pressure", now_ms(), 131.0).await;
    caller.sample("rs-2/outlet_pressure", now_ms(), 141.0).await;
    let id = "rs-1:outlet_pressure:high";
    caller.until("/api/v1/alarms", "both alarms", |a| a["items"].as_array().is_some_and(|i| i.len() == 2)).await;
    caller.post(&format!("/api/v1/alarms/{id}/ack"), json!({})).await;
    let before = (caller.get("/api/v1/alarms").await, caller.get("/api/v1/incidents").await);
    hub.kill9().await;

    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let alarms = caller.get("/api/v1/alarms").await;
    let pick = |a: &Value, of: &str, field: &str| {
        let items = a["items"].as_array().cloned().unwrap_or_default();
        items.iter().find(|i| i["id"] == of).map(|i| i[field].clone()).unwrap_or_default()
    };
    for field in ["state", "raised_ms", "acked_ms", "acked_by", "incident", "value"] {
        assert_eq!(pick(&alarms, id, field), pick(&before.0, id, field), "{field} after the restart");
    }
    assert_eq!(pick(&alarms, id, "acked_by"), "eng");
    assert_eq!(pick(&alarms, "rs-2:outlet_pressure:high", "state"), "unacknowledged");
    let incidents = caller.get("/api/v1/incidents").await;
    assert_eq!(incidents["items"].as_array().map(Vec::len), before.1["items"].as_array().map(Vec::len));

    // the page that ran when the hub died runs out, and no alarm comes twice
    caller
        .until("/api/v1/assignments", "the page to expire", |a| {
            a["items"].as_array().is_some_and(|i| i.iter().any(|x| x["state"] == "expired"))
        })
        .await;
    caller.sample("rs-1/outlet_pressure", now_ms(), 132.0).await;
    let journal = caller.get("/api/v1/alarms/journal").await;
    let raises = |alarm: &str| {
        let rows = journal["items"].as_array().cloned().unwrap_or_default();
        rows.iter().filter(|r| r["alarm"] == alarm && r["cause"] == "raise").count()
    };
    assert_eq!((raises(id), raises("rs-2:outlet_pressure:high")), (1, 1));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sample_that_was_acknowledged_is_missing_after_many_kills() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), SQLITE, "60s", "");
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let start = now_ms() - 50_000;
    let mut acknowledged = vec![];
    for round in 0..4 {
        let hub = Hub::start(dir.path()).await;
        let caller = hub.with_token(&engineer);
        for i in 0..40 + round * 7 {
            let (ts, value) = (start + acknowledged.len() as i64, f64::from(i) + 1.0);
            caller.sample("rs-1/outlet_pressure", ts, value).await;
            acknowledged.push((ts, value));
        }
        hub.kill9().await;
    }
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let path = format!(
        "/api/v1/history?points=rs-1/outlet_pressure&from_ms={start}&to_ms={}&max_points=10000",
        start + 50_000
    );
    let history = caller.get(&path).await;
    assert_eq!(rows(&history), acknowledged);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_was_told_is_safe_is_in_the_history_after_kill_9() {
    let broker = Mosquitto::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    let field = format!(
        r#"
[[connection]]
name = "field"
protocol = "mqtt"
address = "{}"
qos = 1
subscribe = [{{ topic = "linepack/v1/telemetry/#", format = "linepack" }}]
"#,
        broker.address()
    );
    small_site(dir.path(), SQLITE, "60s", &field);
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    // the first start makes the persistent session, so that the broker keeps what comes while the hub is dead
    let hub = Hub::start(dir.path()).await;
    connected(&hub.with_token(&engineer)).await;
    let mut station = broker.client("station").await;
    let mut running = Some(hub);
    let (start, mut sent) = (now_ms(), vec![]);
    for round in 0..4_i64 {
        for i in 0..60 {
            let (ts, value) = (start + i64::try_from(sent.len()).expect("few"), f64::from(i) + 1.0);
            let payload = json!({"ts_ms": ts, "values": {"outlet_pressure": {"v": value}}}).to_string();
            station.publish("linepack/v1/telemetry/rs-2", &payload).await;
            sent.push((ts, value));
            if i == 10 + round as i32 * 12
                && let Some(hub) = running.take()
            {
                hub.kill9().await;
            }
        }
        running = Some(Hub::start(dir.path()).await);
    }
    let hub = running.expect("started above");
    let caller = hub.with_token(&engineer);
    let path = format!(
        "/api/v1/history?points=rs-2/outlet_pressure&from_ms={start}&to_ms={}&max_points=10000",
        start + 60_000
    );
    let history = caller
        .until(&path, "all samples", |h| h["series"][0]["rows"].as_array().is_some_and(|r| r.len() >= sent.len()))
        .await;
    assert_eq!(rows(&history), sent);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_database_away_alarms_and_dispatch_go_on_and_nothing_is_lost() {
    let mut database = Postgres::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), &database.url(), "60s", "");
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let start = now_ms();
    caller.sample("rs-1/outlet_pressure", start, 100.0).await;

    database.down();
    caller.sample("rs-1/outlet_pressure", start + 1, 131.0).await;
    caller.until("/api/v1/alarms", "the alarm", |a| a["items"][0]["state"] == "unacknowledged").await;
    caller.post("/api/v1/alarms/rs-1:outlet_pressure:high/ack", json!({})).await;
    let jobs = caller.until("/api/v1/assignments", "the page", |a| a["items"][0]["state"] == "offered").await;
    let job = jobs["items"][0]["id"].as_str().expect("id").to_owned();
    caller.post(&format!("/api/v1/assignments/{job}/accept"), json!({})).await;
    let unready = || caller.send(Method::GET, "/readyz", None);
    let end = tokio::time::Instant::now() + crate::hub::PATIENCE;
    while unready().await.0 == StatusCode::OK {
        assert!(tokio::time::Instant::now() < end, "readyz never said that the database is away");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    database.up().await;
    let journal = caller
        .until("/api/v1/alarms/journal", "the journal", |j| j["items"].as_array().is_some_and(|i| i.len() == 2))
        .await;
    assert_eq!(
        (&journal["items"][0]["cause"], &journal["items"][1]["cause"]),
        (&json!("acknowledge"), &json!("raise"))
    );
    let path = format!("/api/v1/history?points=rs-1/outlet_pressure&from_ms={start}&to_ms={}", start + 1000);
    assert_eq!(rows(&caller.get(&path).await), [(start, 100.0), (start + 1, 131.0)]);
    hub.kill9().await;

    // after a power cut the database may come up later than the hub
    database.down();
    let (hub, ()) = tokio::join!(Hub::start(dir.path()), database.up());
    let caller = hub.with_token(&engineer);
    assert_eq!(caller.get("/api/v1/assignments").await["items"][0]["state"], "accepted");
    hub.stop().await;
}

async fn connected(caller: &Caller) {
    caller.until("/api/v1/connections", "the broker", |c| c["items"][0]["state"] == "connected").await;
}

fn rows(history: &Value) -> Vec<(i64, f64)> {
    let rows = history["series"][0]["rows"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|r| Some((r[0].as_i64()?, r[1].as_f64()?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_site_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), SQLITE, "60s", "");
    let hub = Hub::start(dir.path()).await;
    let second = tokio::process::Command::new(env!("CARGO_BIN_EXE_linepack"))
        .arg("serve")
        .arg(dir.path())
        .env("RUST_LOG", "off")
        .output();
    let second = tokio::time::timeout(Duration::from_secs(20), second).await.expect("ends").expect("runs");
    assert_eq!(second.status.code(), Some(1), "{}", String::from_utf8_lossy(&second.stderr));
    hub.stop().await;
}
