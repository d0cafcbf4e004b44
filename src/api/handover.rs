//! Who sits at which operator position, and how a shift is handed over.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linepack_core::handover::Words;
use linepack_core::{Command, HandoverNo, Reply};
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Body, Fields, Path, Query};
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::store::Role;
use crate::view::handover;
use crate::wire::{self, Page};

/// Characters of a note.
const NOTE: usize = 4000;

/// Operator positions, who sits there, and the hand-over that waits.
#[utoipa::path(get, path = "/positions", tag = "handover", responses((status = 200, body = Page<wire::Seat>)))]
pub(crate) async fn positions(State(hub): State<Arc<Hub>>) -> Json<Page<wire::Seat>> {
    let picture = hub.view.load();
    let seat = |name: &str| {
        let held = picture.board.seats.get(name).and_then(|h| h.ended.as_ref());
        let waits = picture.board.handovers.values().find(|h| *h.position == *name);
        wire::Seat {
            position: name.to_owned(),
            holder: held.map(|(who, _)| who.to_string()),
            since_ms: held.map(|(_, at)| at.ms()),
            waiting: waits.map(|h| handover(h)),
        }
    };
    let items = picture.registry.positions.iter().map(|p| seat(&p.name)).collect();
    Json(Page { items, next_cursor: None })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Of one position only.
    position: Option<String>,
}

/// Hand-overs, newest first.
#[utoipa::path(get, path = "/handover", tag = "handover", params(Asked, Paging),
    responses((status = 200, body = Page<wire::Handover>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Handover>>> {
    let limit = paging.limit()?;
    let before = paging.after_number()?;
    hub.store.caught_up().await;
    let position = asked.position.as_deref().filter(|p| !p.is_empty());
    // one more tells whether there is a next page
    let rows = hub.store.handovers(position, before, limit + 1).await?;
    Ok(Json(page::page(rows, limit, |h| h.no.0.to_string(), handover)))
}

/// What stands at a position now: what a hand-over written now would keep.
#[utoipa::path(get, path = "/positions/{position}/standing", tag = "handover", params(("position" = String, Path)),
    responses((status = 200, body = wire::Standing)))]
pub(crate) async fn standing(
    State(hub): State<Arc<Hub>>,
    Path(position): Path<String>,
) -> Result<Json<wire::Standing>> {
    let picture = hub.view.load();
    known(&hub, &position)?;
    Ok(Json(picture.standing(&position, hub.clock.now())))
}

/// Write the hand-over of the position one sits at. It keeps what stands now; the position stays with who leaves until
/// somebody accepts it.
#[utoipa::path(post, path = "/handover", tag = "handover", request_body = wire::HandoverRequest,
    responses((status = 201, body = wire::Handover), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn write(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    body: Body<wire::HandoverRequest>,
) -> Result<(StatusCode, Json<wire::Handover>)> {
    let words = words(&hub, body).await?;
    Ok((StatusCode::CREATED, done(&hub, &caller, Command::HandOver(words)).await?))
}

/// Sit down at a position: where nobody sits, or with a `note` that says why in the place of somebody who cannot hand over.
#[utoipa::path(post, path = "/handover/take", tag = "handover", request_body = wire::HandoverRequest,
    responses((status = 201, body = wire::Handover), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn take(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    body: Body<wire::HandoverRequest>,
) -> Result<(StatusCode, Json<wire::Handover>)> {
    let words = Words { to: Some(caller.account.name.as_str().into()), ..words(&hub, body).await? };
    Ok((StatusCode::CREATED, done(&hub, &caller, Command::TakePosition(words)).await?))
}

/// Accept a hand-over: the position is the caller's from now on.
#[utoipa::path(post, path = "/handover/{id}/accept", tag = "handover", params(("id" = String, Path)),
    responses((status = 200, body = wire::Handover), (status = 409, body = wire::Problem)))]
pub(crate) async fn accept(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Handover>> {
    done(&hub, &caller, Command::AcceptHandover(number(&id)?)).await
}

/// Take back a hand-over that nobody has accepted.
#[utoipa::path(post, path = "/handover/{id}/withdraw", tag = "handover", params(("id" = String, Path)),
    responses((status = 200, body = wire::Handover), (status = 409, body = wire::Problem)))]
pub(crate) async fn withdraw(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Handover>> {
    done(&hub, &caller, Command::WithdrawHandover(number(&id)?)).await
}

async fn words(hub: &Hub, body: Body<wire::HandoverRequest>) -> Result<Words> {
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("position", &body.position, 64);
    fields.at_most("note", &body.note, NOTE);
    if let Some(to) = body.to.as_deref()
        && !hub.store.users().await?.iter().any(|u| u.name == to && u.role >= Role::Operator)
    {
        fields.wrong("to", "is not the name of an operator");
    }
    fields.check()?;
    known(hub, &body.position)?;
    let standing = hub.view.load().standing(&body.position, hub.clock.now());
    let standing = serde_json::to_string(&standing).unwrap_or_default();
    Ok(Words {
        position: body.position.into(),
        to: body.to.map(Into::into),
        note: body.note.trim().into(),
        standing: standing.into(),
    })
}

fn known(hub: &Hub, position: &str) -> Result<()> {
    let picture = hub.view.load();
    picture.registry.find_position(position).map(|_| ()).ok_or_else(|| Problem::not_found("position", position))
}

fn number(id: &str) -> Result<HandoverNo> {
    id.parse().map_err(|_| Problem::not_found("hand-over", id))
}

async fn done(hub: &Hub, caller: &Caller, command: Command) -> Result<Json<wire::Handover>> {
    match hub.command(&hub.view.load(), caller, command).await? {
        Reply::Handover(after) => Ok(Json(handover(&after))),
        other => Err(super::incident_commands::unexpected(&other)),
    }
}
