//! Values that people enter: of points without a source, in place of a measured value, and to start a total again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{Entry, EntryKind};
use crate::point::{Admitted, Record, admit, flag};
use crate::registry::PointSource;
use crate::{Actor, Delivery, Event, PointId, Quality, Reason, Refusal, Reply, Sample, Ts};

use super::Step;
use super::field::Field;

/// A value that stands in place of what comes from the field.
#[derive(Clone, Debug, PartialEq)]
pub struct Substitute {
    /// Which point.
    pub point: PointId,
    /// In its unit.
    pub value: f64,
    /// Why; not empty.
    pub reason: Arc<str>,
    /// User name.
    pub by: Arc<str>,
    /// Since when.
    pub since: Ts,
    /// When it ends by itself.
    pub until: Option<Ts>,
}

const SUBSTITUTE: Quality = Quality::Uncertain(Reason::Substituted);

/// Substitutes, and what would be shown without them.
#[derive(Debug, Default)]
pub(super) struct Substituted(BTreeMap<PointId, (Substitute, Record)>);

impl Substituted {
    /// All of them, with the live record.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Substitute, Record)> + '_ {
        self.0.values().map(|(s, live)| (s, *live))
    }

    /// Another compiled type of what is behind.
    pub(super) fn set_kind(&mut self, point: PointId, kind: u32) {
        if let Some((_, live)) = self.0.get_mut(&point) {
            live.kind = kind;
        }
    }

    /// Another quality of what is behind.
    pub(super) fn requalify(&mut self, point: PointId, quality: Quality) {
        if let Some((_, live)) = self.0.get_mut(&point) {
            live.quality = quality.code();
        }
    }
}

impl Field {
    /// The record as the field tells it, substituted or not.
    pub(super) fn behind(&self, point: PointId) -> Record {
        self.substituted.0.get(&point).map_or(self.records[point.index()], |(_, live)| *live)
    }

    /// A sample of a substituted point: to the historian as it came, and remembered for when the substitute ends.
    pub(super) fn behind_substitute(&mut self, sample: Sample, step: &mut Step<'_>) {
        let Some((_, live)) = self.substituted.0.get_mut(&sample.point) else { return };
        let kind = &self.kinds[live.kind as usize];
        match admit(live, kind, step.registry.late_after, sample) {
            Admitted::Fresh(s) | Admitted::LastKnown(s) => {
                (live.value, live.ts, live.received) = (s.value, s.ts.0, s.received.0);
                live.quality = s.quality.code();
                step.out.history.push(s);
                if s.delivery == Delivery::Live {
                    self.records[s.point.index()].heard = s.received.0;
                    self.time(s.point.index());
                }
            }
            Admitted::Historical(s) | Admitted::Overtaken(s) => step.out.history.push(s),
            Admitted::Duplicate => {}
        }
    }

    /// Lets a substitute stand; what is shown moves, nothing else.
    pub(super) fn put_substitute(&mut self, substitute: Substitute) {
        let Some(&record) = self.records.get(substitute.point.index()) else { return };
        let live = self.behind(substitute.point);
        let shown = &mut self.records[substitute.point.index()];
        let Substitute { value, since, .. } = substitute;
        *shown = Record { value, shown: value, ts: since.0, received: since.0, quality: SUBSTITUTE.code(), ..record };
        shown.set(flag::SUBSTITUTED, true);
        self.substituted.0.insert(substitute.point, (substitute, live));
    }

