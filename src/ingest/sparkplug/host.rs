//! The host application as a function: edge nodes with their births, deaths and sequence numbers. No clock, no socket, no
//! randomness; the same events give the same actions.

mod ask;
mod node;
mod order;
mod out;
mod source;
mod writes;

use std::collections::HashMap;

use linepack_core::{AssetId, Ts};

use ask::Budget;
use node::{Node, Phase};
use order::{Held, Place, fingerprint};
use out::moment;
pub(crate) use out::{Counts, Out};
use source::{BD_SEQ, Fault, Source};
use writes::Sent;
pub(crate) use writes::Wanted;

use super::payload::Payload;
use super::plant::Plant;
use super::proto::{self, Named};
use super::topic::{self, Edge, Kind};
use crate::ingest::WriteError;

/// Edge nodes that are followed.
const NODES: usize = 20_000;
/// Devices of one edge node.
const DEVICES: usize = 10_000;
/// Metrics of all births together.
const METRICS: usize = 3_000_000;
/// Bytes of messages of one node that wait for those before them.
const HELD: usize = 1 << 20;
/// The same of all nodes together.
const HELD_ALL: usize = 256 << 20;
/// Devices must be born this long after their node, ms.
const DEVICES_WITHIN: i64 = 5_000;
/// A node that was asked for its birth and gives none for so long counts as gone, ms.
const ADRIFT: i64 = 30_000;
/// The broker is away: short breaks are not told, ms. When it stays away the link's own alarm comes first.
const BREAK: i64 = 2_000;
/// For so long after a connect requests are spread, ms.
const FRESH: i64 = 30_000;
/// Writes that wait for their value at the same time.
const WRITES: usize = 256;

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
    index: HashMap<Box<str>, HashMap<Box<str>, usize>>,
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
            index: HashMap::new(),
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

    fn connected(&mut self, now: Ts) {
        (self.connected, self.away) = (now, None);
        for node in &mut self.nodes {
            if let Phase::Adrift { since } = &mut node.phase {
                *since = now;
                node.ask.want(now, node.hash, true);
            }
        }
    }

    fn disconnected(&mut self, now: Ts, out: &mut Out) {
        self.away.get_or_insert(now);
        for node in &mut self.nodes {
            node.order.clear();
            node.ask.due = None;
            if node.phase == Phase::Online {
                node.phase = Phase::Adrift { since: now };
            }
        }
        writes::give_up(&mut self.writes, out, "the connection to the broker broke", |_| true);
    }

    fn message(&mut self, now: Ts, edge: Edge<'_>, bytes: &[u8], retained: bool, out: &mut Out) {
        if edge.kind == Kind::Command {
            return;
        }
        let Some(at) = self.find(edge, now) else {
            out.refuse(|| format!("more than {NODES} edge nodes"));
            return;
        };
        if retained {
            out.refuse(|| "kept by the broker: it may be long past, a birth was asked for".to_owned());
            return self.ask_for(at, now);
        }
        let read = Payload::read(bytes).and_then(|payload| {
            let is_birth = edge.kind == Kind::Birth;
            if is_birth { payload.metrics().find_map(Result::err).map_or(Ok(payload), Err) } else { Ok(payload) }
        });
        let payload = match read {
            Ok(payload) => payload,
            Err(e) => {
                out.refuse(|| e.to_string());
                return self.ask_for(at, now);
            }
        };
        if (edge.kind, edge.device) == (Kind::Death, None) {
            return self.node_death(at, now, &payload, out);
        }
        let Some(seq) = payload.seq.and_then(|s| u8::try_from(s).ok()) else {
            out.refuse(|| "it has no sequence number from 0 to 255".to_owned());
            return self.ask_for(at, now);
        };
        let print = fingerprint(edge.kind, edge.device, bytes);
        if (edge.kind, edge.device) == (Kind::Birth, None) {
            self.node_birth(at, now, &payload, (seq, print), out);
            return self.drain(at, now, out);
        }
        let held = || Held {
            kind: edge.kind,
            device: edge.device.map(Into::into),
            payload: bytes.into(),
            sent: payload.ts,
            received: now,
        };
        let node = &mut self.nodes[at];
        if node.phase != Phase::Online {
            out.counts.dropped += 1;
            node.order.hold_early(seq, held(), self.room);
            return self.ask_for(at, now);
        }
        if payload.ts < node.sent && payload.ts.is_some() && !is_historical(&payload) {
            // from before the birth; if it is the node's clock that was set back, nothing more comes in order
            out.counts.dropped += 1;
            node.order.since.get_or_insert(now);
            return;
        }
        match node.order.place(seq, print) {
            Place::Again => out.counts.repeated += 1,
            Place::Next => {
                self.apply(at, now, edge.kind, edge.device, &payload, now, out);
                self.drain(at, now, out);
            }
            Place::Ahead => {
                if self.reorder == 0 || !node.order.hold(seq, held(), now, self.room) {
                    self.lose(at, now, out);
                }
            }
        }
    }

    /// Works off messages that waited.
    fn drain(&mut self, at: usize, now: Ts, out: &mut Out) {
        while self.nodes[at].phase == Phase::Online
            && let Some(held) = self.nodes[at].order.take(now)
        {
            // it was read once already
            if let Ok(payload) = Payload::read(&held.payload) {
                self.apply(at, now, held.kind, held.device.as_deref(), &payload, held.received, out);
            }
        }
    }

    /// One message in its turn.
    #[expect(clippy::too_many_arguments, reason = "a message and its circumstances")]
    fn apply(
        &mut self,
        at: usize,
        now: Ts,
        kind: Kind,
        device: Option<&str>,
        payload: &Payload<'_>,
        received: Ts,
        out: &mut Out,
    ) {
        if let (Kind::Birth, Some(device)) = (kind, device) {
            return self.device_birth(at, now, device, payload, received, out);
        }
        let node = &mut self.nodes[at];
        let source = match device {
            None => Some(&mut node.own),
            Some(device) => node.devices.get_mut(device).filter(|d| d.alive && d.due.is_none()),
        };
        let Some(source) = source else {
            if kind == Kind::Data {
                out.refuse(|| "data of a device before its birth".to_owned());
                self.ask_for(at, now);
            }
            return;
        };
        if kind == Kind::Death {
            source.died(moment(payload.ts), received, out);
            let gone = |s: &Sent| s.node == at && s.device.as_deref() == device;
            return writes::give_up(&mut self.writes, out, "the device went offline", gone);
        }
        match source.data(payload, received, out) {
            Ok(()) => {}
            Err(Fault::Malformed(e)) => {
                out.refuse(|| e.to_string());
                self.ask_for(at, now);
            }
            Err(Fault::Unknown) => {
                out.refuse(|| "a metric that was not in the birth".to_owned());
                self.ask_for(at, now);
            }
        }
    }

    fn node_birth(&mut self, at: usize, now: Ts, payload: &Payload<'_>, (seq, print): (u8, u64), out: &mut Out) {
        let bd_seq = bd_seq(payload);
        let node = &mut self.nodes[at];
        if node.phase == Phase::Online && bd_seq == node.bd_seq {
            if print == node.print {
                out.counts.repeated += 1;
                return;
            }
            if payload.ts.is_some() && payload.ts < node.sent {
                out.counts.dropped += 1;
                node.order.since.get_or_insert(now);
                return;
            }
        }
        node.phase = Phase::Online;
        (node.bd_seq, node.print, node.sent) = (bd_seq, print, payload.ts);
        node.order.restart(seq, payload.ts);
        node.ask.answered();
        let due = Ts(now.0.saturating_add(DEVICES_WITHIN));
        for device in node.devices.values_mut().filter(|d| d.alive) {
            device.due = Some(due);
            node.devices_due = Some(due);
        }
        self.born(at, None, payload, now, out);
    }

    fn device_birth(&mut self, at: usize, now: Ts, device: &str, payload: &Payload<'_>, received: Ts, out: &mut Out) {
        let node = &mut self.nodes[at];
        if !node.devices.contains_key(device) {
            if node.devices.len() >= DEVICES {
                out.refuse(|| format!("more than {DEVICES} devices"));
                return;
            }
            node.devices.insert(device.into(), Source::default());
        }
        if payload.metrics().any(|m| m.is_err()) {
            out.refuse(|| "a birth that cannot be read".to_owned());
            return self.ask_for(at, now);
        }
        self.born(at, Some(device), payload, received, out);
    }

    fn born(&mut self, at: usize, device: Option<&str>, payload: &Payload<'_>, received: Ts, out: &mut Out) {
        let asset = self.claim(at, device, Some(out));
        let node = &mut self.nodes[at];
        let who = source::Who { group: &node.group, node: &node.id, device };
        let source = match device {
            None => Some(&mut node.own),
            Some(device) => node.devices.get_mut(device),
        };
        let Some(source) = source else { return };
        self.metrics -= source.metrics.len();
        if self.metrics + payload.metrics().count() > METRICS {
            *source = Source::default();
            out.refuse(|| format!("more than {METRICS} metrics"));
            return;
        }
        source.born(who, payload, asset, received, &self.plant, out);
        self.metrics += source.metrics.len();
    }

    fn node_death(&mut self, at: usize, now: Ts, payload: &Payload<'_>, out: &mut Out) {
        let told = bd_seq(payload);
        let node = &mut self.nodes[at];
        match node.phase {
            // the second of two, or a will besides the node's own
            Phase::Offline => return,
            // of an earlier connection: the broker noticed its end after the node had come back
            Phase::Online if told.is_some() && node.bd_seq.is_some() && told != node.bd_seq => {
                out.counts.dropped += 1;
                return;
            }
            _ => {}
        }
        let doubtful = told.is_none() && node.phase == Phase::Online && node.bd_seq.is_some();
        node.phase = Phase::Offline;
        node.order.clear();
        node.ask.due = None;
        node.dies(out);
        writes::give_up(&mut self.writes, out, "the edge node went offline", |s| s.node == at);
        if doubtful {
            // it does not say which connection ended; a node that lives answers
            self.ask_for(at, now);
        }
    }

    /// The present birth is of no use any more.
    fn lose(&mut self, at: usize, now: Ts, out: &mut Out) {
        let node = &mut self.nodes[at];
        out.counts.gaps += 1;
        out.counts.dropped += node.order.clear() as u64;
        node.phase = Phase::Adrift { since: now };
        self.ask_for(at, now);
    }

    fn ask_for(&mut self, at: usize, now: Ts) {
        let fresh = now.0.saturating_sub(self.connected.0) < FRESH;
        let node = &mut self.nodes[at];
        node.ask.want(now, node.hash, fresh);
    }

    fn tick(&mut self, now: Ts, out: &mut Out) {
        if let Some(away) = self.away {
            if now.0.saturating_sub(away.0) >= BREAK {
                self.nodes.iter_mut().for_each(|node| node.dies(out));
            }
            return;
        }
        let mut waiting = 0;
        for at in 0..self.nodes.len() {
            let node = &mut self.nodes[at];
            waiting += node.order.bytes;
            match node.phase {
                Phase::Online if node.order.since.is_some_and(|since| now.0 - since.0 >= self.reorder) => {
                    self.lose(at, now, out);
                }
                Phase::Adrift { since } if now.0.saturating_sub(since.0) >= ADRIFT => node.dies(out),
                _ => {}
            }
            let node = &mut self.nodes[at];
            if node.devices_due.is_some_and(|due| due <= now) {
                node.overdue(now, out);
            }
            if node.ask.due.is_some_and(|due| due <= now) && self.budget.take(now) {
                node.ask.asked(now, node.hash);
                out.counts.rebirths += 1;
                out.publish.push((topic::command(&node.group, &node.id, None), proto::rebirth(now)));
            }
        }
        self.room = if waiting < HELD_ALL { HELD } else { 0 };
    }

    fn write(&mut self, now: Ts, wanted: Wanted, out: &mut Out) -> Result<Sent, WriteError> {
        let registry = &self.plant.registry;
        let no = |why: &str| WriteError::NotWritable(why.to_owned());
        let down = |why: &str| WriteError::Down(why.to_owned());
        let point = registry.points.get(wanted.point.index()).ok_or(WriteError::Outdated)?;
        if !self.plant.may_write(wanted.point) {
            return Err(no("its template point does not say sparkplug_write = true"));
        }
        if self.away.is_some() {
            return Err(down("the broker is away"));
        }
        if self.writes.len() >= WRITES {
            return Err(WriteError::Busy);
        }
        let (at, device) =
            self.owners.get(&point.asset).cloned().ok_or_else(|| down("no edge node has announced it"))?;
        let node =
            self.nodes.get(at).filter(|n| n.phase == Phase::Online).ok_or_else(|| down("the edge node is offline"))?;
        let source = node.source(device.as_deref()).filter(|s| s.alive && s.due.is_none());
        let source = source.ok_or_else(|| down("the device is offline"))?;
        let known = source.metrics.iter().find(|k| k.point == Some(wanted.point));
        let known = known.ok_or_else(|| no("the device's birth has no such metric"))?;
        if known.read_only {
            return Err(no("the device says that it is read-only"));
        }
        let raw = known.datatype.encode(wanted.value).map_err(WriteError::NotWritable)?;
        let metric = known.alias.map_or_else(|| Named::Name(known.name.clone()), Named::Alias);
        let deadband = registry.point_type(point).deadband;
        out.publish.push((
            topic::command(&node.group, &node.id, device.as_deref()),
            proto::command(now, metric, known.datatype.code(), raw),
        ));
        // single precision keeps some seven digits
        let tolerance = deadband.max(wanted.value.abs() * 1e-6);
        Ok(Sent { wanted, node: at, before: known.last, device, tolerance })
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

fn bd_seq(payload: &Payload<'_>) -> Option<u64> {
    use super::payload::Raw;
    payload.metrics().filter_map(Result::ok).find(|m| m.name == Some(BD_SEQ)).and_then(|m| match m.value {
        Raw::Int(n) => Some(u64::from(n)),
        Raw::Long(n) => Some(n),
        _ => None,
    })
}

/// Whether a message carries what was buffered.
fn is_historical(payload: &Payload<'_>) -> bool {
    payload.metrics().next().is_some_and(|m| m.is_ok_and(|m| m.historical))
}

#[cfg(test)]
mod tests;
