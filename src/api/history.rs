//! What values were.

mod answer;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use linepack_core::Millis;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Fields, Query, or_empty};
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::{Aggregation, HistoryQuery, Step};
use crate::wire;
use answer::{Answer, Reading, Spans};

/// Most points of one question.
const POINTS: usize = 50;
/// Most spans of one question a point.
const SPANS: i64 = 1_000_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Full point names, comma-separated, at most 50.
    points: Option<String>,
    /// Rows a point at most, 2 to 50,000; 1,000 when left out. Not looked at where spans are asked for.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    max_points: Option<usize>,
    /// A row for each span of this length that has something of the time asked for: `30s`, `15m`, `1h`, `1d`. Days are the site's.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<String>)]
    every: Option<Step>,
    /// What a row tells of its span: `mean` (weighted by time, when left out), `min`, `max`, `first`, `last`, `count`, `integral`
    /// (value times hours).
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<String>)]
    aggregate: Option<Aggregation>,
}

/// History of points, of the last hour when nothing is said: real samples; where there are more than asked for, the lowest and highest of each bucket. With `every`
/// one row a span instead, at its begin; spans in which nothing was measured and nothing held are left out.
#[utoipa::path(get, path = "/history", tag = "values", params(Asked, Period), responses((status = 200, body = wire::History)))]
pub(crate) async fn get(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
    Query(period): Query<Period>,
) -> Result<Response> {
    let picture = hub.view.load();
    let names = asked.points.unwrap_or_default();
    let points: Vec<String> =
        names.split(',').map(str::trim).filter(|p| !p.is_empty()).map(ToOwned::to_owned).collect();
    if let Some(unknown) = points.iter().find(|p| picture.registry.find_point(p).is_none()) {
        return Err(Problem::not_found("point", unknown));
    }
    let max_points = asked.max_points.unwrap_or(1000);
    let mut fields = Fields::default();
    if points.is_empty() || points.len() > POINTS {
        fields.wrong("points", format!("give 1 to {POINTS} full point names, comma-separated"));
    }
    let (from_ms, to_ms) = period.span(hub.clock.now(), Millis::mins(60), &mut fields);
    if !(2..=50_000).contains(&max_points) {
        fields.wrong("max_points", "must be 2 to 50000");
    }
    match asked.every {
        Some(every) if to_ms.saturating_sub(from_ms) / every.ms() > SPANS => {
            fields.wrong("every", format!("more than {SPANS} spans a point; ask for longer ones or less time"));
        }
        None if asked.aggregate.is_some() => fields.wrong("every", "give the length of a span, such as 15m"),
        _ => {}
    }
    fields.check()?;
    let reading = match asked.every {
        None => Reading::Samples(hub.store.read_history(HistoryQuery { points, from_ms, to_ms, max_points }).await),
        Some(every) => {
            hub.store.caught_up().await;
            let kind = asked.aggregate.unwrap_or(Aggregation::Mean);
            Reading::Spans(Spans::new(points, (from_ms, to_ms), every, kind, &picture.site.hub.timezone))
        }
    };
    // what goes wrong at first is a problem document; later it breaks the answer off
    let body = Answer::begin(hub.clone(), reading, from_ms, to_ms).await?;
    let stream = try_unfold(Some(body), |answer| async move {
        let Some(answer) = answer else { return Ok(None) };
        answer.part().await.map(Some).map_err(|e| {
            tracing::warn!(error = &e as &dyn std::error::Error, "an answer of history is broken off");
            std::io::Error::other("history")
        })
    });
    Ok(([(CONTENT_TYPE, "application/json")], Body::from_stream(stream)).into_response())
}
