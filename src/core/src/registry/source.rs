//! Where a point's values come from.

use std::sync::Arc;

use crate::Millis;
use crate::calc::Formula;

/// Where a point's values come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PointSource {
    /// A device, or whoever posts samples.
    #[default]
    Device,
    /// Calculated from other points.
    Calc(Arc<Formula>),
    /// Summed up from a point of the same asset.
    Total(TotalSpec),
    /// Entered by people.
    Manual,
}

/// A running total.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalSpec {
    /// Name of the point that is summed up.
    pub of: Arc<str>,
    /// How.
    pub by: TotalBy,
}

/// How a total grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TotalBy {
    /// The point is a rate: trapezoids between good values.
    Rate {
        /// The time unit of the rate: an hour for m³/h.
        per: Millis,
        /// Good values further apart than this are a gap, over which nothing is added.
        max_gap: Millis,
    },
    /// The point is a counter of the device: its increments.
    Counter {
        /// The greatest number it shows before it begins again at 0; none: it starts again only when it is reset.
        rollover: Option<f64>,
    },
}

impl PointSource {
    /// Whether a device, or somebody in its place, must speak for it to have news.
    pub const fn is_device(&self) -> bool {
        matches!(self, Self::Device)
    }

    /// Who speaks for it in place of a device, as a reason not to take values from elsewhere.
    pub const fn other_voice(&self) -> Option<&'static str> {
        match self {
            Self::Device => None,
            Self::Calc(_) => Some("the hub calculates it"),
            Self::Total(_) => Some("the hub keeps this total"),
            Self::Manual => Some("people enter it, with a reason"),
        }
    }
}
