//! The map's base: water, hills, streets, names.

use serde_json::{Value, json};

use super::City;
use super::plane::{Xy, lon_lat, widen};
use super::site::{collection, feature, line, pair};
use super::streets::Class;
use super::terrain::{DISTRICTS, HILLS, outline};

pub(super) fn geojson(city: &City) -> String {
    let mut features = Vec::new();
    for river in city.terrain.rivers() {
        features
            .push(feature(polygon(&widen(&river.line, river.width)), json!({ "kind": "water", "name": river.name })));
        let middle = river.line[river.line.len() / 3];
        features.push(label(middle, river.name, "water"));
    }
    for hill in HILLS {
        features.push(feature(polygon(&outline(hill)), json!({ "kind": "green", "name": hill.name })));
        features.push(label(hill.centre, hill.name, "hill"));
    }
    for street in city.streets.iter().filter(|s| s.class > Class::Residential) {
        let path = street.crossings.iter().map(|c| lon_lat(city.crossings[*c]));
        features.push(feature(
            line(path),
            json!({ "kind": "road", "name": street.name, "class": street.class.highway().0 }),
        ));
    }
    for district in DISTRICTS {
        features.push(label(district.centre, &format!("{} {}", district.name, district.name_zh), "district"));
    }
    collection(features)
}

fn polygon(outline: &[Xy]) -> Value {
    json!({ "type": "Polygon", "coordinates": [outline.iter().map(|p| pair(lon_lat(*p))).collect::<Vec<_>>()] })
}

fn label(at: Xy, name: &str, class: &str) -> Value {
    let geometry = json!({ "type": "Point", "coordinates": pair(lon_lat(at)) });
    feature(geometry, json!({ "kind": "label", "name": name, "class": class }))
}
