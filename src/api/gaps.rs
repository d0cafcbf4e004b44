//! Samples that were lost because the queue on the disk was full.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::input::Query;
use super::page::{self, Paging};
use super::period::Period;
use super::problem::Result;
use super::state::Hub;
use crate::wire::{self, Page};

/// What is missing in history and how much, newest first; a period also finds what only reaches into it.
#[utoipa::path(get, path = "/gaps", tag = "values", params(Period, Paging),
    responses((status = 200, body = Page<wire::Gap>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(period): Query<Period>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Gap>>> {
    let (limit, before) = (paging.limit()?, paging.after_number()?);
    let (from, to) = period.open()?;
    hub.store.caught_up().await;
    let span = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
    // one more tells whether there is a next page
    let rows = hub.store.gaps(span, before, limit + 1).await?;
    Ok(Json(page::page(rows, limit, |row| row.id.to_string(), Clone::clone)))
}
