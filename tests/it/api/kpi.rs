//! Figures of the alarm system over HTTP, and what is still right after a restart and for a period that is over.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::hub::TestHub;

const HIGH: &str = "rs-0001:outlet_pressure:high";

fn room(all: &Value) -> &Value {
    all["positions"].as_array().and_then(|p| p.last()).expect("there is always a position")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_position_are_counted_from_the_journal() {
    let hub = TestHub::start().await;
    let (_, none) = hub.get("viewer", "/alarms/kpi").await;
    assert_eq!(room(&none)["annunciated"], 0, "{none}");
    // four times high and back within seconds, once acknowledged: from the third time on it is held and stands; one that
    // stays with two alarms; one that is hidden
    for i in 0..4 {
        hub.sample("rs-0001/outlet_pressure", 125.0).await;
        if i == 0 {
            let (status, _) = hub.post("operator", &format!("/alarms/{HIGH}/ack"), json!({})).await;
            assert_eq!(status, StatusCode::OK);
        }
        hub.sample("rs-0001/outlet_pressure", 100.0).await;
    }
    hub.sample("rs-0002/outlet_pressure", 150.0).await;
    let hidden = "rs-0003:outlet_pressure:high";
    hub.post("operator", &format!("/alarms/{hidden}/shelve"), json!({"minutes": 5, "reason": "works"})).await;
    hub.sample("rs-0003/outlet_pressure", 125.0).await;
    let all = hub.until("viewer", "/alarms/kpi", |all| room(all)["annunciated"] == 5).await;
    let position = room(&all);
    assert_eq!(position["max_10min"], 5, "{position}");
    assert_eq!(position["top"][0], json!({"alarm": HIGH, "count": 3, "percent": 60.0}));
    assert_eq!(position["chattering"], json!([HIGH]));
    assert_eq!(position["priorities"], json!({"critical": 1, "high": 0, "medium": 4, "low": 0}));
    assert_eq!(position["flood"]["active"], false);
    assert_eq!(position["standing"], 3, "{position}");
    assert!(position["ack_p50_s"].as_f64().is_some_and(|s| s < 10.0), "{position}");
    let verdict = |name: &str| {
        let compared = position["compared"].as_array().expect("figures beside targets");
        compared.iter().find(|c| c["name"] == name).map(|c| c["verdict"].clone())
    };
    assert_eq!(verdict("chattering"), Some(json!("over")));
    assert_eq!(verdict("per_day"), Some(json!("acceptable")));
    assert_eq!(position["bad_actors"][0]["alarm"], HIGH, "{position}");

    // a period of its own, to the millisecond: exclusive at its end
    let (_, journal) = hub.get("viewer", &format!("/alarms/journal?alarm={HIGH}")).await;
    let raises: Vec<i64> = journal["items"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|r| r["cause"] == "raise")
        .filter_map(|r| r["ts_ms"].as_i64())
        .collect();
    let (first, last) = (raises[raises.len() - 1], raises[0]);
    let (_, all) = hub.get("viewer", &format!("/alarms/kpi?from_ms={first}&to_ms={last}")).await;
    let counted = room(&all)["top"].as_array().map_or(0, |t| t.iter().filter(|c| c["alarm"] == HIGH).count());
    assert!(counted <= 1 && room(&all)["annunciated"].as_u64().is_some_and(|n| n <= 3), "{all}");
    for (query, field) in [("from_ms=5&to_ms=5", "from_ms"), ("from_ms=0", "from_ms")] {
        let (status, problem) = hub.get("viewer", &format!("/alarms/kpi?{query}")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
    }
    assert_eq!(hub.get("viewer", "/alarms/kpi?position=nowhere").await.0, StatusCode::NOT_FOUND);
    assert_eq!(hub.get("crew", "/alarms/kpi").await.0, StatusCode::FORBIDDEN);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_are_tried_on_the_history_and_lose_no_true_alarm() {
    let hub = TestHub::start().await;
    let (_, now) = hub.get("viewer", "/alarms/kpi").await;
    let begin = now["to_ms"].as_i64().expect("a time") - 2 * 3_600_000;
    // half an hour of noise about the limit every five seconds, then ten minutes that mattered
    let noise = (0..360).map(|i| (i * 5, if i % 2 == 0 { 121.0 } else { 117.0 }));
    let samples = noise.chain((360..480).map(|i| (i * 5, 131.0))).chain([(2400, 100.0)]);
    let samples: Vec<Value> = samples
        .map(|(s, v)| json!({"point": "rs-0001/outlet_pressure", "ts_ms": begin + s * 1000, "value": v}))
        .collect();
    let (status, _) = hub.post("ingest", "/samples", json!(samples)).await;
    assert_eq!(status, StatusCode::OK);
    let path = format!("/alarms/{HIGH}/proposals?from_ms={begin}&to_ms={}", begin + 3_600_000);
    let found = hub.until("viewer", &path, |p| p["samples"] == 481).await;
    assert_eq!((&found["activations"], &found["true_alarms"]), (&json!(181), &json!(1)), "{found}");
    let items = found["items"].as_array().expect("proposals");
    assert!(!items.is_empty() && items.len() <= 10, "{found}");
    let best = &items[0];
    assert_eq!(best["activations"].as_u64().zip(best["removed"].as_u64()).map(|(a, r)| a + r), Some(181), "{best}");
    assert!(best["removed"].as_u64().is_some_and(|r| r >= 150), "{best}");
    for item in items {
        assert!(item["delay_max_s"].as_f64().is_some_and(|d| d <= 120.0), "{item}");
    }
    // what is proposed can be set as it is
    let set = json!({"limit": best["limit"], "deadband": best["deadband"], "on_delay_s": best["on_delay_s"],
        "off_delay_s": best["off_delay_s"], "reason": "chatters"});
    let (status, settings) = hub.post("engineer", &format!("/alarms/{HIGH}/settings"), set).await;
    assert_eq!(status, StatusCode::OK, "{settings}");
    for (query, status) in [
        ("from_ms=5&to_ms=5", StatusCode::UNPROCESSABLE_ENTITY),
        ("from_ms=5", StatusCode::UNPROCESSABLE_ENTITY),
        ("true_after_s=0", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(hub.get("viewer", &format!("/alarms/{HIGH}/proposals?{query}")).await.0, status, "{query}");
    }
    assert_eq!(hub.get("viewer", "/alarms/none/proposals").await.0, StatusCode::NOT_FOUND);
    let (status, problem) = hub.get("viewer", "/alarms/hub:store:spool/proposals").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_month_comes_as_json_and_as_a_table() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    let change = json!({"limit": 126, "reason": "calm, for now"});
    assert_eq!(hub.post("engineer", "/alarms/rs-0002:outlet_pressure:high/settings", change).await.0, StatusCode::OK);
    let report = hub.until("viewer", "/reports/alarms", |r| !r["positions"][0]["changes"][0].is_null()).await;
    let position = &report["positions"][0];
    assert_eq!((&position["figures"]["annunciated"], &position["standing"][0]["alarm"]), (&json!(1), &json!(HIGH)));
    assert_eq!(position["changes"][0]["reason"], "limit 120 → 126: calm, for now");
    assert_eq!(position["hidden"], json!([]));
    let request = hub.request("viewer", reqwest::Method::GET, "/api/v1/reports/alarms");
    let answer = request.header("accept", "text/csv").send().await.expect("hub answers");
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let table = answer.text().await.expect("text");
    assert!(table.starts_with("position,section,item,value,target,detail\r\n"), "{table}");
    assert!(table.contains("control-room,figures,annunciated,1,,\r\n"), "{table}");
    assert!(table.contains("\"engineer: limit 120 → 126: calm, for now\"\r\n"), "{table}");
    let month = report["month"].as_str().expect("a month");
    assert_eq!(hub.get("viewer", &format!("/reports/alarms?month={month}")).await.0, StatusCode::OK);
    for (query, status) in [("month=2026-13", 422), ("month=9999-01", 422), ("format=pdf", 422), ("month=2001-02", 200)]
    {
        assert_eq!(hub.get("viewer", &format!("/reports/alarms?{query}")).await.0.as_u16(), status, "{query}");
    }
    hub.stop().await;
}
