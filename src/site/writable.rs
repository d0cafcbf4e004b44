//! Which points may be written.

use linepack_core::PointId;

use super::{Protocol, Site};

impl Site {
    /// Whether commands may go to a point: its address says so, and its asset has a connection that can carry them.
    pub fn is_writable(&self, point: PointId) -> bool {
        let writable = || {
            let asset = self.registry.points.get(point.index())?.asset;
            let connection = self.registry.assets.get(asset.index())?.connection?;
            Some(match self.connections.get(connection.index())?.protocol {
                // their links cannot carry writes yet
                Protocol::ModbusTcp(_) | Protocol::Mqtt(_) => false,
            })
        };
        writable().unwrap_or(false)
    }
}
