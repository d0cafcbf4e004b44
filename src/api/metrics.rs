//! The hub's figures, for Prometheus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::problem::{Problem, Result};
use super::state::Hub;
use crate::ingest::LinkState;

/// How often measured times are folded into their buckets; until then they take memory.
const FOLD: Duration = Duration::from_secs(5);
/// Edges of the buckets of times, seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The process's one recorder of figures, installed at the first call.
pub fn metrics_recorder() -> std::result::Result<PrometheusHandle, BuildError> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?;
    let installed = builder.install_recorder();
    // of two first calls at once one installs; the other takes what is there
    match installed {
        Ok(handle) => Ok(RECORDER.get_or_init(|| handle).clone()),
        Err(e) => RECORDER.get().cloned().ok_or(e),
    }
}

/// Folds measured times until the hub stops.
pub async fn metrics_upkeep(handle: PrometheusHandle, stop: CancellationToken) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(FOLD);
    loop {
        tokio::select! {
            _ = every.tick() => handle.run_upkeep(),
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// Figures in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Result<impl IntoResponse> {
    if let Some(token) = &hub.view.load().site.server.metrics_token {
        let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.split_once(' '));
        // digests compare in a time that tells nothing of the token
        let right = shown.is_some_and(|(scheme, shown)| {
            scheme.eq_ignore_ascii_case("bearer") && Sha256::digest(shown.trim()) == Sha256::digest(token)
        });
        if !right {
            return Err(Problem::unauthorized("send the metrics token as `Authorization: Bearer …`"));
        }
    }
    sample(&hub);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], hub.metrics.render()))
}

/// Figures that are states: looked at when somebody asks.
fn sample(hub: &Hub) {
    let picture = hub.view.load();
    let store = hub.store.status();
    gauge!("linepack_store_up").set(f64::from(u8::from(store.up)));
    gauge!("linepack_store_behind_seconds").set(store.behind_ms as f64 / 1000.0);
    gauge!("linepack_store_spool_bytes").set(store.spool_bytes as f64);
    gauge!("linepack_points").set(picture.registry.points.len() as f64);
    gauge!("linepack_incidents_open").set(picture.board.incidents.len() as f64);
    for priority in linepack_core::registry::Priority::ALL {
        let of = |a: &linepack_core::alarm::Alarm| picture.registry.rule(a.id).priority == priority;
        let count = picture.board.alarms.values().filter(|a| a.state.is_annunciated() && of(a)).count();
        gauge!("linepack_alarms_active", "priority" => priority.name()).set(count as f64);
    }
    for link in (hub.links)() {
        let wire = link.wire();
        let name = wire.name;
        let up = f64::from(u8::from(link.state() == LinkState::Connected));
        gauge!("linepack_connection_up", "connection" => name.clone()).set(up);
        counter!("linepack_connection_received_total", "connection" => name.clone()).absolute(wire.received);
        counter!("linepack_connection_errors_total", "connection" => name.clone()).absolute(wire.errors);
        counter!("linepack_connection_missed_polls_total", "connection" => name).absolute(wire.missed);
    }
}
