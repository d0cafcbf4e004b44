//! Conditions of the site that hide alarms, as the model has them.

use linepack_core::alarm::{Cause, HideKind};

use super::book::Book;

/// After a restart the inputs of a condition have this long to be heard of.
const HEARD: i64 = 60_000;

/// A condition that hides alarms.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) name: &'static str,
    pub(super) alarms: Vec<usize>,
    pub(super) hold: i64,
    pub(super) linger: i64,
    /// What it reads: an alarm, or else what was last said of it; none where that cannot be trusted.
    pub(super) of: Option<usize>,
    pub(super) said: Option<bool>,
    pub(super) hides: bool,
    /// Since when it is over, in doubt; until when nothing need be heard of it.
    pub(super) over: Option<i64>,
    pub(super) doubt: Option<i64>,
    pub(super) grace: Option<i64>,
}

impl Condition {
    pub(super) fn ends(&self) -> Option<i64> {
        let (over, doubt) = (self.over.map(|t| t + self.linger), self.doubt.map(|t| t + self.hold));
        [over, doubt, self.grace].into_iter().flatten().min().filter(|_| self.hides)
    }
}

impl Book {
    /// What a condition reads was said.
    pub(super) fn heard(&mut self, said: Option<bool>, now: i64) {
        self.conditions[0].said = said;
        self.look(now);
    }

    /// What hides by design is looked at.
    pub(super) fn look(&mut self, now: i64) {
        for n in 0..self.conditions.len() {
            let c = &mut self.conditions[n];
            match c.of.map(|i| self.alarms[i].on).or(c.said) {
                Some(true) => {
                    (c.over, c.doubt, c.grace) = (None, None, None);
                    if !std::mem::replace(&mut c.hides, true) {
                        for i in c.alarms.clone() {
                            let (from, name) = (self.alarms[i].state(), self.conditions[n].name);
                            self.hide(i, HideKind::ByDesign, None, name.to_owned(), from, name, now);
                        }
                    }
                }
                _ if !c.hides => {}
                Some(false) => (c.over, c.grace) = (c.over.or(Some(now)), None),
                None if c.grace.is_some() => {}
                None => c.doubt = c.doubt.or(Some(now)),
            }
            self.end_condition(n, now);
        }
    }

    pub(super) fn end_condition(&mut self, n: usize, now: i64) {
        let c = &mut self.conditions[n];
        if c.ends().is_some_and(|at| at <= now) {
            (c.hides, c.over, c.doubt, c.grace) = (false, None, None, None);
            for i in c.alarms.clone() {
                let name = self.conditions[n].name;
                self.show(i, HideKind::ByDesign, Some(name), Cause::Unsuppress, name, now);
            }
        }
    }

    /// The program ended and began again: what hides by design waits for its inputs.
    pub(super) fn restart(&mut self, now: i64) {
        for c in &mut self.conditions {
            (c.said, c.over, c.doubt) = (None, None, None);
            c.grace = c.hides.then_some(now + HEARD);
        }
        self.look(now);
    }
}
