//! Reports of the alarm system by the month, for people, programs and tables.

mod csv;
mod hidden;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linepack_core::Registry;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::Query;
use super::kpi;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `2026-10`; the present month when left out.
    month: Option<String>,
    /// `csv` or `json`; what the header `Accept` asks for when left out.
    format: Option<String>,
}

/// A month of the alarm system, by operator position: figures, bad actors, floods, what stands, what was hidden for long,
/// what was changed. As a table with `Accept: text/csv`.
#[utoipa::path(get, path = "/reports/alarms", tag = "alarms", params(Asked),
    responses((status = 200, body = wire::AlarmReport), (status = 422, body = wire::Problem)))]
pub(crate) async fn alarms(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let picture = hub.view.load();
    let zone = TimeZone::get(&picture.site.hub.timezone).unwrap_or(TimeZone::UTC);
    let now = hub.clock.now().ms();
    let (month, from, end) = month(asked.month.as_deref(), now, &zone)?;
    if from >= now {
        return Err(Problem::field("month", "has not begun"));
    }
    let to = end.min(now);
    let counted = kpi::of_period(&hub, from, to).await?;
    let hidings = hub.store.hidings(from, to).await?;
    let changes = hub.store.changes(from, to).await?;
    let registry = &picture.registry;
    let long = registry.figures.stale;
    let positions = counted.into_iter().enumerate().map(|(i, (figures, standing))| {
        let here = |alarm: &str| position(registry, alarm) == i;
        wire::PositionReport {
            figures,
            standing,
            hidden: hidden::long(&hidings, to, long, &here),
            changes: changes.iter().filter(|c| here(&c.alarm)).cloned().collect(),
        }
    });
    let report = wire::AlarmReport { month, from_ms: from, to_ms: to, positions: positions.collect() };
    let wants_csv = match asked.format.as_deref().filter(|f| !f.is_empty()) {
        Some("csv") => true,
        Some("json") => false,
        Some(_) => return Err(Problem::field("format", "is neither csv nor json")),
        None => headers.get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/csv")),
    };
    if wants_csv {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        return Ok(([(CONTENT_TYPE, kind)], csv::write(&report)).into_response());
    }
    Ok(Json(report).into_response())
}

/// Whose alarm it is; one the site no longer has is the last position's, as in the figures.
fn position(registry: &Registry, alarm: &str) -> usize {
    let last = registry.positions.len().saturating_sub(1);
    registry.find_alarm(alarm).map_or(last, |id| registry.position_of(id).index())
}

/// Its name, begin and end, milliseconds.
fn month(asked: Option<&str>, now: i64, zone: &TimeZone) -> Result<(String, i64, i64)> {
    let wrong = || Problem::field("month", "expected a month such as 2026-10");
    let first: Date = match asked.filter(|m| !m.is_empty()) {
        Some(text) if text.len() == 7 => format!("{text}-01").parse().map_err(|_| wrong())?,
        Some(_) => return Err(wrong()),
        None => {
            let now = jiff::Timestamp::from_millisecond(now).map_err(|_| wrong())?;
            now.to_zoned(zone.clone()).date().first_of_month()
        }
    };
    let next = first.checked_add(jiff::Span::new().months(1)).map_err(|_| wrong())?;
    let begin = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    let (from, to) = begin(first).zip(begin(next)).ok_or_else(wrong)?;
    Ok((first.strftime("%Y-%m").to_string(), from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_the_sites_own() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        // 2026-11-22T11:00Z
        let now = 1_795_345_200_000;
        let (name, from, to) = month(None, now, &zone).unwrap();
        assert_eq!(name, "2026-11");
        assert_eq!((to - from) / 86_400_000, 30);
        assert_eq!(from % 86_400_000, 16 * 3_600_000, "midnight there is 16:00 UTC");
        assert_eq!(month(Some("2026-12"), now, &zone).unwrap().1, to);
        for wrong in ["2026-13", "2026-1", "october", "2026-10-01"] {
            assert!(month(Some(wrong), now, &zone).is_err(), "{wrong}");
        }
    }
}
