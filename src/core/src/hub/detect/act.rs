//! What people do to a model: freeze it, let it learn again, make it begin anew. Each is a row of the alarm's journal.

use std::sync::Arc;

use crate::alarm::{Cause, Outcome, Seen};
use crate::event::Event;
use crate::hub::Step;
use crate::hub::field::Field;
use crate::input::ModelAct;
use crate::registry::AlarmSource;
use crate::{Actor, AlarmId, Refusal, Reply};

use super::Frozen;

impl Field {
    /// A person acts on the model of an alarm.
    pub(in crate::hub) fn act_on_model(
        &mut self,
        id: AlarmId,
        act: ModelAct,
        reason: &Arc<str>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Reply, Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::Invalid { field: "reason", detail: "say why".to_owned() });
        }
        let not_found = || Refusal::NotFound { what: "model", id: id.0.to_string() };
        let number = self.detectors.find(id).ok_or_else(not_found)?;
        let rule = step.registry.rule(id);
        let place = self.detectors.slots[number].inbox as usize;
        self.detectors.open(place);
        let slot = &mut self.detectors.slots[number];
        let cause = match act {
            ModelAct::Freeze if slot.more.frozen.is_some() => {
                return Err(Refusal::Conflict { state: "frozen", detail: "the model is frozen already".to_owned() });
            }
            ModelAct::Freeze => {
                slot.more.frozen = Some(Frozen { by: actor.name.clone(), reason: reason.clone(), since: step.now });
                slot.detector.freeze(true);
                Cause::Freeze
            }
            ModelAct::Unfreeze if slot.more.frozen.is_none() => {
                return Err(Refusal::Conflict { state: "learning", detail: "the model is not frozen".to_owned() });
            }
            ModelAct::Unfreeze => {
                slot.more.frozen = None;
                slot.detector.freeze(false);
                Cause::Unfreeze
            }
            ModelAct::Reset => {
                slot.detector.reset();
                slot.detector.freeze(false);
                slot.forget();
                slot.more.frozen = None;
                self.detectors.inboxes.disturb(place);
                Cause::Relearn
            }
        };
        slot.unsaved = false;
        step.out.events.push(Event::Model(Box::new(slot.state(&self.detectors.inboxes))));
        let transition = self.book.tell(id, rule, cause, actor, reason.clone(), step.now);
        step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: Some(transition) });
        if act == ModelAct::Reset {
            self.nothing_known(id, step);
        }
        Ok(Reply::Alarm(self.book.alarm(id)))
    }

    /// An alarm whose detector has forgotten everything ends: else it would never learn again what is normal.
    fn nothing_known(&mut self, id: AlarmId, step: &mut Step<'_>) {
        let AlarmSource::Point(point) = step.registry.alarms[id.index()].source else { return };
        let outcome = if self.book.is_raised(id) { Outcome::Clear } else { self.book.give_up(id) };
        let record = &self.records[point.index()];
        let seen = Seen { value: record.value, quality: record.quality(), source: step.now };
        self.carry_out(id, step.registry.rule(id), outcome, seen, step);
        self.rewatch(point, step.registry);
    }
}
