//! Settings of alarms, and how they differ from the site folder.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET /alarms/{id}/settings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AlarmSettings {
    /// Alarm id.
    pub alarm: String,
    /// Unit of limit and deadband.
    pub unit: String,
    /// Every setting the alarm has.
    pub settings: Vec<AlarmSetting>,
}

/// A setting of an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AlarmSetting {
    /// `limit deadband on_delay_s off_delay_s priority enabled`.
    pub setting: String,
    /// What the site folder says.
    pub configured: SettingValue,
    /// What runs.
    pub running: SettingValue,
    /// Least and most that an operator may set; none: an engineer only.
    pub operator_may: Option<[f64; 2]>,
    /// Who changed it, where it differs from the folder.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since_ms: Option<i64>,
    /// When it returns by itself.
    pub until_ms: Option<i64>,
}

/// A value of a setting: a number, a word or yes and no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(untagged)]
pub enum SettingValue {
    /// `enabled`.
    Flag(bool),
    /// Limit and deadband in the point's unit, delays in seconds.
    Number(f64),
    /// `priority`.
    Word(String),
}

/// A setting that is not as the site folder says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Drift {
    /// Alarm id.
    pub alarm: String,
    /// `limit deadband on_delay_s off_delay_s priority enabled`.
    pub setting: String,
    /// What the site folder says.
    pub configured: SettingValue,
    /// What runs.
    pub running: SettingValue,
    /// Unit of both, where they have one.
    pub unit: String,
    /// User name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
    /// When it returns by itself.
    pub until_ms: Option<i64>,
}

/// `POST /alarms/{id}/settings`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// In the point's unit; for rates in unit per second.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<f64>,
    /// In the limit's unit.
    #[serde(default)]
    #[ts(optional)]
    pub deadband: Option<f64>,
    /// Seconds.
    #[serde(default)]
    #[ts(optional)]
    pub on_delay_s: Option<f64>,
    /// Seconds.
    #[serde(default)]
    #[ts(optional)]
    pub off_delay_s: Option<f64>,
    /// `critical high medium low`.
    #[serde(default)]
    #[ts(optional)]
    pub priority: Option<String>,
    /// False: it is not evaluated.
    #[serde(default)]
    #[ts(optional)]
    pub enabled: Option<bool>,
    /// Why; not empty.
    #[serde(default)]
    pub reason: String,
    /// When what the site folder says returns by itself.
    #[serde(default)]
    #[ts(optional)]
    pub expires_ms: Option<i64>,
}
