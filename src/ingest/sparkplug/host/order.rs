//! Messages of one edge node in the order of their sequence numbers, whatever order they arrive in.

use std::collections::BTreeMap;

use linepack_core::Ts;

use super::super::topic::Kind;

/// Fingerprints of messages that are remembered, to tell a repeated message from a gap.
const RECENT: usize = 16;
/// Messages that may wait while the node has no birth yet.
const EARLY: usize = 64;

/// A message that waits for the ones before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) device: Option<Box<str>>,
    pub(super) payload: Box<[u8]>,
    /// When it was sent, as it says itself.
    pub(super) sent: Option<u64>,
    pub(super) received: Ts,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the next.
    Next,
    /// It has been here before.
    Again,
    /// Some before it are missing.
    Ahead,
}

/// The order of one node's messages.
#[derive(Debug, Default)]
pub(super) struct Order {
    next: u8,
    held: BTreeMap<u8, Held>,
    /// Bytes that wait.
    pub(super) bytes: usize,
    /// Since when something has been missing.
    pub(super) since: Option<Ts>,
    recent: [Option<(u8, u64)>; RECENT],
    at: usize,
}

impl Order {
    /// Counts on from a birth. What came before it, though sent after it, stays.
    pub(super) fn restart(&mut self, seq: u8, sent: Option<u64>) {
        self.next = seq.wrapping_add(1);
        self.recent = [None; RECENT];
        self.since = None;
        self.held.retain(|_, held| sent.is_some() && held.sent.is_some() && held.sent >= sent);
        self.bytes = self.held.values().map(|h| h.payload.len()).sum();
    }

    /// Where a message stands; the next one is taken as handled.
    pub(super) fn place(&mut self, seq: u8, print: u64) -> Place {
        if self.recent.contains(&Some((seq, print))) {
            return Place::Again;
        }
        if seq != self.next {
            return Place::Ahead;
        }
        self.pass(seq, print);
        Place::Next
    }

    /// Keeps a message until those before it came. False: there is another message with its number, or no room.
    pub(super) fn hold(&mut self, seq: u8, held: Held, now: Ts, room: usize) -> bool {
        if let Some(there) = self.held.get(&seq) {
            // a repeated one is the same to the byte
            return there.payload == held.payload && there.kind == held.kind && there.device == held.device;
        }
        if self.bytes + held.payload.len() > room {
            return false;
        }
        self.bytes += held.payload.len();
        self.held.insert(seq, held);
        self.since.get_or_insert(now);
        true
    }

    /// Keeps a message of a node that has no birth: the birth may be behind it.
    pub(super) fn hold_early(&mut self, seq: u8, held: Held, room: usize) {
        if self.held.len() >= EARLY || self.bytes + held.payload.len() > room {
            self.clear();
        }
        if held.payload.len() <= room {
            self.bytes += held.payload.len();
            if let Some(before) = self.held.insert(seq, held) {
                self.bytes -= before.payload.len();
            }
        }
    }

    /// The next of those that waited.
    pub(super) fn take(&mut self, now: Ts) -> Option<Held> {
        let held = self.held.remove(&self.next);
        match &held {
            Some(held) => {
                self.bytes -= held.payload.len();
                let print = fingerprint(held.kind, held.device.as_deref(), &held.payload);
                self.pass(self.next, print);
                // the gap is filled; another one counts from now
                self.since = None;
            }
            None if self.held.is_empty() => self.since = None,
            None => _ = self.since.get_or_insert(now),
        }
        held
    }

    /// Forgets what waits; how many there were.
    pub(super) fn clear(&mut self) -> usize {
        self.since = None;
        self.bytes = 0;
        std::mem::take(&mut self.held).len()
    }

    fn pass(&mut self, seq: u8, print: u64) {
        self.next = seq.wrapping_add(1);
        self.recent[self.at] = Some((seq, print));
        self.at = (self.at + 1) % RECENT;
    }
}

/// Tells messages apart: a checksum, the length, and what the topic says.
pub(super) fn fingerprint(kind: Kind, device: Option<&str>, payload: &[u8]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind as u8]);
    hasher.update(device.unwrap_or_default().as_bytes());
    hasher.update(payload);
    u64::from(hasher.finalize()) << 32 | (payload.len() as u64 & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(text: &str, sent: u64) -> Held {
        let payload = text.as_bytes().into();
        Held { kind: Kind::Data, device: None, payload, sent: Some(sent), received: Ts(0) }
    }

    #[test]
    fn numbers_wrap_and_a_gap_is_filled_in_any_order() {
        let mut order = Order::default();
        order.restart(254, None);
        assert_eq!(order.place(255, 1), Place::Next);
        assert_eq!(order.place(0, 2), Place::Next);
        assert_eq!(order.place(3, 3), Place::Ahead);
        assert!(order.hold(3, held("c", 3), Ts(10), 100));
        assert!(order.hold(2, held("b", 2), Ts(20), 100));
        assert_eq!(order.since, Some(Ts(10)));
        assert_eq!(order.take(Ts(30)), None);
        assert_eq!(order.place(1, 4), Place::Next);
        assert_eq!(order.take(Ts(30)).map(|h| h.payload), Some(b"b".as_slice().into()));
        assert_eq!(order.take(Ts(30)).map(|h| h.payload), Some(b"c".as_slice().into()));
        assert_eq!((order.take(Ts(30)), order.since), (None, None));
    }

    #[test]
    fn a_second_gap_has_its_own_time() {
        let mut order = Order::default();
        order.restart(0, None);
        assert!(order.hold(2, held("b", 2), Ts(10), 100));
        assert!(order.hold(4, held("d", 4), Ts(11), 100));
        assert_eq!(order.place(1, 1), Place::Next);
        assert!(order.take(Ts(50)).is_some());
        assert!(order.take(Ts(50)).is_none());
        assert_eq!(order.since, Some(Ts(50)));
    }

    #[test]
    fn a_repeated_message_is_no_gap() {
        let mut order = Order::default();
        order.restart(0, None);
        assert_eq!(order.place(1, 7), Place::Next);
        assert_eq!(order.place(1, 7), Place::Again);
        assert_eq!(order.place(1, 8), Place::Ahead);
        assert!(order.hold(5, held("e", 5), Ts(0), 100));
        assert!(order.hold(5, held("e", 5), Ts(0), 100));
        assert!(!order.hold(5, held("x", 5), Ts(0), 100));
        assert!(!order.hold(6, held("far too long", 5), Ts(0), 4));
    }

    #[test]
    fn a_birth_keeps_only_what_was_sent_after_it() {
        let mut order = Order::default();
        order.hold_early(1, held("old", 9), 100);
        order.hold_early(2, held("new", 10), 100);
        order.restart(1, Some(10));
        assert_eq!(order.take(Ts(0)).map(|h| h.payload), Some(b"new".as_slice().into()));
        for seq in 0..=255 {
            order.hold_early(seq, held("x", 1), 1000);
        }
        assert!(order.clear() <= EARLY);
    }
}
