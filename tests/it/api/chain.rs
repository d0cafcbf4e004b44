//! From a value to a crew that has made it safe, as people and programs do it over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::hub::TestHub;

const ALARM: &str = "rs-0001:outlet_pressure:high-high";

fn events(incident: &Value) -> Vec<&str> {
    let rows = incident["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().filter_map(|r| r["event"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_seen_acknowledged_once_and_journalled() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 150.0).await;
    let (_, page) = hub.get("viewer", "/alarms").await;
    let items = page["items"].as_array().expect("a list");
    let priorities: Vec<&str> = items.iter().filter_map(|a| a["priority"].as_str()).collect();
    assert_eq!(priorities, ["critical", "medium"], "worst first: {page}");
    assert_eq!(items[0]["id"], ALARM);
    assert_eq!((&items[0]["value"], &items[0]["limit"]), (&json!(150.0), &json!(140.0)));

    for (query, count) in [
        ("?priority=medium", 1),
        ("?state=unacknowledged,acknowledged", 2),
        ("?state=normal", 5),
        ("?area=south", 0),
        ("?asset=rs-0001&area=north", 2),
        ("?asset=rs-0002", 0),
        ("?state=&priority=&area=&asset=", 2),
    ] {
        let (status, page) = hub.get("viewer", &format!("/alarms{query}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}: {page}");
    }
    let (_, first) = hub.get("viewer", "/alarms?limit=1").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let (_, second) = hub.get("viewer", &format!("/alarms?limit=1&cursor={cursor}")).await;
    assert_eq!((&second["items"][0]["priority"], &second["next_cursor"]), (&json!("medium"), &Value::Null));

    let ack = format!("/alarms/{ALARM}/ack");
    let (status, problem) = hub.post("operator", &ack, json!({"seq": 0})).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("unacknowledged")), "a stale click");
    let (status, alarm) = hub.post("operator", &ack, json!({"seq": items[0]["seq"]})).await;
    assert_eq!((status, &alarm["state"]), (StatusCode::OK, &json!("acknowledged")), "{alarm}");
    assert_eq!(alarm["acked_by"], "operator");
    let (status, problem) = hub.post("operator", &ack, json!({})).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("acknowledged")), "{problem}");

    let (_, journal) = hub.get("viewer", &format!("/alarms/journal?alarm={ALARM}")).await;
    let causes: Vec<&str> =
        journal["items"].as_array().expect("a list").iter().filter_map(|r| r["cause"].as_str()).collect();
    assert_eq!(causes, ["acknowledge", "raise"], "newest first: {journal}");
    assert_eq!(journal["items"][0]["actor"], "operator");
    assert_eq!(journal["items"][0]["address"], "127.0.0.1");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_returned_in_a_period_is_found_by_when_it_returned() {
    let hub = TestHub::start().await;
    for station in ["rs-0001", "rs-0002"] {
        hub.sample(&format!("{station}/outlet_pressure"), 125.0).await;
        hub.sample(&format!("{station}/outlet_pressure"), 100.0).await;
    }
    let path = "/alarms/journal?cause=clear";
    let both = |page: &Value| page["items"].as_array().is_some_and(|rows| rows.len() == 2);
    let all = hub.until("viewer", path, both).await;
    let at = |i: usize| all["items"][i]["ts_ms"].as_i64().expect("a time");
    for (query, found) in [
        (format!("from_ms={}", at(0)), vec!["rs-0002:outlet_pressure:high"]),
        (format!("to_ms={}", at(0)), vec!["rs-0001:outlet_pressure:high"]),
        (format!("from_ms={}&to_ms={}", at(1), at(0)), vec!["rs-0001:outlet_pressure:high"]),
        (format!("from_ms={}", at(0) + 1), vec![]),
    ] {
        let (_, page) = hub.get("viewer", &format!("{path}&{query}")).await;
        let ids: Vec<_> = page["items"].as_array().expect("rows").iter().map(|r| r["alarm"].as_str()).collect();
        assert_eq!(ids, found.into_iter().map(Some).collect::<Vec<_>>(), "{query}: {page}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_and_returns_asks_for_nobody() {
    let hub = TestHub::start().await;
    let path = "/alarms/rs-0001:outlet_pressure:high";
    for _ in 0..2 {
        hub.sample("rs-0001/outlet_pressure", 125.0).await;
        assert_eq!(hub.post("operator", &format!("{path}/ack"), json!({})).await.0, StatusCode::OK);
        hub.sample("rs-0001/outlet_pressure", 100.0).await;
    }
    let (_, alarm) = hub.get("viewer", path).await;
    assert_eq!((&alarm["state"], &alarm["acked"]), (&json!("normal"), &json!(true)), "{alarm}");
    let (_, journal) = hub.get("viewer", "/alarms/journal?alarm=rs-0001:outlet_pressure:high").await;
    let states: Vec<_> = journal["items"].as_array().expect("rows").iter().filter_map(|r| r["to"].as_str()).collect();
    let once = ["normal", "acknowledged", "unacknowledged"];
    assert_eq!(states, [once, once].concat(), "nothing between: {journal}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_crew_is_paged_and_goes_all_the_way() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 150.0).await;
    let (_, page) = hub.get("dispatcher", "/incidents").await;
    let incident = &page["items"][0];
    assert_eq!((&incident["asset"], &incident["state"]), (&json!("rs-0001"), &json!("dispatched")), "{page}");
    let at = format!("/incidents/{}", incident["id"].as_str().expect("an id"));
    let offer = &incident["assignments"][0];
    assert_eq!((&offer["crew"], &offer["state"]), (&json!("c-01"), &json!("offered")));
    let mine = format!("/assignments/{}", offer["id"].as_str().expect("an id"));

    // a crew sees what is its own
    let (_, own) = hub.get("crew", "/assignments").await;
    assert_eq!(own["items"][0]["incident_detail"]["asset"], "rs-0001", "{own}");
    assert_eq!(hub.get("crew-2", "/assignments").await.1["items"], json!([]));
    for path in [&mine, &at, &format!("/alarms/{ALARM}"), "/assets/rs-0001", "/crews/c-01"] {
        assert_eq!(hub.get("crew", path).await.0, StatusCode::OK, "{path}");
        assert_eq!(hub.get("crew-2", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(hub.get("crew-2", "/incidents").await.1["items"], json!([]));
    let (status, _) = hub.post("crew-2", &format!("{mine}/accept"), json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "another crew's page");

    // steps in their order only
    let (status, problem) = hub.post("crew", &format!("{mine}/restored"), json!({})).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("offered")), "{problem}");
    let (status, problem) = hub.post("crew", &format!("{mine}/decline"), json!({"reason": " "})).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason")));
    for (step, state) in
        [("accept", "accepted"), ("en-route", "en-route"), ("on-scene", "on-scene"), ("made-safe", "made-safe")]
    {
        let (status, assignment) = hub.post("crew", &format!("{mine}/{step}"), json!({})).await;
        assert_eq!((status, &assignment["state"]), (StatusCode::OK, &json!(state)), "{assignment}");
    }
    assert_eq!(hub.get("viewer", &at).await.1["state"], "made-safe");
    let (status, _) = hub.post("dispatcher", &format!("{mine}/restored"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "a dispatcher may step for the crew");
    let (status, problem) = hub.post("crew", &format!("{mine}/complete"), json!({"report": "", "size": "huge"})).await;
    assert_eq!((status, problem["errors"].as_array().map(Vec::len)), (StatusCode::UNPROCESSABLE_ENTITY, Some(2)));
    let report = json!({"report": "pilot cleaned", "size": "minor"});
    let (status, done) = hub.post("crew", &format!("{mine}/complete"), report.clone()).await;
    assert_eq!((status, &done["state"], &done["size"]), (StatusCode::OK, &json!("complete"), &json!("minor")));
    let (status, _) = hub.post("crew", &format!("{mine}/complete"), report).await;
    assert_eq!(status, StatusCode::CONFLICT);

    let (status, _) = hub.post("dispatcher", &format!("{at}/close"), json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "an end needs a resolution");
    let (status, closed) = hub.post("dispatcher", &format!("{at}/close"), json!({"resolution": "repaired"})).await;
    assert_eq!((status, &closed["state"]), (StatusCode::OK, &json!("closed")), "{closed}");
    let (status, problem) = hub.post("dispatcher", &format!("{at}/close"), json!({"resolution": "again"})).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("closed")), "{problem}");

    let (_, whole) = hub.get("crew", &at).await;
    assert_eq!(
        events(&whole),
        ["opened", "offered", "accepted", "en-route", "on-scene", "made-safe", "restored", "completed", "closed"],
        "{whole}"
    );
    assert_eq!(hub.get("viewer", "/incidents").await.1["items"], json!([]));
    let (_, past) = hub.get("viewer", "/incidents?state=closed").await;
    assert_eq!((&past["items"][0]["id"], &past["items"][0]["resolution"]), (&whole["id"], &json!("repaired")));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_and_a_crew_is_chosen_by_hand() {
    let hub = TestHub::start().await;
    let call = json!({"kind": "gas-smell", "lon": 106.5, "lat": 29.5, "address": "Long St 1", "caller": "+86 9", "note": "cellar"});
    let (status, incident) = hub.post("dispatcher", "/incidents", call.clone()).await;
    assert_eq!((status, &incident["state"]), (StatusCode::CREATED, &json!("open")), "{incident}");
    let at = format!("/incidents/{}", incident["id"].as_str().expect("an id"));

    let (_, ranking) = hub.get("viewer", &format!("{at}/candidates?k=2")).await;
    let crews: Vec<&str> =
        ranking["items"].as_array().expect("a list").iter().filter_map(|c| c["crew"].as_str()).collect();
    assert_eq!(crews, ["c-03", "c-01"], "nearest first: {ranking}");
    let (_, nearest) = hub.get("viewer", "/crews/nearest?lon=106.5&lat=29.5&skill=regulator").await;
    assert_eq!(nearest["items"][0]["crew"], "c-01", "{nearest}");
    assert_eq!(nearest["left_out"][0]["crew"], "c-03", "nobody disappears silently: {nearest}");

    let (status, problem) = hub.post("dispatcher", &format!("{at}/dispatch"), json!({"crew": "c-99"})).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("crew")));
    let (status, assignment) = hub.post("dispatcher", &format!("{at}/dispatch"), json!({"crew": "c-02"})).await;
    assert_eq!((status, &assignment["crew"]), (StatusCode::OK, &json!("c-02")), "{assignment}");
    let (status, _) = hub.post("dispatcher", &format!("{at}/note"), json!({"text": "caller is waiting outside"})).await;
    assert_eq!(status, StatusCode::OK);

    let (_, second) = hub.post("dispatcher", "/incidents", call).await;
    let other = second["id"].as_str().expect("an id");
    let (status, problem) = hub.post("dispatcher", &format!("/incidents/{other}/merge"), json!({"into": other})).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("into")));
    let (status, merged) =
        hub.post("dispatcher", &format!("/incidents/{other}/merge"), json!({"into": incident["id"]})).await;
    assert_eq!(status, StatusCode::OK, "{merged}");
    let (_, open) = hub.get("viewer", "/incidents").await;
    assert_eq!(open["items"].as_array().map(Vec::len), Some(1), "{open}");
    let (_, whole) = hub.get("viewer", &at).await;
    let seen = events(&whole);
    assert!(["opened", "offered", "note", "merged"].iter().all(|e| seen.contains(e)), "{seen:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crew_says_where_it_is_and_what_it_does() {
    let hub = TestHub::start().await;
    let (status, crew) =
        hub.post("crew", "/crews/c-01/position", json!({"lon": 106.52, "lat": 29.51, "accuracy_m": 8.0})).await;
    assert_eq!((status, &crew["lon"], &crew["accuracy_m"]), (StatusCode::OK, &json!(106.52), &json!(8.0)), "{crew}");
    assert!(crew["position_ms"].is_i64());
    let (status, crew) = hub.post("crew", "/crews/c-01/status", json!({"status": "busy"})).await;
    assert_eq!((status, &crew["status"]), (StatusCode::OK, &json!("busy")), "{crew}");
    for path in ["/crews/c-02/position", "/crews/c-02/status"] {
        assert_eq!(hub.post("crew", path, json!({})).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(hub.get("crew", "/crews").await.1["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(hub.get("viewer", "/crews").await.1["items"].as_array().map(Vec::len), Some(3));
    hub.stop().await;
}
