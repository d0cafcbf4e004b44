//! Settings of alarms changed over HTTP: who may, what follows, and how they differ from the site folder.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};

const HIGH: &str = "rs-0001:outlet_pressure:high";
const CRITICAL: &str = "rs-0001:outlet_pressure:high-high";

async fn take_back(hub: &TestHub, who: &str, alarm: &str, query: &str) -> (StatusCode, Value) {
    answer(hub.request(who, Method::DELETE, &format!("/api/v1/alarms/{alarm}/settings{query}"))).await
}

fn setting<'a>(settings: &'a Value, name: &str) -> &'a Value {
    let all = settings["settings"].as_array().expect("settings");
    all.iter().find(|s| s["setting"] == name).expect("the alarm has it")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_changes_a_limit_it_is_journalled_told_as_drift_and_taken_back() {
    let hub = TestHub::start().await;
    let path = format!("/alarms/{HIGH}/settings");
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    hub.until("viewer", &format!("/alarms/{HIGH}"), |a| a["state"] == "unacknowledged").await;
    for (who, body, status) in [
        ("engineer", json!({"limit": 130}), StatusCode::UNPROCESSABLE_ENTITY),
        ("engineer", json!({"reason": "calm"}), StatusCode::UNPROCESSABLE_ENTITY),
        ("engineer", json!({"limit": 141, "reason": "calm"}), StatusCode::UNPROCESSABLE_ENTITY),
        ("engineer", json!({"priority": "loud", "reason": "calm"}), StatusCode::UNPROCESSABLE_ENTITY),
        ("engineer", json!({"limit": 130, "reason": "calm", "expires_ms": 5}), StatusCode::UNPROCESSABLE_ENTITY),
        ("operator", json!({"deadband": 5, "reason": "calm"}), StatusCode::FORBIDDEN),
        ("operator", json!({"limit": 131, "reason": "calm"}), StatusCode::FORBIDDEN),
        ("viewer", json!({"limit": 125, "reason": "calm"}), StatusCode::FORBIDDEN),
    ] {
        let (found, problem) = hub.post(who, &path, body.clone()).await;
        assert_eq!(found, status, "{who} {body}: {problem}");
    }
    let (status, settings) =
        hub.post("engineer", &path, json!({"limit": 130, "on_delay_s": 2.5, "reason": "valve works"})).await;
    assert_eq!(status, StatusCode::OK, "{settings}");
    let limit = setting(&settings, "limit");
    assert_eq!((&limit["configured"], &limit["running"]), (&json!(120.0), &json!(130.0)), "{limit}");
    assert_eq!((&limit["by"], &limit["reason"]), (&json!("engineer"), &json!("valve works")));
    assert_eq!(limit["operator_may"], json!([100.0, 130.0]));
    assert_eq!(setting(&settings, "on_delay_s")["running"], json!(2.5));
    // what stands at 125 is gone at once, and values and alarms speak of the new limit
    let alarm = hub.until("viewer", &format!("/alarms/{HIGH}"), |a| a["state"] == "returned-unacknowledged").await;
    assert_eq!(alarm["limit"], json!(130.0));
    let (_, value) = hub.get("viewer", "/points/rs-0001/outlet_pressure").await;
    assert_eq!(value["limits"], json!([["high-high", 140.0], ["high", 130.0]]), "{value}");
    let (_, other) = hub.get("viewer", "/points/rs-0002/outlet_pressure").await;
    assert_eq!(other["limits"], json!([["high-high", 140.0], ["high", 120.0]]), "{other}");
    let (_, journal) = hub.get("viewer", &format!("/alarms/journal?alarm={HIGH}")).await;
    let row = journal["items"].as_array().and_then(|r| r.iter().find(|r| r["cause"] == "change")).expect("a row");
    assert_eq!(row["actor"], "engineer");
    assert_eq!(row["reason"], "limit 120 → 130, on_delay 0s → 2500ms: valve works");
    let (_, drift) = hub.get("viewer", "/site/drift").await;
    let told: Vec<&Value> = drift["items"].as_array().expect("rows").iter().map(|d| &d["setting"]).collect();
    assert_eq!(told, [&json!("limit"), &json!("on_delay_s")], "{drift}");

    let (status, _) = take_back(&hub, "operator", HIGH, "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "the delay is not the operator's");
    let (status, settings) = take_back(&hub, "operator", HIGH, "?setting=limit&reason=done").await;
    assert_eq!((status, &setting(&settings, "limit")["running"]), (StatusCode::OK, &json!(120.0)), "{settings}");
    assert_eq!(take_back(&hub, "engineer", HIGH, "").await.0, StatusCode::OK);
    let (status, problem) = take_back(&hub, "engineer", HIGH, "").await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("as-configured")), "{problem}");
    assert_eq!(hub.get("viewer", "/site/drift").await.1["items"], json!([]));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_what_the_site_allows_and_the_folder_ends_what_it_takes_over() {
    let hub = TestHub::start().await;
    let (status, _) =
        hub.post("operator", &format!("/alarms/{HIGH}/settings"), json!({"limit": 130, "reason": "calm"})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) =
        hub.post("operator", &format!("/alarms/{CRITICAL}/settings"), json!({"limit": 150, "reason": "calm"})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    // the folder stays as it is over a reload, and so does the change
    assert_eq!(hub.post("engineer", "/site/reload", json!({})).await.0, StatusCode::OK);
    assert_eq!(hub.get("viewer", "/site/drift").await.1["items"][0]["running"], json!(130.0));
    // `linepack site diff --write` puts it into the folder; the next reading ends the change
    let file = hub.site().join("hub.toml");
    let text = std::fs::read_to_string(&file).expect("the folder is readable");
    let with = format!("{text}\n[[override]]\nalarm = \"{HIGH}\"\nlimit = 130\n");
    std::fs::write(&file, with).expect("the folder is writable");
    assert_eq!(hub.post("engineer", "/site/reload", json!({})).await.0, StatusCode::OK);
    assert_eq!(hub.get("viewer", "/site/drift").await.1["items"], json!([]));
    let (_, settings) = hub.get("viewer", &format!("/alarms/{HIGH}/settings")).await;
    assert_eq!(setting(&settings, "limit")["configured"], json!(130.0), "{settings}");
    let (_, journal) = hub.get("viewer", &format!("/alarms/journal?alarm={HIGH}")).await;
    assert_eq!(journal["items"][0]["reason"], "limit 130: the site folder has it now", "{journal}");
    // an override of nothing is an error with its place
    let wrong = format!("{text}\n[[override]]\nalarm = \"rs-9:outlet_pressure:high\"\nlimit = 130\n");
    std::fs::write(&file, wrong).expect("the folder is writable");
    let (status, problem) = hub.post("engineer", "/site/reload", json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains("there is no alarm")), "{problem}");
    hub.stop().await;
}
