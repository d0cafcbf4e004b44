//! Shelved, suppressed, out of service: who may, what it needs, and what others see.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::hub::TestHub;

const ALARM: &str = "rs-0001:outlet_pressure:high";

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(|a| a["id"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelved_alarm_leaves_the_list_tells_who_and_why_and_comes_back() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    let act = |what: &str| format!("/alarms/{ALARM}/{what}");
    let (_, before) = hub.get("viewer", &format!("/alarms/{ALARM}")).await;

    let (status, problem) = hub.post("operator", &act("shelve"), json!({"minutes": 0, "reason": " "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let fields: Vec<_> = problem["errors"].as_array().expect("fields").iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["reason", "minutes"], "{problem}");
    let (status, problem) = hub.post("operator", &act("shelve"), json!({"minutes": 1441, "reason": "noise"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a medium alarm for a day at most: {problem}");
    let stale = json!({"minutes": 30, "reason": "noise", "seq": 0});
    assert_eq!(hub.post("operator", &act("shelve"), stale).await.0, StatusCode::CONFLICT);
    assert_eq!(
        hub.post("viewer", &act("shelve"), json!({"minutes": 30, "reason": "x"})).await.0,
        StatusCode::FORBIDDEN
    );

    let body = json!({"minutes": 30, "reason": "transmitter in calibration", "seq": before["seq"]});
    let (status, alarm) = hub.post("operator", &act("shelve"), body).await;
    assert_eq!((status, &alarm["state"]), (StatusCode::OK, &json!("shelved")), "{alarm}");
    let hidden = &alarm["hidden"][0];
    assert_eq!(
        (&hidden["how"], &hidden["by"], &hidden["reason"]),
        (&json!("shelved"), &json!("operator"), &json!("transmitter in calibration"))
    );
    assert_eq!(alarm["shelved_until_ms"].as_i64(), hidden["since_ms"].as_i64().map(|t| t + 30 * 60_000), "{alarm}");
    assert!(ids(&hub.get("viewer", "/alarms").await.1).is_empty());
    assert_eq!(ids(&hub.get("viewer", "/alarms?hidden=true").await.1), [ALARM]);
    let (status, problem) = hub.post("operator", &act("ack"), json!({})).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("shelved")), "{problem}");

    let (status, alarm) = hub.post("operator", &act("unshelve"), json!({})).await;
    assert_eq!((status, &alarm["state"]), (StatusCode::OK, &json!("unacknowledged")), "annunciated anew: {alarm}");
    let (_, journal) = hub.get("viewer", &format!("/alarms/journal?alarm={ALARM}")).await;
    let rows = journal["items"].as_array().expect("rows");
    let told: Vec<_> = rows.iter().map(|r| (r["cause"].as_str(), r["actor"].as_str(), r["reason"].as_str())).collect();
    let by = Some("operator");
    assert_eq!(
        told,
        [
            (Some("unshelve"), by, None),
            (Some("shelve"), by, Some("transmitter in calibration")),
            (Some("raise"), None, None)
        ]
    );
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suppressing_and_taking_out_of_service_are_the_engineers() {
    let hub = TestHub::start().await;
    let act = |what: &str| format!("/alarms/{ALARM}/{what}");
    for what in ["suppress", "out-of-service"] {
        let reason = json!({"reason": "permit 4711"});
        assert_eq!(hub.post("operator", &act(what), reason.clone()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(hub.post("engineer", &act(what), json!({})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(hub.post("engineer", "/alarms/none/suppress", reason.clone()).await.0, StatusCode::NOT_FOUND);
        assert_eq!(hub.post("engineer", &act(what), reason.clone()).await.0, StatusCode::OK);
        assert_eq!(hub.post("engineer", &act(what), reason).await.0, StatusCode::CONFLICT, "twice");
    }
    // what happens meanwhile is journalled and shown to nobody
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    assert!(ids(&hub.get("viewer", "/alarms").await.1).is_empty());
    let (_, alarm) = hub.get("viewer", &format!("/alarms/{ALARM}")).await;
    assert_eq!((&alarm["state"], &alarm["value"]), (&json!("out-of-service"), &json!(125.0)), "{alarm}");
    let (_, alarm) = hub.post("engineer", &act("in-service"), json!({})).await;
    assert_eq!(alarm["state"], "suppressed", "{alarm}");
    let (_, alarm) = hub.post("engineer", &act("unsuppress"), json!({})).await;
    assert_eq!(alarm["state"], "unacknowledged", "{alarm}");
    assert_eq!(hub.post("engineer", &act("unsuppress"), json!({})).await.0, StatusCode::CONFLICT);
    hub.stop().await;
}
