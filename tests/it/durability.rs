//! `kill -9` at any moment: nothing acknowledged is missing, no state is invented, timers go on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::hub::{Hub, now_ms, small_site, token};

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
    let rows: Vec<(i64, f64)> = history["series"][0]["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|r| (r[0].as_i64().expect("ts"), r[1].as_f64().expect("value")))
        .collect();
    assert_eq!(rows, acknowledged);
    hub.stop().await;
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
