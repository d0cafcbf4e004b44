//! GeoJSON features with their places in the file. Raw JSON slices keep each value's position, which a plain parse loses.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use linepack_core::LonLat;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::source::Source;
use super::words::{hint, is_identifier, parse_place};

#[derive(Deserialize)]
#[serde(expecting = "an object with \"type\" and \"features\"")]
struct RawCollection<'a> {
    r#type: String,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with \"geometry\" and \"properties\"")]
struct RawFeature<'a> {
    #[serde(borrow)]
    geometry: Option<RawGeometry<'a>>,
    #[serde(borrow)]
    properties: Option<BTreeMap<String, &'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with \"type\" and \"coordinates\"")]
struct RawGeometry<'a> {
    r#type: String,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
}

/// One feature.
pub(super) struct Feature<'a> {
    source: &'a Source,
    at: usize,
    /// `Point`, `LineString`, ….
    pub(super) geometry: String,
    coordinates: Option<&'a RawValue>,
    properties: BTreeMap<String, &'a RawValue>,
}

/// The features of a collection; those that cannot be read are reported and left out. Nothing where it is none.
pub(super) fn read(source: &Source) -> Option<Vec<Feature<'_>>> {
    let collection: RawCollection<'_> = match serde_json::from_str(source.text()) {
        Ok(collection) => collection,
        Err(e) => {
            source.error(source.offset(e.line(), e.column()), format!("expected a FeatureCollection: {}", bare(&e)));
            return None;
        }
    };
    if collection.r#type != "FeatureCollection" {
        source.error(0, format!("expected a FeatureCollection, found \"{}\"", collection.r#type));
        return None;
    }
    Some(collection.features.into_iter().filter_map(|raw| feature(source, raw)).collect())
}

fn feature<'a>(source: &'a Source, raw: &'a RawValue) -> Option<Feature<'a>> {
    let at = source.offset_of(raw.get());
    match serde_json::from_str::<RawFeature<'a>>(raw.get()) {
        Ok(RawFeature { geometry: Some(geometry), properties }) => Some(Feature {
            source,
            at,
            geometry: geometry.r#type,
            coordinates: geometry.coordinates,
            properties: properties.unwrap_or_default(),
        }),
        Ok(_) => {
            source.error(at, "the feature has no geometry");
            None
        }
        Err(e) => {
            source.error(at, format!("the feature cannot be read: {}", bare(&e)));
            None
        }
    }
}

/// The message without its own position, which the report gives.
fn bare(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

impl<'a> Feature<'a> {
    /// Records an error at the feature.
    pub(super) fn error(&self, message: impl Into<String>) {
        self.source.error(self.at, message);
    }

    /// Records an error at a property, or at the feature where it has none of that name.
    pub(super) fn error_at(&self, key: &str, message: impl std::fmt::Display) {
        let at = self.properties.get(key).map_or(self.at, |raw| self.source.offset_of(raw.get()));
        self.source.error(at, format!("{key}: {message}"));
    }

    /// A text, an integer counting as one; nothing where it is left out or null.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let raw = self.raw(key)?;
        let text = serde_json::from_str::<String>(raw).ok();
        let text = text.or_else(|| serde_json::from_str::<i64>(raw).ok().map(|n| n.to_string()));
        if text.is_none() {
            self.error_at(key, format!("expected text, found {}", shorten(raw)));
        }
        text
    }

    /// Records an error where the property is left out or null.
    pub(super) fn need(&self, key: &str) {
        if self.raw(key).is_none() {
            self.error(format!("the feature needs the property \"{key}\""));
        }
    }

    /// An identifier that must be there.
    pub(super) fn identifier(&self, key: &str) -> Option<String> {
        self.need(key);
        let text = self.text(key)?;
        if is_identifier(&text) {
            return Some(text);
        }
        self.error_at(key, format!("\"{text}\" is not an identifier: expected 1 to 64 of A-Z a-z 0-9 . _ -"));
        None
    }

    /// A number within limits; nothing where it is left out or null.
    pub(super) fn number(&self, key: &str, limits: RangeInclusive<f64>) -> Option<f64> {
        let raw = self.raw(key)?;
        let number = serde_json::from_str::<f64>(raw).ok().filter(|n| limits.contains(n));
        if number.is_none() {
            let (low, high) = limits.into_inner();
            self.error_at(key, format!("expected a number from {low} to {high}, found {}", shorten(raw)));
        }
        number
    }

    /// `true` or `false`; nothing where it is left out or null.
    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        let raw = self.raw(key)?;
        let boolean = serde_json::from_str(raw).ok();
        if boolean.is_none() {
            self.error_at(key, format!("expected true or false, found {}", shorten(raw)));
        }
        boolean
    }

    /// One of a list of words; nothing where it is left out or null.
    pub(super) fn word<T: Clone>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(w, _)| *w == text).map(|(_, value)| value.clone());
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
            let hint = hint(&text, all.iter().copied());
            self.error_at(key, format!("expected one of {}, found \"{text}\"{hint}", all.join(", ")));
        }
        found
    }

    /// Where a `Point` is.
    pub(super) fn point(&self) -> Option<LonLat> {
        let numbers: Vec<f64> = self.coordinates("a position [lon, lat]")?;
        self.position(&numbers)
    }

    /// The positions of a `LineString`, two at least.
    pub(super) fn line(&self) -> Option<Vec<LonLat>> {
        let positions: Vec<Vec<f64>> = self.coordinates("positions [[lon, lat], [lon, lat], …]")?;
        if positions.len() < 2 {
            self.error("a line needs two positions at least");
            return None;
        }
        positions.iter().map(|p| self.position(p)).collect()
    }

    fn coordinates<T: serde::de::DeserializeOwned>(&self, what: &str) -> Option<T> {
        let coordinates = self.coordinates.and_then(|raw| serde_json::from_str(raw.get()).ok());
        if coordinates.is_none() {
            let at = self.coordinates.map_or(self.at, |raw| self.source.offset_of(raw.get()));
            self.source.error(at, format!("coordinates: expected {what}"));
        }
        coordinates
    }

    fn position(&self, numbers: &[f64]) -> Option<LonLat> {
        let place = match numbers {
            [lon, lat, ..] => parse_place(*lon, *lat),
            _ => Err("expected [lon, lat]".to_owned()),
        };
        place
            .map_err(|message| {
                let at = self.coordinates.map_or(self.at, |raw| self.source.offset_of(raw.get()));
                self.source.error(at, format!("coordinates: {message}"));
            })
            .ok()
    }

    fn raw(&self, key: &str) -> Option<&'a str> {
        self.properties.get(key).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }
}

/// The start of a JSON value, for messages.
fn shorten(raw: &str) -> String {
    let end = raw.floor_char_boundary(40);
    if end < raw.len() { format!("{}…", &raw[..end]) } else { raw.to_owned() }
}
