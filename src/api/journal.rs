//! Every transition of every alarm.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Query, or_empty};
use super::page;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::JournalQuery;
use crate::wire::{self, Page};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Inclusive, milliseconds.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    from_ms: Option<i64>,
    /// Exclusive, milliseconds.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    to_ms: Option<i64>,
    /// One alarm only, by its id.
    alarm: Option<String>,
    /// 1 to 1,000; 100 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Alarm transitions, newest first.
#[utoipa::path(get, path = "/alarms/journal", tag = "alarms", params(Asked),
    responses((status = 200, body = Page<wire::JournalRow>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<wire::JournalRow>>> {
    let limit = page::usual_limit(asked.limit)?;
    let before = page::decode_number(asked.cursor.as_deref())?;
    if let (Some(from), Some(to)) = (asked.from_ms, asked.to_ms)
        && from >= to
    {
        return Err(Problem::field("from_ms", "must be before to_ms"));
    }
    hub.store.caught_up().await;
    let query = JournalQuery {
        from_ms: asked.from_ms,
        to_ms: asked.to_ms,
        alarm: asked.alarm.filter(|a| !a.is_empty()),
        before,
        // one more tells whether there is a next page
        limit: limit + 1,
    };
    let rows = hub.store.journal(&query).await?;
    Ok(Json(page::page(rows, limit, |row| row.id.to_string(), Clone::clone)))
}
