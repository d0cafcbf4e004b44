//! What people do to alarms: acknowledge, reset, hide, show again.

use std::sync::Arc;

use crate::alarm::{Act, Cause, Happening, Hide, HideKind, Transition};
use crate::registry::Rule;
use crate::{Actor, AlarmId, Event, Refusal, Reply, Ts};

use super::Step;
use super::field::Field;

impl Field {
    /// A person acts; with `seq` only on an alarm that has not moved since it was looked at.
    pub(super) fn act(
        &mut self,
        id: AlarmId,
        act: Act,
        seq: Option<u64>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Reply, Refusal> {
        if id.index() >= step.registry.alarms.len() {
            return Err(Refusal::NotFound { what: "alarm", id: id.0.to_string() });
        }
        let rule = step.registry.rule(id);
        valid(&act, rule, step)?;
        let state = self.book.state(id).name();
        let conflict = |detail| Refusal::Conflict { state, detail };
        if seq.is_some_and(|seq| seq != self.book.seq(id)) {
            return Err(conflict("the alarm has moved since; look at it again".to_owned()));
        }
        let now = step.now;
        let (transition, otherwise) = match act {
            Act::Acknowledge => (
                self.book.transition(id, rule, Happening::Acknowledge, None, now, Some(actor)),
                "nothing to acknowledge",
            ),
            Act::Reset => {
                (self.book.transition(id, rule, Happening::Reset, None, now, Some(actor)), "nothing to reset")
            }
            Act::Shelve { until, reason } => {
                let hide = Hide { by: actor.name.clone(), reason, since: now, until: Some(until) };
                (self.book.hide(id, rule, HideKind::Shelved, hide, actor), "nothing to shelve")
            }
            Act::Hide { kind, reason } => {
                let hide = Hide { by: actor.name.clone(), reason, since: now, until: None };
                (self.book.hide(id, rule, kind, hide, actor), "nothing to hide")
            }
            Act::Show(kind) => (self.book.show(id, rule, kind, kind.ends(), now, actor), "nothing to show again"),
            Act::Assign { to } => {
                (self.book.assign(id, rule, to, now, actor), "nothing to change: it is in those hands")
            }
            Act::Comment { text } => (Some(self.book.comment(id, rule, text, now, actor)), "nothing to say"),
        };
        let Some(transition) = transition else {
            return Err(conflict(format!("the alarm is {state}: there is {otherwise}")));
        };
        self.moved(id, rule, transition, step);
        Ok(Reply::Alarm(self.book.alarm(id)))
    }

    /// Shelved alarms whose time is over.
    pub(super) fn clear_shelf(&mut self, step: &mut Step<'_>) {
        while let Some(id) = self.book.pop_shelf(step.now) {
            let rule = step.registry.rule(id);
            let shown = self.book.show(id, rule, HideKind::Shelved, Cause::Expire, step.now, &Actor::hub());
            let Some(transition) = shown else { return };
            self.moved(id, rule, transition, step);
        }
    }

    /// Tells of a move; what is annunciated anew sends its crew as if it had just risen.
    fn moved(&mut self, id: AlarmId, rule: &Rule, transition: Transition, step: &mut Step<'_>) {
        if transition.from.is_hidden() && transition.to.is_annunciated() {
            self.send_crew(id, rule, step);
        }
        step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: Some(transition) });
    }

    /// Opens an incident for an annunciated alarm whose rule sends a crew.
    pub(super) fn send_crew(&mut self, id: AlarmId, rule: &Rule, step: &mut Step<'_>) {
        if let Some(dispatch) = rule.dispatch.as_ref().filter(|d| d.auto)
            && self.book.state(id).is_annunciated()
        {
            let incident = step.board.alarm_raised(step.registry, step.now, id, &dispatch.skill);
            self.book.set_incident(id, incident);
        }
    }
}

/// A hidden alarm has a reason, a shelved one comes back in time.
fn valid(act: &Act, rule: &Rule, step: &Step<'_>) -> Result<(), Refusal> {
    match act {
        Act::Shelve { until, reason } => {
            let longest = step.registry.shelving.longest(rule.priority);
            if *until <= step.now || *until > Ts(step.now.0.saturating_add(longest.0)) {
                let (priority, minutes) = (rule.priority.name(), longest.0 / 60_000);
                let detail = format!("a {priority} alarm may be shelved for 1 to {minutes} minutes");
                return Err(Refusal::Invalid { field: "minutes", detail });
            }
            given(reason)
        }
        Act::Hide { reason, .. } => given(reason),
        Act::Comment { text } if text.trim().is_empty() => {
            Err(Refusal::Invalid { field: "text", detail: "say something".to_owned() })
        }
        Act::Acknowledge | Act::Reset | Act::Show(_) | Act::Assign { .. } | Act::Comment { .. } => Ok(()),
    }
}

fn given(reason: &Arc<str>) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::Invalid { field: "reason", detail: "say why".to_owned() });
    }
    Ok(())
}
