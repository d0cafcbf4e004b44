//! What values were.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::Millis;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Fields, Query, or_empty};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::HistoryQuery;
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
    /// Rows a point at most, 2 to 10,000; 1,000 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    max_points: Option<usize>,
}

/// History of points: real samples; where there are more than asked for, the lowest and highest of each bucket.
#[utoipa::path(get, path = "/history", tag = "values", params(Asked), responses((status = 200, body = wire::History)))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>, Query(asked): Query<Asked>) -> Result<Json<wire::History>> {
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
    if !(2..=10_000).contains(&max_points) {
        fields.wrong("max_points", "must be 2 to 10000");
    }
    fields.check()?;
    let mut history = hub.store.history(&HistoryQuery { points, from_ms, to_ms, max_points }).await?;
    for series in &mut history.series {
        if let Some(point) = picture.registry.find_point(&series.point) {
            series.unit = picture.registry.point_type(&picture.registry.points[point.index()]).unit.to_string();
        }
    }
    history.behind_ms = hub.store.status().behind_ms;
    Ok(Json(history))
}
