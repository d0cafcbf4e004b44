//! The monthly report of the alarm system.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{JournalRow, PositionFigures};

/// `GET /reports/alarms`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AlarmReport {
    /// `2026-10`, of the site's time zone.
    pub month: String,
    /// Inclusive.
    pub from_ms: i64,
    /// Exclusive; now where the month is not over.
    pub to_ms: i64,
    /// One for each operator position.
    pub positions: Vec<PositionReport>,
}

/// The month of one operator position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct PositionReport {
    /// Its figures, with floods and bad actors.
    pub figures: PositionFigures,
    /// Alarms that stood at the end, longest first; the first thousand.
    pub standing: Vec<LongStanding>,
    /// Alarms that were hidden for longer than what is stale, longest first; the first thousand.
    pub hidden: Vec<HiddenLong>,
    /// Settings that were changed, oldest first.
    pub changes: Vec<JournalRow>,
}

/// An alarm that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct LongStanding {
    /// Alarm id.
    pub alarm: String,
    /// For how long, seconds.
    pub for_s: f64,
}

/// An alarm that was hidden for long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct HiddenLong {
    /// Alarm id.
    pub alarm: String,
    /// `shelved suppressed out-of-service`, as it began.
    pub how: String,
    /// Since when.
    pub from_ms: i64,
    /// Until when; none where it still was at the end.
    pub to_ms: Option<i64>,
    /// For how long up to the end, seconds.
    pub for_s: f64,
    /// Who hid it.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}
