//! What a detector has learned, as a plain value that a store can keep and a person can read.

use std::collections::BTreeMap;

use crate::Ts;

/// What a detector has learned. All it needs to go on where it stopped: `Detector::restore(spec, &detector.model())` is
/// the same detector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Of the form of the numbers; a detector starts anew from a model of another version.
    pub version: u16,
    /// [`DetectorKind::name`](super::DetectorKind::name).
    pub kind: String,
    /// Source time of the first sample learned from.
    pub learned_from: Option<Ts>,
    /// Source time of the last one.
    pub learned_to: Option<Ts>,
    /// Samples learned from.
    pub samples: u64,
    /// It judges, but learns no more.
    pub frozen: bool,
    /// Single numbers by name, in the unit of the point where they have one.
    pub numbers: BTreeMap<String, f64>,
    /// Rows of numbers by name, such as one a quarter of an hour of the day.
    pub profiles: BTreeMap<String, Vec<f64>>,
}

impl Model {
    /// The present form of the numbers.
    pub const VERSION: u16 = 1;

    pub(super) fn put(&mut self, name: &str, value: f64) {
        // what does not exist is left out: NaN is no number a store can keep
        if value.is_finite() {
            self.numbers.insert(name.into(), value);
        }
    }

    pub(super) fn put_all<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a f32>) {
        self.profiles.insert(name.into(), values.into_iter().map(|&v| f64::from(v)).collect());
    }

    pub(super) fn get(&self, name: &str) -> Option<f64> {
        self.numbers.get(name).copied().filter(|v| v.is_finite())
    }

    pub(super) fn or(&self, name: &str, otherwise: f64) -> f64 {
        self.get(name).unwrap_or(otherwise)
    }

    /// A row of exactly this length with finite numbers only.
    pub(super) fn row(&self, name: &str, length: usize) -> Option<&[f64]> {
        let row = self.profiles.get(name)?;
        (row.len() == length && row.iter().all(|v| v.is_finite())).then_some(row.as_slice())
    }
}
