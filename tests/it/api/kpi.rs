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
    // four times high and back within seconds, once acknowledged; one that stays; one that is hidden
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
    let all = hub.until("viewer", "/alarms/kpi", |all| room(all)["annunciated"] == 6).await;
    let position = room(&all);
    assert_eq!(position["max_10min"], 6, "{position}");
    assert_eq!(position["top"][0], json!({"alarm": HIGH, "count": 4, "percent": 400.0 / 6.0}));
    assert_eq!(position["chattering"], json!([HIGH]));
    assert_eq!(position["priorities"], json!({"critical": 1, "high": 0, "medium": 5, "low": 0}));
    assert_eq!(position["flood"]["active"], false);
    assert_eq!(position["standing"], 2, "{position}");
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
