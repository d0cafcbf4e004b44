//! The demo's scenarios.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::input::Path;
use super::problem::{Problem, Result};
use super::state::{Hub, Scenarios};
use crate::wire::{self, Page};

/// Scenarios that can be started; only in the demo.
#[utoipa::path(get, path = "/demo/scenarios", tag = "demo", responses((status = 200, body = Page<wire::Scenario>)))]
pub(crate) async fn list(State(hub): State<Arc<Hub>>) -> Result<Json<Page<wire::Scenario>>> {
    Ok(Json(Page { items: scenarios(&hub)?.list(), next_cursor: None }))
}

/// Make something happen; only in the demo.
#[utoipa::path(post, path = "/demo/scenarios/{name}", tag = "demo", params(("name" = String, Path)),
    responses((status = 200, body = wire::ScenarioStarted), (status = 409, body = wire::Problem)))]
pub(crate) async fn start(
    State(hub): State<Arc<Hub>>,
    Path(name): Path<String>,
) -> Result<Json<wire::ScenarioStarted>> {
    let scenarios = scenarios(&hub)?;
    if !scenarios.list().iter().any(|s| s.name == name) {
        return Err(Problem::not_found("scenario", &name));
    }
    let detail = scenarios.start(&name).await.map_err(|why| Problem::new(StatusCode::CONFLICT, why))?;
    Ok(Json(wire::ScenarioStarted { name, detail }))
}

fn scenarios(hub: &Hub) -> Result<&dyn Scenarios> {
    let none = || Problem::new(StatusCode::NOT_FOUND, "this hub is not a demo");
    hub.scenarios.as_deref().ok_or_else(none)
}
