//! Alarm system performance (ISA-18.2 / IEC 62682, EEMUA 191): what a journal says about the load on a position.
//!
//! Only annunciated alarms count: acknowledgements, returns and what happens to a hidden alarm are no load.

mod alarm;
mod flood;
mod target;
#[cfg(test)]
mod tests;

use crate::alarm::{Cause, State};
use crate::registry::Priority;
use crate::{Millis, Ts};

use alarm::OneAlarm;
pub use flood::{Episode, Floods};
pub use target::{Bounds, Figure, Targets, Verdict};

/// What a journal row means for the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Number of the alarm, as the caller counts.
    pub alarm: u32,
    /// Hub time.
    pub at: Ts,
    flags: u8,
}

const ANNUNCIATED: u8 = 1;
const ACTIVATED: u8 = 2;
const CLEARED: u8 = 4;
const ACKNOWLEDGED: u8 = 8;
const STANDS: u8 = 16;

impl Row {
    /// From a row of the journal.
    pub fn new(alarm: u32, at: Ts, from: State, to: State, cause: &str) -> Self {
        let mut flags = 0;
        let mut set = |on: bool, flag: u8| flags |= if on { flag } else { 0 };
        set(to == State::Unacknowledged && from != State::Unacknowledged, ANNUNCIATED);
        set(cause == Cause::Raise.name() && !to.is_hidden(), ACTIVATED);
        set(cause == Cause::Clear.name() && !to.is_hidden(), CLEARED);
        set(cause == Cause::Acknowledge.name(), ACKNOWLEDGED);
        set(to.is_raised(), STANDS);
        Self { alarm, at, flags }
    }

    /// The same of another alarm, at another moment.
    pub fn like(self, alarm: u32, at: Ts) -> Self {
        Self { alarm, at, ..self }
    }

    fn is(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The alarm is shown as active after it.
    pub fn stands(self) -> bool {
        self.is(STANDS)
    }
}

/// What counts as chattering, fleeting, stale, a flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So many activations …
    pub chatter_count: usize,
    /// … within this are chattering.
    pub chatter_within: Millis,
    /// Gone sooner than this …
    pub fleeting: Millis,
    /// … and not back for this is fleeting.
    pub fleeting_quiet: Millis,
    /// Active for longer is stale.
    pub stale: Millis,
    /// More new alarms than this within `flood_within` begin a flood.
    pub flood_start: usize,
    /// Fewer end it.
    pub flood_end: usize,
    /// The flood's window.
    pub flood_within: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            chatter_count: 3,
            chatter_within: Millis::secs(60),
            fleeting: Millis::secs(10),
            fleeting_quiet: Millis::secs(60),
            stale: Millis::mins(24 * 60),
            flood_start: 10,
            flood_end: 5,
            flood_within: Millis::mins(10),
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Inclusive.
    pub from: Ts,
    /// Exclusive, after `from`.
    pub to: Ts,
    /// In the order of time. Those of `flood_within` before `from` tell whether the period begins in a flood; of what is
    /// earlier only `standing` counts.
    pub rows: &'a [Row],
    /// Alarms that stood before the first of `rows`, since when.
    pub standing: &'a [(u32, Ts)],
    /// By alarm: its position and its priority, none where the site no longer has it.
    pub alarms: &'a [(u32, Option<Priority>)],
    /// How many positions there are; an alarm of another counts for the last.
    pub positions: usize,
    /// What counts as what.
    pub rules: Rules,
}

/// How many of the most frequent alarms are named.
pub const TOP: usize = 10;
const TEN_MINUTES: i64 = 600_000;
const HOUR: f64 = 3_600_000.0;

/// Figures of one position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Alarms shown anew.
    pub annunciated: u64,
    /// Mean a day.
    pub per_day: f64,
    /// Mean an hour.
    pub per_hour: f64,
    /// Mean in ten minutes.
    pub per_10min: f64,
    /// Most in one of the ten-minute periods counted from the begin.
    pub max_10min: u64,
    /// Share of these periods with over ten, percent.
    pub over_10_percent: f64,
    /// Floods.
    pub floods: Floods,
    /// The most frequent alarms with their counts, most frequent first.
    pub top: Vec<(u32, u64)>,
    /// Share of `top` in all, percent.
    pub top_percent: f64,
    /// Alarms that chattered, worst first, with the most activations of one window.
    pub chattering: Vec<(u32, u64)>,
    /// Alarms that were fleeting, with how often, most often first.
    pub fleeting: Vec<(u32, u64)>,
    /// Alarms that stood for longer than `stale` at some moment, longest first, with for how long.
    pub stale: Vec<(u32, Millis)>,
    /// Alarms that stood when the period ended, longest first, with for how long.
    pub standing: Vec<(u32, Millis)>,
    /// Annunciated by priority, as [`Priority::ALL`].
    pub priorities: [u64; 4],
    /// Median time from annunciation to acknowledgement; none where nothing was acknowledged.
    pub ack_p50: Option<Millis>,
    /// 90 % were acknowledged sooner.
    pub ack_p90: Option<Millis>,
}

