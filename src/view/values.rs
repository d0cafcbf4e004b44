//! Current values in atomic slots: one writer (the engine), any number of readers, nobody waits.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

use linepack_core::{AssetId, Current, PointId, Quality, Registry, Ts};

/// One slot a point. A sequence lock: odd while being written.
#[derive(Debug)]
pub struct Values {
    slots: Vec<Slot>,
    /// Offset of each asset's source clock, milliseconds; [`UNKNOWN`].
    clocks: Vec<AtomicI64>,
}

const UNKNOWN: i64 = i64::MIN;

#[derive(Debug)]
struct Slot {
    version: AtomicU32,
    quality: AtomicU8,
    /// Counts the changes of its quality's class; never 0.
    classes: AtomicU16,
    value: AtomicU64,
    ts: AtomicI64,
    received: AtomicI64,
}

impl Values {
    /// Slots for the points of a site, nothing received yet.
    pub fn new(registry: &Registry) -> Self {
        let none = Current::NONE;
        let clocks = registry.assets.iter().map(|_| AtomicI64::new(UNKNOWN)).collect();
        let slots = (0..registry.points.len())
            .map(|_| Slot {
                version: AtomicU32::new(0),
                quality: AtomicU8::new(none.quality.code()),
                classes: AtomicU16::new(1),
                value: AtomicU64::new(none.value.to_bits()),
                ts: AtomicI64::new(none.ts.0),
                received: AtomicI64::new(none.received.0),
            })
            .collect();
        Self { slots, clocks }
    }

    /// Notes how a source's clock runs. Only the engine calls this.
    pub fn set_clock(&self, asset: AssetId, offset: Option<i64>) {
        if let Some(slot) = self.clocks.get(asset.index()) {
            slot.store(offset.unwrap_or(UNKNOWN), Ordering::Relaxed);
        }
    }

    /// Milliseconds the source's clock is behind; none where nothing tells.
    pub fn clock(&self, asset: AssetId) -> Option<i64> {
        self.clocks.get(asset.index()).map(|c| c.load(Ordering::Relaxed)).filter(|ms| *ms != UNKNOWN)
    }

    /// Writes a slot. Only the engine calls this.
    pub fn set(&self, point: PointId, now: Current) {
        let Some(slot) = self.slots.get(point.index()) else { return };
        let v = slot.version.load(Ordering::Relaxed);
        slot.version.store(v.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        let before = Quality::from_code(slot.quality.swap(now.quality.code(), Ordering::Relaxed));
        if before.class() != now.quality.class() {
            let classes = slot.classes.load(Ordering::Relaxed);
            slot.classes.store(classes.checked_add(1).unwrap_or(1), Ordering::Relaxed);
        }
        slot.value.store(now.value.to_bits(), Ordering::Relaxed);
        slot.ts.store(now.ts.0, Ordering::Relaxed);
        slot.received.store(now.received.0, Ordering::Relaxed);
        slot.version.store(v.wrapping_add(2), Ordering::Release);
    }

    /// Reads a slot, whole.
    pub fn get(&self, point: PointId) -> Current {
        let Some(slot) = self.slots.get(point.index()) else { return Current::NONE };
        loop {
            let before = slot.version.load(Ordering::Acquire);
            let now = Current {
                value: f64::from_bits(slot.value.load(Ordering::Relaxed)),
                quality: Quality::from_code(slot.quality.load(Ordering::Relaxed)),
                ts: Ts(slot.ts.load(Ordering::Relaxed)),
                received: Ts(slot.received.load(Ordering::Relaxed)),
            };
            fence(Ordering::Acquire);
            if before % 2 == 0 && slot.version.load(Ordering::Relaxed) == before {
                return now;
            }
            std::hint::spin_loop();
        }
    }

    /// Counts how often the quality of a point became of another class; never 0. Told after the value was set.
    pub fn classes(&self, point: PointId) -> u16 {
        self.slots.get(point.index()).map_or(1, |slot| slot.classes.load(Ordering::Relaxed))
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}
