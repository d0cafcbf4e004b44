//! Every route refuses who may not, and everything is refused in one shape.

use linepack::api::roles::{Need, ROUTES};
use linepack::store::Role;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::hub::{TestHub, answer};

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_who_may_not() {
    let hub = TestHub::start().await;
    for (method, path, need) in ROUTES {
        let at = path.replace("{id}", "x").replace("{asset}", "x").replace("{point}", "x").replace("{name}", "x");
        let ask = async |who: &str| {
            let request = hub.request(who, method.clone(), &at);
            let request = if *method == Method::POST { request.json(&serde_json::json!({})) } else { request };
            answer(request).await
        };
        let (status, body) = ask("nobody").await;
        if *need == Need::Open {
            let login = at.ends_with("/login");
            assert!(login || !matches!(status.as_u16(), 401 | 403), "{method} {path} is open: {status}");
        } else {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} without login: {body}");
            assert_eq!(body["status"], 401);
        }
        for role in Role::ALL {
            let (status, body) = ask(role.name()).await;
            if need.met_by(role) {
                assert!(
                    !matches!(status.as_u16(), 401 | 403 | 405 | 500),
                    "{method} {path} as {role}: {status} {body}"
                );
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} as {role}: {body}");
                assert!(body["detail"].as_str().is_some_and(|d| d.contains(need.describe())), "{body}");
            }
        }
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_refused_in_the_same_shape() {
    let hub = TestHub::start().await;
    for (method, path, status) in [
        (Method::GET, "/api/v1/nothing", 404),
        (Method::GET, "/api/nothing", 404),
        (Method::GET, "/nothing.txt", 404),
        (Method::POST, "/map", 405),
        (Method::DELETE, "/api/v1/assets", 405),
        (Method::PUT, "/healthz", 405),
    ] {
        let response = hub.request("viewer", method.clone(), path).send().await.expect("hub answers");
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path}");
        let body: Value = response.json().await.expect("a problem");
        assert_eq!(body["status"], status, "{body}");
        assert!(body["detail"].as_str().is_some_and(|d| !d.is_empty()), "{body}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_keep_a_page_safe() {
    let hub = TestHub::start().await;
    for path in ["/", "/crew", "/api/docs", "/api/v1/site", "/api/v1/nothing", "/healthz", "/metrics"] {
        let response = hub.request("viewer", Method::GET, path).send().await.expect("hub answers");
        let headers = response.headers().clone();
        let csp = headers["content-security-policy"].to_str().expect("text");
        assert!(csp.contains("default-src 'self'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(!csp.contains("script-src"), "{path}: scripts are the hub's own only");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("referrer-policy") && headers.contains_key("cache-control"), "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
    let docs = hub.request("nobody", Method::GET, "/api/docs").send().await.expect("hub answers");
    let docs = docs.text().await.expect("a page");
    assert!(docs.contains("/api/v1/alarms/{id}/ack") && docs.contains("id=\"Alarm\""));
    for elsewhere in ["src=", "href=\"http", "url(", "<script"] {
        assert!(!docs.contains(elsewhere), "the page needs something from elsewhere: {elsewhere}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_and_figures_are_open() {
    let hub = TestHub::start().await;
    let (status, ready) = answer(hub.request("nobody", Method::GET, "/readyz")).await;
    assert_eq!((status, &ready["ready"], &ready["store"]["up"]), (StatusCode::OK, &true.into(), &true.into()));
    hub.sample("rs-0001/flow", 1.0).await;
    let response = hub.request("nobody", Method::GET, "/metrics").send().await.expect("hub answers");
    let text = response.text().await.expect("figures are text");
    assert!(text.contains("linepack_http_requests_total{method=\"POST\",path=\"/api/v1/samples\",status=\"200\"}"));
    assert!(text.contains("linepack_store_up 1"), "{text}");
    hub.stop().await;
}
