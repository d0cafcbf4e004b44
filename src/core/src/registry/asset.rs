//! Assets, their points, and the links they hang on.

use std::ops::Range;
use std::sync::Arc;

use super::{ClockPolicy, PointSource};
use crate::{AssetId, ConnectionId, LonLat, Millis};

/// A thing on the map: gate station, district regulator, valve, CNG station, meter, heat substation, room sensor.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The user's identifier.
    pub id: Arc<str>,
    /// For people.
    pub name: Arc<str>,
    /// Free word of the site folder, e.g. `district-regulator`.
    pub kind: Arc<str>,
    /// Area or district; may be empty.
    pub area: Arc<str>,
    /// Where it is.
    pub position: LonLat,
    /// Index into `Registry::templates`.
    pub template: u32,
    /// The asset it hangs on: while that is silent, its own alarms are hidden.
    pub parent: Option<AssetId>,
    /// How values come; none: by `POST /samples`.
    pub connection: Option<ConnectionId>,
    /// Its points, as indexes into `Registry::points`, in template order.
    pub points: Range<u32>,
    /// Its own alarms (`AlarmSource::Device`), as indexes into `Registry::alarms`.
    pub alarms: Range<u32>,
    /// Free columns of `assets.csv`.
    pub attributes: Vec<(Arc<str>, Arc<str>)>,
}

/// One measured or commanded quantity of an asset.
#[derive(Clone, Debug)]
pub struct Point {
    /// Whose it is.
    pub asset: AssetId,
    /// Index into the template's points.
    pub slot: u16,
    /// Its alarms, as indexes into `Registry::alarms`.
    pub alarms: Range<u32>,
}

/// The points and alarms that assets of one make share.
#[derive(Clone, Debug)]
pub struct Template {
    /// The user's identifier.
    pub name: Arc<str>,
    /// In the order of the site folder.
    pub points: Vec<PointType>,
}

/// What all points of one name in a template share.
#[derive(Clone, Debug, Default)]
pub struct PointType {
    /// The point's own name, e.g. `outlet_pressure`.
    pub name: Arc<str>,
    /// Unit of the value, as shown; empty for none.
    pub unit: Arc<str>,
    /// A smaller change is not reported to screens (report by exception). In the point's unit, 0 for every change.
    pub deadband: f64,
    /// Outside it the quality is bad.
    pub range: Option<(f64, f64)>,
    /// Silence after which the value is stale.
    pub stale_after: Option<Millis>,
    /// Indexes into `Registry::rules` of the alarms every such point has.
    pub rules: Vec<u32>,
    /// Where its values come from.
    pub source: PointSource,
    /// What whole numbers mean, ascending by number; empty for a plain quantity.
    pub states: Vec<(i64, Arc<str>)>,
}

impl PointType {
    /// The word for a value, where the point has one for it.
    pub fn state(&self, value: f64) -> Option<&Arc<str>> {
        self.states.iter().find(|(number, _)| *number as f64 == value).map(|(_, word)| word)
    }
}

/// A link to the field: a Modbus endpoint or an MQTT broker.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The user's identifier.
    pub name: Arc<str>,
    /// `modbus-tcp`, `mqtt`.
    pub protocol: Arc<str>,
    /// Its own alarms (`AlarmSource::Link`), as indexes into `Registry::alarms`.
    pub alarms: Range<u32>,
    /// What is thought of the times its sources send; none: what the site thinks.
    pub clock: Option<ClockPolicy>,
}
