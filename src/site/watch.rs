//! Points that detectors look at beside their own: whether there are such.

use linepack_core::registry::PointType;

use super::assets::Assets;
use super::source::Source;
use super::template::{Templates, Watched};
use super::words::hint;

/// Checks names within one template.
pub(super) fn check_template(source: &Source, points: &[PointType], watched: &[Watched]) {
    for Watched { at, by, other } in watched.iter().filter(|w| w.other.asset.is_none()) {
        let name = &other.point;
        if name == by {
            source.error(*at, format!("with: \"{name}\" is the point itself"));
        } else if !points.iter().any(|p| p.name == *name) {
            let hint = hint(name, points.iter().map(|p| &*p.name));
            source.error(*at, format!("with: the template has no point \"{name}\"{hint}"));
        }
    }
}

/// Checks full names against the assets there are.
pub(super) fn check_site(source: &Source, templates: &Templates, assets: &Assets) {
    for Watched { at, other, .. } in templates.watched.iter().flatten() {
        let Some(name) = &other.asset else { continue };
        let row = assets.ids.get(name).and_then(|&n| assets.list.get(n as usize));
        let Some(row) = row else {
            source.error(*at, format!("with: assets.csv has no asset \"{name}\""));
            continue;
        };
        let of = templates.list.get(row.template as usize);
        if !of.is_some_and(|t| t.points.iter().any(|p| p.name == other.point)) {
            source.error(*at, format!("with: the asset \"{name}\" has no point \"{}\"", other.point));
        }
    }
}
