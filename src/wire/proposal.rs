//! What would help an alarm that comes too often, tried on the history.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET /alarms/{id}/proposals`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Proposals {
    /// Alarm id.
    pub alarm: String,
    /// Inclusive.
    pub from_ms: i64,
    /// Exclusive.
    pub to_ms: i64,
    /// Samples of the history that were replayed.
    pub samples: u64,
    /// Activations as the alarm is set now, replayed and damped too.
    pub activations: u64,
    /// Of them, those that are shown anew: the others come while the alarm is held for chattering.
    pub annunciations: u64,
    /// Those that mattered: they stood for longer than `true_after_s`, opened an incident, or a command of the asset followed.
    pub true_alarms: u64,
    /// Seconds.
    pub true_after_s: f64,
    /// Ways that were tried.
    pub tried: u64,
    /// Of them, how many would have lost a true alarm.
    pub losing: u64,
    /// What limits the answer; empty where nothing does.
    pub note: String,
    /// Ways that lose no true alarm and spare the operator some, best first.
    pub items: Vec<Proposal>,
}

/// One way the alarm could be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Proposal {
    /// In the point's unit; none: as now.
    pub limit: Option<f64>,
    /// In the limit's unit; none: as now.
    pub deadband: Option<f64>,
    /// Seconds; none: as now.
    pub on_delay_s: Option<f64>,
    /// Seconds; none: as now.
    pub off_delay_s: Option<f64>,
    /// Activations then.
    pub activations: u64,
    /// So many activations fewer.
    pub removed: u64,
    /// Annunciations then, damped as now.
    pub annunciations: u64,
    /// So many annunciations fewer: what the operator is spared.
    pub annunciations_removed: u64,
    /// True alarms later by, median, seconds; none where there was none.
    pub delay_p50_s: Option<f64>,
    /// The same, at most.
    pub delay_max_s: Option<f64>,
}
