//! What the figures should be: site settings, with the defaults of ISA-18.2 / IEC 62682 and EEMUA 191.

use super::{Figures, percent};
use crate::registry::Priority;

/// Up to the first a figure is acceptable, up to the second still manageable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Very likely acceptable.
    pub acceptable: f64,
    /// The most that is manageable.
    pub most: f64,
}

/// What is thought of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Acceptable,
    /// Above that, still to be handled.
    Manageable,
    /// Too much.
    Over,
}

impl Verdict {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acceptable => "acceptable",
            Self::Manageable => "manageable",
            Self::Over => "over",
        }
    }
}

impl Bounds {
    const fn new(acceptable: f64, most: f64) -> Self {
        Self { acceptable, most }
    }

    /// What is thought of a value.
    pub fn verdict(self, value: f64) -> Verdict {
        if value <= self.acceptable {
            Verdict::Acceptable
        } else if value <= self.most {
            Verdict::Manageable
        } else {
            Verdict::Over
        }
    }
}

/// `[alarms.targets]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Targets {
    /// Alarms a day.
    pub per_day: Bounds,
    /// Alarms an hour.
    pub per_hour: Bounds,
    /// Alarms in ten minutes.
    pub per_10min: Bounds,
    /// Most alarms in any ten minutes.
    pub max_10min: f64,
    /// Ten-minute periods with over ten alarms, percent.
    pub over_10_percent: f64,
    /// Time in flood, percent.
    pub flood_percent: f64,
    /// Share of the ten most frequent, percent.
    pub top_percent: f64,
    /// Alarms that chatter.
    pub chattering: f64,
    /// Alarms that are fleeting.
    pub fleeting: f64,
    /// Alarms that are stale: fewer than this.
    pub stale: f64,
    /// Share by priority in percent, as [`Priority::ALL`]; the low ones need no bound.
    pub priorities: [f64; 4],
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            per_day: Bounds::new(150.0, 300.0),
            per_hour: Bounds::new(6.0, 12.0),
            per_10min: Bounds::new(1.0, 2.0),
            max_10min: 10.0,
            over_10_percent: 1.0,
            flood_percent: 1.0,
            top_percent: 5.0,
            chattering: 0.0,
            fleeting: 0.0,
            stale: 5.0,
            priorities: [1.0, 5.0, 15.0, 80.0],
        }
    }
}

/// A figure that has a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it is.
    pub value: f64,
    /// What it should be at most; `stale` below it.
    pub target: f64,
    /// What is thought of it.
    pub verdict: Verdict,
}

impl Targets {
    /// Each figure beside its target.
    pub fn compare(&self, figures: &Figures) -> Vec<Figure> {
        let count = |list: usize| list as f64;
        let upto = |name, value: f64, target: f64| {
            let verdict = if value <= target { Verdict::Acceptable } else { Verdict::Over };
            Figure { name, value, target, verdict }
        };
        let within = |name, value: f64, bounds: Bounds| Figure {
            name,
            value,
            target: bounds.acceptable,
            verdict: bounds.verdict(value),
        };
        let mut all = vec![
            within("per_day", figures.per_day, self.per_day),
            within("per_hour", figures.per_hour, self.per_hour),
            within("per_10min", figures.per_10min, self.per_10min),
            upto("max_10min", figures.max_10min as f64, self.max_10min),
            upto("over_10_percent", figures.over_10_percent, self.over_10_percent),
            upto("flood_percent", figures.floods.percent, self.flood_percent),
            upto("top_percent", figures.top_percent, self.top_percent),
            upto("chattering", count(figures.chattering.len()), self.chattering),
            upto("fleeting", count(figures.fleeting.len()), self.fleeting),
        ];
        let stale = count(figures.stale.len());
        let verdict = if stale < self.stale { Verdict::Acceptable } else { Verdict::Over };
        all.push(Figure { name: "stale", value: stale, target: self.stale, verdict });
        let known: u64 = figures.priorities.iter().sum();
        for (priority, name) in [
            (Priority::Critical, "critical_percent"),
            (Priority::High, "high_percent"),
            (Priority::Medium, "medium_percent"),
        ] {
            let share = percent(figures.priorities[priority as usize] as f64, known as f64);
            all.push(upto(name, share, self.priorities[priority as usize]));
        }
        all
    }
}
