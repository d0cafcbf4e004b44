//! For machines that watch the hub.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::state::Hub;
use crate::wire;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the hub takes work. A silent device link is listed, but does not make it unready.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = wire::Ready), (status = 503, body = wire::Ready)))]
pub(crate) async fn readyz(State(hub): State<Arc<Hub>>) -> Response {
    let store = hub.store.status();
    let mut reasons = vec![];
    if !store.up {
        reasons.push(format!("database: {}", if store.detail.is_empty() { "does not answer" } else { &store.detail }));
    }
    if !hub.engine.is_recording() {
        reasons.push("disk: full, nothing can be recorded".to_owned());
    }
    if !hub.engine.is_running() {
        reasons.push("engine: does not run".to_owned());
    }
    let ready = reasons.is_empty();
    let body = wire::Ready {
        ready,
        reasons,
        store: wire::StoreState {
            up: store.up,
            kind: store.kind.to_owned(),
            behind_ms: store.behind_ms,
            spool_bytes: store.spool_bytes,
            lost_samples: store.lost_samples,
            detail: store.detail,
        },
        connections: super::links::now(&hub),
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
