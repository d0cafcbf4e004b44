//! The host application as a function: edge nodes with their births, deaths and sequence numbers. No clock, no socket, no
//! randomness; the same events give the same actions.

mod alias;
mod ask;
mod birth;
mod message;
mod node;
mod order;
mod out;
mod session;
mod source;
mod writes;

use std::collections::HashMap;

use linepack_core::{AssetId, Ts};

use ask::Budget;
use node::{Node, Phase};
pub(crate) use out::{Counts, Out};
use writes::Sent;
pub(crate) use writes::Wanted;

use super::plant::Plant;
use super::topic::{Edge, Kind};
use crate::ingest::hash::FastMap;

/// Edge nodes that are followed.
const NODES: usize = 20_000;
/// Bytes of messages of one node that wait for those before them.
const HELD: usize = 1 << 20;

/// What can happen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    /// The broker takes our subscriptions.
    Connected,
    /// The connection is gone.
    Disconnected,
    /// A message about an edge node.
    Message {
        /// What its topic says.
        edge: Edge<'a>,
        /// As it came.
        payload: &'a [u8],
        /// The broker had kept it.
        retained: bool,
    },
    /// Somebody wants a value written.
    Write(Wanted),
    /// Time passed; send it several times a second.
    Tick,
}

/// All edge nodes of one broker.
#[derive(Debug)]
pub(crate) struct Host {
    plant: Plant,
    /// How long messages may be out of order, ms.
    reorder: i64,
    nodes: Vec<Node>,
    /// By group, then node.
    index: FastMap<Box<str>, FastMap<Box<str>, usize>>,
    /// Which source feeds an asset.
    owners: HashMap<AssetId, (usize, Option<Box<str>>)>,
    /// Metrics of all births together.
    metrics: usize,
    budget: Budget,
    /// Bytes of one node's messages that may wait; nothing while all nodes together have too many.
    room: usize,
    connected: Ts,
    /// Since when the broker has been away.
    away: Option<Ts>,
    writes: Vec<Sent>,
}

impl Host {
    /// One that knows no node.
    pub(crate) fn new(plant: Plant, reorder_ms: i64) -> Self {
        Self {
            plant,
            reorder: reorder_ms,
            nodes: vec![],
            index: FastMap::default(),
            owners: HashMap::new(),
            metrics: 0,
            budget: Budget::default(),
            room: HELD,
            connected: Ts(0),
            away: Some(Ts(0)),
            writes: vec![],
        }
    }

    /// One event, at the hub's time.
    pub(crate) fn step(&mut self, now: Ts, event: Event<'_>, out: &mut Out) {
        match event {
            Event::Connected => self.connected(now),
            Event::Disconnected => self.disconnected(now, out),
            Event::Message { edge, payload, retained } => self.message(now, edge, payload, retained, out),
            Event::Write(wanted) => match self.write(now, wanted, out) {
                Ok(sent) => self.writes.push(sent),
                Err(e) => out.written.push((wanted.id, Err(e))),
            },
            Event::Tick => self.tick(now, out),
        }
        if !self.writes.is_empty() {
            writes::settle(&mut self.writes, &self.nodes, now, out);
        }
    }

    /// Takes over another site. What became a point, or ceased to be one, is asked for anew.
    pub(crate) fn adopt(&mut self, now: Ts, plant: Plant, out: &mut Out) {
        writes::give_up(&mut self.writes, out, "the site was read anew", |_| true);
        self.plant = plant;
        self.owners.clear();
        for at in 0..self.nodes.len() {
            let devices: Vec<_> = self.nodes[at].devices.keys().cloned().collect();
            let mut changed = false;
            for device in std::iter::once(None).chain(devices.iter().map(|d| Some(&**d))) {
                let asset = self.claim(at, device, None);
                let node = &mut self.nodes[at];
                let (group, id) = (node.group.clone(), node.id.clone());
                let source = match device {
                    None => Some(&mut node.own),
                    Some(device) => node.devices.get_mut(device),
                };
                let who = source::Who { group: &group, node: &id, device };
                if let Some(source) = source.filter(|s| !s.metrics.is_empty()) {
                    changed |= source.adopt(asset, who, &self.plant, out);
                }
            }
            let node = &mut self.nodes[at];
            if changed && node.phase == Phase::Online {
                node.ask.want(now, node.hash, true);
            }
        }
    }

    /// Nodes that are known to live, or to have lived a moment ago: group and id.
    pub(crate) fn living(&self) -> Vec<(Box<str>, Box<str>)> {
        let living = self.nodes.iter().filter(|n| n.phase != Phase::Offline);
        living.map(|n| (n.group.clone(), n.id.clone())).collect()
    }

    /// Takes nodes for alive: they are asked for their births at the next connect.
    pub(crate) fn expect(&mut self, now: Ts, nodes: Vec<(Box<str>, Box<str>)>) {
        for (group, node) in nodes {
            self.find(Edge { group: &group, node: &node, device: None, kind: Kind::Data }, now);
        }
    }

    /// Whether a metric that was listed as unknown is a point now.
    pub(crate) fn knows(&self, asset: &str, metric: &str) -> bool {
        self.plant.asset(asset).and_then(|a| self.plant.point(a, metric)).is_some()
    }

    /// Nodes with their devices, and how many of them live.
    pub(crate) fn sources(&self) -> (u64, u64) {
        let (mut all, mut alive) = (0, 0);
        for node in &self.nodes {
            for source in std::iter::once(&node.own).chain(node.devices.values()) {
                all += 1;
                alive += u64::from(source.alive && node.phase == Phase::Online);
            }
        }
        (all, alive)
    }

    /// The node of a topic; a new one is taken in while there is room.
    fn find(&mut self, edge: Edge<'_>, now: Ts) -> Option<usize> {
        if let Some(at) = self.index.get(edge.group).and_then(|nodes| nodes.get(edge.node)) {
            return Some(*at);
        }
        if self.nodes.len() >= NODES {
            return None;
        }
        let node = Node::new(edge.group, edge.node, now);
        self.index.entry(edge.group.into()).or_default().insert(edge.node.into(), self.nodes.len());
        self.nodes.push(node);
        Some(self.nodes.len() - 1)
    }

    /// The asset a source may feed. One asset has one source: another that lives keeps it.
    fn claim(&mut self, at: usize, device: Option<&str>, out: Option<&mut Out>) -> Option<AssetId> {
        let node = &self.nodes[at];
        let name = self.plant.asset_name(&node.group, &node.id, device);
        let asset = self.plant.asset(&name)?;
        if let Some((other, part)) = self.owners.get(&asset)
            && (*other, part.as_deref()) != (at, device)
            && let Some(owner) = self.nodes.get(*other)
            && owner.source(part.as_deref()).is_some_and(|s| s.alive)
        {
            let fed = format!("asset {name} is fed by edge node {}/{} already", owner.group, owner.id);
            if let Some(out) = out {
                out.refuse(|| fed);
            }
            return None;
        }
        self.owners.insert(asset, (at, device.map(Into::into)));
        Some(asset)
    }
}

#[cfg(test)]
mod tests;
