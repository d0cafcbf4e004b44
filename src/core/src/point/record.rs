//! The hot record of a point: one cache line decides what most samples do.

use crate::{Current, Quality, Reason, Ts};

/// Bits of [`Record::flags`].
pub(crate) mod flag {
    /// The device or its link does not answer: silence and bad quality are no news.
    pub(crate) const DOWN: u8 = 1;
    /// An alarm of the point is raised or has a delay running: every sample must be looked at.
    pub(crate) const WATCH: u8 = 2;
    /// The stale wheel holds an entry for the point.
    pub(crate) const TIMED: u8 = 4;
    /// Some calculated point or total reads it.
    pub(crate) const FEEDS: u8 = 8;
    /// Not read from a device: whether one answers is nothing to it.
    pub(crate) const APART: u8 = 16;
    /// A substitute stands for it.
    pub(crate) const SUBSTITUTED: u8 = 32;
    /// Its samples tell how the clock of the source runs.
    pub(crate) const CLOCK: u8 = 64;
    /// Detectors look at its samples.
    pub(crate) const DETECT: u8 = 128;
    /// What the registry says, in contrast to what happened.
    pub(crate) const FIXED: u8 = FEEDS | APART | CLOCK | DETECT;
}

/// A point's present; 48 bytes, dense, by [`PointId`](crate::PointId).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) value: f64,
    /// Source time; [`Record::NEVER`] before the first value.
    pub(crate) ts: i64,
    pub(crate) received: i64,
    /// The value last reported to screens.
    pub(crate) shown: f64,
    /// Hub time of the last fresh news, for the stale timer.
    pub(crate) heard: i64,
    /// Index into the compiled point types.
    pub(crate) kind: u32,
    /// As [`Quality::code`].
    pub(crate) quality: u8,
    pub(crate) flags: u8,
}

const _: () = assert!(size_of::<Record>() == 48);

impl Record {
    /// Source time of a point that has no value.
    pub(crate) const NEVER: i64 = i64::MIN;

    pub(crate) fn new(kind: u32) -> Self {
        Self {
            value: f64::NAN,
            ts: Self::NEVER,
            received: 0,
            shown: f64::NAN,
            heard: 0,
            kind,
            quality: Quality::Bad(Reason::NotReceived).code(),
            flags: 0,
        }
    }

    pub(crate) fn quality(&self) -> Quality {
        Quality::from_code(self.quality)
    }

    pub(crate) fn is_good(&self) -> bool {
        self.quality >> 4 == 0
    }

    pub(crate) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn set(&mut self, flag: u8, on: bool) {
        if on { self.flags |= flag } else { self.flags &= !flag }
    }

    /// As readers see it.
    pub(crate) fn current(&self) -> Current {
        let ts = if self.ts == Self::NEVER { 0 } else { self.ts };
        Current { value: self.value, quality: self.quality(), ts: Ts(ts), received: Ts(self.received) }
    }

    /// Takes a value as it was saved.
    pub(crate) fn restore(&mut self, saved: Current) {
        (self.value, self.shown) = (saved.value, saved.value);
        (self.ts, self.received) = (saved.ts.0, saved.received.0);
        self.quality = saved.quality.code();
    }
}
