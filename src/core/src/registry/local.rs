//! The site's local time as plain data, so that the core needs no time-zone database.

use crate::Ts;

/// Offsets from UTC: each holds from its moment on. Filled by the shell from the site's time zone for the years ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalTime {
    /// `(from, seconds east of UTC)`, ascending. Empty: UTC.
    pub offsets: Vec<(Ts, i32)>,
}

impl LocalTime {
    /// Minutes after local midnight, 0 to 1439.
    pub fn minute_of_day(&self, at: Ts) -> u16 {
        self.day_and_minute(at).1
    }

    /// Local days since 1970-01-01, and minutes after that day's midnight.
    pub fn day_and_minute(&self, at: Ts) -> (i32, u16) {
        let after = self.offsets.partition_point(|(from, _)| *from <= at);
        let offset = self.offsets.get(after.saturating_sub(1)).map_or(0, |(_, s)| *s);
        let minutes = (at.0.div_euclid(1000) + i64::from(offset)).div_euclid(60);
        let day = i32::try_from(minutes.div_euclid(1440)).unwrap_or(i32::MAX);
        (day, u16::try_from(minutes.rem_euclid(1440)).unwrap_or(0))
    }
}
