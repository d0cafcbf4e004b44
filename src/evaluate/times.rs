//! Moments in the ways recordings write them. One way holds for a whole recording: whether 04/07 is in April or in July
//! a single cell does not tell.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How a recording writes its times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// A number: milliseconds in one of it.
    Number(f64),
    /// `20240131`, `202401312359`, `20240131235959`.
    Digits,
    /// ISO 8601 and what is near it, with a zone or without.
    Iso,
    /// `mm:ss.s` from an unknown hour on.
    Minutes,
    /// By its parts.
    Parts(&'static str),
}

/// Two-digit years first: the long form would take them for the first century.
const PARTS: [&str; 22] = [
    "%d/%m/%y %H",
    "%d/%m/%y %H:%M",
    "%d/%m/%y %H:%M:%S%.f",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %H:%M:%S%.f",
    "%d.%m.%y %H:%M",
    "%d.%m.%y %H:%M:%S%.f",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S%.f",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S%.f",
    "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S%.f",
    "%d-%b-%Y %H:%M:%S%.f",
    "%Y.%m.%d %H:%M:%S%.f",
    "%d/%m/%Y",
    "%m/%d/%Y",
];

/// Cells that are no time may make up this share: units below the names, remarks at the end.
const STRAY: f64 = 0.05;

impl Way {
    /// How these cells are written: the way all of them but a few strays can be read in, and time runs one way in.
    pub(super) fn of(cells: &[&str]) -> Option<Self> {
        let greatest = cells.iter().filter_map(|c| c.trim().parse::<f64>().ok()).fold(0.0, |a: f64, b| a.max(b.abs()));
        // seconds, milliseconds, microseconds, nanoseconds since 1970, or seconds since the start
        let unit = match greatest {
            x if x < 1e11 => 1e3,
            x if x < 1e14 => 1.0,
            x if x < 1e17 => 1e-3,
            _ => 1e-6,
        };
        let ways = [Self::Digits, Self::Number(unit), Self::Iso, Self::Minutes].into_iter();
        let mut best: Option<((usize, usize), Self)> = None;
        for way in ways.chain(PARTS.map(Self::Parts)) {
            let times: Vec<i64> = cells.iter().filter_map(|c| way.ms(c)).collect();
            let strays = cells.len() - times.len();
            if times.is_empty() || strays as f64 > (STRAY * cells.len() as f64).max(1.0) {
                continue;
            }
            let turns = turns(&times);
            // a column of numbers is a clock only if it runs one way
            if matches!(way, Self::Number(_)) && (turns > 0 || (times.len() > 1 && times.first() == times.last())) {
                continue;
            }
            if best.is_none_or(|(least, _)| (strays, turns) < least) {
                best = Some(((strays, turns), way));
            }
        }
        best.map(|(_, way)| way)
    }

    /// Milliseconds since 1970 or the start; a moment without zone counts as UTC.
    pub(super) fn ms(self, cell: &str) -> Option<i64> {
        let cell = cell.trim();
        match self {
            Self::Number(unit) => cell.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| (n * unit) as i64),
            Self::Digits => digits(cell),
            Self::Iso => iso(cell),
            Self::Minutes => minutes(cell),
            Self::Parts(form) => utc(DateTime::strptime(form, cell).ok()?),
        }
    }
}

/// Puts right what [`Way::Minutes`] loses: the hour that begins anew.
pub(super) fn unwrap_hours(times: &mut [i64]) {
    const HOUR: i64 = 3_600_000;
    let (mut hours, mut before) = (0, i64::MIN);
    for ms in times {
        if *ms < before.saturating_sub(HOUR / 2) {
            hours += HOUR;
        }
        before = *ms;
        *ms += hours;
    }
}

/// A moment by itself, in ISO 8601 or as a number.
pub(super) fn time_ms(text: &str) -> Option<i64> {
    Way::of(&[text])?.ms(text)
}

/// How often time turns back, seen from the end it began at.
fn turns(times: &[i64]) -> usize {
    let pairs = || times.windows(2).filter_map(|pair| <[i64; 2]>::try_from(pair).ok());
    let back = pairs().filter(|[a, b]| b < a).count();
    back.min(pairs().filter(|[a, b]| b > a).count())
}

