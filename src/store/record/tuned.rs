//! Settings of alarms that stand otherwise than in the site folder.

use linepack_core::tune::Tuned;
use linepack_core::{Registry, Ts};
use serde::{Deserialize, Serialize};

use super::text;

/// [`Tuned`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedRecord {
    /// Alarm id.
    pub alarm: String,
    /// Key of the site folder.
    pub setting: String,
    /// As [`linepack_core::tune::Setting::read`] has it.
    pub value: f64,
    /// User name.
    pub by: String,
    /// What was said.
    pub reason: String,
    /// Since when, milliseconds.
    pub since_ms: i64,
    /// When it ends by itself.
    pub until_ms: Option<i64>,
}

pub(super) fn tuned_record(registry: &Registry, t: &Tuned) -> TunedRecord {
    TunedRecord {
        alarm: registry.alarm_key(t.alarm),
        setting: t.setting.name().to_owned(),
        value: t.value,
        by: text(&t.by),
        reason: text(&t.reason),
        since_ms: t.since.ms(),
        until_ms: t.until.map(Ts::ms),
    }
}
