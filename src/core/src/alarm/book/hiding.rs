//! Hiding alarms in the book, and showing them again.

use std::sync::Arc;

use super::super::{Cause, Hide, HideKind, Hides, State, Transition};
use super::{Book, Due};
use crate::registry::Rule;
use crate::{Actor, AlarmId, Ts};

impl Book {
    pub(super) fn time_shelf(&mut self, id: AlarmId, until: Option<Ts>) {
        let Some(until) = until else { return };
        self.timers.insert((until, id, Due::Shelf));
        if self.policy.shelve_warning.0 > 0 {
            self.timers.insert((Ts(until.0.saturating_sub(self.policy.shelve_warning.0)), id, Due::ShelfWarning));
        }
    }

    /// Hides an alarm; none where it is hidden so already. It is evaluated and journalled on.
    pub(crate) fn hide(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        kind: HideKind,
        hide: Hide,
        actor: &Actor,
    ) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        let detail = self.details.entry(id).or_default();
        let (from, at, reason, until) = (cell.state, hide.since, hide.reason.clone(), hide.until);
        if !detail.hides.add(kind, hide) {
            return None;
        }
        if !cell.goes_on_underneath() {
            cell.abnormal = from.is_raised();
        }
        if cell.held {
            // a timer of this hold may be later than what the next one asks for
            (cell.held, cell.settling) = (false, false);
            detail.chatter.release();
        }
        cell.state = detail.hides.state().unwrap_or(from);
        self.time_shelf(id, until);
        Some(self.moved(id, rule, from, kind.begins(), Some(actor), Some(reason), at))
    }

    /// Ends one way of hiding; none where it was not hidden so. When nothing hides it any more and the condition is
    /// true, it is annunciated anew. Which of several rules ends is said by the name of the actor.
    #[expect(clippy::too_many_arguments, reason = "what a journal row consists of")]
    pub(crate) fn show(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        kind: HideKind,
        cause: Cause,
        now: Ts,
        actor: &Actor,
        reason: Option<Arc<str>>,
    ) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        let detail = self.details.get_mut(&id)?;
        let was = detail.hides.end(kind, &actor.name)?;
        if let Some(until) = was.until {
            self.timers.remove(&(until, id, Due::Shelf));
        }
        let from = cell.state;
        let open = if cell.abnormal { State::Unacknowledged } else { State::Normal };
        cell.state = detail.hides.state().unwrap_or(open);
        if cell.state == State::Unacknowledged {
            detail.raised = Some(now);
            (detail.acked, detail.cleared) = (None, None);
            cell.held = detail.chatter.annunciated(now, &self.policy.chatter, rule.handling.damped);
        }
        Some(self.moved(id, rule, from, cause, Some(actor), reason, now))
    }

    /// The next alarm for which something may be due.
    pub(crate) fn pop_timer(&mut self, now: Ts) -> Option<(AlarmId, Due)> {
        let &(at, id, due) = self.timers.first()?;
        if at > now {
            return None;
        }
        self.timers.pop_first();
        Some((id, due))
    }

    /// Announces that a shelved alarm comes back soon.
    pub(crate) fn warn_shelf(&mut self, id: AlarmId, rule: &Rule, now: Ts) -> Option<Transition> {
        let warning = self.policy.shelve_warning;
        let from = self.state(id);
        let detail = self.details.get_mut(&id)?;
        let hide = detail.hides.get(HideKind::Shelved)?;
        let until = hide.until.filter(|until| until.0 - warning.0 <= now.0 && !hide.warned)?;
        // shelved for no longer than the warning: who did it knows
        if until.0 - hide.since.0 <= warning.0 {
            return None;
        }
        detail.hides.warn(HideKind::Shelved);
        Some(self.moved(id, rule, from, Cause::Expiring, None, None, now))
    }

    /// Whether the time of a shelved alarm is over.
    pub(crate) fn shelf_is_over(&self, id: AlarmId, now: Ts) -> bool {
        let hide = self.details.get(&id).and_then(|d| d.hides.get(HideKind::Shelved));
        hide.and_then(|h| h.until).is_some_and(|until| until <= now)
    }

    /// Ways a rule of the site hides it, by the rules' names.
    pub(crate) fn designs(&self, id: AlarmId) -> Vec<Arc<str>> {
        let hides = self.details.get(&id).map(|d| &d.hides);
        let designs = hides.into_iter().flat_map(Hides::iter).filter(|(kind, _)| *kind == HideKind::ByDesign);
        designs.map(|(_, hide)| hide.by.clone()).collect()
    }
}
