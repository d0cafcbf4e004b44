//! The site, and reading it anew.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::registry::{Position, Shelving};
use linepack_core::{LonLat, Millis, Registry};

use super::problem::{Problem, Result};
use super::state::{Hub, ReloadError};
use crate::wire::{self, FieldError};

/// The site: name, bounds, counts, language, links.
#[utoipa::path(get, path = "/site", tag = "site", responses((status = 200, body = wire::Site)))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>) -> Json<wire::Site> {
    let picture = hub.view.load();
    let (site, registry) = (&picture.site, &picture.registry);
    let count = |n: usize| n as u64;
    Json(wire::Site {
        name: site.hub.name.clone(),
        timezone: site.hub.timezone.clone(),
        language: site.hub.language.clone(),
        bounds: hub.drawings.of(&picture).bounds,
        counts: wire::Counts {
            assets: count(registry.assets.len()),
            points: count(registry.points.len()),
            alarms: count(registry.alarms.len()),
            crews: count(registry.crews.len()),
            pipes: count(registry.network.pipes.len()),
            customers: site.customers,
        },
        demo: hub.scenarios.is_some(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        connections: super::links::now(&hub),
        accept_s: registry.dispatch.accept.as_secs_f64(),
        turnout_s: registry.sla.turnout.as_secs_f64(),
        arrival_s: registry.sla.arrival.as_secs_f64(),
        shelve_max: shelve_max(&registry.shelving),
        positions: registry.positions.iter().map(position).collect(),
    })
}

fn position(of: &Position) -> wire::Position {
    let words = |list: &[Arc<str>]| list.iter().map(|w| w.to_string()).collect();
    wire::Position {
        name: of.name.to_string(),
        areas: words(&of.areas),
        classes: words(&of.classes),
        priorities: of.priorities.iter().map(|p| p.name().to_owned()).collect(),
    }
}

fn shelve_max(of: &Shelving) -> wire::ShelveMax {
    let minutes = |time: Millis| time.0 / 60_000;
    let Shelving { critical, high, medium, low } = *of;
    wire::ShelveMax { critical: minutes(critical), high: minutes(high), medium: minutes(medium), low: minutes(low) }
}

/// Read the site folder anew: all or nothing; running alarms keep their state.
#[utoipa::path(post, path = "/site/reload", tag = "site",
    responses((status = 200, body = wire::SiteDifference), (status = 422, body = wire::Problem)))]
pub(crate) async fn reload(State(hub): State<Arc<Hub>>) -> Result<Json<wire::SiteDifference>> {
    match hub.reload.reload().await {
        Ok(difference) => Ok(Json(difference)),
        Err(ReloadError::Invalid(errors)) => Err(Problem::invalid(errors.iter().map(|e| located(e)).collect())),
        Err(ReloadError::Failed(detail)) => Err(Problem::unavailable(&detail, 5)),
    }
}

/// `file:line:column: message` as a place and what is wrong there.
fn located(error: &str) -> FieldError {
    let (field, detail) = error.split_once(": ").unwrap_or(("site", error));
    FieldError { field: field.to_owned(), detail: detail.to_owned() }
}

/// West, south, east, north around everything; the whole world where there is nothing.
pub(crate) fn bounds(registry: &Registry) -> [f64; 4] {
    let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let around = |[w, s, e, n]: [f64; 4], at: LonLat| [w.min(at.lon), s.min(at.lat), e.max(at.lon), n.max(at.lat)];
    let assets = registry.assets.iter().map(|a| a.position);
    let nodes = registry.network.nodes.iter().map(|n| n.position);
    let pipes = registry.network.pipes.iter().flat_map(|p| p.path.iter().copied());
    let crews = registry.crews.iter().map(|c| c.base);
    let all = assets.chain(nodes).chain(pipes).chain(crews).fold(none, around);
    if all[0].is_finite() { all } else { [-180.0, -90.0, 180.0, 90.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_folder_keep_their_place() {
        let e = located("site/hub.toml:12:3: unknown key `nam`: did you mean `name`?");
        assert_eq!(e.field, "site/hub.toml:12:3");
        assert_eq!(e.detail, "unknown key `nam`: did you mean `name`?");
    }

    #[test]
    fn nothing_is_the_whole_world() {
        assert_eq!(bounds(&Registry::default()), [-180.0, -90.0, 180.0, 90.0]);
    }
}
