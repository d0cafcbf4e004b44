//! What follows from a move of an alarm: events, the crew, floods and groups; and what time does to alarms.

use crate::alarm::{Again, Cause, Due, Happening, HideKind, State, Transition};
use crate::registry::{AlarmKind, AlarmSource, Rule};
use crate::{Actor, AlarmId, Event};

use super::Step;
use super::field::Field;

impl Field {
    /// Tells of a move and does what follows from it.
    pub(super) fn tell(&mut self, id: AlarmId, rule: &Rule, transition: Transition, step: &mut Step<'_>) {
        let anew = transition.to == State::Unacknowledged
            && transition.from != State::Unacknowledged
            && transition.cause != Cause::ReAlarm;
        let (to, cause) = (transition.to, transition.cause);
        if anew {
            self.send_crew(id, rule, step);
            self.floods.annunciated(step.registry.position_of(id), step.now);
            self.join(id, step);
        } else if to == State::Normal {
            self.leave(id);
        }
        step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: Some(transition) });
        if matches!(cause, Cause::Clear | Cause::Settle)
            && rule.handling.auto_ack
            && to == State::ReturnedUnacknowledged
        {
            self.happen(id, rule, Happening::Acknowledge, Some(&Actor::hub()), step);
        }
        if anew && cause == Cause::Raise {
            self.re_alarm_below(id, rule.kind, step);
        }
    }

    /// Something happens to an alarm that no value tells.
    fn happen(&mut self, id: AlarmId, rule: &Rule, happening: Happening, actor: Option<&Actor>, step: &mut Step<'_>) {
        if let Some(transition) = self.book.transition(id, rule, happening, None, step.now, actor) {
            self.tell(id, rule, transition, step);
        }
    }

    /// It became worse: the lesser alarm of the point that somebody has acknowledged is annunciated again, where its
    /// rule asks for that.
    fn re_alarm_below(&mut self, id: AlarmId, kind: AlarmKind, step: &mut Step<'_>) {
        let below = match kind {
            AlarmKind::HighHigh => AlarmKind::High,
            AlarmKind::LowLow => AlarmKind::Low,
            _ => return,
        };
        let AlarmSource::Point(point) = step.registry.alarms[id.index()].source else { return };
        for other in step.registry.points[point.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(other);
            if rule.kind == below && rule.handling.re_alarm.is_some() && self.book.is_raised(other) {
                self.happen(other, rule, Happening::ReAlarm, None, step);
            }
        }
    }

    /// What is due for alarms: shelves that end, chatter that is over, what waits for people.
    pub(super) fn alarm_timers(&mut self, step: &mut Step<'_>) {
        while let Some((id, due)) = self.book.pop_timer(step.now) {
            let (rule, now) = (step.registry.rule(id), step.now);
            let transition = match due {
                Due::Shelf if self.book.shelf_is_over(id, now) => {
                    self.book.show(id, rule, HideKind::Shelved, Cause::Expire, now, &Actor::hub(), None)
                }
                Due::Shelf => None,
                Due::ShelfWarning => self.book.warn_shelf(id, rule, now),
                Due::Settle => self.book.settle(id, rule, now),
                Due::ReAlarm => match self.book.again(id, rule, now) {
                    Again::Now => self.book.transition(id, rule, Happening::ReAlarm, None, now, None),
                    Again::Later => {
                        step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: None });
                        None
                    }
                    Again::Nothing => None,
                },
                Due::Request if self.book.request(id).is_some_and(|r| r.expires <= now) => {
                    self.book.drop_request(id, rule, Cause::RequestExpired, None, now)
                }
                Due::Request => None,
            };
            if let Some(transition) = transition {
                self.tell(id, rule, transition, step);
            }
        }
    }

    /// Opens an incident for an annunciated alarm whose rule sends a crew.
    fn send_crew(&mut self, id: AlarmId, rule: &Rule, step: &mut Step<'_>) {
        if let Some(dispatch) = rule.dispatch.as_ref().filter(|d| d.auto)
            && self.book.state(id).is_annunciated()
        {
            let incident = step.board.alarm_raised(step.registry, step.now, id, &dispatch.skill);
            self.book.set_incident(id, incident);
        }
    }
}
