//! What a detector is shown, and what it answers.

use crate::{Millis, Ts};

/// One sample of a point, with what stands beside it.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Source time.
    pub ts: Ts,
    /// In the point's unit.
    pub value: f64,
    /// The value's quality is good. A bad one is neither judged nor learned from; it only tells that the source lives.
    pub good: bool,
    /// The model may learn: false while the alarm stands, while anything about the value is in doubt, in trials.
    pub learn: bool,
    /// The moment on the site's wall clock.
    pub local: Local,
    /// Present values of other points, in the order of [`DetectorKind::beside`](super::DetectorKind::beside); NaN: bad or
    /// absent. A shorter slice has NaN at its end.
    pub beside: &'a [f64],
}

impl Look<'_> {
    /// The value beside at a place, None where it is bad or absent.
    pub(super) fn beside(&self, place: usize) -> Option<f64> {
        self.beside.get(place).copied().filter(|&v| is_number(v))
    }
}

/// No quantity of ours is greater; beyond it, squares would not be numbers any more.
const GREATEST: f64 = 1e15;

/// Finite and of a size that can be calculated with.
pub(crate) fn is_number(value: f64) -> bool {
    value.abs() <= GREATEST
}

/// A moment on the site's wall clock, as far as habits depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Local {
    /// Minute of the day, 0 to 1439.
    pub minute: u16,
    /// The sort of day.
    pub day: Day,
}

/// The sort of a day. A make-up day is the weekday it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Day {
    /// Monday.
    #[default]
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
    /// Any day of the site's holidays.
    Holiday,
}

impl Day {
    /// From Monday on.
    pub const WEEK: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Neither Saturday, Sunday nor a holiday.
    pub fn is_working(self) -> bool {
        !matches!(self, Self::Saturday | Self::Sunday | Self::Holiday)
    }
}

/// What a detector makes of a sample. Every number in it is finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// Whether its condition holds; None: it cannot tell (not warm, bad value, an input missing).
    pub met: Option<bool>,
    /// Why it is met, in a fixed word or two for messages; empty where the kind says it all.
    pub why: &'static str,
    /// What the value should be.
    pub expected: Option<f64>,
    /// Below it the value is odd.
    pub low: Option<f64>,
    /// Above it the value is odd.
    pub high: Option<f64>,
    /// How odd, as a share of what raises: 1 is the edge.
    pub score: f64,
    /// The time the judgement rests on.
    pub window: Millis,
    /// How much is behind the model, 0 to 1: learned time against what the settings ask for, less for a lost input.
    pub confidence: f64,
    /// The warm-up is over.
    pub warm: bool,
    /// It works with less than it should: what is missing, in a word or two.
    pub degraded: Option<&'static str>,
}

impl Finding {
    /// Nothing can be said.
    pub(super) const UNKNOWN: Self = Self {
        met: None,
        why: "",
        expected: None,
        low: None,
        high: None,
        score: 0.0,
        window: Millis(0),
        confidence: 0.0,
        warm: false,
        degraded: None,
    };

    /// Whatever was computed, no NaN and no infinity leaves.
    pub(super) fn finite(mut self) -> Self {
        let some = |v: Option<f64>| v.filter(|v| v.is_finite());
        (self.expected, self.low, self.high) = (some(self.expected), some(self.low), some(self.high));
        self.score = if self.score.is_nan() { 0.0 } else { self.score.clamp(-SCORE_MAX, SCORE_MAX) };
        self.confidence = if self.confidence.is_nan() { 0.0 } else { self.confidence.clamp(0.0, 1.0) };
        self
    }
}

/// A score says no more beyond it.
const SCORE_MAX: f64 = 1e6;
