//! All commands that are live, those that ended lately, and what changed in this step.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::{Cause, Control, ControlState, Outcome};
use crate::{Actor, ControlNo, Event, Refusal, Ts};

/// Ended commands kept so that a late request is answered with what came of them.
const ENDED_KEPT: usize = 256;

/// Everything control knows.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(super) all: BTreeMap<ControlNo, Control>,
    /// The one live command of a point.
    pub(super) holds: BTreeMap<Arc<str>, ControlNo>,
    /// When selections run out and executions are given up.
    pub(super) due: BTreeSet<(Ts, ControlNo)>,
    /// Executing now.
    pub(super) running: usize,
    pub(super) last: u64,
    ended: VecDeque<ControlNo>,
    changed: BTreeSet<ControlNo>,
    /// Executing when the hub stopped: nobody knows whether they were sent.
    abandoned: Vec<ControlNo>,
}

/// The desk's part of what a restart brings back.
#[derive(Debug, Default)]
pub(crate) struct SavedDesk {
    pub(crate) controls: Vec<Control>,
    pub(crate) last: u64,
}

impl Desk {
    /// A desk with what was saved: selections run on; what was executing is given up with the first step.
    pub(crate) fn restored(saved: SavedDesk) -> Self {
        let mut desk = Self { last: saved.last, ..Self::default() };
        for control in saved.controls.into_iter().filter(|c| c.state.is_live()) {
            desk.last = desk.last.max(control.no.0);
            match control.state {
                ControlState::Executing => {
                    desk.running += 1;
                    desk.abandoned.push(control.no);
                }
                _ => {
                    desk.due.insert((control.expires, control.no));
                }
            }
            desk.holds.insert(control.point.clone(), control.no);
            desk.all.insert(control.no, control);
        }
        desk
    }

    /// The first step after a restart.
    pub(crate) fn wake(&mut self, now: Ts) {
        for no in std::mem::take(&mut self.abandoned) {
            let detail = "the hub stopped while it was being executed; sent or not: look at the device";
            self.outcome(now, no, Outcome::Unknown { cause: Cause::Restart, detail: detail.into() });
        }
    }

    /// Live commands and those that ended lately, oldest first.
    pub(crate) fn controls(&self) -> impl Iterator<Item = &Control> + '_ {
        self.all.values()
    }

    /// Time passed: selections run out, and executions nobody heard of again are given up.
    pub(crate) fn tick(&mut self, now: Ts) {
        while let Some(&(at, no)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            match self.all.get(&no).map(|c| c.state) {
                Some(ControlState::Selected) => self.end(now, no, &Actor::hub(), ControlState::Expired),
                Some(ControlState::Executing) => {
                    let detail = "the link never said what came of it; look at the device";
                    self.outcome(now, no, Outcome::Unknown { cause: Cause::Lost, detail: detail.into() });
                }
                _ => {}
            }
        }
    }

    /// What came of a command. Only one that is being executed can still change.
    pub(crate) fn outcome(&mut self, now: Ts, no: ControlNo, outcome: Outcome) {
        let Some(control) = self.all.get_mut(&no).filter(|c| c.state == ControlState::Executing) else { return };
        let state = match outcome {
            Outcome::Verified => ControlState::Verified,
            Outcome::Unverified { found, detail } => {
                (control.cause, control.found, control.detail) = (Some(Cause::ReadBack), found, detail);
                ControlState::Unverified
            }
            Outcome::Failed { cause, detail } => {
                (control.cause, control.detail) = (Some(cause), detail);
                ControlState::Failed
            }
            Outcome::Unknown { cause, detail } => {
                (control.cause, control.detail) = (Some(cause), detail);
                ControlState::Unknown
            }
        };
        self.end(now, no, &Actor::hub(), state);
    }

    /// A new site: numbers in it are others, commands go by names. What a person selected was meant for the old one.
    pub(crate) fn reload(&mut self, now: Ts) {
        let selected: Vec<ControlNo> =
            self.all.values().filter(|c| c.state == ControlState::Selected).map(|c| c.no).collect();
        for no in selected {
            if let Some(control) = self.all.get_mut(&no) {
                control.cause = Some(Cause::Reload);
                control.detail = "the site was read anew; select it again".into();
            }
            self.end(now, no, &Actor::hub(), ControlState::Cancelled);
        }
        self.changed.extend(self.holds.values());
    }

    /// Puts a command into a final state and lets go of its point.
    pub(super) fn end(&mut self, now: Ts, no: ControlNo, by: &Actor, state: ControlState) {
        let Some(control) = self.all.get_mut(&no).filter(|c| c.state.is_live()) else { return };
        if control.state == ControlState::Executing {
            self.running = self.running.saturating_sub(1);
        }
        (control.state, control.finished) = (state, Some((by.clone(), now)));
        self.holds.remove(&control.point);
        self.due.retain(|(_, of)| *of != no);
        self.changed.insert(no);
        self.ended.push_back(no);
    }

    /// A command that is known; what is long ended is for the store.
    pub(super) fn find(&self, no: ControlNo) -> Result<&Control, Refusal> {
        self.all.get(&no).ok_or_else(|| match no.0 {
            1.. if no.0 <= self.last => {
                Refusal::Conflict { state: "ended", detail: format!("{no} ended some time ago; select it again") }
            }
            _ => Refusal::NotFound { what: "command", id: no.to_string() },
        })
    }

    /// Changes a command and notes it.
    pub(super) fn edit(&mut self, no: ControlNo, edit: impl FnOnce(&mut Control)) {
        if let Some(control) = self.all.get_mut(&no) {
            edit(control);
            self.changed.insert(no);
        }
    }

    /// Emits what the step changed, and forgets what ended long ago.
    pub(crate) fn flush(&mut self, events: &mut Vec<Event>) {
        while let Some(no) = self.changed.pop_first() {
            events.extend(self.all.get(&no).map(|c| Event::Control(Box::new(c.clone()))));
        }
        while self.ended.len() > ENDED_KEPT
            && let Some(oldest) = self.ended.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}
