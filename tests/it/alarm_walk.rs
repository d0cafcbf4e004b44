//! An operator's way through a flood, over the API, with a `kill -9` in the middle of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, now_ms, small_site, token};

const FIRST: &str = "rs-1:outlet_pressure:high";

/// Twelve stations of one area; their alarms are of one class and take two people to hide.
async fn twelve(dir: &std::path::Path) -> (String, String) {
    let extra = "class = \"pressure\"\ntwo_person = true\n\n[[position]]\nname = \"north\"\nareas = [\"A\"]\n";
    small_site(dir, "sqlite://data/hub.db", "60s", extra);
    let row = |n: u32| format!("rs-{n},Station {n},district-regulator,regulator,,,,106.5{n},29.5,A\n");
    let header = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n";
    let rows: String = (1..=12).map(row).collect();
    std::fs::write(dir.join("assets.csv"), format!("{header}{rows}")).expect("the file is written");
    (token(dir, "eng", "engineer", None).await, token(dir, "sup", "engineer", None).await)
}

fn items(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_grouped_acknowledged_and_outlives_kill_9() {
    let dir = tempfile::tempdir().expect("a folder");
    let (engineer, second) = twelve(dir.path()).await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    for n in 1..=12 {
        caller.sample(&format!("rs-{n}/outlet_pressure"), now_ms(), 131.0).await;
    }
    let all = caller.until("/api/v1/alarms?position=north", "twelve alarms", |a| items(a).len() == 12).await;
    assert!(items(&all).iter().all(|a| a["group"] == FIRST && a["position"] == "north" && a["class"] == "pressure"));
    assert_eq!(items(&all).iter().filter(|a| a["first_out"] == true).count(), 1);
    assert_eq!(items(&caller.get("/api/v1/alarms?position=control-room").await).len(), 0);
    let floods = |f: &Value| items(f).iter().any(|f| f["position"] == "north" && f["ended_ms"].is_null());
    caller.until("/api/v1/alarms/floods", "a flood", floods).await;

    // a page, each answered for itself; then the rest of the group
    let third = "rs-3:outlet_pressure:high";
    let page = json!({"ids": [{"id": FIRST, "seq": 1}, {"id": third, "seq": 99}, "rs-4:outlet_pressure:low"]});
    let answer = caller.post("/api/v1/alarms/ack", page).await;
    let statuses: Vec<u64> = items(&answer).iter().filter_map(|i| i["status"].as_u64()).collect();
    assert_eq!(statuses, [200, 409, 404], "{answer}");
    let answer = caller.post("/api/v1/alarms/ack", json!({"group": FIRST})).await;
    assert!(items(&answer).len() == 11 && items(&answer).iter().all(|i| i["status"] == 200), "{answer}");

    // hiding for long is asked for first
    let path = format!("/api/v1/alarms/{third}/out-of-service");
    let (status, asked) = caller.send(Method::POST, &path, Some(json!({"reason": "permit 1"}))).await;
    assert_eq!((status, &asked["state"]), (StatusCode::ACCEPTED, &json!("acknowledged")), "{asked}");
    let (status, _) = caller.send(Method::POST, &format!("/api/v1/alarms/{third}/confirm"), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "the same person cannot confirm");
    hub.kill9().await;

    let hub = Hub::start(dir.path()).await;
    let (caller, second) = (hub.with_token(&engineer), hub.with_token(&second));
    let all = caller.get("/api/v1/alarms").await;
    assert!(items(&all).len() == 12 && items(&all).iter().all(|a| a["group"] == FIRST && a["acked_by"] == "eng"));
    caller.until("/api/v1/alarms/floods", "the flood to go on", floods).await;
    let waiting = caller.get("/api/v1/alarms/requests").await;
    assert_eq!(items(&waiting)[0]["request"]["what"], "out-of-service");
    let after = second.post(&format!("/api/v1/alarms/{third}/confirm"), json!({})).await;
    assert_eq!((&after["state"], &after["hidden"][0]["by"]), (&json!("out-of-service"), &json!("eng + sup")));
    let journal = caller.get("/api/v1/alarms/journal?limit=1000").await;
    let has = |cause: &str| items(&journal).iter().any(|r| r["cause"] == cause);
    assert!(has("flood-begin") && has("request") && has("out-of-service"), "{journal:#}");
    hub.stop().await;
}
