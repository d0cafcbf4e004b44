//! One measured value on its way in.

use crate::{PointId, Quality, Ts};

/// `(point, source time, value, quality)` with the time it reached the hub. Value in the point's unit, scaling already done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which point.
    pub point: PointId,
    /// Source time: when the device measured it.
    pub ts: Ts,
    /// When the hub received it.
    pub received: Ts,
    /// In the point's unit. NaN only with bad quality.
    pub value: f64,
    /// As the source or the link saw it; range and staleness are the core's work.
    pub quality: Quality,
    /// How it came.
    pub delivery: Delivery,
}

/// How a sample came, which decides what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Fresh: updates the current value, evaluated, annunciated.
    Live,
    /// A retained MQTT message: last known, never a fresh alarm and never resets the stale timer.
    Retained,
    /// Marked historical or too late: to the historian only; evaluated into the journal, never annunciated.
    Historical,
}
