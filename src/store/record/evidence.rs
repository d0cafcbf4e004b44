//! What spoke for an alarm.

use linepack_core::alarm::Evidence;
use linepack_core::{Millis, Ts};
use serde::{Deserialize, Serialize};

use super::text;

/// [`Evidence`] as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct EvidenceRecord {
    why: String,
    expected: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    score: f64,
    window_ms: i64,
    confidence: f64,
    learned_ms: Option<(i64, i64)>,
    degraded: String,
}

pub(super) fn evidence_record(e: &Evidence) -> EvidenceRecord {
    EvidenceRecord {
        why: text(&e.why),
        expected: e.expected,
        low: e.low,
        high: e.high,
        score: e.score,
        window_ms: e.window.0,
        confidence: e.confidence,
        learned_ms: e.learned.map(|(from, to)| (from.ms(), to.ms())),
        degraded: text(&e.degraded),
    }
}

impl EvidenceRecord {
    pub(super) fn restore(&self) -> Evidence {
        Evidence {
            why: self.why.as_str().into(),
            expected: self.expected,
            low: self.low,
            high: self.high,
            score: self.score,
            window: Millis(self.window_ms),
            confidence: self.confidence,
            learned: self.learned_ms.map(|(from, to)| (Ts(from), Ts(to))),
            degraded: self.degraded.as_str().into(),
        }
    }
}
