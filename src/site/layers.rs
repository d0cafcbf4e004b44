//! Layers that only lie beside the network: `backdrop.geojson` for the map, roads for travel times.

use std::path::Path;
use std::sync::Arc;

use super::features;
use super::source::Source;

/// `backdrop.geojson`: water, green, roads, labels, as given.
pub(super) fn read_backdrop(source: &Source) -> Arc<str> {
    let kinds = ["water", "green", "road", "label"].map(|k| (k, ()));
    for feature in features::read(source).unwrap_or_default() {
        feature.need("kind");
        feature.word("kind", &kinds);
    }
    source.text().into()
}

/// `roads.geojson`: checked; travel times by road are not in this version.
pub(super) fn check_roads(source: &Source) {
    source.warn(0, "roads.geojson has no effect in this version: travel times are by straight line");
    for feature in features::read(source).unwrap_or_default().iter().filter(|f| f.geometry == "LineString") {
        feature.line();
        feature.need("highway");
    }
}

/// A note where the folder has roads as OpenStreetMap data.
pub(super) fn note_osm(dir: &Path) -> Option<Source> {
    let path = dir.join("roads.osm.pbf");
    path.is_file().then(|| {
        let source = Source::new(path.display().to_string(), String::new());
        source.warn(0, "roads.osm.pbf has no effect in this version: travel times are by straight line");
        source
    })
}
