//! From a value over its limit to the crew's last step, through the real program.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::hub::{Hub, now_ms, small_site, token};

const SQLITE: &str = "sqlite://data/hub.db";

#[tokio::test(flavor = "multi_thread")]
async fn a_value_over_its_limit_sends_a_crew_and_the_job_is_followed_to_its_end() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), SQLITE, "60s", "");
    let (engineer, crew) =
        (token(dir.path(), "eng", "engineer", None).await, token(dir.path(), "c1", "crew", Some("c-01")).await);
    let hub = Hub::start(dir.path()).await;
    let (engineer, crew) = (hub.with_token(&engineer), hub.with_token(&crew));

    engineer.sample("rs-1/outlet_pressure", now_ms(), 100.0).await;
    assert_eq!(engineer.get("/api/v1/alarms").await["items"], json!([]));
    engineer.sample("rs-1/outlet_pressure", now_ms(), 131.0).await;

    let alarms = engineer.until("/api/v1/alarms", "the alarm", |a| a["items"][0]["state"] == "unacknowledged").await;
    let alarm = &alarms["items"][0];
    assert_eq!(
        (&alarm["asset"], &alarm["kind"], &alarm["priority"]),
        (&json!("rs-1"), &json!("high"), &json!("critical"))
    );
    assert_eq!((&alarm["value"], &alarm["limit"]), (&json!(131.0), &json!(120.0)));

    // the nearest crew with the skill is paged
    let mine = crew.until("/api/v1/assignments", "the page", |a| a["items"][0]["state"] == "offered").await;
    assert_eq!(mine["items"][0]["crew"], "c-01");
    let (job, incident) =
        (mine["items"][0]["id"].as_str().expect("id"), mine["items"][0]["incident"].as_str().expect("incident"));

    // an illegal step is refused with the present state
    let (status, problem) =
        crew.send(Method::POST, &format!("/api/v1/assignments/{job}/restored"), Some(json!({}))).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("offered")));

    for step in ["accept", "en-route", "on-scene", "made-safe", "restored"] {
        crew.post(&format!("/api/v1/assignments/{job}/{step}"), json!({})).await;
    }
    let report = json!({"report": "replaced the diaphragm", "size": "minor"});
    crew.post(&format!("/api/v1/assignments/{job}/complete"), report).await;

    let id = alarm["id"].as_str().expect("id").to_owned();
    engineer.post(&format!("/api/v1/alarms/{id}/ack"), json!({})).await;
    let (status, problem) = engineer.send(Method::POST, &format!("/api/v1/alarms/{id}/ack"), Some(json!({}))).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("acknowledged")));
    engineer.sample("rs-1/outlet_pressure", now_ms(), 101.0).await;
    engineer.until("/api/v1/alarms", "the alarm to clear", |a| a["items"] == json!([])).await;

    engineer.post(&format!("/api/v1/incidents/{incident}/close"), json!({"resolution": "repaired"})).await;
    let whole = engineer.get(&format!("/api/v1/incidents/{incident}")).await;
    assert_eq!((&whole["state"], &whole["resolution"]), (&json!("closed"), &json!("repaired")));
    let events: Vec<&str> =
        whole["timeline"].as_array().expect("timeline").iter().filter_map(|row| row["event"].as_str()).collect();
    for event in
        ["opened", "offered", "accepted", "en-route", "on-scene", "made-safe", "restored", "completed", "closed"]
    {
        assert!(events.contains(&event), "{event} is missing in {events:?}");
    }

    let journal = engineer.get("/api/v1/alarms/journal").await;
    let moves: Vec<(&str, &str)> = journal["items"]
        .as_array()
        .expect("items")
        .iter()
        .rev()
        .filter_map(|row| Some((row["from"].as_str()?, row["to"].as_str()?)))
        .collect();
    let expected = [("normal", "unacknowledged"), ("unacknowledged", "acknowledged"), ("acknowledged", "normal")];
    assert_eq!(moves, expected, "every transition once, in order");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_nobody_answers_goes_to_the_next_crew_and_then_to_the_control_room() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), SQLITE, "1s", "");
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let engineer = hub.with_token(&engineer);
    engineer.sample("rs-1/outlet_pressure", now_ms(), 140.0).await;

    let states = |a: &serde_json::Value, want: &[(&str, &str)]| {
        want.iter().all(|(crew, state)| {
            a["items"].as_array().is_some_and(|i| i.iter().any(|x| x["crew"] == *crew && x["state"] == *state))
        })
    };
    let path = "/api/v1/assignments";
    engineer.until(path, "the second crew", |a| states(a, &[("c-01", "expired"), ("c-02", "offered")])).await;
    engineer.until(path, "both to expire", |a| states(a, &[("c-01", "expired"), ("c-02", "expired")])).await;
    engineer.until("/api/v1/incidents", "the loud end", |i| i["items"][0]["no_crew"] == true).await;
    hub.stop().await;
}
