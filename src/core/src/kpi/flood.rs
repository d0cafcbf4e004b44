//! Floods of a position: more new alarms than a person can take.

use std::collections::VecDeque;

use super::{Asked, percent};
use crate::{Millis, Ts};

/// Floods of a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floods {
    /// There was one when the period ended.
    pub active: bool,
    /// Share of the period in flood, percent.
    pub percent: f64,
    /// Each of them, oldest first.
    pub episodes: Vec<Episode>,
}

/// One flood, cut to the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// When there were more than its start.
    pub from: Ts,
    /// When there were fewer than its end; the period's end where it went on.
    pub to: Ts,
    /// Alarms annunciated from `from` to `to`, the one that began it included.
    pub annunciated: u64,
}

/// Watches the window move.
#[derive(Debug)]
pub(super) struct Watch {
    window: VecDeque<Ts>,
    within: Millis,
    start: usize,
    end: usize,
    open: Option<Episode>,
    closed: Vec<Episode>,
}

impl Watch {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        let rules = &asked.rules;
        Self {
            window: VecDeque::new(),
            within: rules.flood_within,
            start: rules.flood_start,
            // an end above the start would never be reached from above
            end: rules.flood_end.min(rules.flood_start.saturating_add(1)),
            open: None,
            closed: vec![],
        }
    }

    /// A new alarm.
    pub(super) fn annunciated(&mut self, at: Ts) {
        self.until(at);
        self.window.push_back(at);
        if let Some(open) = &mut self.open {
            open.annunciated += 1;
        } else if self.window.len() > self.start {
            self.open = Some(Episode { from: at, to: at, annunciated: 1 });
        }
    }

    /// Time passed: old alarms leave the window, and with them the flood may end.
    fn until(&mut self, at: Ts) {
        while let Some(&first) = self.window.front()
            && first + self.within <= at
        {
            self.window.pop_front();
            if self.window.len() < self.end
                && let Some(open) = self.open.take()
            {
                self.closed.push(Episode { to: first + self.within, ..open });
            }
        }
    }

    pub(super) fn end(mut self, asked: &Asked<'_>) -> Floods {
        self.until(asked.to);
        let active = self.open.is_some();
        self.closed.extend(self.open.map(|open| Episode { to: asked.to, ..open }));
        let inside = self.closed.into_iter().filter(|e| e.to > asked.from);
        let episodes: Vec<Episode> = inside.map(|e| Episode { from: e.from.max(asked.from), ..e }).collect();
        let time: i64 = episodes.iter().map(|e| (e.to - e.from).0).sum();
        Floods { active, percent: percent(time as f64, (asked.to - asked.from).0 as f64), episodes }
    }
}
