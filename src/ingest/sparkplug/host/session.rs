//! The broker comes and goes, time passes: who has to be asked for its birth, and who counts as gone.

use linepack_core::Ts;

use super::super::{proto, topic};
use super::node::Phase;
use super::out::Out;
use super::{HELD, Host, writes};

/// Bytes of messages of all nodes together that wait for those before them.
const HELD_ALL: usize = 256 << 20;
/// A node that was asked for its birth and gives none for so long counts as gone, ms.
const ADRIFT: i64 = 30_000;
/// The broker is away: short breaks are not told, ms. When it stays away the link's own alarm comes first.
const BREAK: i64 = 2_000;
/// For so long after a connect requests are spread, ms.
pub(super) const FRESH: i64 = 30_000;

impl Host {
    pub(super) fn connected(&mut self, now: Ts) {
        (self.connected, self.away) = (now, None);
        for node in &mut self.nodes {
            if let Phase::Adrift { since } = &mut node.phase {
                *since = now;
                node.ask.want(now, node.hash, true);
            }
        }
    }

    pub(super) fn disconnected(&mut self, now: Ts, out: &mut Out) {
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

    pub(super) fn tick(&mut self, now: Ts, out: &mut Out) {
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

    /// The present birth is of no use any more.
    pub(super) fn lose(&mut self, at: usize, now: Ts, out: &mut Out) {
        let node = &mut self.nodes[at];
        out.counts.gaps += 1;
        out.counts.dropped += node.order.clear() as u64;
        node.phase = Phase::Adrift { since: now };
        self.ask_for(at, now);
    }

    pub(super) fn ask_for(&mut self, at: usize, now: Ts) {
        let fresh = now.0.saturating_sub(self.connected.0) < FRESH;
        let node = &mut self.nodes[at];
        node.ask.want(now, node.hash, fresh);
    }
}
