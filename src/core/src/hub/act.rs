//! What people do to alarms: acknowledge, reset, hide, show again, confirm what another asked for.

use std::sync::Arc;

use crate::alarm::{Act, Alarm, Cause, Happening, Hide, HideKind, Request, Transition};
use crate::registry::Rule;
use crate::{Actor, AlarmId, Refusal, Reply, Ts};

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
        self.one(id, act, seq, actor, step).map(Reply::Alarm)
    }

    /// A person acknowledges many; each is answered for itself.
    pub(super) fn acknowledge(
        &mut self,
        alarms: Vec<(AlarmId, Option<u64>)>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Reply {
        Reply::Alarms(alarms.into_iter().map(|(id, seq)| self.one(id, Act::Acknowledge, seq, actor, step)).collect())
    }

    fn one(
        &mut self,
        id: AlarmId,
        act: Act,
        seq: Option<u64>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Alarm, Refusal> {
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
                let long = until.0.saturating_sub(now.0) > step.registry.alarm_policy.two_person_shelve.0;
                let by = actor.name.clone();
                let hide = Hide { by, reason, since: now, until: Some(until), warned: false };
                (self.hide(id, rule, HideKind::Shelved, hide, long, actor, step), "nothing to shelve")
            }
            Act::Hide { kind, reason } => {
                let hide = Hide { by: actor.name.clone(), reason, since: now, until: None, warned: false };
                (self.hide(id, rule, kind, hide, true, actor, step), "nothing to hide")
            }
            Act::Show(kind) => (self.book.show(id, rule, kind, kind.ends(), now, actor, None), "nothing to show again"),
            Act::Confirm => {
                let request = self.book.request(id);
                if request.is_some_and(|r| r.by == actor.name) {
                    return Err(conflict("another person than the one who asked must confirm".to_owned()));
                }
                if request.is_some_and(|r| r.expires <= now) {
                    return Err(conflict("the time to confirm it is over".to_owned()));
                }
                (self.book.confirm(id, rule, now, actor), "nothing to confirm")
            }
            Act::Refuse => (self.book.drop_request(id, rule, Cause::Refuse, Some(actor), now), "nothing to refuse"),
            Act::Assign { to } => {
                (self.book.assign(id, rule, to, now, actor), "nothing to change: it is in those hands")
            }
            Act::Comment { text } => (Some(self.book.comment(id, rule, text, now, actor)), "nothing to say"),
        };
        let Some(transition) = transition else {
            return Err(conflict(format!("the alarm is {state}: there is {otherwise}")));
        };
        self.tell(id, rule, transition, step);
        Ok(self.book.alarm(id))
    }

    /// Hides an alarm, or asks for a second person where its rule wants one for what lasts `long`.
    #[expect(clippy::too_many_arguments, reason = "what a journal row consists of")]
    fn hide(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        kind: HideKind,
        hide: Hide,
        long: bool,
        actor: &Actor,
        step: &Step<'_>,
    ) -> Option<Transition> {
        if !(rule.handling.two_person && long) {
            return self.book.hide(id, rule, kind, hide, actor);
        }
        let Hide { by, reason, since: at, until, .. } = hide;
        // nobody confirms a time that is over
        let expires = until.into_iter().fold(at + step.registry.alarm_policy.two_person_within, Ts::min);
        self.book.ask(id, rule, Request { kind, until, by, reason, at, expires }, actor)
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
        Act::Acknowledge
        | Act::Reset
        | Act::Show(_)
        | Act::Confirm
        | Act::Refuse
        | Act::Assign { .. }
        | Act::Comment { .. } => Ok(()),
    }
}

fn given(reason: &Arc<str>) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::Invalid { field: "reason", detail: "say why".to_owned() });
    }
    Ok(())
}
