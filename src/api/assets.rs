//! Assets with their values and alarms.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::registry::Asset;
use linepack_core::{AssetId, LonLat};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::by_urgency;
use super::input::{Path, Query};
use super::own::Scope;
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::wire::{self, Page};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssetsQuery {
    /// Kind, as in `assets.csv`.
    kind: Option<String>,
    /// Area or district.
    area: Option<String>,
    /// West, south, east, north in degrees; west of more than east goes over the date line.
    bbox: Option<String>,
    /// Text somewhere in id, name or area, whatever its case.
    q: Option<String>,
}

/// Assets by id, with their current values and their worst alarm.
#[utoipa::path(get, path = "/assets", tag = "assets", params(AssetsQuery, Paging),
    responses((status = 200, body = Page<wire::Asset>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<AssetsQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Asset>>> {
    let picture = hub.view.load();
    let limit = paging.limit()?;
    let after = paging.after()?;
    let bbox = query.bbox.as_deref().filter(|b| !b.is_empty()).map(parse_bbox).transpose()?;
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    let (kind, area, q) = (given(&query.kind), given(&query.area), given(&query.q).map(|q| q.to_lowercase()));
    let wanted = |a: &Asset| {
        kind.as_deref().is_none_or(|k| *a.kind == *k)
            && area.as_deref().is_none_or(|k| *a.area == *k)
            && bbox.is_none_or(|b| inside(b, a.position))
            && q.as_deref().is_none_or(|q| [&a.id, &a.name, &a.area].iter().any(|t| t.to_lowercase().contains(q)))
            && after.as_deref().is_none_or(|after| *a.id > *after)
    };
    let mut found: Vec<AssetId> =
        (0..).map(AssetId).zip(&picture.registry.assets).filter(|(_, asset)| wanted(asset)).map(|(id, _)| id).collect();
    let name = |id: &AssetId| picture.registry.assets[id.index()].id.clone();
    found.sort_unstable_by_key(name);
    Ok(Json(page::page(found, limit, |id| name(id).to_string(), |id| picture.asset(*id, true))))
}

/// One asset with its values, its attributes and its alarms that are not normal.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = wire::AssetDetail)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::AssetDetail>> {
    let picture = hub.view.load();
    let scope = Scope::of(&caller, &picture)?;
    let asset = picture.registry.find_asset(&id).ok_or_else(|| Problem::not_found("asset", &id))?;
    Scope::require(scope.asset(&picture, asset))?;
    let mut alarms: Vec<_> = picture.board.alarms_of(asset).collect();
    alarms.sort_by_key(|a| by_urgency(&picture.registry, a));
    let attributes = &picture.registry.assets[asset.index()].attributes;
    Ok(Json(wire::AssetDetail {
        asset: wire::Asset {
            attributes: attributes.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            ..picture.asset(asset, true)
        },
        alarms: alarms.into_iter().map(|a| picture.alarm(a)).collect(),
    }))
}

fn parse_bbox(text: &str) -> Result<[f64; 4]> {
    let numbers: Vec<f64> = text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    match numbers[..] {
        [w, s, e, n] if LonLat::new(w, s).is_some() && LonLat::new(e, n).is_some() && s <= n => Ok([w, s, e, n]),
        _ => Err(Problem::field("bbox", "must be west,south,east,north in degrees")),
    }
}

fn inside([w, s, e, n]: [f64; 4], at: LonLat) -> bool {
    let lon = if w <= e { (w..=e).contains(&at.lon) } else { at.lon >= w || at.lon <= e };
    lon && (s..=n).contains(&at.lat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_read_and_kept_to() {
        let at = |lon, lat| LonLat::new(lon, lat).expect("on earth");
        let b = parse_bbox("106.4,29.4, 106.7,29.7").expect("a box");
        assert!(inside(b, at(106.5, 29.5)) && !inside(b, at(106.8, 29.5)) && !inside(b, at(106.5, 29.8)));
        let dateline = parse_bbox("179,-10,-179,10").expect("over the date line");
        assert!(
            inside(dateline, at(179.5, 0.0)) && inside(dateline, at(-179.5, 0.0)) && !inside(dateline, at(0.0, 0.0))
        );
        for wrong in ["1,2,3", "a,b,c,d", "0,91,1,92", "0,10,1,5", "NaN,0,1,1"] {
            assert!(parse_bbox(wrong).is_err(), "{wrong}");
        }
    }
}
