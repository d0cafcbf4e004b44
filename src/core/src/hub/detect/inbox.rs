//! Samples that change nothing yet wait until there are several: the memory of a point's detectors is fetched once for all
//! of them, which is what a sample mostly costs where there are more points than the processor's cache holds.

use std::ops::Range;

use crate::Ts;

use super::{Detectors, Slot};

/// Samples that wait at most.
const ROOM: usize = 8;

/// The newest samples of a point that its detectors have not looked at; 128 bytes. All are good, learned from, in order, and
/// older than what could change a finding, so that looking at them later comes to the same.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Inbox {
    /// Source time of the last sample that was looked at, milliseconds.
    base: i64,
    /// No sample before this source time can change a finding; [`RESTLESS`] where any may.
    calm: i64,
    from: u32,
    to: u32,
    len: u32,
    /// Milliseconds since `base`.
    after: [u32; ROOM],
    values: [f64; ROOM],
}

const _: () = assert!(size_of::<Inbox>() == 128);

const RESTLESS: i64 = i64::MIN;

impl Inbox {
    /// Of the slots of a point; nothing waits.
    pub(super) fn of(slots: Range<u32>) -> Self {
        let Range { start: from, end: to } = slots;
        Self { base: RESTLESS, calm: RESTLESS, from, to, len: 0, after: [0; ROOM], values: [0.0; ROOM] }
    }

    /// Whose samples wait.
    pub(super) fn slots(&self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    /// A sample of this time can wait.
    pub(super) fn takes(&self, ts: Ts) -> bool {
        self.newest() < ts.0 && ts.0 < self.calm && since(self.base, ts).is_some() && !self.is_full()
    }

    /// Lets a sample wait that it takes.
    pub(super) fn push(&mut self, ts: Ts, value: f64) {
        let n = self.len as usize;
        if let (Some(a), Some(v), Some(after)) = (self.after.get_mut(n), self.values.get_mut(n), since(self.base, ts)) {
            (*a, *v) = (after, value);
            self.len += 1;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len as usize == ROOM
    }

    /// What the detectors knew is no more: each looks at the next sample.
    pub(super) fn disturb(&mut self) {
        self.calm = RESTLESS;
    }

    /// The detectors will look when a sample of this time comes.
    pub(super) fn is_due(&self, ts: Ts) -> bool {
        ts.0 >= self.calm || self.len as usize + 1 >= ROOM
    }

    /// Source times and values of what waits, the oldest first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (i64, f64)> {
        let (base, after, values) = (self.base, self.after, self.values);
        let all = after.into_iter().zip(values).take(self.len as usize);
        all.map(move |(after, value)| (base.saturating_add(i64::from(after)), value))
    }

    /// Source time of the newest sample, waiting or looked at.
    fn newest(&self) -> i64 {
        let after = self.len.checked_sub(1).and_then(|n| self.after.get(n as usize)).copied().unwrap_or(0);
        self.base.saturating_add(i64::from(after))
    }
}

fn since(base: i64, ts: Ts) -> Option<u32> {
    ts.0.checked_sub(base).and_then(|after| u32::try_from(after).ok())
}

impl Slot {
    fn calm(&self) -> i64 {
        if self.plain && self.met != Some(true) { self.detector.calm() } else { RESTLESS }
    }
}

impl Detectors {
    /// The detectors of a point look at what waits for them. Whether any finds its condition true.
    pub(super) fn open(&mut self, place: usize) -> bool {
        let Some(inbox) = self.inboxes.get_mut(place).filter(|inbox| inbox.len > 0) else { return false };
        let waiting = *inbox;
        inbox.len = 0;
        let mut found = false;
        for slot in self.slots.get_mut(waiting.slots()).unwrap_or_default() {
            if let Some(finding) = slot.detector.catch_up(waiting.waiting()) {
                found |= slot.note(Ts(waiting.newest()), finding, true);
            }
        }
        self.settle(place, Ts(waiting.newest()));
        found
    }

    /// Works out what may wait from now on; a sample of `ts` was looked at last.
    pub(super) fn settle(&mut self, place: usize, ts: Ts) {
        let Some(inbox) = self.inboxes.get_mut(place) else { return };
        let slots = self.slots.get(inbox.slots()).unwrap_or_default();
        (inbox.base, inbox.calm) = (ts.0, slots.iter().map(Slot::calm).min().unwrap_or(RESTLESS));
    }

    /// All detectors look at all that waits for them.
    pub(super) fn open_all(&mut self) {
        for place in 0..self.inboxes.len() {
            self.open(place);
        }
    }
}
