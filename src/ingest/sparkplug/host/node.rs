//! One edge node with its devices, as the host knows them.

use linepack_core::Ts;

use super::ask::Ask;
use super::order::Order;
use super::out::Out;
use super::source::Source;
use crate::ingest::hash::FastMap;

/// Where a node is in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its birth is known and nothing is missing since.
    Online,
    /// It lives, but its birth is not known or something after it is missing; nothing it says can be read until the
    /// next birth.
    Adrift {
        /// Since when.
        since: Ts,
    },
    /// It said so, or the broker did for it.
    Offline,
}

/// An edge node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) group: Box<str>,
    pub(super) id: Box<str>,
    /// Of its name: spreads what many nodes do.
    pub(super) hash: u64,
    pub(super) phase: Phase,
    /// Of the present session.
    pub(super) bd_seq: Option<u64>,
    /// Fingerprint of the present birth.
    pub(super) print: u64,
    /// When the present birth was sent, as it says itself.
    pub(super) sent: Option<u64>,
    pub(super) order: Order,
    pub(super) ask: Ask,
    pub(super) own: Source,
    pub(super) devices: FastMap<Box<str>, Source>,
    /// When the first device must have been born after the node's birth.
    pub(super) devices_due: Option<Ts>,
}

impl Node {
    pub(super) fn new(group: &str, id: &str, now: Ts) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(group.as_bytes());
        hasher.update(b"/");
        hasher.update(id.as_bytes());
        // spread over all bits: the golden ratio
        let hash = u64::from(hasher.finalize()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            group: group.into(),
            id: id.into(),
            hash,
            phase: Phase::Adrift { since: now },
            bd_seq: None,
            print: 0,
            sent: None,
            order: Order::default(),
            ask: Ask::default(),
            own: Source::default(),
            devices: FastMap::default(),
            devices_due: None,
        }
    }

    /// Itself, or a device.
    pub(super) fn source(&self, device: Option<&str>) -> Option<&Source> {
        match device {
            None => Some(&self.own),
            Some(device) => self.devices.get(device),
        }
    }

    /// Everything it fed is of no use.
    pub(super) fn dies(&mut self, out: &mut Out) {
        self.devices_due = None;
        self.own.dies(out);
        for device in self.devices.values_mut() {
            device.dies(out);
        }
    }

    /// Devices that were not born in time after the node's birth are gone.
    pub(super) fn overdue(&mut self, now: Ts, out: &mut Out) {
        self.devices_due = None;
        for device in self.devices.values_mut() {
            match device.due {
                Some(due) if due <= now => device.dies(out),
                Some(due) => self.devices_due = Some(self.devices_due.map_or(due, |d| d.min(due))),
                None => {}
            }
        }
    }
}
