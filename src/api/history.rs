//! What values were.

use std::io::Write;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use linepack_core::Millis;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Fields, Query, or_empty};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::{HistoryQuery, HistoryReading, StoreError};
use crate::wire;

/// Most points of one question.
const POINTS: usize = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Full point names, comma-separated, at most 50.
    points: Option<String>,
    /// Inclusive, milliseconds; an hour before `to_ms` when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    from_ms: Option<i64>,
    /// Exclusive, milliseconds; now when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    to_ms: Option<i64>,
    /// Rows a point at most, 2 to 50,000; 1,000 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    max_points: Option<usize>,
}

/// History of points: real samples; where there are more than asked for, the lowest and highest of each bucket.
#[utoipa::path(get, path = "/history", tag = "values", params(Asked), responses((status = 200, body = wire::History)))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>, Query(asked): Query<Asked>) -> Result<Response> {
    let picture = hub.view.load();
    let names = asked.points.unwrap_or_default();
    let points: Vec<String> =
        names.split(',').map(str::trim).filter(|p| !p.is_empty()).map(ToOwned::to_owned).collect();
    if let Some(unknown) = points.iter().find(|p| picture.registry.find_point(p).is_none()) {
        return Err(Problem::not_found("point", unknown));
    }
    let to_ms = asked.to_ms.unwrap_or_else(|| hub.clock.now().ms().saturating_add(1));
    let from_ms = asked.from_ms.unwrap_or_else(|| to_ms.saturating_sub(Millis::mins(60).0));
    let max_points = asked.max_points.unwrap_or(1000);
    let mut fields = Fields::default();
    if points.is_empty() || points.len() > POINTS {
        fields.wrong("points", format!("give 1 to {POINTS} full point names, comma-separated"));
    }
    if from_ms >= to_ms {
        fields.wrong("from_ms", "must be before to_ms");
    }
    if !(2..=50_000).contains(&max_points) {
        fields.wrong("max_points", "must be 2 to 50000");
    }
    fields.check()?;
    let mut reading = hub.store.read_history(HistoryQuery { points, from_ms, to_ms, max_points }).await;
    // what goes wrong at the first series is a problem document; later it breaks the answer off
    let first = reading.next().await?;
    let body = Answer { hub: hub.clone(), reading, begun: false, next: first, from_ms, to_ms };
    let stream = try_unfold(Some(body), |answer| async move {
        let Some(answer) = answer else { return Ok(None) };
        answer.part().await.map(Some).map_err(|e| {
            tracing::warn!(error = &e as &dyn std::error::Error, "an answer of history is broken off");
            std::io::Error::other("history")
        })
    });
    Ok(([(CONTENT_TYPE, "application/json")], Body::from_stream(stream)).into_response())
}

/// An answer that is written as it is read: one series in memory at a time, none once the client is gone.
struct Answer {
    hub: Arc<Hub>,
    reading: HistoryReading,
    begun: bool,
    next: Option<wire::Series>,
    from_ms: i64,
    to_ms: i64,
}

impl Answer {
    /// The next part of the body, and the rest of the answer.
    async fn part(mut self) -> std::result::Result<(Bytes, Option<Self>), StoreError> {
        let mut out = Vec::new();
        if !self.begun {
            write!(out, r#"{{"from_ms":{},"to_ms":{},"series":["#, self.from_ms, self.to_ms)?;
        }
        let Some(mut series) = self.next.take() else {
            let gaps = serde_json::to_string(&self.reading.gaps().await?).map_err(std::io::Error::from)?;
            let (resolution, behind) = (self.reading.resolution(), self.hub.store.status().behind_ms);
            write!(out, r#"],"resolution":"{resolution}","gaps":{gaps},"behind_ms":{behind}}}"#)?;
            return Ok((out.into(), None));
        };
        let registry = self.hub.view.load().registry.clone();
        if let Some(point) = registry.find_point(&series.point) {
            series.unit = registry.point_type(&registry.points[point.index()]).unit.to_string();
        }
        if self.begun {
            out.push(b',');
        }
        self.begun = true;
        serde_json::to_writer(&mut out, &series).map_err(std::io::Error::from)?;
        self.next = self.reading.next().await?;
        Ok((out.into(), Some(self)))
    }
}
