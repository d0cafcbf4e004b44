//! Every transition of every alarm.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use csv::WriterBuilder;
use futures_util::stream::try_unfold;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::Query;
use super::page::{self, Paging};
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::JournalQuery;
use crate::wire::{self, Page};

/// Rows of a part of a CSV answer.
const CSV_ROWS: usize = 5000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// One alarm only, by its id.
    alarm: Option<String>,
    /// Alarms of one asset only.
    asset: Option<String>,
    /// What one person did, by user name; `hub` for what the hub did by itself.
    actor: Option<String>,
    /// `raise clear acknowledge shelve …`.
    cause: Option<String>,
    /// Anywhere in the alarm's id, in who or in why; any case.
    q: Option<String>,
    /// `json` (left out) or `csv`.
    format: Option<String>,
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

/// Alarm transitions, newest first. As `format=csv` all of them, whatever `limit` says.
#[utoipa::path(get, path = "/alarms/journal", tag = "alarms", params(Asked, Period, Paging),
    responses((status = 200, body = Page<wire::JournalRow>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
    Query(period): Query<Period>,
    Query(paging): Query<Paging>,
) -> Result<Response> {
    let limit = paging.limit()?;
    let before = paging.after_number()?;
    let (from_ms, to_ms) = period.open()?;
    hub.store.caught_up().await;
    let query = JournalQuery {
        from_ms,
        to_ms,
        alarm: given(asked.alarm),
        asset: given(asked.asset),
        actor: given(asked.actor),
        cause: given(asked.cause),
        text: given(asked.q),
        before,
        // one more tells whether there is a next page
        limit: limit + 1,
    };
    match asked.format.as_deref().unwrap_or("json") {
        "json" | "" => {
            let rows = hub.store.journal(&query).await?;
            Ok(Json(page::page(rows, limit, |row| row.id.to_string(), Clone::clone)).into_response())
        }
        "csv" => csv_of(&hub, JournalQuery { limit: CSV_ROWS, ..query }).await,
        _ => Err(Problem::field("format", "must be json or csv")),
    }
}

/// All rows, read in parts while they are sent.
async fn csv_of(hub: &Hub, query: JournalQuery) -> Result<Response> {
    let store = hub.store.clone();
    // the first part before the answer begins: an error is still one
    let first = store.journal(&query).await?;
    let head = "id,alarm,from,to,cause,actor,address,reason,value,limit,quality,source_ms,ts_ms\n";
    let body = try_unfold((Some(first), query, head), move |(rows, mut query, head)| {
        let store = store.clone();
        async move {
            let Some(rows) = rows else { return Ok::<_, io::Error>(None) };
            let mut writer = WriterBuilder::new().has_headers(false).from_writer(head.as_bytes().to_vec());
            for row in &rows {
                writer.serialize(row).map_err(io::Error::other)?;
            }
            let bytes = writer.into_inner().map_err(|e| io::Error::other(e.to_string()))?;
            let next = if rows.len() < query.limit {
                None
            } else {
                query.before = rows.last().map(|r| r.id);
                Some(store.journal(&query).await.map_err(io::Error::other)?)
            };
            Ok(Some((bytes, (next, query, ""))))
        }
    });
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], Body::from_stream(body)).into_response())
}
