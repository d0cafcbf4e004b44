//! Writes that were sent and are not yet seen in what the device reports.

use linepack_core::{PointId, Ts};

use super::super::proto::{self, Named};
use super::super::topic;
use super::Host;
use super::node::{Node, Phase};
use super::out::Out;
use super::source::Source;
use crate::ingest::WriteError;

/// Writes that wait for their value at the same time.
const WRITES: usize = 256;

/// A write on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The caller's number.
    pub(crate) id: u64,
    pub(crate) point: PointId,
    /// In the point's unit.
    pub(crate) value: f64,
    /// The device must report it by then.
    pub(crate) until: Ts,
}

/// A write that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) wanted: Wanted,
    /// Which node, and which device of it.
    pub(super) node: usize,
    pub(super) device: Option<Box<str>>,
    /// What was known when it was sent.
    pub(super) before: Option<(Ts, f64)>,
    /// How far the value reported may be from the one sent.
    pub(super) tolerance: f64,
}

impl Host {
    pub(super) fn write(&mut self, now: Ts, wanted: Wanted, out: &mut Out) -> Result<Sent, WriteError> {
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
}

impl Sent {
    /// What has come of it. RBE devices do not report a value that they had already: at the end that is good enough.
    pub(super) fn outcome(&self, nodes: &[Node], now: Ts) -> Option<Result<(), WriteError>> {
        let source = nodes.get(self.node).and_then(|n| n.source(self.device.as_deref()));
        let last = source.and_then(|s| last(s, self.wanted.point));
        let is_it = last.is_some_and(|(_, v)| (v - self.wanted.value).abs() <= self.tolerance);
        let news = last.is_some() && last != self.before;
        if is_it && news {
            return Some(Ok(()));
        }
        if now < self.wanted.until {
            return None;
        }
        Some(match last {
            Some(_) if is_it => Ok(()),
            Some((_, found)) if news => Err(WriteError::Unverified { found }),
            _ => Err(WriteError::NoAnswer("the device did not report the value in time".to_owned())),
        })
    }
}

/// Answers what has come to an end.
pub(super) fn settle(all: &mut Vec<Sent>, nodes: &[Node], now: Ts, out: &mut Out) {
    all.retain(|sent| match sent.outcome(nodes, now) {
        None => true,
        Some(outcome) => {
            out.written.push((sent.wanted.id, outcome));
            false
        }
    });
}

/// Gives up those that are meant, as nobody will report them any more.
pub(super) fn give_up(all: &mut Vec<Sent>, out: &mut Out, why: &str, meant: impl Fn(&Sent) -> bool) {
    all.retain(|sent| {
        if meant(sent) {
            out.written.push((sent.wanted.id, Err(WriteError::NoAnswer(why.to_owned()))));
            return false;
        }
        true
    });
}

/// Time and value of a point's newest report.
pub(super) fn last(source: &Source, point: PointId) -> Option<(Ts, f64)> {
    source.metrics.iter().find(|k| k.point == Some(point)).and_then(|k| k.last)
}
