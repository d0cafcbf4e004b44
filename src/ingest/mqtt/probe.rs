//! The readers without a broker, for measuring them.

use linepack_core::{Input, Ts};

use super::batch::{Batch, Receipt};
use super::route::Reader;
use crate::site::{Protocol, Site};

/// Reads messages of a site's first MQTT connection.
#[derive(Debug)]
pub struct Probe {
    reader: Reader,
    batch: Batch,
}

impl Probe {
    /// None: the site has no such connection.
    pub fn new(site: &Site) -> Option<Self> {
        let settings = site.connections.iter().find_map(|c| match &c.protocol {
            Protocol::Mqtt(settings) => Some(settings),
            Protocol::Modbus(_) => None,
        })?;
        Some(Self { reader: Reader::new(site.registry.clone(), settings), batch: Batch::default() })
    }

    /// Reads one message. False: something of it was refused.
    pub fn read(&mut self, topic: &str, payload: &[u8], at: Ts) -> bool {
        self.reader.read(topic, payload, Receipt { at, retained: false }, &mut self.batch);
        let whole = self.batch.refused.is_empty();
        self.batch.refused.clear();
        whole
    }

    /// What was read since the last time, as the engine gets it.
    pub fn take(&mut self) -> Vec<Input> {
        self.batch.take()
    }
}
