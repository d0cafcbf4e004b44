//! Births and deaths: what a node and its devices have, and that they are gone.

use linepack_core::Ts;

use super::super::payload::{Payload, Raw};
use super::node::Phase;
use super::out::Out;
use super::source::{self, BD_SEQ, Source};
use super::{Host, writes};

/// Devices of one edge node.
const DEVICES: usize = 10_000;
/// Metrics of all births together.
const METRICS: usize = 3_000_000;
/// Devices must be born this long after their node, ms.
const DEVICES_WITHIN: i64 = 5_000;

impl Host {
    pub(super) fn node_birth(
        &mut self,
        at: usize,
        now: Ts,
        payload: &Payload<'_>,
        (seq, print): (u8, u64),
        out: &mut Out,
    ) {
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

    pub(super) fn device_birth(
        &mut self,
        at: usize,
        now: Ts,
        device: &str,
        payload: &Payload<'_>,
        received: Ts,
        out: &mut Out,
    ) {
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

    pub(super) fn born(&mut self, at: usize, device: Option<&str>, payload: &Payload<'_>, received: Ts, out: &mut Out) {
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

    pub(super) fn node_death(&mut self, at: usize, now: Ts, payload: &Payload<'_>, out: &mut Out) {
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
}

fn bd_seq(payload: &Payload<'_>) -> Option<u64> {
    payload.metrics().filter_map(Result::ok).find(|m| m.name == Some(BD_SEQ)).and_then(|m| match m.value {
        Raw::Int(n) => Some(u64::from(n)),
        Raw::Long(n) => Some(n),
        _ => None,
    })
}
