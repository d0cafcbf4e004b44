//! Settings of alarms that people changed while the hub runs. The site folder stays the truth: what differs from it is
//! known by name, with who, why, since when and until when, and can be written back.

mod check;

use std::sync::Arc;

pub use check::check;

use crate::registry::{Priority, Rule};
use crate::{AlarmId, Millis, Ts};

/// A setting of an alarm that may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setting {
    /// In the point's unit; for rates in unit per second.
    Limit,
    /// In the limit's unit.
    Deadband,
    /// Milliseconds.
    OnDelay,
    /// Milliseconds.
    OffDelay,
    /// Index into [`Priority::ALL`].
    Priority,
    /// 1: evaluated, 0: not.
    Enabled,
}

impl Setting {
    /// All.
    pub const ALL: [Setting; 6] =
        [Self::Limit, Self::Deadband, Self::OnDelay, Self::OffDelay, Self::Priority, Self::Enabled];

    /// The key of the site folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Deadband => "deadband",
            Self::OnDelay => "on_delay",
            Self::OffDelay => "off_delay",
            Self::Priority => "priority",
            Self::Enabled => "enabled",
        }
    }

    /// From the key.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// As a rule has it.
    pub fn read(self, rule: &Rule) -> f64 {
        match self {
            Self::Limit => rule.limit,
            Self::Deadband => rule.deadband,
            Self::OnDelay => rule.on_delay.0 as f64,
            Self::OffDelay => rule.off_delay.0 as f64,
            Self::Priority => f64::from(rule.priority as u8),
            Self::Enabled => f64::from(u8::from(rule.enabled)),
        }
    }

    /// Puts it into a rule; the value was checked.
    pub fn write(self, rule: &mut Rule, value: f64) {
        match self {
            Self::Limit => rule.limit = value,
            Self::Deadband => rule.deadband = value,
            // a float becomes the nearest number there is
            Self::OnDelay => rule.on_delay = Millis(value as i64),
            Self::OffDelay => rule.off_delay = Millis(value as i64),
            Self::Priority => rule.priority = Priority::ALL.get(value as usize).copied().unwrap_or(rule.priority),
            Self::Enabled => rule.enabled = value != 0.0,
        }
    }

    /// As the site folder writes it.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Limit | Self::Deadband => value.to_string(),
            Self::OnDelay | Self::OffDelay => format!("\"{}\"", span(value as i64)),
            Self::Priority => format!("\"{}\"", Priority::ALL.get(value as usize).map_or("", |p| p.name())),
            Self::Enabled => (value != 0.0).to_string(),
        }
    }
}

/// The longest unit that says it exactly.
fn span(ms: i64) -> String {
    match ms {
        0 => "0s".to_owned(),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{}min", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

/// A setting that stands otherwise than in the site folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// Whose.
    pub alarm: AlarmId,
    /// Which.
    pub setting: Setting,
    /// What it is now, as [`Setting::read`] has it.
    pub value: f64,
    /// User name.
    pub by: Arc<str>,
    /// Not empty.
    pub reason: Arc<str>,
    /// Since when.
    pub since: Ts,
    /// When it ends by itself.
    pub until: Option<Ts>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_said_as_the_site_folder_says_them() {
        for (setting, value, text) in [
            (Setting::Limit, 130.0, "130"),
            (Setting::Limit, -0.05, "-0.05"),
            (Setting::Deadband, 2.5, "2.5"),
            (Setting::OnDelay, 0.0, "\"0s\""),
            (Setting::OnDelay, 1500.0, "\"1500ms\""),
            (Setting::OffDelay, 90_000.0, "\"90s\""),
            (Setting::OffDelay, 120_000.0, "\"2min\""),
            (Setting::OnDelay, 7_200_000.0, "\"2h\""),
            (Setting::Priority, 0.0, "\"critical\""),
            (Setting::Enabled, 0.0, "false"),
        ] {
            assert_eq!(setting.text(value), text);
            assert_eq!(Setting::from_name(setting.name()), Some(setting));
        }
    }
}
