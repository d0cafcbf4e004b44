//! Why a detector says that something is wrong.

use std::sync::Arc;

use crate::detect::{Finding, Model};
use crate::{Millis, Ts};

/// What a detector saw when it raised an alarm, in the point's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// A word or two; empty where the alarm's kind says it all.
    pub why: Arc<str>,
    /// What the value should have been.
    pub expected: Option<f64>,
    /// Below it the value is odd.
    pub low: Option<f64>,
    /// Above it the value is odd.
    pub high: Option<f64>,
    /// How odd; 1 is the edge.
    pub score: f64,
    /// The time the judgement rests on.
    pub window: Millis,
    /// How much is behind the model, 0 to 1.
    pub confidence: f64,
    /// Source time of the first and the last sample learned from.
    pub learned: Option<(Ts, Ts)>,
    /// What was missing; empty for nothing.
    pub degraded: Arc<str>,
}

impl Evidence {
    pub(crate) fn of(finding: &Finding, model: &Model) -> Self {
        Self {
            why: finding.why.into(),
            expected: finding.expected,
            low: finding.low,
            high: finding.high,
            score: finding.score,
            window: finding.window,
            confidence: finding.confidence,
            learned: model.learned_from.zip(model.learned_to),
            degraded: finding.degraded.unwrap_or_default().into(),
        }
    }

    /// In few words, the reason of the journal's row: `jumped, expected 100.25, usual 99.50 to 101.00`.
    pub fn text(&self) -> String {
        let number = |v: f64| {
            let digits = if v.abs() >= 1000.0 { 0 } else { 2 };
            format!("{v:.digits$}")
        };
        let usual = match (self.low, self.high) {
            (Some(low), Some(high)) => format!("usual {} to {}", number(low), number(high)),
            (Some(low), None) => format!("usual above {}", number(low)),
            (None, Some(high)) => format!("usual below {}", number(high)),
            (None, None) => String::new(),
        };
        let expected = self.expected.map(|v| format!("expected {}", number(v))).unwrap_or_default();
        let parts = [self.why.to_string(), expected, usual];
        parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
