//! What one connection has to read, taken from the site.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use linepack_core::{AssetId, ConnectionId, PointId};

use super::plan::Wanted;
use crate::site::{ModbusPoint, ModbusSettings, Site};

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
        let mut specs: HashMap<(usize, usize), Arc<ModbusPoint>> = HashMap::new();
        for (i, asset) in site.registry.assets.iter().enumerate().filter(|(_, a)| a.connection == Some(connection)) {
            let template = asset.template as usize;
            let (Some(&(unit, offset)), Some(addresses)) = (site.units.get(i), site.addresses.get(template)) else {
                continue;
            };
            let limits = site.modbus.get(template).copied().unwrap_or_default().limits(settings.limits);
            let before = map.wanted.len();
            for (slot, (point, at)) in asset.points.clone().zip(addresses).enumerate() {
                let Some(spec) = &at.modbus else { continue };
                let Some(address) = spec.wire_address(settings.base, offset) else { continue };
                let every = at.every.or(site.every.get(template).copied().flatten()).unwrap_or(EVERY);
                let spec = specs.entry((template, slot)).or_insert_with(|| Arc::new(spec.clone())).clone();
                map.wanted.push(Wanted { point: PointId(point), unit, every, address, limits, spec });
            }
            if map.wanted.len() > before {
                map.assets.entry(unit).or_default().push(AssetId(u32::try_from(i).unwrap_or(u32::MAX)));
            }
        }
        map
    }
}
