//! Commands to the field: select, execute, cancel, and what came of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use linepack_core::control::{Control, ControlState};
use linepack_core::{Command, ControlNo, Reply};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::words;
use super::incident_commands::unexpected;
use super::input::{Body, Fields, Path, Query};
use super::page::Paging;
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::store::CommandFilter;
use crate::view::{Picture, command};
use crate::wire::{self, Page};

/// Characters of a reason.
const REASON: usize = 1000;

/// Select a point and a value. Nothing is sent until the same person executes it, in time.
#[utoipa::path(post, path = "/commands", tag = "commands", request_body = wire::CommandRequest,
    responses((status = 201, body = wire::Command), (status = 409, body = wire::Problem)))]
pub(crate) async fn select(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    body: Body<wire::CommandRequest>,
) -> Result<impl IntoResponse> {
    let picture = hub.view.load();
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("point", &body.point, 200);
    let point = picture.registry.find_point(&body.point);
    if !body.point.trim().is_empty() && point.is_none() {
        return Err(Problem::not_found("point", &body.point));
    }
    if let Some(point) = point
        && !picture.site.is_writable(point)
    {
        fields.wrong("point", "cannot be written; the site does not say so, or its connection cannot");
    }
    if !body.value.is_finite() {
        fields.wrong("value", "must be a finite number");
    }
    fields.at_most("reason", &body.reason, REASON);
    fields.check()?;
    let point = point.ok_or_else(|| Problem::not_found("point", &body.point))?;
    let command = Command::Select { point, value: body.value, reason: body.reason.trim().into() };
    let Json(selected) = done(&hub, &picture, &caller, command).await?;
    let location = format!("/api/v1/commands/{}", selected.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(selected)))
}

/// Have a selected command sent. Asked again, it answers what came of it and sends nothing.
#[utoipa::path(post, path = "/commands/{id}/execute", tag = "commands", params(("id" = String, Path)),
    responses((status = 200, body = wire::Command), (status = 409, body = wire::Problem)))]
pub(crate) async fn execute(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Command>> {
    let picture = hub.view.load();
    let control = find(&hub, &picture, &id).await?;
    if *control.selected_by.name != *caller.account.name {
        let owner = &control.selected_by.name;
        return Err(Problem::forbidden(format!("{id} was selected by {owner}; nobody else may execute it")));
    }
    if !picture.board.commands.contains_key(&control.no) && control.executed.is_some() {
        return Ok(Json(command(&control)));
    }
    ended(&picture, &control)?;
    done(&hub, &picture, &caller, Command::Execute { control: control.no }).await
}

/// Give up a selection; any operator may.
#[utoipa::path(post, path = "/commands/{id}/cancel", tag = "commands", params(("id" = String, Path)),
    responses((status = 200, body = wire::Command), (status = 409, body = wire::Problem)))]
pub(crate) async fn cancel(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Command>> {
    let picture = hub.view.load();
    let control = find(&hub, &picture, &id).await?;
    ended(&picture, &control)?;
    done(&hub, &picture, &caller, Command::Cancel { control: control.no }).await
}

/// One command.
#[utoipa::path(get, path = "/commands/{id}", tag = "commands", params(("id" = String, Path)),
    responses((status = 200, body = wire::Command)))]
pub(crate) async fn one(State(hub): State<Arc<Hub>>, Path(id): Path<String>) -> Result<Json<wire::Command>> {
    let picture = hub.view.load();
    Ok(Json(command(&find(&hub, &picture, &id).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandsQuery {
    /// One point only, by its full name.
    point: Option<String>,
    /// States, comma-separated; left out: all.
    state: Option<String>,
}

/// Commands to the field that were selected in a period, newest first: the journal of control.
#[utoipa::path(get, path = "/commands", tag = "commands", params(CommandsQuery, Period, Paging),
    responses((status = 200, body = Page<wire::Command>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<CommandsQuery>,
    Query(period): Query<Period>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Command>>> {
    let picture = hub.view.load();
    let known: Vec<&str> = ControlState::ALL.iter().map(|s| s.name()).collect();
    let states = words(query.state.as_deref(), "state", ControlState::from_name, &known)?;
    let limit = paging.limit()?;
    let before: Option<u64> = paging.after_number()?;
    let (from_ms, to_ms) = period.open()?;
    let point = query.point.filter(|p| !p.is_empty());
    let filter = CommandFilter { point, from_ms, to_ms, before, limit: limit + 1 };
    let found = if states.as_ref().is_some_and(|s| s.iter().all(|s| s.is_live())) {
        let board = picture.board.commands.values().rev().map(|c| (**c).clone());
        board.filter(|c| fits(c, &filter) && is_one_of(c, states.as_deref())).take(limit + 1).collect()
    } else {
        stored(&hub, &picture, filter, states.as_deref()).await?
    };
    Ok(Json(page::page(found, limit, |c| c.no.0.to_string(), command)))
}

/// Out of the store, newest first; what is on the board is newer there.
async fn stored(
    hub: &Hub,
    picture: &Picture,
    mut filter: CommandFilter,
    states: Option<&[ControlState]>,
) -> Result<Vec<Control>> {
    hub.store.caught_up().await;
    let (mut found, wanted) = (vec![], filter.limit);
    loop {
        let rows = hub.store.commands(&filter).await?;
        let last = rows.len() < wanted;
        filter.before = rows.last().map(|c| c.no.0).or(filter.before);
        let newest = |c: Control| picture.board.commands.get(&c.no).map_or(c, |now| (**now).clone());
        found.extend(rows.into_iter().map(newest).filter(|c| is_one_of(c, states)));
        found.truncate(wanted);
        if last || found.len() == wanted {
            return Ok(found);
        }
    }
}

fn fits(c: &Control, filter: &CommandFilter) -> bool {
    filter.before.is_none_or(|b| c.no.0 < b)
        && filter.point.as_deref().is_none_or(|p| *c.point == *p)
        && filter.from_ms.is_none_or(|from| c.selected.ms() >= from)
        && filter.to_ms.is_none_or(|to| c.selected.ms() < to)
}

fn is_one_of(c: &Control, states: Option<&[ControlState]>) -> bool {
    states.is_none_or(|s| s.contains(&c.state))
}

/// A command, wherever it is; 404 when there never was one.
async fn find(hub: &Hub, picture: &Picture, id: &str) -> Result<Control> {
    let no: ControlNo = id.parse().map_err(|_| Problem::not_found("command", id))?;
    if let Some(control) = picture.board.commands.get(&no) {
        return Ok((**control).clone());
    }
    hub.store.caught_up().await;
    hub.store.command(no).await?.ok_or_else(|| Problem::not_found("command", id))
}

/// 409 for what ended so long ago that only the store knows it.
fn ended(picture: &Picture, control: &Control) -> Result<()> {
    if picture.board.commands.contains_key(&control.no) {
        return Ok(());
    }
    let state = control.state.name();
    Err(Problem::conflict(state, format!("{} is {state}; select it again", control.no)))
}

/// Has a command carried out and answers it as it is after that.
async fn done(hub: &Hub, picture: &Picture, caller: &Caller, what: Command) -> Result<Json<wire::Command>> {
    match hub.command(picture, caller, what).await? {
        Reply::Control(control) => Ok(Json(command(&control))),
        other => Err(unexpected(&other)),
    }
}
