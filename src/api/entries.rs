//! Values that people enter: of points without a source, in place of measured ones, and to start a total again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::{Command, Millis, PointId, Reply, Ts};

use super::incident_commands::unexpected;
use super::input::{Body, Fields, OptionalBody, Path, Query};
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::view::Picture;
use crate::wire::{self, Page};

/// Characters of a reason.
const REASON: usize = 500;
/// Longest time of a substitute: ten years.
const MINUTES: i64 = 10 * 366 * 24 * 60;

/// Enter the value of a point without a source, or start a total again.
#[utoipa::path(post, path = "/points/{asset}/{point}/value", tag = "values",
    params(("asset" = String, Path), ("point" = String, Path)), request_body = wire::EnterRequest,
    responses((status = 200, body = wire::Value), (status = 409, body = wire::Problem)))]
pub(crate) async fn enter(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(name): Path<(String, String)>,
    body: Body<wire::EnterRequest>,
) -> Result<Json<wire::Value>> {
    let picture = hub.view.load();
    let point = target(&picture, &name)?;
    let body = body.read()?;
    check(body.value, &body.reason, None)?;
    let command = Command::Enter { point, value: body.value, reason: body.reason.into(), ts: body.ts_ms.map(Ts) };
    done(&hub, &picture, &caller, command).await
}

/// Put a value in place of the measured one.
#[utoipa::path(post, path = "/points/{asset}/{point}/substitute", tag = "values",
    params(("asset" = String, Path), ("point" = String, Path)), request_body = wire::SubstituteRequest,
    responses((status = 200, body = wire::Value)))]
pub(crate) async fn substitute(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(name): Path<(String, String)>,
    body: Body<wire::SubstituteRequest>,
) -> Result<Json<wire::Value>> {
    let picture = hub.view.load();
    let point = target(&picture, &name)?;
    let body = body.read()?;
    check(body.value, &body.reason, body.minutes)?;
    let until = body.minutes.map(|m| hub.clock.now() + Millis::mins(m));
    let command = Command::Substitute { point, value: body.value, reason: body.reason.into(), until };
    done(&hub, &picture, &caller, command).await
}

/// Show the measured value again.
#[utoipa::path(post, path = "/points/{asset}/{point}/unsubstitute", tag = "values",
    params(("asset" = String, Path), ("point" = String, Path)), request_body = Option<wire::UnsubstituteRequest>,
    responses((status = 200, body = wire::Value), (status = 409, body = wire::Problem)))]
pub(crate) async fn unsubstitute(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(name): Path<(String, String)>,
    OptionalBody(body): OptionalBody<wire::UnsubstituteRequest>,
) -> Result<Json<wire::Value>> {
    let picture = hub.view.load();
    let point = target(&picture, &name)?;
    let reason = body.reason.unwrap_or_default();
    let mut fields = Fields::default();
    fields.at_most("reason", &reason, REASON);
    fields.check()?;
    done(&hub, &picture, &caller, Command::Unsubstitute { point, reason: reason.into() }).await
}

/// What was entered for a point, newest first.
#[utoipa::path(get, path = "/points/{asset}/{point}/entries", tag = "values",
    params(("asset" = String, Path), ("point" = String, Path), Paging),
    responses((status = 200, body = Page<wire::Entry>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Path(name): Path<(String, String)>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Entry>>> {
    let picture = hub.view.load();
    let point = target(&picture, &name)?;
    let limit = paging.limit()?;
    let before = paging.after_number()?;
    hub.store.caught_up().await;
    // one more tells whether there is a next page
    let rows = hub.store.entries(&picture.registry.point_name(point), before, limit + 1).await?;
    Ok(Json(page::page(rows, limit, |row| row.id.to_string(), Clone::clone)))
}

fn target(picture: &Picture, (asset, point): &(String, String)) -> Result<PointId> {
    let registry = &picture.registry;
    let found = registry.find_asset(asset).and_then(|a| registry.find_point_of(a, point));
    found.ok_or_else(|| Problem::not_found("point", &format!("{asset}/{point}")))
}

fn check(value: f64, reason: &str, minutes: Option<i64>) -> Result<()> {
    let mut fields = Fields::default();
    if !value.is_finite() {
        fields.wrong("value", "must be a number");
    }
    fields.text("reason", reason, REASON);
    if minutes.is_some_and(|m| !(1..=MINUTES).contains(&m)) {
        fields.wrong("minutes", format!("must be 1 to {MINUTES}"));
    }
    fields.check()
}

async fn done(hub: &Hub, picture: &Picture, caller: &Caller, command: Command) -> Result<Json<wire::Value>> {
    match hub.command(picture, caller, command).await? {
        Reply::Point(point) => Ok(Json(hub.view.load().value(point))),
        other => Err(unexpected(&other)),
    }
}
