//! Figures of the alarm system: how many alarms a position had to take, and which of them are to blame.

mod answer;
mod tail;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::kpi::{Asked as Question, Figures};
use linepack_core::{Millis, Registry, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Fields, Query};
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::wire;

pub(crate) use tail::{Book, Tail};

/// Longest period, milliseconds: 400 days.
const LONGEST: i64 = 400 * DAY;
pub(super) const DAY: i64 = 86_400_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// One operator position only.
    position: Option<String>,
}

/// ISA-18.2 / EEMUA 191 figures of a period, of the last day when nothing is said, by operator position. It ends now at the
/// latest and is 400 days at most.
#[utoipa::path(get, path = "/alarms/kpi", tag = "alarms", params(Asked, Period),
    responses((status = 200, body = wire::AlarmFigures), (status = 422, body = wire::Problem)))]
pub(crate) async fn get(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
    Query(period): Query<Period>,
) -> Result<Json<wire::AlarmFigures>> {
    let mut fields = Fields::default();
    let (from, to) = period.past(hub.clock.now(), Millis(DAY), Millis(LONGEST), &mut fields);
    fields.check()?;
    let mut positions: Vec<_> = of_period(&hub, from, to).await?.into_iter().map(|(figures, _)| figures).collect();
    if let Some(position) = asked.position.filter(|p| !p.is_empty()) {
        positions.retain(|p| p.position == position);
        if positions.is_empty() {
            return Err(Problem::not_found("position", &position));
        }
    }
    Ok(Json(wire::AlarmFigures { from_ms: from, to_ms: to, positions }))
}

/// Of one position, with what stood at the end.
pub(super) type OfPosition = (wire::PositionFigures, Vec<wire::LongStanding>);

/// The figures of a period that has begun, by position.
pub(super) async fn of_period(hub: &Hub, from: i64, to: i64) -> Result<Vec<OfPosition>> {
    hub.store.caught_up().await;
    let registry = hub.view.load().registry.clone();
    let begin = from.saturating_sub(registry.figures.flood_within.0);
    let book = hub.tail.read(&hub.store, begin, to, hub.clock.now()).await?;
    // a million rows take tens of milliseconds: not on the threads that everybody shares
    let counted = tokio::task::spawn_blocking(move || figures(&registry, &book, from, to)).await;
    counted.map_err(|_| Problem::unavailable("the figures could not be worked out", 5))
}

fn figures(registry: &Registry, book: &Book, from: i64, to: i64) -> Vec<OfPosition> {
    let names: Vec<String> = registry.positions.iter().map(|p| p.name.to_string()).collect();
    let last = u32::try_from(names.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let alarms: Vec<_> = book
        .names()
        .iter()
        .map(|name| match registry.find_alarm(name) {
            Some(id) => (registry.position_of(id).0, Some(registry.rule(id).priority)),
            None => (last, None),
        })
        .collect();
    let asked = Question {
        from: Ts(from),
        to: Ts(to),
        rows: book.rows(),
        standing: book.standing(),
        alarms: &alarms,
        positions: names.len(),
        rules: registry.figures,
    };
    let all: Vec<Figures> = asked.figures();
    let position = |(name, figures): (String, &Figures)| answer::position(name, figures, registry, book.names());
    names.into_iter().zip(&all).map(position).collect()
}
