//! Telephones: the OsmAnd protocol and OwnTracks over HTTP, with tokens shown as telephones can.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::hub::{TestHub, answer};

fn bare(hub: &TestHub, method: Method, path: &str) -> RequestBuilder {
    hub.request("nobody", method, &format!("/api/v1{path}"))
}

async fn at(hub: &TestHub, crew: &str) -> (Value, Value) {
    let (status, crew) = hub.get("dispatcher", &format!("/crews/{crew}")).await;
    assert_eq!(status, StatusCode::OK, "{crew}");
    (crew["lon"].clone(), crew["lat"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_moves_its_crew_by_query_form_and_json() {
    let hub = TestHub::start().await;
    let (crew, dispatcher) = (hub.token("crew"), hub.token("dispatcher"));
    let path = format!("/osmand?id=c-01&lat=29.51&lon=106.52&speed=10&accuracy=5&token={crew}");
    let (status, body) = answer(bare(&hub, Method::GET, &path)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!((&body["crew"], &body["accuracy_m"]), (&json!("c-01"), &json!(5.0)));
    assert!((body["speed_ms"].as_f64().unwrap_or_default() - 5.144_44).abs() < 1e-6, "knots: {body}");
    assert_eq!(at(&hub, "c-01").await, (json!(106.52), json!(29.51)));

    let form = bare(&hub, Method::POST, "/osmand").basic_auth("c-02", Some(hub.token("crew-2")));
    let (status, body) = answer(form.form(&[("id", "c-02"), ("lat", "29.61"), ("lon", "106.62")])).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(at(&hub, "c-02").await, (json!(106.62), json!(29.61)));

    let report = json!({"location": {"coords": {"latitude": 29.53, "longitude": 106.54, "accuracy": 4.0, "speed": 3.0}}, "device_id": "c-03"});
    let request = bare(&hub, Method::POST, "/osmand").bearer_auth(dispatcher).json(&report);
    let (status, body) = answer(request).await;
    assert_eq!((status, &body["speed_ms"]), (StatusCode::OK, &json!(3.0)), "metres a second: {body}");
    assert_eq!(at(&hub, "c-03").await, (json!(106.54), json!(29.53)));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owntracks_over_http_is_the_same_crew() {
    let hub = TestHub::start().await;
    let post = |body: Value| {
        let request = bare(&hub, Method::POST, "/owntracks").basic_auth("c-01", Some(hub.token("crew")));
        answer(request.json(&body))
    };
    let (status, body) = post(json!({"_type": "location", "lat": 29.55, "lon": 106.56, "acc": 9})).await;
    assert_eq!((status, body), (StatusCode::OK, json!([])));
    assert_eq!(at(&hub, "c-01").await, (json!(106.56), json!(29.55)));
    assert_eq!(post(json!({"_type": "lwt", "tst": 1})).await.0, StatusCode::OK);
    assert_eq!(post(json!({"_type": "location", "lat": 95, "lon": 1})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let request =
        bare(&hub, Method::POST, "/owntracks").bearer_auth(hub.token("dispatcher")).header("x-limit-u", "c-02");
    let (status, _) = answer(request.json(&json!({"_type": "location", "lat": 29.6, "lon": 106.7}))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(at(&hub, "c-02").await, (json!(106.7), json!(29.6)));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_or_says_nonsense_is_told_so() {
    let hub = TestHub::start().await;
    let crew = hub.token("crew");
    for (path, expect) in [
        ("/osmand?id=c-01&lat=1&lon=2".to_owned(), 401),
        ("/osmand?id=c-01&lat=1&lon=2&token=wrong".to_owned(), 401),
        (format!("/osmand?id=c-02&lat=1&lon=2&token={crew}"), 403),
        (format!("/osmand?id=c-01&lat=1&lon=2&token={}", hub.token("viewer")), 403),
        (format!("/osmand?id=c-99&lat=1&lon=2&token={}", hub.token("dispatcher")), 404),
        (format!("/osmand?id=c-01&lat=91&lon=2&token={crew}"), 422),
        (format!("/osmand?id=c-01&lat=1&lon=2&timestamp=4000000000&token={crew}"), 422),
        // elsewhere the query is no way in
        (format!("/crews/c-01?token={crew}"), 401),
    ] {
        let (status, body) = answer(bare(&hub, Method::GET, &path)).await;
        assert_eq!(status.as_u16(), expect, "{path}: {body}");
        assert!(!body.to_string().contains(crew), "the token is not told: {body}");
    }
    hub.stop().await;
}
