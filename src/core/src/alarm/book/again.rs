//! Held alarms that settle, and acknowledged ones that are annunciated again.

use super::super::{Cause, Happening, State, Transition};
use super::{Book, Due};
use crate::registry::Rule;
use crate::{AlarmId, Ts};

/// What becomes of an alarm that was acknowledged long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Nothing is due.
    Nothing,
    /// It is true: it is annunciated again.
    Now,
    /// It is held and quiet: another look later, which a restart must know of.
    Later,
}

impl Book {
    /// Lets go of an alarm that chattered and has been quiet for long enough.
    pub(crate) fn settle(&mut self, id: AlarmId, rule: &Rule, now: Ts) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        cell.settling = false;
        let detail = self.details.get_mut(&id)?;
        let at = detail.chatter.settles()?;
        if at > now {
            cell.settling = true;
            self.timers.insert((at, id, Due::Settle));
            return None;
        }
        detail.chatter.settle(now);
        (cell.held, cell.abnormal) = (false, false);
        let from = cell.state;
        cell.state = from.after(Happening::Clear, rule.latching).unwrap_or(from);
        Some(self.moved(id, rule, from, Cause::Settle, None, None, now))
    }

    /// What the time that ran out since an acknowledgement asks for.
    pub(crate) fn again(&mut self, id: AlarmId, rule: &Rule, now: Ts) -> Again {
        let (state, raised) = (self.state(id), self.is_raised(id));
        let Some(detail) = self.details.get_mut(&id).filter(|_| state == State::Acknowledged) else {
            return Again::Nothing;
        };
        let Some((at, after)) = detail.re_alarm_at(rule).filter(|at| *at <= now).zip(rule.handling.re_alarm) else {
            return Again::Nothing;
        };
        if raised {
            return Again::Now;
        }
        // held, and quiet at the moment
        let later = (now + after).max(at);
        detail.chatter.look = Some(later);
        self.timers.insert((later, id, Due::ReAlarm));
        Again::Later
    }
}
