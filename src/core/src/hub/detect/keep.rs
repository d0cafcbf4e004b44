//! Models outlive the program: each is handed out to be stored once in a while, and taken back at the start.

use std::sync::Arc;

use crate::detect::Model;
use crate::event::Event;
use crate::hub::Step;
use crate::hub::field::Field;
use crate::registry::DetectorRule;
use crate::{AlarmId, Millis, Registry, Ts};

use super::{Detector, Detectors, ModelState};

/// Every model that learned is handed out once in this time: a crash loses no more of what was learned.
pub(super) const EVERY: Millis = Millis::mins(5);

/// Who froze a model, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// User name.
    pub by: Arc<str>,
    /// Not empty.
    pub reason: Arc<str>,
    /// Since when.
    pub since: Ts,
}

/// A model as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedModel {
    /// Whose rule.
    pub alarm: AlarmId,
    /// What was learned.
    pub model: Model,
    /// Who froze it.
    pub frozen: Option<Frozen>,
    /// [`DetectorRule::signature`](crate::registry::DetectorRule::signature) of the rule it was learned for.
    pub signature: String,
}

/// How far the present round of saving is: the slots are handed out in their order, evenly over [`EVERY`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    since: Option<Ts>,
    next: usize,
}

impl Detectors {
    /// Takes back what was stored.
    pub(in crate::hub) fn restore(&mut self, registry: &Registry, saved: Vec<SavedModel>) {
        for SavedModel { alarm, model, frozen, signature } in saved {
            let Some(number) = self.find(alarm) else { continue };
            let Some(rule) = &registry.rule(alarm).detector else { continue };
            if model.version != Model::VERSION || model.kind != rule.spec.kind.name() {
                self.refused.push((alarm, "it is of another version or kind"));
            } else if signature != rule.signature() {
                self.refused.push((alarm, "the rule has changed since"));
            } else if let Some(plan) = self.plan(registry, alarm) {
                let slot = &mut self.slots[number];
                slot.detector = Detector::restore(plan, &model);
                slot.detector.freeze(frozen.is_some());
                slot.more.frozen = frozen;
            }
        }
    }

    /// Takes over from another registry what means the same there; `old` finds an alarm and its rule in it.
    pub(in crate::hub) fn inherit<'a>(
        &mut self,
        from: &mut Self,
        registry: &Registry,
        old: impl Fn(AlarmId) -> Option<(AlarmId, &'a DetectorRule)>,
    ) {
        from.open_all();
        for number in 0..self.slots.len() {
            let alarm = self.slots[number].alarm;
            let (Some(rule), Some(plan)) = (&registry.rule(alarm).detector, self.plan(registry, alarm)) else {
                continue;
            };
            let slot = &mut self.slots[number];
            let Some((was, before)) = old(alarm).filter(|(_, r)| r.signature() == rule.signature()) else {
                continue;
            };
            let Some(known) = from.find(was).and_then(|n| from.slots.get_mut(n)) else { continue };
            if *before == **rule {
                std::mem::swap(&mut slot.detector, &mut known.detector);
                slot.detector.share(&plan);
                slot.more.last = known.more.last;
            } else {
                slot.detector = Detector::restore(plan, &known.detector.model());
            }
            (slot.more.frozen, slot.unsaved) = (known.more.frozen.take(), known.unsaved);
            self.arm(number);
        }
    }

    /// Saved models that were not taken, with the reason.
    pub(in crate::hub) fn refused(&self) -> &[(AlarmId, &'static str)] {
        &self.refused
    }

    /// The next ones of the round that have something new.
    fn round(&mut self, now: Ts) -> Vec<ModelState> {
        let since = *self.keep.since.get_or_insert(now);
        let count = self.slots.len();
        let share = (now - since).0.clamp(0, EVERY.0) as f64 / EVERY.0 as f64;
        let to = ((count as f64 * share) as usize).min(count);
        let from = self.keep.next.min(to);
        self.keep =
            if to == count { Turn { since: Some(now), next: 0 } } else { Turn { since: Some(since), next: to } };
        (from..to).filter_map(|number| self.take(number)).collect()
    }

    /// The state of one that has learned something since it was asked last.
    fn take(&mut self, number: usize) -> Option<ModelState> {
        let place = self.slots.get(number)?.inbox as usize;
        self.open(place);
        let slot = self.slots.get_mut(number)?;
        std::mem::take(&mut slot.unsaved).then(|| slot.state(&self.inboxes))
    }
}

impl Field {
    /// Hands out the models whose turn it is. While the database is away they wait: the log is for what cannot be had again.
    pub(in crate::hub) fn save_some(&mut self, step: &mut Step<'_>) {
        if self.detectors.slots.is_empty() || self.links.store_down {
            return;
        }
        let models = self.detectors.round(step.now);
        step.out.events.extend(models.into_iter().map(|m| Event::Model(Box::new(m))));
    }

    /// Hands out all models that learned something: the hub stops.
    pub(in crate::hub) fn save_all(&mut self, step: &mut Step<'_>) {
        let detectors = &mut self.detectors;
        let models = (0..detectors.slots.len()).filter_map(|number| detectors.take(number));
        step.out.events.extend(models.map(|m| Event::Model(Box::new(m))));
    }
}
