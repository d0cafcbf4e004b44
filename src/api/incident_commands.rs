//! What dispatchers do with incidents.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use linepack_core::dispatch::{IncidentKind, IncidentState};
use linepack_core::input::Call;
use linepack_core::{Command, CrewId, IncidentNo, LonLat, Reply};

use super::Caller;
use super::incidents::number;
use super::input::{Body, Fields, Path};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::view::Picture;
use crate::wire;

/// Characters of a free text.
const TEXT: usize = 4000;
/// Characters of a line.
const LINE: usize = 200;

/// Open an incident: a hotline call.
#[utoipa::path(post, path = "/incidents", tag = "incidents", request_body = wire::NewIncident,
    responses((status = 201, body = wire::Incident)))]
pub(crate) async fn create(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    new: Body<wire::NewIncident>,
) -> Result<impl IntoResponse> {
    let new = new.read()?;
    let mut fields = Fields::default();
    let kind = IncidentKind::from_name(&new.kind);
    if kind.is_none() {
        let kinds: Vec<&str> = IncidentKind::ALL.iter().map(|k| k.name()).collect();
        fields.wrong("kind", format!("must be one of {}", kinds.join(", ")));
    }
    let position = place(&mut fields, new.lon, new.lat);
    fields.at_most("address", &new.address, LINE);
    fields.at_most("caller", &new.caller, LINE);
    fields.at_most("note", &new.note, TEXT);
    fields.check()?;
    let (Some(kind), Some(position)) = (kind, position) else {
        return Err(Problem::field("body", "is not an incident"));
    };
    let call = Call { kind, position, address: new.address.into(), caller: new.caller.into(), note: new.note.into() };
    let Json(incident) = done(&hub, &hub.view.load(), &caller, Command::Open(call)).await?;
    let location = format!("/api/v1/incidents/{}", incident.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(incident)))
}

/// Page a crew for an incident.
#[utoipa::path(post, path = "/incidents/{id}/dispatch", tag = "incidents", params(("id" = String, Path)),
    request_body = wire::DispatchRequest,
    responses((status = 200, body = wire::Assignment), (status = 409, body = wire::Problem)))]
pub(crate) async fn dispatch(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::DispatchRequest>,
) -> Result<Json<wire::Assignment>> {
    let picture = hub.view.load();
    let incident = target(&hub, &picture, &id).await?;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("crew", &body.crew, 64);
    fields.check()?;
    let crew: CrewId = picture
        .registry
        .find_crew(&body.crew)
        .ok_or_else(|| Problem::field("crew", format!("there is no crew {}", body.crew)))?;
    match hub.command(&picture, &caller, Command::Dispatch { incident, crew }).await? {
        Reply::Assignment(a) => Ok(Json(hub.view.load().assignment_with_incident(&a))),
        other => Err(unexpected(&other)),
    }
}

/// End an incident with a disposition; open assignments are cancelled.
#[utoipa::path(post, path = "/incidents/{id}/close", tag = "incidents", params(("id" = String, Path)),
    request_body = wire::CloseRequest,
    responses((status = 200, body = wire::Incident), (status = 409, body = wire::Problem)))]
pub(crate) async fn close(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::CloseRequest>,
) -> Result<Json<wire::Incident>> {
    let picture = hub.view.load();
    let incident = target(&hub, &picture, &id).await?;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("resolution", &body.resolution, TEXT);
    fields.check()?;
    done(&hub, &picture, &caller, Command::Close { incident, resolution: body.resolution.trim().into() }).await
}

/// Fold an incident into another one, which goes on.
#[utoipa::path(post, path = "/incidents/{id}/merge", tag = "incidents", params(("id" = String, Path)),
    request_body = wire::MergeRequest,
    responses((status = 200, body = wire::Incident), (status = 409, body = wire::Problem)))]
pub(crate) async fn merge(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::MergeRequest>,
) -> Result<Json<wire::Incident>> {
    let picture = hub.view.load();
    let incident = target(&hub, &picture, &id).await?;
    let body = body.read()?;
    let into = body.into.parse::<IncidentNo>().ok().filter(|no| picture.board.incidents.contains_key(no));
    let into = into.ok_or_else(|| Problem::field("into", format!("there is no open incident {}", body.into)))?;
    if into == incident {
        return Err(Problem::field("into", "is the incident itself"));
    }
    done(&hub, &picture, &caller, Command::Merge { incident, into }).await
}

/// Add a line to the timeline.
#[utoipa::path(post, path = "/incidents/{id}/note", tag = "incidents", params(("id" = String, Path)),
    request_body = wire::NoteRequest,
    responses((status = 200, body = wire::Incident), (status = 409, body = wire::Problem)))]
pub(crate) async fn note(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::NoteRequest>,
) -> Result<Json<wire::Incident>> {
    let picture = hub.view.load();
    let incident = target(&hub, &picture, &id).await?;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("text", &body.text, TEXT);
    fields.check()?;
    done(&hub, &picture, &caller, Command::Note { incident, text: body.text.trim().into() }).await
}

/// The incident a command is for: 404 when there never was one, 409 when it is closed.
async fn target(hub: &Hub, picture: &Picture, id: &str) -> Result<IncidentNo> {
    let no = number(id)?;
    if picture.board.incidents.contains_key(&no) {
        return Ok(no);
    }
    hub.store.caught_up().await;
    match hub.store.incident(&picture.registry, no).await? {
        Some(_) => Err(Problem::conflict(IncidentState::Closed.name(), format!("{no} is closed"))),
        None => Err(Problem::not_found("incident", id)),
    }
}

/// Has a command carried out and answers the incident after it.
async fn done(hub: &Hub, picture: &Picture, caller: &Caller, command: Command) -> Result<Json<wire::Incident>> {
    match hub.command(picture, caller, command).await? {
        Reply::Incident(incident) => {
            let now = hub.view.load();
            // of a closed incident the board no longer has the assignments; those of before tell which they were
            let from = if now.board.incidents.contains_key(&incident.no) { &*now } else { picture };
            Ok(Json(from.incident(&incident)))
        }
        other => Err(unexpected(&other)),
    }
}

/// A place, or a word on what is wrong with it.
pub(crate) fn place(fields: &mut Fields, lon: f64, lat: f64) -> Option<LonLat> {
    let position = LonLat::new(lon, lat);
    if !(-180.0..=180.0).contains(&lon) {
        fields.wrong("lon", "must be degrees east, -180 to 180");
    }
    if !(-90.0..=90.0).contains(&lat) {
        fields.wrong("lat", "must be degrees north, -90 to 90");
    }
    position
}

/// The engine answered with another kind of thing than the command has.
pub(crate) fn unexpected(reply: &Reply) -> Problem {
    tracing::error!(?reply, "the engine answered a command with something else");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the hub made an error; it is in its log")
}
