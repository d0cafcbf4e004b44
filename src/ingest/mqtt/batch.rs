//! What messages become on their way to the engine.

use linepack_core::{Delivery, Input, PointId, Quality, Reason, Sample, Ts};

/// Values of one turn of the engine at most: commands and other links come between.
pub(crate) const TURN: usize = 4096;
/// Reasons kept of one message.
const REASONS: usize = 20;

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

    /// Notes why a part of the present message is of no use. Reasons are for people: of many the first are kept.
    pub(crate) fn refuse(&mut self, reason: String) {
        match self.refused.len() {
            n if n < REASONS => self.refused.push(reason),
            REASONS => self.refused.push("…".to_owned()),
            _ => {}
        }
    }

    /// Where the batch stands now.
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.samples.len(), self.refused.len())
    }

    /// Takes back values and reasons since a mark.
    pub(crate) fn rewind(&mut self, (samples, refused): (usize, usize)) {
        self.samples.truncate(samples);
        self.refused.truncate(refused);
    }

    /// Everything for the engine, values first.
    pub(crate) fn take(&mut self) -> Vec<Input> {
        let mut inputs = Vec::with_capacity(self.others.len() + 1);
        let mut samples = std::mem::take(&mut self.samples);
        while samples.len() > TURN {
            let rest = samples.split_off(TURN);
            inputs.push(Input::Samples(std::mem::replace(&mut samples, rest)));
        }
        if !samples.is_empty() {
            inputs.push(Input::Samples(samples));
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
