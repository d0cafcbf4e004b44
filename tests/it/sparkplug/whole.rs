//! Through the whole program: values, alarms of a silent device, the list for adoption.

use serde_json::{Value, json};

use super::edge::EdgeNode;
use crate::hub::{Hub, now_ms, small_site, token};
use crate::mosquitto::Mosquitto;

/// A site with `rs-1` behind a broker.
async fn site(broker: &Mosquitto) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let connection = format!(
        "\n[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"{}\"\nhost_id = \"control-room\"\n\
         subscribe = [{{ topic = \"spBv1.0/#\", format = \"sparkplug-b\", asset = \"{{device}}\" }}]\n",
        broker.address()
    );
    small_site(dir.path(), "sqlite://data/hub.db", "60s", &connection);
    let hub = dir.path().join("hub.toml");
    let text = std::fs::read_to_string(&hub).expect("written");
    let text =
        text.replace("name = \"outlet_pressure\"", "name = \"outlet_pressure\"\nsparkplug = \"Outlet/Pressure\"");
    std::fs::write(&hub, text).expect("written");
    let assets = dir.path().join("assets.csv");
    let text = std::fs::read_to_string(&assets).expect("written");
    let mut rows = text.lines();
    let head = rows.next().expect("a head");
    let at = head.split(',').position(|c| c == "connection").expect("a column connection");
    let mut out = vec![head.to_owned()];
    for row in rows {
        let mut cells: Vec<_> = row.split(',').collect();
        cells[at] = "field";
        out.push(cells.join(","));
    }
    std::fs::write(&assets, out.join("\n") + "\n").expect("written");
    let token = token(dir.path(), "eng", "engineer", None).await;
    (dir, token)
}

fn is(value: &Value, expect: &Value) -> bool {
    value["items"][0]["value"] == *expect
}

#[tokio::test(flavor = "multi_thread")]
async fn values_alarms_and_unknown_metrics_are_seen_by_people() {
    let broker = Mosquitto::start().await;
    let (dir, token) = site(&broker).await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&token);
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/control-room").await;
    while !watcher.message().await.1.contains("\"online\":true") {}
    let node = EdgeNode::start(broker.port, "e1", 0, &["rs-1"]).await;
    let values = "/api/v1/values?points=rs-1/outlet_pressure";
    let first = caller.until(values, "the birth", |v| is(v, &json!(1.0))).await;
    assert_eq!(first["items"][0]["quality"], "good");
    node.set("rs-1", "Outlet/Pressure", 131.0).await;
    let value = caller.until(values, "the value", |v| is(v, &json!(131.0))).await;
    assert!((now_ms() - value["items"][0]["ts_ms"].as_i64().expect("a time")).abs() < 20_000);
    caller.until("/api/v1/alarms", "the alarm", |a| a["items"][0]["value"] == json!(131.0)).await;

    let unknown = caller.get("/api/v1/adoption").await;
    let items = unknown["items"].as_array().expect("a list");
    let item = items.iter().find(|i| i["metric"] == "Unlisted/Count").expect("the metric that is no point");
    assert_eq!((&item["device"], &item["datatype"], &item["last"]), (&json!("rs-1"), &json!("Double"), &json!("1")));
    assert_eq!(
        item["suggested"],
        json!({"asset": "rs-1", "asset_known": true, "point": "Unlisted.Count", "asset_row": "",
            "template_point": "[[template.point]]\nname = \"Unlisted.Count\"\n"})
    );
    assert!(items.iter().any(|i| i["device"].is_null() && i["suggested"]["asset"] == "e1"), "{items:#?}");
    assert!(!items.iter().any(|i| i["metric"].as_str().is_some_and(|m| m.starts_with("Node Control") || m == "bdSeq")));

    drop(node);
    let dead =
        |a: &Value| a["items"].as_array().is_some_and(|all| all.iter().any(|a| a["id"] == "rs-1:device:communication"));
    caller.until("/api/v1/alarms", "the alarm of the silent device", dead).await;
    caller.until(values, "bad quality", |v| v["items"][0]["quality"] == "bad").await;
    hub.stop().await;
    while !watcher.message().await.1.contains("\"online\":false") {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_killed_reads_the_field_anew() {
    let broker = Mosquitto::start().await;
    let (dir, token) = site(&broker).await;
    let hub = Hub::start(dir.path()).await;
    let node = EdgeNode::start(broker.port, "e1", 0, &["rs-1"]).await;
    let values = "/api/v1/values?points=rs-1/outlet_pressure";
    node.set("rs-1", "Outlet/Pressure", 50.0).await;
    hub.with_token(&token).until(values, "the value", |v| is(v, &json!(50.0))).await;
    hub.kill9().await;
    node.set("rs-1", "Outlet/Pressure", 60.0).await;
    let hub = Hub::start(dir.path()).await;
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/control-room").await;
    while !watcher.message().await.1.contains("\"online\":true") {}
    // another metric wakes it: what was missed comes with the birth
    node.set("rs-1", "flow", 3.0).await;
    hub.with_token(&token).until(values, "what was missed", |v| is(v, &json!(60.0))).await;
    hub.stop().await;
}
