//! Samples that change nothing yet wait until there are several: the memory of a point's detectors is fetched once for all
//! of them, which is what a sample mostly costs where there are more points than the processor's cache holds.

use std::ops::Range;

use crate::{Ts, ahead};

use super::{Detectors, Slot, id};

/// Samples that wait at most: what fits into four cache lines.
const ROOM: usize = 21;

/// The samples of all points that their detectors have not looked at. Those that wait are good, all or none to be learned
/// from, in order, and older than what could change a finding, so that looking at them later comes to the same. One that
/// could change a finding ends the wait.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    inboxes: Vec<Inbox>,
    /// Of each inbox; a cache line of it is written for a sample, and all are read at once.
    rooms: Vec<Room>,
}

/// What tells whether a sample of a point may wait; 32 bytes.
#[derive(Clone, Copy, Debug)]
struct Inbox {
    /// Source time of the last sample that was looked at, milliseconds.
    base: i64,
    /// Source time of the newest sample, waiting or looked at, milliseconds.
    newest: i64,
    /// No sample before this source time can change a finding; [`RESTLESS`] where any may.
    calm: i64,
    /// The first slot of the point.
    from: u32,
    slots: u16,
    len: u8,
    flags: u8,
}

/// Bits of [`Inbox::flags`].
mod flag {
    /// What waits may be learned from.
    pub(super) const LEARN: u8 = 1;
    /// Some detector finds its condition true.
    pub(super) const FOUND: u8 = 2;
}

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Room([Waiting; ROOM]);

/// Packed: else a sample would take 16 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Waiting {
    /// Milliseconds since `base`.
    after: u32,
    value: f64,
}

const _: () = assert!(size_of::<Inbox>() == 32 && size_of::<Room>() == 256);

const RESTLESS: i64 = i64::MIN;

/// A sample that waits.
pub(super) struct Pushed {
    /// The detectors look now.
    pub(super) last: bool,
    /// Some detector finds its condition true before it, and with it unless it is the last.
    pub(super) found: bool,
}

/// Source times, milliseconds, and values of what waits, the oldest first.
pub(super) struct Batch {
    samples: [(i64, f64); ROOM],
    len: usize,
    /// They may be learned from.
    pub(super) learn: bool,
}

impl Batch {
    pub(super) fn samples(&self) -> &[(i64, f64)] {
        self.samples.get(..self.len).unwrap_or_default()
    }
}

impl Inbox {
    /// Milliseconds since the last sample that was looked at, where one of this time may be the next that waits.
    fn takes(&self, ts: Ts, learn: bool) -> Option<u32> {
        let like = self.len == 0 || self.is(flag::LEARN) == learn;
        let waits = like && self.newest < ts.0 && self.calm != RESTLESS && usize::from(self.len) < ROOM;
        if waits { u32::try_from(ts.0.wrapping_sub(self.base)).ok() } else { None }
    }

    /// The detectors will look when a sample of this time comes.
    fn is_due(&self, ts: Ts) -> bool {
        ts.0 >= self.calm || usize::from(self.len) + 1 >= ROOM
    }

    fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn set(&mut self, flag: u8, on: bool) {
        if on { self.flags |= flag } else { self.flags &= !flag }
    }

    fn slots(&self) -> Range<usize> {
        let from = self.from as usize;
        from..from + usize::from(self.slots)
    }
}

impl Inboxes {
    /// Bytes for a point.
    pub(super) const EACH: usize = size_of::<Inbox>() + size_of::<Room>();

    /// The place that the next point will have.
    pub(super) fn next(&self) -> u32 {
        id(self.inboxes.len())
    }

    /// One more, of the slots of a point; nothing waits.
    pub(super) fn add(&mut self, slots: Range<usize>) {
        let count = u16::try_from(slots.len()).unwrap_or(u16::MAX);
        let never = Inbox { base: 0, newest: 0, calm: RESTLESS, from: id(slots.start), slots: count, len: 0, flags: 0 };
        self.inboxes.push(never);
        self.rooms.push(Room([Waiting { after: 0, value: 0.0 }; ROOM]));
    }

