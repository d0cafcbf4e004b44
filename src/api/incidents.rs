//! Incidents as they are read: lists, one with its timeline, who could go.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::dispatch::{Assignment, AssignmentState, Incident, IncidentState};
use linepack_core::{CrewId, IncidentNo};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::words;
use super::input::{Path, Query, or_empty};
use super::own::Scope;
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page, ranking};
use crate::store::IncidentFilter;
use crate::view::Picture;
use crate::wire::{self, Page};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncidentsQuery {
    /// States, comma-separated; `all` for every one; left out: all but `closed`.
    state: Option<String>,
}

/// Incidents, newest first: the open ones, or others by `state`.
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(IncidentsQuery, Paging),
    responses((status = 200, body = Page<wire::Incident>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Query(query): Query<IncidentsQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Incident>>> {
    let picture = hub.view.load();
    let scope = Scope::of(&caller, &picture)?;
    let limit = paging.limit()?;
    let before: Option<u64> = paging.after_number()?;
    let states: Vec<IncidentState> = match query.state.as_deref() {
        Some("all") => IncidentState::ALL.to_vec(),
        text => {
            let known: Vec<&str> = IncidentState::ALL.iter().map(|s| s.name()).chain(["all"]).collect();
            let open = || IncidentState::ALL.iter().copied().filter(|s| *s != IncidentState::Closed).collect();
            words(text, "state", IncidentState::from_name, &known)?.unwrap_or_else(open)
        }
    };
    let key = |i: &wire::Incident| i.id.parse::<IncidentNo>().map_or_else(|_| String::new(), |no| no.0.to_string());
    let found = if states.contains(&IncidentState::Closed) {
        stored(&hub, &picture, scope, &states, before, limit + 1).await?
    } else {
        let open = picture.board.incidents.values().rev();
        open.filter(|i| before.is_none_or(|b| i.no.0 < b) && states.contains(&i.state) && scope.incident(&picture, i))
            .take(limit + 1)
            .map(|i| picture.incident(i))
            .collect()
    };
    Ok(Json(page::page(found, limit, key, Clone::clone)))
}

/// Out of the store, newest first; what is on the board is newer there.
async fn stored(
    hub: &Hub,
    picture: &Picture,
    scope: Scope,
    states: &[IncidentState],
    mut before: Option<u64>,
    wanted: usize,
) -> Result<Vec<wire::Incident>> {
    hub.store.caught_up().await;
    let mut found = vec![];
    loop {
        let rows = hub.store.incidents(&picture.registry, &IncidentFilter { before, limit: wanted }).await?;
        let last = rows.len() < wanted;
        before = rows.last().map(|(i, _)| i.no.0).or(before);
        for (incident, assignments) in &rows {
            let now = picture.board.incidents.get(&incident.no);
            let (state, mine) = match now {
                Some(now) => (now.state, scope.incident(picture, now)),
                None => (incident.state, scope.assignments(assignments.iter())),
            };
            if states.contains(&state) && mine {
                found.push(match now {
                    Some(now) => picture.incident(now),
                    None => picture.incident_with(incident, assignments.iter()),
                });
            }
        }
        found.truncate(wanted);
        if last || found.len() == wanted {
            return Ok(found);
        }
    }
}

/// One incident with its timeline.
#[utoipa::path(get, path = "/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = wire::Incident)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Incident>> {
    let picture = hub.view.load();
    let scope = Scope::of(&caller, &picture)?;
    let no = number(&id)?;
    hub.store.caught_up().await;
    let (mut incident, mine) = match picture.board.incidents.get(&no) {
        Some(incident) => (picture.incident(incident), scope.incident(&picture, incident)),
        None => {
            let stored: Option<(Incident, Vec<Assignment>)> = hub.store.incident(&picture.registry, no).await?;
            let (incident, assignments) = stored.ok_or_else(|| Problem::not_found("incident", &id))?;
            (picture.incident_with(&incident, assignments.iter()), scope.assignments(assignments.iter()))
        }
    };
    Scope::require(mine)?;
    incident.timeline = match hub.store.timeline(no).await {
        Ok(rows) => Some(rows),
        Err(e) => {
            // the incident itself is known without the database
            tracing::warn!(incident = %no, error = &e as &dyn std::error::Error, "no timeline for {no}");
            None
        }
    };
    Ok(Json(incident))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CandidatesQuery {
    /// How many crews, 1 to 100; 5 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    k: Option<usize>,
}

/// Crews that could go, by travel time, and those that could not, with why.
#[utoipa::path(get, path = "/incidents/{id}/candidates", tag = "incidents",
    params(("id" = String, Path), CandidatesQuery), responses((status = 200, body = wire::Ranking)))]
pub(crate) async fn candidates(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    Query(query): Query<CandidatesQuery>,
) -> Result<Json<wire::Ranking>> {
    let picture = hub.view.load();
    let no = number(&id)?;
    let k = page::limit(query.k, 5, 100).map_err(|_| Problem::field("k", "must be 1 to 100"))?;
    let Some(incident) = picture.board.incidents.get(&no) else {
        // one that was closed a moment ago needs nobody: an empty ranking, not an error on somebody's screen
        hub.store.caught_up().await;
        let known = hub.store.incident(&picture.registry, no).await?.is_some();
        let nobody = wire::Ranking { items: vec![], left_out: vec![] };
        return if known { Ok(Json(nobody)) } else { Err(Problem::not_found("incident", &id)) };
    };
    let given_up = |a: &Assignment| matches!(a.state, AssignmentState::Declined | AssignmentState::Expired);
    let exclude: Vec<CrewId> = incident
        .assignments
        .iter()
        .filter_map(|no| picture.board.assignments.get(no))
        .filter(|a| given_up(a))
        .map(|a| a.crew)
        .collect();
    Ok(Json(ranking::rank(&picture, hub.clock.now(), incident.position, &incident.skill, &exclude, k)))
}

/// The incident's number; 404 for what cannot be one.
pub(crate) fn number(id: &str) -> Result<IncidentNo> {
    id.parse().map_err(|_| Problem::not_found("incident", id))
}
