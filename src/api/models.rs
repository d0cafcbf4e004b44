//! What detectors have learned: what is normal, why something is not, and what people do to a model.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::hub::{ModelState, Moment, bands};
use linepack_core::input::ModelAct;
use linepack_core::registry::AlarmSource;
use linepack_core::{AlarmId, Command, Millis, PointId, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::find;
use super::input::{Body, Fields, Path, Query, or_empty};
use super::page::Paging;
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::store::HistoryQuery;
use crate::view::Picture;
use crate::wire::{self, Page};

/// Characters of a reason.
const REASON: usize = 500;
/// Most rows of bands.
const ROWS: usize = 5_000;

type Answer = Result<Json<wire::Model>>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModelsQuery {
    /// Asset id.
    asset: Option<String>,
    /// Full point name, `asset/point`.
    point: Option<String>,
}

/// Models of the alarms that detectors raise, in the order of the site folder, without their numbers.
#[utoipa::path(get, path = "/models", tag = "models", params(ModelsQuery, Paging),
    responses((status = 200, body = Page<wire::Model>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<ModelsQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Model>>> {
    let picture = hub.view.load();
    let registry = &picture.registry;
    let limit = paging.limit()?;
    let after = paging.after()?.map(|key| registry.find_alarm(&key).ok_or_else(page::bad)).transpose()?;
    let given = |text: Option<String>| text.filter(|t| !t.is_empty());
    let asset = given(query.asset)
        .map(|id| registry.find_asset(&id).ok_or_else(|| Problem::not_found("asset", &id)))
        .transpose()?;
    let point = given(query.point)
        .map(|name| registry.find_point(&name).ok_or_else(|| Problem::not_found("point", &name)))
        .transpose()?;
    let wanted = |alarm: &AlarmId| {
        registry.rule(*alarm).detector.is_some()
            && match registry.alarms[alarm.index()].source {
                AlarmSource::Point(p) => {
                    point.is_none_or(|wanted| wanted == p)
                        && asset.is_none_or(|wanted| wanted == registry.points[p.index()].asset)
                }
                _ => false,
            }
    };
    let all = (0..u32::try_from(registry.alarms.len()).unwrap_or(u32::MAX)).map(AlarmId);
    let from = all.filter(|a| after.is_none_or(|after| *a > after)).filter(wanted);
    let of: Vec<AlarmId> = from.take(limit + 1).collect();
    let states = hub.engine.models(registry.generation, of).await?;
    let key = |state: &ModelState| registry.alarm_key(state.alarm);
    let page = page::page(states, limit, key, |state| picture.model(state, false));
    Ok(Json(Page { items: page.items.into_iter().flatten().collect(), next_cursor: page.next_cursor }))
}

/// One model: what is normal in numbers, how it was learned, what it makes of the last sample.
#[utoipa::path(get, path = "/models/{id}", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = wire::Model)))]
pub(crate) async fn one(State(hub): State<Arc<Hub>>, Path(id): Path<String>) -> Answer {
    let picture = hub.view.load();
    let state = state(&hub, &picture, &id).await?;
    picture.model(&state, true).map(Json).ok_or_else(|| Problem::not_found("model", &id))
}

/// Freeze a model: it judges, but learns no more.
#[utoipa::path(post, path = "/models/{id}/freeze", tag = "models", params(("id" = String, Path)),
    request_body = wire::ModelRequest,
    responses((status = 200, body = wire::Model), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn freeze(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::ModelRequest>,
) -> Answer {
    act(&hub, &caller, &id, ModelAct::Freeze, body).await
}

/// Let a frozen model learn again.
#[utoipa::path(post, path = "/models/{id}/unfreeze", tag = "models", params(("id" = String, Path)),
    request_body = wire::ModelRequest,
    responses((status = 200, body = wire::Model), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn unfreeze(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::ModelRequest>,
) -> Answer {
    act(&hub, &caller, &id, ModelAct::Unfreeze, body).await
}

/// Let a model forget everything and learn anew; its alarm ends.
#[utoipa::path(post, path = "/models/{id}/reset", tag = "models", params(("id" = String, Path)),
    request_body = wire::ModelRequest,
    responses((status = 200, body = wire::Model), (status = 422, body = wire::Problem)))]
pub(crate) async fn reset(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::ModelRequest>,
) -> Answer {
    act(&hub, &caller, &id, ModelAct::Reset, body).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BandsQuery {
    /// Rows at most, 2 to 5,000; 500 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    max_points: Option<usize>,
}

/// What a model, as it is now, expects of each moment of a time that was measured, the last hour when nothing is said: for
/// the shading behind a trend.
#[utoipa::path(get, path = "/models/{id}/bands", tag = "models", params(("id" = String, Path), BandsQuery, Period),
    responses((status = 200, body = wire::ModelBands)))]
pub(crate) async fn prediction_bands(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    Query(query): Query<BandsQuery>,
    Query(period): Query<Period>,
) -> Result<Json<wire::ModelBands>> {
    let picture = hub.view.load();
    let state = state(&hub, &picture, &id).await?;
    let max_points = query.max_points.unwrap_or(500);
    let mut fields = Fields::default();
    let (from_ms, to_ms) = period.span(hub.clock.now(), Millis::mins(60), &mut fields);
    if !(2..=ROWS).contains(&max_points) {
        fields.wrong("max_points", format!("must be 2 to {ROWS}"));
    }
    fields.check()?;
    let moments = moments(&hub, &picture, &state, HistoryQuery { points: vec![], from_ms, to_ms, max_points }).await?;
    let row = |(ts, f): (Ts, linepack_core::detect::Finding)| {
        (f.low.is_some() || f.high.is_some()).then_some(wire::BandRow(ts.ms(), f.expected, f.low, f.high))
    };
    let found = bands(&picture.registry, state.alarm, &state.model, &moments);
    let rows = found.into_iter().filter_map(row).collect();
    Ok(Json(wire::ModelBands { id, from_ms, to_ms, rows }))
}

/// What was measured of the point, with what was beside it at each moment.
async fn moments(hub: &Hub, picture: &Picture, state: &ModelState, query: HistoryQuery) -> Result<Vec<Moment>> {
    let Some((point, with)) = picture.looks_at(state.alarm) else { return Ok(vec![]) };
    let name = |p| picture.registry.point_name(p);
    let others = with.iter().flatten().copied().filter(|p| *p != point);
    let points = std::iter::once(point).chain(others).map(name).collect();
    let history = hub.store.history(&HistoryQuery { points, ..query }).await?;
    let value = |row: &wire::HistoryRow| row.1.filter(|_| row.2 == "good").unwrap_or(f64::NAN);
    let rows = |p: PointId| history.series.iter().find(|s| s.point == name(p)).map_or(&[][..], |s| &s.rows);
    // each at its own pace: the last one not later than the moment counts
    let mut beside: Vec<(std::slice::Iter<'_, wire::HistoryRow>, f64)> =
        with.iter().map(|p| (p.map_or(&[][..], rows).iter(), f64::NAN)).collect();
    let mut moment = |row: &wire::HistoryRow| {
        for (rows, present) in &mut beside {
            while let Some(next) = rows.as_slice().first().filter(|next| next.0 <= row.0) {
                *present = value(next);
                rows.next();
            }
        }
        Moment { ts: Ts(row.0), value: value(row), beside: beside.iter().map(|(_, v)| *v).collect() }
    };
    Ok(rows(point).iter().map(&mut moment).collect())
}

async fn state(hub: &Hub, picture: &Picture, id: &str) -> Result<ModelState> {
    let alarm = find(picture, id)?;
    let states = hub.engine.models(picture.registry.generation, vec![alarm]).await?;
    states.into_iter().next().ok_or_else(|| Problem::not_found("model", id))
}

async fn act(hub: &Hub, caller: &Caller, id: &str, act: ModelAct, body: Body<wire::ModelRequest>) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, id)?;
    if picture.registry.rule(alarm).detector.is_none() {
        return Err(Problem::not_found("model", id));
    }
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("reason", &body.reason, REASON);
    fields.check()?;
    let command = Command::Model { alarm, act, reason: body.reason.trim().into() };
    let done = hub.command(&picture, caller, command).await;
    done.map_err(|problem| problem.of_alarm(&hub.view.load().alarm_by_id(alarm)))?;
    let state = state(hub, &picture, id).await?;
    picture.model(&state, true).map(Json).ok_or_else(|| Problem::not_found("model", id))
}
