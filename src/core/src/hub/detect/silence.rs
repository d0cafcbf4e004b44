//! Silence: what never comes is found by the clock. Silence counts in hub time.

use crate::Ts;
use crate::alarm::Seen;
use crate::detect::{DetectorKind, Local, Look};
use crate::hub::Step;
use crate::hub::field::Field;
use crate::point::flag;
use crate::registry::AlarmSource;

use super::{Detectors, id};

impl Detectors {
    /// Detectors of silence begin to count now: nobody can have reported while the hub was away, or may have.
    pub(in crate::hub) fn wake(&mut self, now: Ts) {
        for number in 0..self.slots.len() {
            self.hear(number, now);
        }
    }

    /// Silence counts from now on, whatever it was before.
    fn hear(&mut self, number: usize, now: Ts) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        if slot.detector.spec().kind == DetectorKind::NoReport {
            let local = Local::default();
            slot.detector.observe(&Look { ts: now, value: f64::NAN, good: false, learn: false, local, beside: &[] });
            self.arm(number);
        }
    }

    /// Asks for a look at a detector of silence when its patience ends.
    pub(super) fn arm(&mut self, number: usize) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        let Some(due) = slot.detector.due() else { return };
        // an entry that is too early is put right when it comes up: most silences end before
        if slot.more.armed.is_none() {
            slot.more.armed = Some(due.0);
            self.due.insert((due.0, id(number)));
        }
    }
}

impl Field {
    /// Silences that may have become too long.
    pub(in crate::hub) fn listen(&mut self, step: &mut Step<'_>) {
        while let Some(&(due, number)) = self.detectors.due.first().filter(|(due, _)| *due <= step.now.0) {
            self.detectors.due.pop_first();
            let number = number as usize;
            let Some(slot) = self.detectors.slots.get_mut(number) else { continue };
            slot.more.armed = None;
            let alarm = slot.alarm;
            let AlarmSource::Point(point) = step.registry.alarms[alarm.index()].source else { continue };
            if self.records[point.index()].is(flag::DOWN | flag::SUBSTITUTED) {
                // whoever does not answer has an alarm of its own
                self.detectors.hear(number, step.now);
                continue;
            }
            if slot.detector.due().is_some_and(|at| at.0 > due.max(step.now.0)) {
                self.detectors.arm(number);
                continue;
            }
            let finding = slot.detector.silence(step.now);
            slot.keep(step.now, finding);
            let Some(met) = self.detectors.met(alarm) else { continue };
            let rule = step.registry.rule(alarm);
            let record = &self.records[point.index()];
            let seen = Seen { value: record.value, quality: record.quality(), source: step.now };
            let outcome = self.book.observe(alarm, rule, met, step.now.0, 0);
            self.carry_out(alarm, rule, outcome, seen, step);
            self.rewatch(point, step.registry);
        }
    }
}
