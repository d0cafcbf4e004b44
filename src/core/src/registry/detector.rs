//! Detectors of alarm rules: their settings and what they look at beside the point itself.

use std::fmt;
use std::sync::Arc;

use crate::detect::DetectorSpec;
use crate::{AssetId, PointId, Registry};

/// Decides whether a rule's condition is true, where a plain comparison does not.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorRule {
    /// Kind and settings, shared by all such alarms.
    pub spec: Arc<DetectorSpec>,
    /// Other points it looks at, by the places of [`DetectorKind::beside`](crate::detect::DetectorKind::beside); None: not given.
    pub with: Vec<Option<OtherPoint>>,
    /// The part of the year it applies to; outside it is silent and learns nothing.
    pub season: Option<Season>,
}

impl DetectorRule {
    /// All that decides what a model means: one that was learned under another signature is learned anew. How strictly
    /// it judges is not part of it.
    pub fn signature(&self) -> String {
        let DetectorSpec { kind, signal, window, memory, inputs, .. } = *self.spec;
        let mut text = format!("{} {} {} {} {inputs}", kind.name(), signal.name(), window.0, memory.0);
        for other in &self.with {
            text.push(' ');
            text.push_str(&other.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string));
        }
        text
    }

    /// Whether it applies on a local day, counted from 1970-01-01.
    pub(crate) fn covers(&self, day: i32) -> bool {
        self.season.is_none_or(|season| season.covers(day))
    }
}

/// A point by name: of the same asset, or of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPoint {
    /// None: the alarm's own.
    pub asset: Option<Arc<str>>,
    /// Its own name.
    pub point: Arc<str>,
}

impl fmt::Display for OtherPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.asset {
            Some(asset) => write!(f, "{asset}/{}", self.point),
            None => f.write_str(&self.point),
        }
    }
}

impl OtherPoint {
    /// Which it is for an alarm of `asset`.
    pub fn find(&self, registry: &Registry, asset: AssetId) -> Option<PointId> {
        let asset = match &self.asset {
            None => asset,
            Some(name) => registry.find_asset(name)?,
        };
        registry.find_point_of(asset, &self.point)
    }
}

/// A part of every year, both days included; over the new year where `from` is the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    /// Month and day.
    pub from: (u8, u8),
    /// Month and day.
    pub to: (u8, u8),
}

impl Season {
    /// Whether a local day, counted from 1970-01-01, is in it.
    pub fn covers(self, day: i32) -> bool {
        let day = month_and_day(day);
        if self.from <= self.to { (self.from..=self.to).contains(&day) } else { day >= self.from || day <= self.to }
    }
}

/// Month and day of the proleptic Gregorian calendar. Years begin in March here, so that the leap day is the last.
fn month_and_day(day: i32) -> (u8, u8) {
    let day_of_era = (i64::from(day) + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (day, date) in [
            (0, (1, 1)),
            (-1, (12, 31)),
            // 2024-02-29, 2025-03-01, 2026-10-01, 2000-02-29
            (19_782, (2, 29)),
            (20_148, (3, 1)),
            (20_727, (10, 1)),
            (11_016, (2, 29)),
        ] {
            assert_eq!(month_and_day(day), date, "{day}");
        }
    }

    #[test]
    fn a_season_may_go_over_the_new_year() {
        let heating = Season { from: (10, 15), to: (4, 15) };
        // 2026-10-14, 2026-10-15, 2027-01-01, 2026-04-15, 2026-04-16
        for (day, covered) in [(20_740, false), (20_741, true), (20_819, true), (20_558, true), (20_559, false)] {
            assert_eq!(heating.covers(day), covered, "{day}");
        }
        let summer = Season { from: (6, 1), to: (8, 31) };
        assert!(summer.covers(20_627) && !summer.covers(20_741), "2026-06-23 and 2026-10-15");
    }
}
