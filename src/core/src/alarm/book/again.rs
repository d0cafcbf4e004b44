//! Held alarms that settle, and acknowledged ones that are annunciated again.

use super::super::{Cause, Happening, State, Transition};
use super::{Book, Due, re_alarm_at};
use crate::registry::Rule;
use crate::{AlarmId, Ts};

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

    /// Whether an acknowledged alarm must be annunciated again, because its time ran out.
    pub(crate) fn wants_again(&mut self, id: AlarmId, rule: &Rule, now: Ts) -> bool {
        let Some(detail) = self.details.get(&id).filter(|_| self.state(id) == State::Acknowledged) else {
            return false;
        };
        let Some(at) = re_alarm_at(detail.acked.as_ref(), rule).filter(|at| *at <= now) else { return false };
        if !self.is_raised(id) {
            // held, and quiet at the moment: another look later
            let later = rule.handling.re_alarm.map_or(now, |after| now + after);
            self.timers.insert((later.max(at), id, Due::ReAlarm));
            return false;
        }
        true
    }
}
