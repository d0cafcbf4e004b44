//! Who sits at a position, and how a shift is handed over.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::hub::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_is_handed_over_with_what_stands_and_is_the_next_ones_once_accepted() {
    let hub = TestHub::start().await;
    hub.sample("rs-0001/outlet_pressure", 125.0).await;
    hub.sample("rs-0002/outlet_pressure", 130.0).await;
    let shelve = json!({"minutes": 30, "reason": "transmitter in calibration"});
    assert_eq!(hub.post("operator", "/alarms/rs-0002:outlet_pressure:high/shelve", shelve).await.0, StatusCode::OK);
    let here = json!({"position": "control-room"});
    let holder = async || {
        let (_, seats) = hub.get("viewer", "/positions").await;
        (seats["items"][0]["holder"].clone(), seats["items"][0]["waiting"]["id"].clone())
    };

    assert_eq!(hub.post("viewer", "/handover/take", here.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(hub.post("operator", "/handover/take", json!({"position": "moon"})).await.0, StatusCode::NOT_FOUND);
    let (status, problem) = hub.post("operator", "/handover", here.clone()).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("vacant")), "{problem}");
    let (status, taken) = hub.post("operator", "/handover/take", here.clone()).await;
    assert_eq!((status, &taken["state"]), (StatusCode::CREATED, &json!("accepted")), "{taken}");
    assert_eq!(holder().await, (json!("operator"), Value::Null));
    assert_eq!(hub.post("dispatcher", "/handover", here.clone()).await.0, StatusCode::CONFLICT);

    let words = json!({"position": "control-room", "note": "valve 7 sticks"});
    let (status, written) = hub.post("operator", "/handover", words).await;
    assert_eq!(status, StatusCode::CREATED, "{written}");
    let standing = &written["standing"];
    assert_eq!(standing["alarms"][0]["id"], "rs-0001:outlet_pressure:high", "{standing}");
    assert_eq!((&standing["alarms_total"], &standing["unacknowledged_total"]), (&json!(1), &json!(1)));
    assert_eq!(standing["hidden"][0]["reason"], "transmitter in calibration");
    let id = written["id"].as_str().expect("an id");
    assert_eq!(holder().await, (json!("operator"), json!(id)), "the position stays with who leaves");
    assert_eq!(hub.post("operator", &format!("/handover/{id}/accept"), json!({})).await.0, StatusCode::CONFLICT);

    // what happens later does not change what was handed over
    hub.sample("rs-0003/outlet_pressure", 125.0).await;
    let (status, accepted) = hub.post("dispatcher", &format!("/handover/{id}/accept"), json!({})).await;
    assert_eq!((status, &accepted["state"]), (StatusCode::OK, &json!("accepted")), "{accepted}");
    assert_eq!(accepted["standing"], *standing);
    assert_eq!(holder().await, (json!("dispatcher"), Value::Null));
    assert_eq!(hub.post("operator", &format!("/handover/{id}/withdraw"), json!({})).await.0, StatusCode::CONFLICT);
    assert_eq!(hub.post("operator", "/handover/ho-999999/accept", json!({})).await.0, StatusCode::NOT_FOUND);
    let (_, standing) = hub.get("viewer", "/positions/control-room/standing").await;
    assert_eq!(standing["alarms_total"], 2);

    let (status, problem) = hub.post("operator", "/handover/take", here).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "not without a reason: {problem}");
    let ill = json!({"position": "control-room", "note": "taken ill"});
    assert_eq!(hub.post("operator", "/handover/take", ill).await.0, StatusCode::CREATED);
    let (_, all) = hub.get("viewer", "/handover?position=control-room&limit=2").await;
    let rows = all["items"].as_array().expect("rows");
    assert_eq!(rows.iter().map(|r| &r["ended_by"]).collect::<Vec<_>>(), ["operator", "dispatcher"]);
    assert_eq!(rows[0]["from"], "dispatcher");
    hub.stop().await;
}
