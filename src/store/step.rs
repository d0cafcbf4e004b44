//! The spans history is told in when it is asked for step by step: lengths of time, days of the site's calendar, and what of a
//! span is told.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::HistoryAggregate;

const SECOND: i64 = 1000;
const DAY: i64 = 86_400_000;
/// Longest step, ms.
const MOST: i64 = 366 * DAY;

/// How long each span is: `30s`, `15m`, `1h`, `1d`. Days are those of the site's calendar, of 23 or 25 hours where clocks change;
/// what divides a day begins anew at each midnight; everything else counts from 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(i64);

/// Spans of one length, one behind the other, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    /// May cut the last.
    pub(super) to: i64,
    pub(super) every: i64,
}

impl Step {
    /// Length, ms; of a day of 24 hours.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// All spans that have something of `from..to` (ms), whole.
    pub(super) fn stretches(self, zone: &TimeZone, from: i64, to: i64) -> Vec<Stretch> {
        let (from, to) = (inside(from), inside(to));
        let mut all = Vec::new();
        if from >= to {
            return all;
        }
        let every = self.0;
        if every % DAY != 0 && DAY % every != 0 {
            let begin = from - from.rem_euclid(every);
            let end = to + (-to).rem_euclid(every);
            all.push(Stretch { from: begin, to: end, every });
            return all;
        }
        let days = (every / DAY).max(1);
        let mut day = first_day(zone, from, days);
        let mut begin = midnight(zone, day);
        while begin < to {
            let Ok(next) = day.checked_add(days.days()) else { break };
            let end = midnight(zone, next);
            let length = if every < DAY { every } else { end - begin };
            let whole = begin + (end - begin) / length * length;
            for (part, end) in [(begin, whole), (whole, end)] {
                // of the first and the last day only what is asked for
                let first = part + (from - part).max(0) / length * length;
                let last = end.min(to + (part - to).rem_euclid(length));
                if first < last {
                    append(&mut all, Stretch { from: first, to: last, every: length });
                }
            }
            (day, begin) = (next, end);
        }
        all
    }
}

/// Joins what goes on at the same length.
fn append(all: &mut Vec<Stretch>, next: Stretch) {
    match all.last_mut() {
        Some(last) if last.every == next.every && last.to == next.from && (last.to - last.from) % last.every == 0 => {
            last.to = next.to;
        }
        _ => all.push(next),
    }
}

/// Moments calendars can tell, ms.
fn inside(ms: i64) -> i64 {
    ms.clamp(-62_135_596_800_000, 253_402_000_000_000)
}

/// The first day of the span of `days` days a moment lies in; spans are counted from 1970.
fn first_day(zone: &TimeZone, ms: i64, days: i64) -> Date {
    let date = Timestamp::from_millisecond(ms).map_or(Date::ZERO, |t| zone.to_datetime(t).date());
    let epoch = Date::constant(1970, 1, 1);
    let number = date.since(epoch).map_or(0, |span| i64::from(span.get_days()));
    date.checked_sub(number.rem_euclid(days).days()).unwrap_or(date)
}

/// When a day begins, ms: at midnight, or where clocks leave that out, when they go on.
fn midnight(zone: &TimeZone, day: Date) -> i64 {
    day.to_zoned(zone.clone()).map_or(i64::MAX, |t| t.timestamp().as_millisecond())
}

impl FromStr for Step {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a whole number and s, m, h or d expected, 366d at most".to_owned();
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(at);
        let unit = match unit {
            "s" => SECOND,
            "m" | "min" => 60 * SECOND,
            "h" => 3600 * SECOND,
            "d" => DAY,
            _ => return Err(wrong()),
        };
        let ms = number.parse().ok().and_then(|n: i64| n.checked_mul(unit));
        ms.filter(|ms| (SECOND..=MOST).contains(ms)).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(DAY, "d"), (3_600_000, "h"), (60_000, "m")];
        let (unit, name) = units.into_iter().find(|(unit, _)| self.0 % unit == 0).unwrap_or((SECOND, "s"));
        write!(f, "{}{name}", self.0 / unit)
    }
}

/// What of a span is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Weighted by the time each value held.
    Mean,
    /// Lowest sample.
    Min,
    /// Highest sample.
    Max,
    /// First sample.
    First,
    /// Last sample.
    Last,
    /// Number of usable samples.
    Count,
    /// Value times hours it held: kW become kWh, m³/h become m³.
    Integral,
}

impl Aggregation {
    const ALL: [Self; 7] = [Self::Mean, Self::Min, Self::Max, Self::First, Self::Last, Self::Count, Self::Integral];

    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::Count => "count",
            Self::Integral => "integral",
        }
    }

    /// What it is measured in, for a point that is measured in `unit`.
    pub fn unit(self, unit: &str) -> String {
        match self {
            Self::Count => String::new(),
            Self::Integral if unit.is_empty() => String::new(),
            Self::Integral => unit.strip_suffix("/h").map_or_else(|| format!("{unit}·h"), str::to_owned),
            _ => unit.to_owned(),
        }
    }

    /// The value of a span; `None` where there is nothing to tell, `Some(None)` where there was no usable value.
    pub fn of(self, a: &HistoryAggregate) -> Option<Option<f64>> {
        if a.n == 0 && a.covered_ms == 0 {
            return Some((self == Self::Count).then_some(0.0));
        }
        match self {
            Self::Mean => Some(a.mean().or(a.last)),
            Self::Integral => Some(Some(a.integral / 3_600_000.0)),
            // a value that only still held is no sample
            _ if a.n == 0 => None,
            Self::Min => Some(a.lowest.map(|l| l.0)),
            Self::Max => Some(a.highest.map(|h| h.0)),
            Self::First => Some(a.first),
            Self::Last => Some(a.last),
            Self::Count => Some(Some(a.n as f64)),
        }
    }
}

impl FromStr for Aggregation {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|a| a.name() == text).ok_or_else(|| format!("expected one of {}", all.join(", ")))
    }
}

#[cfg(test)]
mod tests;