    /// A person enters a value.
    pub(super) fn enter(
        &mut self,
        point: PointId,
        value: f64,
        reason: &Arc<str>,
        ts: Option<Ts>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Reply, Refusal> {
        let record = self.check(point, value, reason, step)?;
        let at = ts.unwrap_or(step.now);
        if at > step.now {
            return Err(Refusal::Invalid { field: "ts_ms", detail: "lies in the future".to_owned() });
        }
        let kind = match &step.registry.point_type(&step.registry.points[point.index()]).source {
            PointSource::Manual => EntryKind::Value,
            PointSource::Total(_) if value < 0.0 => {
                return Err(Refusal::Invalid { field: "value", detail: "a total is never below 0".to_owned() });
            }
            PointSource::Total(_) => EntryKind::Reset,
            PointSource::Device | PointSource::Calc(_) => {
                let detail = "the point has a source of its own; substitute its value instead".to_owned();
                return Err(Refusal::Conflict { state: "measured", detail });
            }
        };
        let mut at = at;
        if kind == EntryKind::Reset {
            // after everything that was counted before
            at = Ts(step.now.0.max(record.ts.saturating_add(1)));
            self.derived.reset(point, value);
        }
        let (delivery, quality) = (Delivery::Live, Quality::Good);
        let sample = Sample { point, ts: at, received: step.now, value, quality, delivery };
        let before = self.behind(point);
        if before.ts == Record::NEVER || at.0 > before.ts {
            self.fresh(sample, false, step);
        } else if at.0 == before.ts {
            let detail = "a value of that moment is known already".to_owned();
            return Err(Refusal::Conflict { state: "known", detail });
        } else {
            step.out.history.push(sample);
        }
        self.journal(Entry::of(point, kind, actor, step.now).with(value, reason, at), step);
        Ok(Reply::Point(point))
    }

    /// A person puts a value in place of the measured one.
    pub(super) fn substitute(
        &mut self,
        point: PointId,
        value: f64,
        reason: &Arc<str>,
        until: Option<Ts>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Reply, Refusal> {
        self.check(point, value, reason, step)?;
        let by = actor.name.clone();
        let substitute = Substitute { point, value, reason: reason.clone(), by, since: step.now, until };
        self.put_substitute(substitute.clone());
        step.out.events.push(Event::Substitute(substitute));
        let entry = Entry::of(point, EntryKind::Substitute, actor, step.now).with(value, reason, step.now);
        self.journal(Entry { until, ..entry }, step);
        self.show(point, step);
        Ok(Reply::Point(point))
    }

    /// A person ends a substitute.
    pub(super) fn unsubstitute(
        &mut self,
        point: PointId,
        reason: &Arc<str>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> Result<Reply, Refusal> {
        if self.records.get(point.index()).is_none() {
            return Err(Refusal::NotFound { what: "point", id: point.0.to_string() });
        }
        if !self.end_substitute(point, EntryKind::Unsubstitute, reason, actor, step) {
            let detail = "no substitute stands for the point".to_owned();
            return Err(Refusal::Conflict { state: "not-substituted", detail });
        }
        Ok(Reply::Point(point))
    }

    /// Ends substitutes whose time has run out.
    pub(super) fn expire(&mut self, step: &mut Step<'_>) {
        let over = |s: &Substitute| s.until.is_some_and(|until| until <= step.now);
        let points: Vec<PointId> = self.substituted.all().filter(|(s, _)| over(s)).map(|(s, _)| s.point).collect();
        for point in points {
            self.end_substitute(point, EntryKind::Expired, &"".into(), &Actor::hub(), step);
        }
    }

    fn end_substitute(
        &mut self,
        point: PointId,
        kind: EntryKind,
        reason: &Arc<str>,
        actor: &Actor,
        step: &mut Step<'_>,
    ) -> bool {
        let Some((_, live)) = self.substituted.0.remove(&point) else { return false };
        let record = &mut self.records[point.index()];
        record.set(flag::SUBSTITUTED, false);
        *record = Record { flags: record.flags, heard: record.heard, shown: live.value, ..live };
        step.out.events.push(Event::SubstituteEnded(point));
        self.journal(Entry::of(point, kind, actor, step.now).with(live.value, reason, step.now), step);
        self.show(point, step);
        true
    }

    /// What is shown of a point is another value now: screens, those who calculate with it, and alarms see it.
    fn show(&mut self, point: PointId, step: &mut Step<'_>) {
        step.out.changed.push(point);
        if self.records[point.index()].is(flag::FEEDS) {
            self.fed(point, None);
        }
        self.evaluate(point, None, step);
    }

    fn check(&self, point: PointId, value: f64, reason: &str, step: &Step<'_>) -> Result<Record, Refusal> {
        let Some(record) = self.records.get(point.index()) else {
            return Err(Refusal::NotFound { what: "point", id: point.0.to_string() });
        };
        if !value.is_finite() {
            return Err(Refusal::Invalid { field: "value", detail: "expected a number".to_owned() });
        }
        if !self.kinds[record.kind as usize].is_plausible(value) {
            let unit = &step.registry.point_type(&step.registry.points[point.index()]).unit;
            let (low, high) = self.kinds[record.kind as usize].range;
            let detail = format!("{value} is outside the point's range, {low} to {high} {unit}");
            return Err(Refusal::Invalid { field: "value", detail });
        }
        if reason.trim().is_empty() {
            return Err(Refusal::Invalid { field: "reason", detail: "say why".to_owned() });
        }
        Ok(*record)
    }

    fn journal(&self, entry: Entry, step: &mut Step<'_>) {
        step.out.events.push(Event::Entry(Box::new(entry)));
    }
}
