//! The site's time zone as plain offsets for the core.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linepack_core::Ts;
use linepack_core::registry::LocalTime;

/// How far ahead offsets are laid out; a site is re-read more often than that.
const AHEAD_MS: i64 = 10 * 366 * 86_400_000;

/// Offsets from 1970 until ten years after `now`. An unknown zone counts as UTC (it is an error of `hub.toml`).
pub(super) fn offsets(zone: &str, now: Ts) -> LocalTime {
    let Ok(zone) = TimeZone::get(zone) else { return LocalTime::default() };
    let start = Timestamp::UNIX_EPOCH;
    let mut offsets = vec![(Ts(0), zone.to_offset(start).seconds())];
    for change in zone.following(start) {
        let at = change.timestamp().as_millisecond();
        if at > now.ms().saturating_add(AHEAD_MS) {
            break;
        }
        offsets.push((Ts(at), change.offset().seconds()));
    }
    LocalTime { offsets }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_minutes_follow_the_zone_and_its_summer_time() {
        // 2026-07-01T00:00:00Z and 2026-12-01T00:00:00Z
        let (summer, winter) = (Ts(1_782_864_000_000), Ts(1_796_083_200_000));
        for (zone, in_summer, in_winter) in
            [("UTC", 0, 0), ("Asia/Shanghai", 480, 480), ("Europe/Berlin", 120, 60), ("America/New_York", 1200, 1140)]
        {
            let local = offsets(zone, winter);
            assert_eq!(local.minute_of_day(summer), in_summer, "{zone} in summer");
            assert_eq!(local.minute_of_day(winter), in_winter, "{zone} in winter");
        }
    }
}
