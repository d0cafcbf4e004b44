//! What messages become on their way to the engine.

use linepack_core::{Delivery, Input, PointId, Quality, Reason, Sample, Ts};

/// When and how a message came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    /// Arrival at the hub.
    pub(crate) at: Ts,
    /// The broker had kept it: old news.
    pub(crate) retained: bool,
}

/// Values and news read so far, and what could not be read of the present message.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Values, in order of arrival.
    pub(crate) samples: Vec<Sample>,
    /// Positions and statuses.
    pub(crate) others: Vec<Input>,
    /// Reasons why parts of the present message were refused.
    pub(crate) refused: Vec<String>,
}

impl Batch {
    /// Adds a value.
    pub(crate) fn push(&mut self, point: PointId, ts: Ts, value: f64, quality: Quality, receipt: Receipt) {
        let delivery = if receipt.retained { Delivery::Retained } else { Delivery::Live };
        self.samples.push(Sample { point, ts, received: receipt.at, value, quality, delivery });
    }

    /// Everything for the engine, values first.
    pub(crate) fn take(&mut self) -> Vec<Input> {
        let mut inputs = Vec::with_capacity(self.others.len() + 1);
        if !self.samples.is_empty() {
            inputs.push(Input::Samples(std::mem::take(&mut self.samples)));
        }
        inputs.append(&mut self.others);
        inputs
    }
}

/// From the wire's word.
pub(crate) fn quality(word: &str) -> Option<Quality> {
    match word {
        "good" => Some(Quality::Good),
        "uncertain" => Some(Quality::Uncertain(Reason::Unspecified)),
        "bad" => Some(Quality::Bad(Reason::Unspecified)),
        _ => None,
    }
}