impl Asked<'_> {
    /// The figures, one for each position.
    pub fn figures(&self) -> Vec<Figures> {
        let mut alarms: Vec<OneAlarm> = vec![OneAlarm::default(); self.alarms.len()];
        for &(alarm, since) in self.standing {
            if let Some(one) = alarms.get_mut(alarm as usize) {
                one.stands_since(since);
            }
        }
        let mut counts: Vec<Count> = (0..self.positions.max(1)).map(|_| Count::new(self)).collect();
        for row in self.rows.iter().filter(|r| r.at < self.to) {
            let (Some(one), Some(&(position, priority))) =
                (alarms.get_mut(row.alarm as usize), self.alarms.get(row.alarm as usize))
            else {
                continue;
            };
            let inside = row.at >= self.from;
            let count = (position as usize).min(counts.len() - 1);
            let count = &mut counts[count];
            if row.is(ANNUNCIATED) {
                count.floods.annunciated(row.at);
                if inside {
                    count.annunciated(row.at, priority, self);
                }
            }
            one.row(row, self, inside, &mut count.acks);
        }
        for (i, one) in alarms.iter_mut().enumerate() {
            let position = (self.alarms[i].0 as usize).min(counts.len() - 1);
            one.end(self);
            counts[position].alarm(u32::try_from(i).unwrap_or(u32::MAX), one, self.to);
        }
        counts.into_iter().map(|c| c.figures(self)).collect()
    }
}

/// What is being counted of a position.
#[derive(Debug)]
struct Count {
    figures: Figures,
    /// By ten-minute period.
    periods: Vec<u64>,
    floods: flood::Watch,
    /// Milliseconds.
    acks: Vec<i64>,
}

impl Count {
    fn new(asked: &Asked<'_>) -> Self {
        let length = asked.to.0.saturating_sub(asked.from.0).max(1);
        // a century of ten minutes; the caller asks for less
        let periods = usize::try_from((length - 1) / TEN_MINUTES + 1).unwrap_or(0).min(6_000_000);
        let floods = flood::Watch::new(asked);
        Self { figures: Figures::default(), periods: vec![0; periods], floods, acks: vec![] }
    }

    fn annunciated(&mut self, at: Ts, priority: Option<Priority>, asked: &Asked<'_>) {
        self.figures.annunciated += 1;
        if let Some(n) = priority.and_then(|p| self.figures.priorities.get_mut(p as usize)) {
            *n += 1;
        }
        let period = usize::try_from((at.0 - asked.from.0) / TEN_MINUTES).unwrap_or(usize::MAX);
        if let Some(n) = self.periods.get_mut(period) {
            *n += 1;
        }
    }

    fn alarm(&mut self, alarm: u32, one: &OneAlarm, to: Ts) {
        let figures = &mut self.figures;
        if one.annunciated > 0 {
            figures.top.push((alarm, one.annunciated));
        }
        if one.chattered > 0 {
            figures.chattering.push((alarm, one.chattered));
        }
        if one.fleeting > 0 {
            figures.fleeting.push((alarm, one.fleeting));
        }
        if let Some(stale) = one.stale {
            figures.stale.push((alarm, stale));
        }
        if let Some(since) = one.standing() {
            figures.standing.push((alarm, to - since));
        }
    }

    fn figures(self, asked: &Asked<'_>) -> Figures {
        let Self { mut figures, periods, floods, mut acks } = self;
        let hours = (asked.to.0.saturating_sub(asked.from.0).max(1)) as f64 / HOUR;
        figures.per_hour = figures.annunciated as f64 / hours;
        figures.per_day = figures.per_hour * 24.0;
        figures.per_10min = figures.per_hour / 6.0;
        figures.max_10min = periods.iter().copied().max().unwrap_or(0);
        let over = periods.iter().filter(|&&n| n > 10).count();
        figures.over_10_percent = percent(over as f64, periods.len() as f64);
        for list in [&mut figures.top, &mut figures.chattering, &mut figures.fleeting] {
            list.sort_by_key(|&(alarm, n)| (std::cmp::Reverse(n), alarm));
        }
        for list in [&mut figures.stale, &mut figures.standing] {
            list.sort_by_key(|&(alarm, stood)| (std::cmp::Reverse(stood), alarm));
        }
        figures.top.truncate(TOP);
        let most = figures.top.iter().map(|(_, n)| n).sum::<u64>();
        figures.top_percent = percent(most as f64, figures.annunciated as f64);
        figures.floods = floods.end(asked);
        acks.sort_unstable();
        figures.ack_p50 = quantile(&acks, 50);
        figures.ack_p90 = quantile(&acks, 90);
        figures
    }
}

/// Share in percent; of nothing 0.
pub fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

/// The value that `percent` of the sorted ones do not exceed (nearest rank).
pub fn quantile(sorted: &[i64], percent: usize) -> Option<Millis> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|&ms| Millis(ms))
}
