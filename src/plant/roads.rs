//! `roads.geojson`: LineStrings with `highway`, `maxspeed` (km/h) and `oneway`, as in OpenStreetMap.

use std::path::Path;

use anyhow::Context;
use geojson::{FeatureCollection, GeometryValue, JsonObject};
use linepack_core::LonLat;
use linepack_sim::plant::{Direction, Road};

/// The site's roads; none without the file.
pub fn roads(site: &Path) -> anyhow::Result<Vec<Road>> {
    let file = site.join("roads.geojson");
    if !file.exists() {
        return Ok(vec![]);
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let all: FeatureCollection = text.parse().with_context(|| file.display().to_string())?;
    let nothing = JsonObject::new();
    Ok(all
        .features
        .into_iter()
        .filter_map(|feature| {
            let properties = feature.properties.as_ref().unwrap_or(&nothing);
            let (speed_kmh, direction) = (speed(properties), direction(properties));
            let GeometryValue::LineString { coordinates } = feature.geometry?.value else { return None };
            let path =
                coordinates.iter().filter_map(|c| LonLat::new(*c.as_slice().first()?, *c.as_slice().get(1)?)).collect();
            Some(Road { path, speed_kmh, direction })
        })
        .collect())
}

/// `maxspeed`, else what is usual on such a road in a city.
fn speed(properties: &JsonObject) -> f64 {
    let given = properties.get("maxspeed").and_then(|v| v.as_f64().or_else(|| v.as_str()?.parse().ok()));
    given.unwrap_or_else(|| match properties.get("highway").and_then(|h| h.as_str()) {
        Some("motorway" | "trunk") => 80.0,
        Some("primary") => 60.0,
        Some("secondary") => 50.0,
        Some("residential" | "service") => 20.0,
        _ => 40.0,
    })
}

fn direction(properties: &JsonObject) -> Direction {
    match properties.get("oneway").map(ToString::to_string).unwrap_or_default().trim_matches('"') {
        "true" | "yes" | "1" => Direction::Forward,
        "-1" => Direction::Backward,
        _ => Direction::Both,
    }
}
