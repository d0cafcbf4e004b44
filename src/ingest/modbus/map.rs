//! What one connection has to read, taken from the site.

use std::collections::BTreeMap;
use std::time::Duration;

use linepack_core::{AssetId, ConnectionId, PointId};

use super::plan::Wanted;
use crate::site::{ModbusSettings, Site};

/// How often points are read whose template does not say.
const EVERY: Duration = Duration::from_secs(1);

/// A connection's points and devices.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// What to read.
    pub(crate) wanted: Vec<Wanted>,
    /// Assets behind each unit id that have something to read.
    pub(crate) assets: BTreeMap<u8, Vec<AssetId>>,
}

impl Map {
    /// The points of all assets on the connection.
    pub(crate) fn new(site: &Site, connection: ConnectionId, settings: &ModbusSettings) -> Self {
        let mut map = Self::default();
        for &id in site.behind.get(connection.index()).map_or(&[][..], Vec::as_slice) {
            let Some(asset) = site.registry.assets.get(id.index()) else { continue };
            let template = asset.template as usize;
            let (Some(&(unit, offset)), Some(addresses)) = (site.units.get(id.index()), site.addresses.get(template))
            else {
                continue;
            };
            let limits = site.modbus.get(template).copied().unwrap_or_default().limits(settings.limits);
            let before = map.wanted.len();
            for (point, at) in asset.points.clone().zip(addresses) {
                let Some(spec) = &at.modbus else { continue };
                let Some(address) = spec.wire_address(settings.base, offset) else { continue };
                let every = at.every.or(site.every.get(template).copied().flatten()).unwrap_or(EVERY);
                map.wanted.push(Wanted { point: PointId(point), unit, every, address, limits, spec: spec.clone() });
            }
            if map.wanted.len() > before {
                map.assets.entry(unit).or_default().push(id);
            }
        }
        map
    }
}
