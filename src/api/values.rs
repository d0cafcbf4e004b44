//! Current values of points.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Path, Query, or_empty};
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{glob, page};
use crate::wire::{self, Page};

/// Values of a page when nobody says.
const USUAL: usize = 10_000;
/// Most values of a page.
const MAX: usize = 50_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValuesQuery {
    /// Globs of full point names, comma-separated: `rs-*/outlet_*`.
    points: Option<String>,
    /// Only points whose value stands in place of the measured one; `points` may then be left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<bool>)]
    substituted: Option<bool>,
}

/// Current values of all points that match; `limit` is 1 to 50,000, and 10,000 when left out.
#[utoipa::path(get, path = "/values", tag = "values", params(ValuesQuery, Paging),
    responses((status = 200, body = Page<wire::Value>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<ValuesQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Value>>> {
    let picture = hub.view.load();
    let substituted = query.substituted.unwrap_or(false);
    let globs = query
        .points
        .filter(|g| !g.trim().is_empty())
        .or_else(|| substituted.then(|| "*/*".to_owned()))
        .ok_or_else(|| Problem::field("points", "give globs of full point names, such as rs-*/outlet_*"))?;
    let limit = paging.limit_of(USUAL, MAX)?;
    let from = paging.after_number::<u32>()?.map_or(0, |after| after.saturating_add(1));
    let found = glob::points(&picture.registry, &globs, from)
        .filter(|p| !substituted || picture.board.substitutes.contains_key(p));
    Ok(Json(page::page(found, limit, |p| p.0.to_string(), |p| picture.value(*p))))
}

/// The current value of one point.
#[utoipa::path(get, path = "/points/{asset}/{point}", tag = "values",
    params(("asset" = String, Path), ("point" = String, Path)), responses((status = 200, body = wire::Value)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    Path((asset, point)): Path<(String, String)>,
) -> Result<Json<wire::Value>> {
    let picture = hub.view.load();
    let found = picture.registry.find_asset(&asset).and_then(|a| picture.registry.find_point_of(a, &point));
    let found = found.ok_or_else(|| Problem::not_found("point", &format!("{asset}/{point}")))?;
    Ok(Json(picture.value(found)))
}
