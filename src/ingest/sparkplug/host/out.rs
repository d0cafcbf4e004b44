//! What a step of the host brings.

use linepack_core::{AssetId, Input, Sample, Ts};

use super::super::adoption::Unknown;
use crate::ingest::WriteError;

/// Reasons kept of one message.
const REFUSED: usize = 8;

/// What is to be done, in order.
#[derive(Debug, Default)]
pub(crate) struct Out {
    inputs: Vec<Input>,
    samples: Vec<Sample>,
    /// To be published at QoS 0, not retained: topic and payload.
    pub(crate) publish: Vec<(String, Vec<u8>)>,
    /// Why a message, or a part of it, was of no use.
    pub(crate) refused: Vec<String>,
    /// Metrics that are no points.
    pub(crate) unknown: Vec<Unknown>,
    /// Writes that came to an end, by their number.
    pub(crate) written: Vec<(u64, Result<(), WriteError>)>,
    /// What happened how often.
    pub(crate) counts: Counts,
}

/// What happened how often, since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Sequence numbers that stayed missing.
    pub(crate) gaps: u64,
    /// Rebirths asked for.
    pub(crate) rebirths: u64,
    /// Messages that had come before.
    pub(crate) repeated: u64,
    /// Messages that nothing could be made of without a birth, and those older than it.
    pub(crate) dropped: u64,
}

impl Out {
    /// Notes why something was of no use; the first few say enough.
    pub(super) fn refuse(&mut self, why: impl FnOnce() -> String) {
        if self.refused.len() < REFUSED {
            self.refused.push(why());
        }
    }

    /// So many values are likely to come.
    pub(super) fn reserve(&mut self, values: usize) {
        self.samples.reserve(values);
    }

    /// A value.
    pub(super) fn sample(&mut self, sample: Sample) {
        self.samples.push(sample);
    }

    /// How many values there are.
    pub(super) fn mark(&self) -> usize {
        self.samples.len()
    }

    /// Takes back the values since a mark.
    pub(super) fn undo(&mut self, mark: usize) {
        self.samples.truncate(mark);
    }

    /// An asset came to life or died: what was read before stays before it.
    pub(super) fn device(&mut self, asset: AssetId, up: bool) {
        self.flush();
        self.inputs.push(Input::Device { asset, up });
    }

    fn flush(&mut self) {
        if !self.samples.is_empty() {
            self.inputs.push(Input::Samples(std::mem::take(&mut self.samples)));
        }
    }

    /// Everything for the engine, in order.
    pub(crate) fn take(&mut self) -> Vec<Input> {
        self.flush();
        std::mem::take(&mut self.inputs)
    }
}

/// The time of a message or metric; what cannot be one counts as left out.
pub(super) fn moment(ms: Option<u64>) -> Option<Ts> {
    ms.and_then(|ms| i64::try_from(ms).ok()).filter(|ms| (1..9_000_000_000_000_000).contains(ms)).map(Ts)
}
