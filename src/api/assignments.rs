//! Assignments and the crew's steps.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::dispatch::{Assignment, AssignmentState, RepairSize};
use linepack_core::input::Step;
use linepack_core::{AssignmentNo, Command, Reply};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::words;
use super::incident_commands::unexpected;
use super::input::{Body, Fields, Path, Query};
use super::own::Scope;
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::view::Picture;
use crate::wire::{self, Page};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssignmentsQuery {
    /// Crew id; a crew account sees its own anyway.
    crew: Option<String>,
    /// States, comma-separated; left out: all.
    state: Option<String>,
}

/// Assignments of incidents that are not closed, newest first, each with its incident.
#[utoipa::path(get, path = "/assignments", tag = "assignments", params(AssignmentsQuery, Paging),
    responses((status = 200, body = Page<wire::Assignment>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Query(query): Query<AssignmentsQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Assignment>>> {
    let picture = hub.view.load();
    let scope = Scope::of(&caller, &picture)?;
    let known: Vec<&str> = AssignmentState::ALL.iter().map(|s| s.name()).collect();
    let states = words(query.state.as_deref(), "state", AssignmentState::from_name, &known)?;
    let before: Option<u64> = paging.after_number()?;
    let limit = paging.limit()?;
    let crew = match query.crew.as_deref().filter(|c| !c.is_empty()) {
        Some(crew) => Some(picture.registry.find_crew(crew).ok_or_else(|| Problem::not_found("crew", crew))?),
        None => None,
    };
    let found = picture.board.assignments.values().rev().filter(|a| {
        before.is_none_or(|b| a.no.0 < b)
            && scope.crew(a.crew)
            && crew.is_none_or(|c| c == a.crew)
            && states.as_ref().is_none_or(|s| s.contains(&a.state))
    });
    Ok(Json(page::page(found, limit, |a| a.no.0.to_string(), |a| picture.assignment_with_incident(a))))
}

/// One assignment of an incident that is not closed.
#[utoipa::path(get, path = "/assignments/{id}", tag = "assignments", params(("id" = String, Path)),
    responses((status = 200, body = wire::Assignment)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Assignment>> {
    let picture = hub.view.load();
    Ok(Json(picture.assignment_with_incident(find(&picture, &caller, &id)?)))
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $path:literal $step:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "assignments", params(("id" = String, Path)),
            responses((status = 200, body = wire::Assignment), (status = 409, body = wire::Problem)))]
        pub(crate) async fn $name(
            State(hub): State<Arc<Hub>>,
            caller: Caller,
            Path(id): Path<String>,
        ) -> Result<Json<wire::Assignment>> {
            let picture = hub.view.load();
            let assignment = find(&picture, &caller, &id)?.no;
            step(&hub, &picture, &caller, assignment, $step).await
        }
    )*};
}

steps! {
    /// The crew will come.
    accept "/assignments/{id}/accept" Step::Accept;
    /// It drives.
    en_route "/assignments/{id}/en-route" Step::EnRoute;
    /// It is there.
    on_scene "/assignments/{id}/on-scene" Step::OnScene;
    /// No danger any more.
    made_safe "/assignments/{id}/made-safe" Step::MadeSafe;
    /// Supply is back.
    restored "/assignments/{id}/restored" Step::Restored;
}

/// The crew cannot come; the next one is paged.
#[utoipa::path(post, path = "/assignments/{id}/decline", tag = "assignments", params(("id" = String, Path)),
    request_body = wire::DeclineRequest,
    responses((status = 200, body = wire::Assignment), (status = 409, body = wire::Problem)))]
pub(crate) async fn decline(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::DeclineRequest>,
) -> Result<Json<wire::Assignment>> {
    let picture = hub.view.load();
    let assignment = find(&picture, &caller, &id)?.no;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("reason", &body.reason, 1000);
    fields.check()?;
    step(&hub, &picture, &caller, assignment, Step::Decline { reason: body.reason.trim().into() }).await
}

/// Done, with the report.
#[utoipa::path(post, path = "/assignments/{id}/complete", tag = "assignments", params(("id" = String, Path)),
    request_body = wire::CompleteRequest,
    responses((status = 200, body = wire::Assignment), (status = 409, body = wire::Problem)))]
pub(crate) async fn complete(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::CompleteRequest>,
) -> Result<Json<wire::Assignment>> {
    let picture = hub.view.load();
    let assignment = find(&picture, &caller, &id)?.no;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("report", &body.report, 10_000);
    let size = body.size.as_deref().filter(|s| !s.is_empty()).map(|s| (s, RepairSize::from_name(s)));
    if let Some((word, None)) = size {
        fields.wrong("size", format!("`{word}` is none of minor, medium, major"));
    }
    fields.check()?;
    let (report, size) = (body.report.trim().into(), size.and_then(|(_, size)| size));
    step(&hub, &picture, &caller, assignment, Step::Complete { report, size }).await
}

fn find<'a>(picture: &'a Picture, caller: &Caller, id: &str) -> Result<&'a Assignment> {
    let scope = Scope::of(caller, picture)?;
    let no = id.parse::<AssignmentNo>().ok();
    let found = no.and_then(|no| picture.board.assignments.get(&no));
    let found = found.ok_or_else(|| Problem::not_found("assignment", id))?;
    Scope::require(scope.crew(found.crew))?;
    Ok(found)
}

async fn step(
    hub: &Hub,
    picture: &Picture,
    caller: &Caller,
    assignment: AssignmentNo,
    step: Step,
) -> Result<Json<wire::Assignment>> {
    match hub.command(picture, caller, Command::Step { assignment, step }).await? {
        Reply::Assignment(a) => Ok(Json(hub.view.load().assignment_with_incident(&a))),
        other => Err(unexpected(&other)),
    }
}
