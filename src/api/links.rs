//! Links to the field, and what came over them that could not be read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::input::Query;
use super::page::{self, Paging};
use super::problem::Result;
use super::state::Hub;
use crate::ingest::LinkStatus;
use crate::wire::{self, Page};

/// Links with their state and counters.
#[utoipa::path(get, path = "/connections", tag = "system", responses((status = 200, body = Page<wire::Connection>)))]
pub(crate) async fn list(State(hub): State<Arc<Hub>>) -> Json<Page<wire::Connection>> {
    Json(Page { items: now(&hub), next_cursor: None })
}

/// Links as they are now.
pub(crate) fn now(hub: &Hub) -> Vec<wire::Connection> {
    (hub.links)().iter().map(LinkStatus::wire).collect()
}

/// How many messages of each topic could not be read, most first.
#[utoipa::path(get, path = "/dead-letters/topics", tag = "system",
    responses((status = 200, body = Page<wire::DeadTopic>)))]
pub(crate) async fn dead_topics(State(hub): State<Arc<Hub>>) -> Json<Page<wire::DeadTopic>> {
    Json(Page { items: hub.dead.topics(), next_cursor: None })
}

/// Input that could not be read, with why: the last 1,000, newest first.
#[utoipa::path(get, path = "/dead-letters", tag = "system", params(Paging),
    responses((status = 200, body = Page<wire::DeadLetter>)))]
pub(crate) async fn dead_letters(
    State(hub): State<Arc<Hub>>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::DeadLetter>>> {
    let limit = paging.limit()?;
    let before: Option<u64> = paging.after_number()?;
    let letters = hub.dead.list().into_iter().filter(|l| before.is_none_or(|b| l.id < b));
    Ok(Json(page::page(letters, limit, |l| l.id.to_string(), Clone::clone)))
}
