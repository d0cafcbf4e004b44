//! People: cookies, wrong passwords, other sites' pages.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::hub::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_from_login_to_logout() {
    let hub = TestHub::start().await;
    let browser = Client::builder().cookie_store(true).build().expect("client");
    let at = |path: &str| format!("{}/api/v1{path}", hub.url);
    let login = || browser.post(at("/login")).json(&json!({"user": "wang", "password": "right horse"}));

    let response = login().send().await.expect("hub answers");
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()["set-cookie"].to_str().expect("text").to_owned();
    for part in ["lp_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let me: Value = browser.get(at("/me")).send().await.expect("hub answers").json().await.expect("JSON");
    assert_eq!(me, json!({"user": "wang", "role": "operator", "crew": null}));

    let status = browser.post(at("/logout")).send().await.expect("hub answers").status();
    assert_eq!(status, StatusCode::NO_CONTENT);
    let token = cookie.split(['=', ';']).nth(1).unwrap_or_default();
    let replayed = hub.http.get(at("/me")).header("cookie", format!("lp_session={token}")).send().await;
    assert_eq!(replayed.expect("hub answers").status(), StatusCode::UNAUTHORIZED, "the session itself has ended");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_run_out_and_right_ones_do_not() {
    let hub = TestHub::start().await;
    let login = async |user: &str, password: &str| {
        let request = hub.request("nobody", Method::POST, "/api/v1/login");
        request.json(&json!({"user": user, "password": password})).send().await.expect("hub answers")
    };
    for _ in 0..8 {
        assert_eq!(login("wang", "right horse").await.status(), StatusCode::OK);
    }
    for _ in 0..5 {
        assert_eq!(login("wang", "wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    let refused = login("wang", "right horse").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=12).contains(&wait), "{wait}");
    assert_eq!(login("nobody-by-this-name", "wrong").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(login("", "").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_act_with_the_cookie() {
    let hub = TestHub::start().await;
    let browser = Client::builder().cookie_store(true).build().expect("client");
    let at = |path: &str| format!("{}/api/v1{path}", hub.url);
    let login = browser.post(at("/login")).json(&json!({"user": "wang", "password": "right horse"}));
    assert_eq!(login.send().await.expect("hub answers").status(), StatusCode::OK);
    let ack = "/alarms/rs-0001:outlet_pressure:high/ack";
    for (origin, status) in [("https://evil.example", 403), ("null", 403), (hub.url.as_str(), 409)] {
        let response = browser.post(at(ack)).header("origin", origin).send().await.expect("hub answers");
        assert_eq!(response.status().as_u16(), status, "{origin}");
    }
    let looked = browser.get(at("/me")).header("origin", "https://evil.example").send().await.expect("hub answers");
    assert_eq!(looked.status(), StatusCode::OK, "looking is not stopped here: without CORS the page cannot read it");
    let by_token = hub.request("operator", Method::POST, &format!("/api/v1{ack}"));
    let by_token = by_token.header("origin", "https://evil.example").send().await.expect("hub answers");
    assert_eq!(by_token.status(), StatusCode::CONFLICT, "a token is not sent by a browser on its own");
    hub.stop().await;
}
