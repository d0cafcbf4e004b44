//! Questions: lists, pages, history, the map.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("a list").iter().filter_map(|i| i["id"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_and_its_map() {
    let hub = TestHub::start().await;
    let (_, site) = hub.get("crew", "/site").await;
    assert_eq!(site["name"], "North Grid");
    assert_eq!(site["bounds"], json!([106.5, 29.5, 106.7, 29.7]));
    assert_eq!(site["counts"]["assets"], 3);
    assert_eq!(site["counts"]["points"], 6);
    assert_eq!(site["demo"], false);

    let response = hub.request("crew", Method::GET, "/api/v1/network").send().await.expect("hub answers");
    let etag = response.headers()["etag"].clone();
    let network: Value = response.json().await.expect("GeoJSON");
    let pipe = &network["features"][0];
    assert_eq!(pipe["properties"], json!({"id": "p-1", "class": "medium", "diameter_mm": 200.0}));
    assert_eq!(pipe["geometry"]["coordinates"], json!([[106.5, 29.5], [106.6, 29.6]]));
    let node = &network["features"][1]["properties"];
    assert_eq!(node, &json!({"id": "n-1", "kind": "regulator", "asset": "rs-0001", "state": "open"}));
    let again = hub.request("crew", Method::GET, "/api/v1/network").header("if-none-match", etag);
    assert_eq!(again.send().await.expect("hub answers").status(), StatusCode::NOT_MODIFIED);
    let packed = hub.request("crew", Method::GET, "/api/v1/network").header("accept-encoding", "gzip");
    assert_eq!(packed.send().await.expect("hub answers").headers()["content-encoding"], "gzip");

    let (_, backdrop) = hub.get("crew", "/backdrop").await;
    assert_eq!(backdrop, json!({"type": "FeatureCollection", "features": []}));
    let (status, _) = hub.get("operator", "/demo/scenarios").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "scenarios are the demo's only");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_found_and_paged() {
    let hub = TestHub::start().await;
    for (query, found) in [
        ("", &["rs-0001", "rs-0002", "rs-0003"][..]),
        ("?kind=gate-station", &["rs-0003"]),
        ("?area=south&kind=", &["rs-0002", "rs-0003"]),
        ("?bbox=106.4,29.4,106.55,29.55", &["rs-0001"]),
        ("?q=TWO", &["rs-0002"]),
        ("?q=RS-000&kind=gate-station&area=south&bbox=106,29,107,30&limit=5&cursor=", &["rs-0003"]),
        ("?kind=nothing", &[]),
    ] {
        let (status, page) = hub.get("viewer", &format!("/assets{query}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_eq!(ids(&page), found, "{query}");
        assert_eq!(page["next_cursor"], Value::Null, "{query}");
    }
    let (_, first) = hub.get("viewer", "/assets?limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let (_, second) = hub.get("viewer", &format!("/assets?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&first).len(), ids(&second)), (2, vec!["rs-0003"]));

    hub.sample("rs-0001/outlet_pressure", 130.0).await;
    let (_, asset) = hub.get("viewer", "/assets/rs-0001").await;
    assert_eq!(asset["attributes"], json!([["maker", "Acme"]]));
    assert_eq!(asset["values"][0]["value"], 130.0);
    assert_eq!(asset["worst"], json!({"priority": "medium", "state": "unacknowledged"}));
    assert_eq!(asset["alarms"][0]["id"], "rs-0001:outlet_pressure:high");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_with_accounts_and_what_was_lost_is_told_in_pages() {
    let hub = TestHub::start().await;
    assert_eq!(hub.get("operator", "/audit").await.0, StatusCode::FORBIDDEN);
    let (mut told, mut cursor) = (vec![], String::new());
    loop {
        let (status, page) = hub.get("engineer", &format!("/audit?limit=4&cursor={cursor}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        for row in page["items"].as_array().expect("a list") {
            told.push((row["action"].clone(), row["name"].clone()));
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(told.len(), 9, "{told:?}");
    assert_eq!(told[0], (json!("user-add"), json!("wang")), "newest first");
    assert_eq!(told[8], (json!("token-create"), json!("ingest")));
    let (_, none) = hub.get("engineer", "/audit?to_ms=1000").await;
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
    assert_eq!(hub.get("engineer", "/audit?from_ms=2&to_ms=1").await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let (status, page) = hub.get("viewer", "/gaps?from_ms=0&limit=5").await;
    assert_eq!((status, page), (StatusCode::OK, json!({"items": [], "next_cursor": null})));
    assert_eq!(hub.get("crew", "/gaps").await.0, StatusCode::FORBIDDEN);
    assert_eq!(hub.get("viewer", "/gaps?cursor=%21").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_go_by_glob() {
    let hub = TestHub::start().await;
    for (globs, found) in [
        ("rs-*/outlet_*", 3),
        ("rs-0001/*", 2),
        ("rs-0001/flow,rs-0002/flow", 2),
        ("*", 6),
        ("nothing/*", 0),
        ("rs-000?/flow", 3),
    ] {
        let (_, page) = hub.get("viewer", &format!("/values?points={}", globs.replace('?', "%3F"))).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(found), "{globs}: {page}");
    }
    let (_, first) = hub.get("viewer", "/values?points=*&limit=4").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let (_, second) = hub.get("viewer", &format!("/values?points=*&limit=4&cursor={cursor}")).await;
    assert_eq!(second["items"].as_array().map(Vec::len), Some(2));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_what_was_sent() {
    let hub = TestHub::start().await;
    let (_, now) = hub.get("viewer", "/points/rs-0002/flow").await;
    assert_eq!(now["value"], Value::Null);
    let base = now_ms() - 60_000;
    let rows: Vec<Value> =
        (0..10).map(|i| json!({"point": "rs-0002/flow", "ts_ms": base + i * 1000, "value": i})).collect();
    let (status, result) = hub.post("engineer", "/samples", Value::Array(rows)).await;
    assert_eq!((status, &result["accepted"]), (StatusCode::OK, &json!(10)));
    let path = format!("/history?points=rs-0002/flow,rs-0001/flow&from_ms={base}&to_ms={}", base + 5000);
    let of = |h: &Value, i: usize| h["series"][i]["rows"].as_array().map_or(0, Vec::len);
    let history = hub.until("viewer", &path, |h| of(h, 0) == 5).await;
    assert_eq!(history["resolution"], "raw");
    assert_eq!((&history["series"][0]["unit"], of(&history, 1)), (&json!("m3/h"), 0));
    assert_eq!(history["series"][0]["rows"][4], json!([base + 4000, 4.0, "good"]));

    // in spans: what nobody knows is left out, and the answer says what it tells
    assert_eq!((&history["aggregate"], &history["every"]), (&Value::Null, &Value::Null));
    let path = format!("/history?points=rs-0002/flow,rs-0001/flow&from_ms={base}&to_ms={}", base + 10_000);
    let (_, means) = hub.get("viewer", &format!("{path}&every=5s")).await;
    assert_eq!(
        (&means["aggregate"], &means["every"], &means["resolution"]),
        (&json!("mean"), &json!("5s"), &json!("raw"))
    );
    let rows = |h: &Value| h["series"][0]["rows"].as_array().cloned().unwrap_or_default();
    let whole = |h: &Value| rows(h).iter().filter_map(|r| r[1].as_f64()).collect::<Vec<_>>();
    let middle = rows(&means).iter().find(|r| r[0].as_i64() > Some(base)).cloned().expect("a span");
    assert!(middle[0].as_i64().is_some_and(|ts| ts % 5000 == 0) && middle[2] == "good", "{means}");
    assert_eq!(of(&means, 1), 0);
    let (_, counts) = hub.get("viewer", &format!("{path}&every=1m&aggregate=count")).await;
    assert_eq!(whole(&counts).iter().sum::<f64>(), 10.0);
    let (_, sums) = hub.get("viewer", &format!("{path}&every=1h&aggregate=integral")).await;
    assert_eq!((&sums["series"][0]["unit"], &sums["resolution"]), (&json!("m3"), &json!("hour")));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_all_or_nothing() {
    let hub = TestHub::start().await;
    let crews = hub.site().join("crews.csv");
    let before = std::fs::read_to_string(&crews).expect("file is there");
    std::fs::write(&crews, format!("{before}c-04,Crew Four,,leak,500,29.5,24h,north\n")).expect("file is writable");
    let (status, problem) = hub.post("engineer", "/site/reload", json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let place = problem["errors"][0]["field"].as_str().unwrap_or_default();
    assert!(place.contains("crews.csv:5:"), "{problem}");
    assert_eq!(hub.get("viewer", "/crews").await.1["items"].as_array().map(Vec::len), Some(3));

    std::fs::write(&crews, format!("{before}c-04,Crew Four,,leak,106.5,29.5,24h,north\n")).expect("file is writable");
    let (status, difference) = hub.post("engineer", "/site/reload", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{difference}");
    assert_eq!(difference["added"], json!(["crew c-04"]));
    hub.until("viewer", "/crews", |page| ids(page).contains(&"c-04")).await;
    let (status, _) = answer(hub.request("viewer", Method::GET, "/api/v1/crews/c-04")).await;
    assert_eq!(status, StatusCode::OK);
    hub.stop().await;
}

fn now_ms() -> i64 {
    linepack::clock::Clock::System.now().ms()
}
