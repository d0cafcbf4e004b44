//! Positions from telephones that cannot set headers: the OsmAnd protocol of Traccar's clients, and OwnTracks over HTTP.

mod message;

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use linepack_core::input::Fix;

use self::message::Report;
use super::Caller;
use super::crews;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::ingest::mqtt::owntracks;
use crate::wire;

/// A crew's position by the OsmAnd protocol: `id` (the crew), `lat`, `lon`, `timestamp` (seconds, milliseconds or
/// RFC 3339), `speed` (knots), `accuracy` or `hdop`, `batt`. The token may be the query's `token`.
#[utoipa::path(get, path = "/osmand", tag = "crews",
    params(("id" = String, Query), ("lat" = f64, Query), ("lon" = f64, Query), ("timestamp" = Option<String>, Query),
        ("speed" = Option<f64>, Query), ("accuracy" = Option<f64>, Query), ("token" = Option<String>, Query)),
    responses((status = 200, body = wire::PhonePosition)))]
pub(crate) async fn get(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<wire::PhonePosition>> {
    let report = message::form(&pairs(query.as_deref().unwrap_or_default().as_bytes()));
    take(&hub, &caller, report.map_err(wrong)?).await
}

/// The same as a form, or as the JSON of newer Traccar clients: `{"location":{"timestamp":…,"coords":{…}},"device_id":…}`,
/// whose speed is metres a second.
#[utoipa::path(post, path = "/osmand", tag = "crews", request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = wire::PhonePosition)))]
pub(crate) async fn post(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<wire::PhonePosition>> {
    let query = pairs(query.as_deref().unwrap_or_default().as_bytes());
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"application/json"));
    let report = if is_json || body.trim_ascii_start().starts_with(b"{") {
        let id = query.iter().find(|(name, _)| name == "id").map(|(_, id)| id.as_str());
        message::json(&body, id)
    } else {
        message::form(&[pairs(&body), query].concat())
    };
    take(&hub, &caller, report.map_err(wrong)?).await
}

/// A position by OwnTracks over HTTP. The crew is the header `X-Limit-U` or the query's `u`, else that of the account.
/// Messages of other types are taken and mean nothing.
#[utoipa::path(post, path = "/owntracks", tag = "crews", request_body(content = String, content_type = "application/json"),
    params(("u" = Option<String>, Query)), responses((status = 200, body = Vec<String>)))]
pub(crate) async fn owntracks_post(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Vec<String>>> {
    let query = pairs(query.as_deref().unwrap_or_default().as_bytes());
    let header = headers.get("x-limit-u").and_then(|v| v.to_str().ok());
    let named = header.or_else(|| query.iter().find(|(name, _)| name == "u").map(|(_, u)| u.as_str()));
    let id = named.or(caller.only_crew()).ok_or_else(|| Problem::field("u", "is missing: the crew's id"))?;
    let picture = hub.view.load();
    let crew = crews::find(&picture, &caller, id)?;
    let received = hub.clock.now();
    match owntracks::read(crew, &body, received) {
        Ok(None) => {}
        Ok(Some(fix)) => crews::moved(&hub, &picture, fix).await?,
        Err(reason) => return Err(Problem::field("body", reason)),
    }
    Ok(Json(vec![]))
}

async fn take(hub: &Hub, caller: &Caller, report: Report) -> Result<Json<wire::PhonePosition>> {
    let picture = hub.view.load();
    let crew = crews::find(&picture, caller, &report.id)?;
    let ts = report.ts.unwrap_or_else(|| hub.clock.now());
    let fix = Fix { crew, position: report.position, ts, accuracy_m: report.accuracy_m };
    crews::moved(hub, &picture, fix).await?;
    Ok(Json(wire::PhonePosition {
        crew: report.id,
        lon: report.position.lon,
        lat: report.position.lat,
        ts_ms: ts.ms(),
        accuracy_m: report.accuracy_m,
        speed_ms: report.speed_ms,
        battery_percent: report.battery_percent,
    }))
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

fn wrong((field, detail): message::Wrong) -> Problem {
    Problem::field(field, detail)
}

/// For fuzzing: `f` and a form, or `{` and JSON.
pub(crate) fn fuzz(data: &[u8]) {
    let report = match data.split_first() {
        Some((b'f', text)) => message::form(&pairs(text)),
        Some((b'{', text)) => message::json(text, None),
        _ => return,
    };
    if let Ok(report) = report {
        let at = report.position;
        assert!((-180.0..=180.0).contains(&at.lon) && (-90.0..=90.0).contains(&at.lat), "a place on earth");
        assert!(report.accuracy_m.is_none_or(|m| m >= 0.0) && report.speed_ms.is_none_or(|s| s >= 0.0), "no less");
        assert!(report.ts.is_none_or(|t| t.ms() >= 0) && !report.id.is_empty(), "somebody, some time");
    }
}
