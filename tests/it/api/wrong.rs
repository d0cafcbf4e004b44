//! Requests of what is not there or in another state: told so, and harmless.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};

pub(super) const HIGH: &str = "rs-0001:outlet_pressure:high";
pub(super) const LEARNS: &str = "rs-0001:flow:statistical";
/// A model, and alarms that two people hide.
pub(super) const MORE: &str = r#"
[[template.point.alarm]]
kind = "statistical"
priority = "low"

[alarms]
two_person = ["critical"]
"#;

/// What each act on an alarm takes.
pub(super) const ACTS: &[(&str, &str)] = &[
    ("ack", "{}"),
    ("reset", "{}"),
    ("shelve", r#"{"minutes": 5, "reason": "works"}"#),
    ("unshelve", "{}"),
    ("suppress", r#"{"reason": "works"}"#),
    ("unsuppress", "{}"),
    ("out-of-service", r#"{"reason": "permit 7"}"#),
    ("in-service", "{}"),
    ("confirm", "{}"),
    ("refuse", "{}"),
    ("assign", r#"{"to": null}"#),
    ("comment", r#"{"text": "seen"}"#),
    ("settings", r#"{"limit": 125, "reason": "calm"}"#),
];

pub(super) async fn send(hub: &TestHub, who: &str, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
    let request = hub.request(who, method, &format!("/api/v1{path}")).header("content-type", "application/json");
    answer(request.body(body.to_owned())).await
}

/// The hub is well: it answers, and nothing in it has panicked.
pub(super) async fn unharmed(hub: &TestHub) {
    let (status, ready) = answer(hub.request("nobody", Method::GET, "/readyz")).await;
    assert_eq!((status, &ready["ready"]), (StatusCode::OK, &json!(true)), "{ready}");
    let figures = hub.request("nobody", Method::GET, "/metrics").send().await.expect("hub answers");
    let figures = figures.text().await.expect("text");
    assert!(!figures.contains("linepack_http_panics_total"), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_404_whatever_is_asked_of_it() {
    let hub = TestHub::start_with(MORE).await;
    let odd = ["none", "rs-0001:outlet_pressure:low", "%20", "%F0%9F%94%A5", "a%00b", &"x".repeat(4000)];
    for id in odd {
        for (act, body) in ACTS {
            let (status, problem) = send(&hub, "admin", Method::POST, &format!("/alarms/{id}/{act}"), body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{id} {act}: {problem}");
            assert!(problem["detail"].as_str().is_some_and(|d| d.contains("alarm")), "{problem}");
        }
        for act in ["freeze", "unfreeze", "reset"] {
            let body = r#"{"reason": "works"}"#;
            let (status, problem) = send(&hub, "admin", Method::POST, &format!("/models/{id}/{act}"), body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{id} {act}: {problem}");
        }
        for act in ["accept", "withdraw"] {
            let (status, problem) = send(&hub, "admin", Method::POST, &format!("/handover/{id}/{act}"), "").await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{id} {act}: {problem}");
        }
        for path in [
            format!("/alarms/{id}"),
            format!("/alarms/{id}/settings"),
            format!("/alarms/{id}/proposals"),
            format!("/models/{id}"),
            format!("/models/{id}/bands"),
            format!("/positions/{id}/standing"),
            format!("/alarms/kpi?position={id}").replace("%20", "+x"),
            format!("/incidents/{id}"),
            format!("/commands/{id}"),
        ] {
            let (status, problem) = hub.get("admin", &path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
        }
        let (status, problem) = send(&hub, "admin", Method::DELETE, &format!("/alarms/{id}/settings"), "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{id}: {problem}");
    }
    // no text at all
    let (status, problem) = send(&hub, "admin", Method::POST, "/alarms/%FF/ack", "{}").await;
    assert_eq!((status, &problem["status"]), (StatusCode::BAD_REQUEST, &json!(400)), "{problem}");
    // a model is not where an alarm is, nor a position where another is
    assert_eq!(hub.get("admin", &format!("/models/{HIGH}")).await.0, StatusCode::NOT_FOUND);
    let nowhere = r#"{"position": "moon"}"#;
    for path in ["/handover", "/handover/take"] {
        assert_eq!(send(&hub, "operator", Method::POST, path, nowhere).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _) = send(&hub, "operator", Method::POST, "/alarms/ack", r#"{"group": "none"}"#).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, found) = send(&hub, "operator", Method::POST, "/alarms/ack", r#"{"ids": ["none"]}"#).await;
    assert_eq!((status, &found["items"][0]["status"]), (StatusCode::OK, &json!(404)), "{found}");
    unharmed(&hub).await;
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_the_state_is_409_with_the_state_and_its_number() {
    let hub = TestHub::start_with(MORE).await;
    let act = |what: &str| format!("/alarms/{HIGH}/{what}");
    let refused = async |who: &str, path: &str, body: &str, state: &str, seq: Value| {
        let (status, problem) = send(&hub, who, Method::POST, path, body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{path} {body}: {problem}");
        assert_eq!((&problem["state"], &problem["seq"]), (&json!(state), &seq), "{path} {body}: {problem}");
    };
    // at rest there is nothing to do
    for what in ["ack", "reset", "unshelve", "unsuppress", "in-service", "confirm", "refuse"] {
        refused("engineer", &act(what), "", "normal", json!(0)).await;
    }
    refused("operator", &act("ack"), r#"{"seq": 18446744073709551615}"#, "normal", json!(0)).await;
    refused("operator", &act("assign"), r#"{"to": null}"#, "normal", json!(0)).await;
    let (status, problem) = send(&hub, "engineer", Method::DELETE, &act("settings"), "").await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("as-configured")), "{problem}");
    assert_eq!(problem["seq"], 0, "{problem}");

    // back at rest it says what it has come to, and does not count from the start
    let other = "/alarms/rs-0002:outlet_pressure:high";
    hub.sample("rs-0002/outlet_pressure", 125.0).await;
    hub.until("viewer", other, |a| a["state"] == "unacknowledged").await;
    let (status, acked) = send(&hub, "operator", Method::POST, &format!("{other}/ack"), "").await;
    assert_eq!(status, StatusCode::OK, "{acked}");
    hub.sample("rs-0002/outlet_pressure", 100.0).await;
    let rested = hub.until("viewer", other, |a| a["state"] == "normal").await;
    assert!(rested["seq"].as_u64() > acked["seq"].as_u64(), "{rested}");
    refused("operator", &format!("{other}/ack"), "", "normal", rested["seq"].clone()).await;

    // each click that comes too late is told how the alarm is now
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    let seen = hub.until("viewer", &format!("/alarms/{HIGH}"), |a| a["state"] == "unacknowledged").await;
    refused("operator", &act("ack"), r#"{"seq": 0}"#, "unacknowledged", seen["seq"].clone()).await;
    let body = json!({"seq": seen["seq"]}).to_string();
    let (status, acked) = send(&hub, "operator", Method::POST, &act("ack"), &body).await;
    assert_eq!(status, StatusCode::OK, "{acked}");
    refused("operator", &act("ack"), &body, "acknowledged", acked["seq"].clone()).await;
    refused("operator", &act("ack"), "", "acknowledged", acked["seq"].clone()).await;
    refused("operator", &act("reset"), "", "acknowledged", acked["seq"].clone()).await;
    let (_, many) =
        send(&hub, "operator", Method::POST, "/alarms/ack", &json!({"ids": [HIGH, HIGH]}).to_string()).await;
    let states: Vec<_> = many["items"].as_array().expect("answers").iter().map(|i| &i["status"]).collect();
    assert_eq!(states, [409, 409], "{many}");
    assert_eq!(many["items"][0]["alarm"]["seq"], acked["seq"], "{many}");

    // no body at all lacks its fields like one without them
    for what in ["shelve", "suppress", "out-of-service"] {
        let (status, problem) = send(&hub, "engineer", Method::POST, &act(what), "").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|d| d.contains("reason: is missing")), "{problem}");
    }

    // hidden twice, shown twice
    for (who, hide, body, show, state) in [
        ("operator", "shelve", r#"{"minutes": 5, "reason": "works"}"#, "unshelve", "shelved"),
        ("engineer", "suppress", r#"{"reason": "works"}"#, "unsuppress", "suppressed"),
        ("engineer", "out-of-service", r#"{"reason": "permit"}"#, "in-service", "out-of-service"),
    ] {
        let (status, hidden) = send(&hub, who, Method::POST, &act(hide), body).await;
        assert_eq!(status, StatusCode::OK, "{hidden}");
        refused(who, &act(hide), body, state, hidden["seq"].clone()).await;
        refused("operator", &act("ack"), "", state, hidden["seq"].clone()).await;
        let (status, shown) = send(&hub, who, Method::POST, &act(show), "").await;
        assert_eq!(status, StatusCode::OK, "{shown}");
        refused(who, &act(show), "", "unacknowledged", shown["seq"].clone()).await;
    }

    // back at rest it says what it has come to, and does not count from the start
    hub.sample("rs-0001/outlet_pressure", 100.0).await;
    hub.until("viewer", &format!("/alarms/{HIGH}"), |a| a["active"] == false).await;
    let (_, rested) = send(&hub, "operator", Method::POST, &act("ack"), "").await;
    assert_eq!(rested["state"], "normal", "{rested}");
    assert!(rested["seq"].as_u64() > acked["seq"].as_u64(), "{rested}");
    refused("operator", &act("ack"), "", "normal", rested["seq"].clone()).await;
    let (_, told) = hub.get("viewer", &format!("/alarms/{HIGH}")).await;
    assert_eq!(told["seq"], rested["seq"], "{told}");

    // what waits for another person
    let critical = "/alarms/rs-0001:outlet_pressure:high-high";
    let (status, asked) =
        send(&hub, "engineer", Method::POST, &format!("{critical}/suppress"), r#"{"reason": "pig run"}"#).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{asked}");
    for (who, what, body) in [("engineer", "confirm", ""), ("admin", "suppress", r#"{"reason": "pig run"}"#)] {
        refused(who, &format!("{critical}/{what}"), body, "normal", asked["seq"].clone()).await;
    }
    for what in ["confirm", "refuse"] {
        let (status, _) = send(&hub, "operator", Method::POST, &format!("{critical}/{what}"), "").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "hiding it so is the engineers'");
    }
    assert_eq!(send(&hub, "admin", Method::POST, &format!("{critical}/confirm"), "").await.0, StatusCode::OK);
    let (_, waiting) = hub.get("viewer", "/alarms/requests").await;
    assert_eq!(waiting["items"], json!([]));

    // models, positions
    let why = r#"{"reason": "works"}"#;
    let model = |what: &str| format!("/models/{LEARNS}/{what}");
    let (status, problem) = send(&hub, "engineer", Method::POST, &model("unfreeze"), why).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("learning")), "{problem}");
    assert_eq!(send(&hub, "engineer", Method::POST, &model("freeze"), why).await.0, StatusCode::OK);
    let (status, problem) = send(&hub, "engineer", Method::POST, &model("freeze"), why).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("frozen")), "{problem}");
    let (status, problem) = send(&hub, "operator", Method::POST, "/handover", r#"{"position": "control-room"}"#).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("vacant")), "{problem}");
    unharmed(&hub).await;
    hub.stop().await;
}
