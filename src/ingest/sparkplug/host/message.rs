//! A message of an edge node: read, put in its place, and what follows from it when its turn has come.

use linepack_core::Ts;

use super::super::payload::Payload;
use super::super::topic::{Edge, Kind};
use super::node::Phase;
use super::order::{Held, Place, fingerprint};
use super::out::{Out, moment};
use super::source::Fault;
use super::writes::{self, Sent};
use super::{Host, NODES};

impl Host {
    pub(super) fn message(&mut self, now: Ts, edge: Edge<'_>, bytes: &[u8], retained: bool, out: &mut Out) {
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
    pub(super) fn drain(&mut self, at: usize, now: Ts, out: &mut Out) {
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
    pub(super) fn apply(
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
}

/// Whether a message carries what was buffered.
fn is_historical(payload: &Payload<'_>) -> bool {
    payload.metrics().next().is_some_and(|m| m.is_ok_and(|m| m.historical))
}
