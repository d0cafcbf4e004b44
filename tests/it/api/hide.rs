//! Shelved, suppressed, out of service: who may, what it needs, and what others see.

use reqwest::{Method, StatusCode};
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
    // half an hour from when it was asked for, which was a moment before it was done
    let (since, until) = (hidden["since_ms"].as_i64(), alarm["shelved_until_ms"].as_i64());
    let early = since.zip(until).map(|(since, until)| since + 30 * 60_000 - until);
    assert!(early.is_some_and(|ms| (0..5000).contains(&ms)), "{alarm}");
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

#[tokio::test(flavor = "multi_thread")]
async fn people_say_whose_an_alarm_is_and_what_they_know_of_it() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    let act = |what: &str| format!("/alarms/{ALARM}/{what}");
    let (_, before) = hub.get("viewer", &format!("/alarms/{ALARM}")).await;

    assert_eq!(hub.post("viewer", &act("assign"), json!({"to": "operator"})).await.0, StatusCode::FORBIDDEN);
    let (status, problem) = hub.post("operator", &act("assign"), json!({"to": "nobody-here"})).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("to")));
    let (status, alarm) = hub.post("operator", &act("assign"), json!({"to": "operator"})).await;
    assert_eq!((status, &alarm["assignee"]), (StatusCode::OK, &json!("operator")), "{alarm}");
    assert_eq!(hub.post("operator", &act("assign"), json!({"to": "operator"})).await.0, StatusCode::CONFLICT);

    let (status, problem) = hub.post("operator", &act("comment"), json!({"text": " "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let (status, alarm) = hub.post("operator", &act("comment"), json!({"text": "pilot 100% frozen"})).await;
    assert_eq!((status, &alarm["comments"]), (StatusCode::OK, &json!(1)), "{alarm}");
    assert_eq!((&alarm["comment"]["by"], &alarm["comment"]["text"]), (&json!("operator"), &json!("pilot 100% frozen")));
    assert_eq!(alarm["seq"], before["seq"], "what is said must not make another's click stale");

    let found = async |query: &str| {
        let (status, page) = hub.get("viewer", &format!("/alarms/journal?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {page}");
        let rows = page["items"].as_array().cloned().unwrap_or_default();
        rows.iter().filter_map(|r| Some(r["cause"].as_str()?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(found("asset=rs-0001").await, ["comment", "assign", "raise"]);
    assert_eq!(found("asset=rs-000").await, [""; 0], "a whole asset, not the beginning of one");
    assert_eq!(found("actor=operator&cause=assign").await, ["assign"]);
    assert_eq!(found("q=100%25+FROZEN").await, ["comment"], "any case, and % means %");
    assert_eq!(found("q=1_0%25").await, [""; 0]);
    assert_eq!(found(&format!("alarm={ALARM}&q=operator&limit=1")).await, ["comment"]);
    let csv = hub.request("viewer", Method::GET, "/api/v1/alarms/journal?format=csv&limit=1").send().await;
    let csv = csv.expect("hub answers").text().await.expect("answer is text");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4, "all rows under the names of their columns, whatever the limit: {csv}");
    assert!(lines[0].starts_with("id,alarm,from,to,cause,actor,") && lines[1].contains(",comment,operator,"), "{csv}");
    hub.stop().await;
}
