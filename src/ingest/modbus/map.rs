//! What one connection has to read, taken from the site.

use std::collections::BTreeMap;
use std::time::Duration;

use linepack_core::{AssetId, ConnectionId, PointId};

use super::plan::{Read, Wanted, plan};
use crate::site::Site;

/// How often points are read whose template does not say.
const EVERY: Duration = Duration::from_secs(1);

/// A connection's reads and devices.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// Requests to repeat.
    pub(crate) reads: Vec<Read>,
    /// Assets behind each unit id that have something to read.
    pub(crate) assets: BTreeMap<u8, Vec<AssetId>>,
}

impl Map {
    /// Reads of all assets on the connection.
    pub(crate) fn new(site: &Site, connection: ConnectionId, max_gap: u16) -> Self {
        let mut wanted = Vec::new();
        let mut assets: BTreeMap<u8, Vec<AssetId>> = BTreeMap::new();
        for (i, asset) in site.registry.assets.iter().enumerate().filter(|(_, a)| a.connection == Some(connection)) {
            let template = asset.template as usize;
            let (Some(&(unit, offset)), Some(addresses)) = (site.units.get(i), site.addresses.get(template)) else {
                continue;
            };
            let before = wanted.len();
            for (point, at) in asset.points.clone().zip(addresses) {
                let Some(spec) = at.modbus else { continue };
                let Some(address) = spec.address.checked_add(offset) else { continue };
                let every = at.every.or(site.every.get(template).copied().flatten()).unwrap_or(EVERY);
                wanted.push(Wanted { point: PointId(point), unit, every, address, spec });
            }
            if wanted.len() > before {
                assets.entry(unit).or_default().push(AssetId(u32::try_from(i).unwrap_or(u32::MAX)));
            }
        }
        Self { reads: plan(wanted, max_gap), assets }
    }
}