    /// Whose samples wait.
    pub(super) fn slots(&self, place: usize) -> Range<usize> {
        self.inboxes.get(place).map(Inbox::slots).unwrap_or_default()
    }

    /// Lets a good sample wait, if it may.
    pub(super) fn push(&mut self, place: usize, ts: Ts, value: f64, learn: bool) -> Option<Pushed> {
        let inbox = self.inboxes.get_mut(place)?;
        let after = inbox.takes(ts, learn)?;
        *self.rooms.get_mut(place)?.0.get_mut(usize::from(inbox.len))? = Waiting { after, value };
        let last = inbox.is_due(ts);
        inbox.newest = ts.0;
        inbox.len += 1;
        inbox.set(flag::LEARN, learn);
        Some(Pushed { last, found: inbox.is(flag::FOUND) })
    }

    /// What waits.
    pub(super) fn waiting(&self, place: usize) -> Batch {
        let mut batch = Batch { samples: [(0, 0.0); ROOM], len: 0, learn: false };
        if let (Some(inbox), Some(room)) = (self.inboxes.get(place), self.rooms.get(place)) {
            (batch.len, batch.learn) = (usize::from(inbox.len).min(ROOM), inbox.is(flag::LEARN));
            for (one, waiting) in batch.samples.iter_mut().zip(room.0).take(batch.len) {
                *one = (inbox.base.saturating_add(i64::from(waiting.after)), waiting.value);
            }
        }
        batch
    }

    /// What the detectors knew is no more: each looks at the next sample.
    pub(super) fn disturb(&mut self, place: usize) {
        if let Some(inbox) = self.inboxes.get_mut(place) {
            inbox.calm = RESTLESS;
        }
    }

    /// Asks for what tells whether a sample of the point may wait.
    pub(super) fn fetch(&self, place: usize) {
        ahead::fetch_one(&self.inboxes, place);
    }

    /// Asks for what a sample of the point needs then. Whether the detectors will look at one of this time.
    pub(super) fn fetch_room(&self, place: usize, ts: Ts) -> bool {
        let (Some(inbox), Some(Room(room))) = (self.inboxes.get(place), self.rooms.get(place)) else { return false };
        ahead::fetch_one(room, usize::from(inbox.len));
        let due = inbox.is_due(ts);
        if due {
            // a line of cache holds five and a third
            room.iter().step_by(5).for_each(ahead::fetch);
        }
        due
    }
}

impl Slot {
    fn calm(&self) -> i64 {
        if self.plain { self.detector.calm() } else { RESTLESS }
    }
}

impl Detectors {
    /// The detectors of a point look at what waits for them. Whether any finds its condition true.
    pub(super) fn open(&mut self, place: usize) -> bool {
        let Some(inbox) = self.inboxes.inboxes.get(place).filter(|inbox| inbox.len > 0) else { return false };
        let (slots, newest) = (inbox.slots(), Ts(inbox.newest));
        let waiting = self.inboxes.waiting(place);
        let mut found = false;
        for slot in self.slots.get_mut(slots).unwrap_or_default() {
            if let Some(finding) = slot.detector.catch_up(waiting.samples(), waiting.learn) {
                found |= slot.note(newest, finding, waiting.learn);
            }
        }
        self.settle(place, newest);
        found
    }

    /// All was looked at, a sample of `ts` last: works out what may wait from now on.
    pub(super) fn settle(&mut self, place: usize, ts: Ts) {
        let Some(inbox) = self.inboxes.inboxes.get_mut(place) else { return };
        let slots = self.slots.get(inbox.slots()).unwrap_or_default();
        let calm = slots.iter().map(Slot::calm).min().unwrap_or(RESTLESS);
        inbox.set(flag::FOUND, slots.iter().any(|slot| slot.met == Some(true)));
        (inbox.base, inbox.newest, inbox.calm, inbox.len) = (ts.0, ts.0, calm, 0);
    }

    /// All detectors look at all that waits for them.
    pub(super) fn open_all(&mut self) {
        for place in 0..self.inboxes.inboxes.len() {
            self.open(place);
        }
    }
}
