//! Current values in atomic slots: one writer (the engine), any number of readers, nobody waits.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering, fence};

use linepack_core::{Current, PointId, Quality, Ts};

/// One slot a point. A sequence lock: odd while being written.
#[derive(Debug)]
pub struct Values(Vec<Slot>);

#[derive(Debug)]
struct Slot {
    version: AtomicU32,
    quality: AtomicU8,
    value: AtomicU64,
    ts: AtomicI64,
    received: AtomicI64,
}

impl Values {
    /// Slots for `points` points, nothing received yet.
    pub fn new(points: usize) -> Self {
        let none = Current::NONE;
        Self(
            (0..points)
                .map(|_| Slot {
                    version: AtomicU32::new(0),
                    quality: AtomicU8::new(none.quality.code()),
                    value: AtomicU64::new(none.value.to_bits()),
                    ts: AtomicI64::new(none.ts.0),
                    received: AtomicI64::new(none.received.0),
                })
                .collect(),
        )
    }

    /// Writes a slot. Only the engine calls this.
    pub fn set(&self, point: PointId, now: Current) {
        let Some(slot) = self.0.get(point.index()) else { return };
        let v = slot.version.load(Ordering::Relaxed);
        slot.version.store(v.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        slot.quality.store(now.quality.code(), Ordering::Relaxed);
        slot.value.store(now.value.to_bits(), Ordering::Relaxed);
        slot.ts.store(now.ts.0, Ordering::Relaxed);
        slot.received.store(now.received.0, Ordering::Relaxed);
        slot.version.store(v.wrapping_add(2), Ordering::Release);
    }

    /// Reads a slot, whole.
    pub fn get(&self, point: PointId) -> Current {
        let Some(slot) = self.0.get(point.index()) else { return Current::NONE };
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

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