fn utc(civil: DateTime) -> Option<i64> {
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

fn iso(cell: &str) -> Option<i64> {
    let zoned = cell.strip_suffix("UTC").or_else(|| cell.strip_suffix("GMT"));
    let cell = zoned.map_or_else(|| cell.to_owned(), |bare| format!("{}Z", bare.trim()));
    // 2024/10/22 is 2024-10-22
    let cell = if cell.find('/') == Some(4) { cell.replacen('/', "-", 2) } else { cell };
    if let Ok(moment) = cell.parse::<jiff::Timestamp>() {
        return Some(moment.as_millisecond());
    }
    utc(cell.parse().ok()?)
}

fn digits(cell: &str) -> Option<i64> {
    if !matches!(cell.len(), 8 | 12 | 14) || !cell.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| cell.get(from..to).map_or(Some(0), |part| part.parse::<i8>().ok());
    let year = cell.get(..4)?.parse().ok().filter(|year| (1970..2100).contains(year))?;
    utc(DateTime::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?, 0).ok()?)
}

fn minutes(cell: &str) -> Option<i64> {
    let (minutes, seconds) = cell.split_once(':')?;
    let (minutes, seconds): (u32, f64) = (minutes.parse().ok()?, seconds.parse().ok()?);
    seconds.is_finite().then(|| i64::from(minutes) * 60_000 + (seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2016-07-04T13:30:00Z.
    const MOMENT: i64 = 1_467_639_000_000;

    #[test]
    fn a_moment_is_the_same_however_it_is_written() {
        for cell in [
            "2016-07-04T13:30:00Z",
            "2016-07-04 13:30:00",
            "2016-07-04 13:30",
            "2016-07-04 13:30:00.000000",
            "2016-07-04T15:30:00+02:00",
            "2016-07-04 13:30:00 UTC",
            "2016/07/04 13:30:00",
            "1467639000",
            "1467639000000",
            "1467639000000000",
            "1467639000000000000",
            "20160704133000",
            "201607041330",
            "04.07.2016 13:30",
            "4-7-2016 13:30:00",
            "04-Jul-2016 13:30:00",
            "2016.07.04 13:30:00",
        ] {
            assert_eq!(time_ms(cell), Some(MOMENT), "{cell}");
        }
        for cell in ["yesterday", "", "13:30 h", "2016-13-04 13:30", "nan"] {
            assert_eq!(time_ms(cell), None, "{cell}");
        }
    }

    #[test]
    fn days_and_months_are_told_by_the_whole_recording() {
        let hour = 3_600_000;
        for (cells, first, step) in [
            (&["30/06/2016 23:30", "01/07/2016 00:30", "01/07/2016 01:30"], MOMENT - 86 * hour, hour),
            (&["06/30/2016 23:30", "07/01/2016 00:30", "07/01/2016 01:30"], MOMENT - 86 * hour, hour),
            (&["03/07/16 13", "04/07/16 13", "05/07/16 13"], MOMENT - 24 * hour - hour / 2, 24 * hour),
            (&["7/4/2016 1:30:00 PM", "7/4/2016 2:30:00 PM", "7/14/2016 3:30:00 PM"], MOMENT, hour),
            (&["14:11.6", "14:11.7", "14:11.8"], 851_600, 100),
        ] {
            let way = Way::of(cells).unwrap_or(Way::Iso);
            let times: Vec<Option<i64>> = cells.iter().map(|c| way.ms(c)).collect();
            assert_eq!(times.first().copied().flatten(), Some(first), "{cells:?}");
            assert_eq!(times.get(1).copied().flatten(), Some(first + step), "{cells:?}");
        }
        let mut wrapped = [3_599_900, 0, 100];
        unwrap_hours(&mut wrapped);
        assert_eq!(wrapped, [3_599_900, 3_600_000, 3_600_100]);
        assert_eq!(Way::of(&["3", "1", "2", "5"]), None, "numbers that go up and down are no clock");
    }
}
