//! Links to the field, and what came over them that could not be read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Query, or_empty};
use super::page;
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LettersQuery {
    /// 1 to 1,000; 100 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Input that could not be read, with why: the last 1,000, newest first.
#[utoipa::path(get, path = "/dead-letters", tag = "system", params(LettersQuery),
    responses((status = 200, body = Page<wire::DeadLetter>)))]
pub(crate) async fn dead_letters(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<LettersQuery>,
) -> Result<Json<Page<wire::DeadLetter>>> {
    let limit = page::usual_limit(query.limit)?;
    let before: Option<u64> = page::decode_number(query.cursor.as_deref())?;
    let letters = hub.dead.list().into_iter().filter(|l| before.is_none_or(|b| l.id < b));
    Ok(Json(page::page(letters, limit, |l| l.id.to_string(), Clone::clone)))
}
