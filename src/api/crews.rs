//! Crews: where they are, what they do, who is nearest.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::dispatch::CrewStatus;
use linepack_core::input::Fix;
use linepack_core::{CrewId, Input, Reply, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::incident_commands::{place, unexpected};
use super::input::{Body, Fields, Path, Query, or_empty};
use super::own::Scope;
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page, ranking};
use crate::view::Picture;
use crate::wire::{self, Page};

/// All crews, in the order of `crews.csv`, 1,000 of them where `limit` is left out; a crew account sees its own.
#[utoipa::path(get, path = "/crews", tag = "crews", params(Paging),
    responses((status = 200, body = Page<wire::Crew>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Crew>>> {
    let (picture, now) = (hub.view.load(), hub.clock.now());
    let scope = Scope::of(&caller, &picture)?;
    let limit = paging.limit_of(page::MAX, page::MAX)?;
    let after: Option<u32> = paging.after_number()?;
    let found = picture.board.crews.values().filter(|c| after.is_none_or(|a| c.id.0 > a) && scope.crew(c.id));
    Ok(Json(page::page(found, limit, |c| c.id.0.to_string(), |c| picture.crew(c, now))))
}

/// One crew.
#[utoipa::path(get, path = "/crews/{id}", tag = "crews", params(("id" = String, Path)),
    responses((status = 200, body = wire::Crew)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Crew>> {
    let picture = hub.view.load();
    let crew = find(&picture, &caller, &id)?;
    now(&hub, crew, &id)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NearestQuery {
    /// Degrees east.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = f64, required = true)]
    lon: Option<f64>,
    /// Degrees north.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = f64, required = true)]
    lat: Option<f64>,
    /// How many crews, 1 to 100; 5 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    k: Option<usize>,
    /// Skill the crew must have; any when left out.
    skill: Option<String>,
}

/// Crews that could go to a place, by travel time, and those that could not, with why.
#[utoipa::path(get, path = "/crews/nearest", tag = "crews", params(NearestQuery),
    responses((status = 200, body = wire::Ranking)))]
pub(crate) async fn nearest(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<NearestQuery>,
) -> Result<Json<wire::Ranking>> {
    let mut fields = Fields::default();
    let at = place(&mut fields, query.lon.unwrap_or(f64::NAN), query.lat.unwrap_or(f64::NAN));
    let k = query.k.unwrap_or(5);
    if !(1..=100).contains(&k) {
        fields.wrong("k", "must be 1 to 100");
    }
    fields.check()?;
    let at = at.ok_or_else(|| Problem::field("lon", "is not a place"))?;
    let skill = query.skill.unwrap_or_default();
    Ok(Json(ranking::rank(&hub.view.load(), hub.clock.now(), at, skill.trim(), &[], k)))
}

/// A crew's position, from its telephone.
#[utoipa::path(post, path = "/crews/{id}/position", tag = "crews", params(("id" = String, Path)),
    request_body = wire::PositionRequest, responses((status = 200, body = wire::Crew)))]
pub(crate) async fn position(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::PositionRequest>,
) -> Result<Json<wire::Crew>> {
    let picture = hub.view.load();
    let crew = find(&picture, &caller, &id)?;
    let body = body.read()?;
    let ts = body.ts_ms.map_or_else(|| hub.clock.now(), Ts);
    let mut fields = Fields::default();
    let at = place(&mut fields, body.lon, body.lat);
    if !is_credible(ts, hub.clock.now()) {
        fields.wrong("ts_ms", NOT_CREDIBLE);
    }
    if body.accuracy_m.is_some_and(|m| !m.is_finite() || m < 0.0) {
        fields.wrong("accuracy_m", "must be metres, 0 or more");
    }
    fields.check()?;
    let position = at.ok_or_else(|| Problem::field("lon", "is not a place"))?;
    moved(&hub, &picture, Fix { crew, position, ts, accuracy_m: body.accuracy_m }).await?;
    now(&hub, crew, &id)
}

/// How far a telephone's clock may be ahead.
const AHEAD: linepack_core::Millis = linepack_core::Millis::mins(5);
const NOT_CREDIBLE: &str = "must be milliseconds since 1970, not in the future";

fn is_credible(ts: Ts, received: Ts) -> bool {
    ts.ms() > 0 && ts <= received + AHEAD
}

/// Hands over a fix and waits until it is taken.
pub(crate) async fn moved(hub: &Hub, picture: &Picture, fix: Fix) -> Result<()> {
    let received = hub.clock.now();
    if !is_credible(fix.ts, received) {
        return Err(Problem::field("timestamp", NOT_CREDIBLE));
    }
    let fix = Input::Position(Fix { ts: fix.ts.min(received), ..fix });
    let taken = hub.engine.feed_durable(picture.registry.generation, fix).await?;
    taken.await.map_err(|_| Problem::unavailable("the site was read anew meanwhile; send it again", 1))
}

/// What a crew does, as it says itself or a dispatcher for it.
#[utoipa::path(post, path = "/crews/{id}/status", tag = "crews", params(("id" = String, Path)),
    request_body = wire::StatusRequest,
    responses((status = 200, body = wire::Crew), (status = 409, body = wire::Problem)))]
pub(crate) async fn status(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::StatusRequest>,
) -> Result<Json<wire::Crew>> {
    let picture = hub.view.load();
    let crew = find(&picture, &caller, &id)?;
    let body = body.read()?;
    let status = CrewStatus::from_name(&body.status)
        .filter(|s| !matches!(s, CrewStatus::Assigned | CrewStatus::OutOfContact))
        .ok_or_else(|| Problem::field("status", "must be available, en-route, on-scene, busy or off-duty"))?;
    match hub.ask(&picture, Input::Status { crew, status, actor: caller.actor() }).await? {
        Reply::Crew(after) => Ok(Json(picture.crew(&after, hub.clock.now()))),
        other => Err(unexpected(&other)),
    }
}

/// A crew that the caller may speak for.
pub(crate) fn find(picture: &Picture, caller: &Caller, id: &str) -> Result<CrewId> {
    let scope = Scope::of(caller, picture)?;
    let crew = picture.registry.find_crew(id).ok_or_else(|| Problem::not_found("crew", id))?;
    Scope::require(scope.crew(crew))?;
    Ok(crew)
}

fn now(hub: &Hub, crew: CrewId, id: &str) -> Result<Json<wire::Crew>> {
    let picture = hub.view.load();
    let state = picture.board.crews.get(&crew).ok_or_else(|| Problem::not_found("crew", id))?;
    Ok(Json(picture.crew(state, hub.clock.now())))
}
