//! What was done with accounts and tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::input::Query;
use super::page::{self, Paging};
use super::period::Period;
use super::problem::Result;
use super::state::Hub;
use crate::wire::{self, Page};

/// Accounts and tokens that were made and removed, newest first.
#[utoipa::path(get, path = "/audit", tag = "session", params(Period, Paging),
    responses((status = 200, body = Page<wire::Audited>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(period): Query<Period>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Audited>>> {
    let (limit, before) = (paging.limit()?, paging.after_number()?);
    let (from, to) = period.open()?;
    let span = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
    // one more tells whether there is a next page
    let rows = hub.store.audited(span, before, limit + 1).await?;
    Ok(Json(page::page(rows, limit, |row| row.id.to_string(), Clone::clone)))
}
