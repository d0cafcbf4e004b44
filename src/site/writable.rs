//! Which points may be written.

use linepack_core::PointId;

use super::{Protocol, Site};

impl Site {
    /// Whether commands may go to a point: its address says so, and its asset has a connection that can carry them.
    pub fn is_writable(&self, point: PointId) -> bool {
        let writable = || {
            let point = self.registry.points.get(point.index())?;
            let asset = self.registry.assets.get(point.asset.index())?;
            let address = self.addresses.get(asset.template as usize)?.get(usize::from(point.slot))?;
            let connection = self.connections.get(asset.connection?.index())?;
            Some(match connection.protocol {
                Protocol::Modbus(_) => address.modbus.as_ref().is_some_and(|m| m.write.is_some()),
                Protocol::Mqtt(_) => address.sparkplug_write,
            })
        };
        writable().unwrap_or(false)
    }
}
