//! The field's side of the hub: samples through point, detect and alarm.

use crate::alarm::{Book, Happening, Outcome, Seen};
use crate::clockwatch::ClockWatch;
use crate::detect::{is_met, is_rate};
use crate::point::{Admitted, Kind, Record, StaleWheel, admit, flag};
use crate::registry::{AlarmKind, Rule, Watched};
use crate::{AlarmId, Current, Event, PointId, Quality, Reason, Registry, Sample, Ts, ahead};

use super::derived::Derived;
use super::detect::Detectors;
use super::flood::Floods;
use super::group::Groups;
use super::links::Links;
use super::substitute::Substituted;
use super::suppress::Suppressions;
use super::{Step, clocks};

/// A value that stands within its deadband is reported to screens again after this much source time, so that its age
/// stays true. Milliseconds.
const REPORT_EVERY: i64 = 10_000;

/// Samples between one thing that a sample needs and the next, which lies where the first one says.
const AHEAD: usize = 16;

/// Current values, links and alarms.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) records: Vec<Record>,
    pub(super) kinds: Vec<Kind>,
    pub(super) book: Book,
    pub(super) stale: StaleWheel,
    pub(super) links: Links,
    pub(super) derived: Derived,
    pub(super) suppressions: Suppressions,
    pub(super) floods: Floods,
    pub(super) groups: Groups,
    /// By asset.
    pub(super) clocks: Vec<ClockWatch>,
    pub(super) substituted: Substituted,
    pub(super) detectors: Detectors,
    /// The times of some source may be refused.
    judged: bool,
    /// Stale timers run from the first step on: a restart gives every point its whole time anew.
    pub(super) started: bool,
}

impl Field {
    /// Nothing received, everything at rest.
    pub(super) fn new(registry: &Registry) -> Self {
        let mut kinds = vec![];
        let mut first_kind = vec![];
        for template in &registry.templates {
            first_kind.push(u32::try_from(kinds.len()).unwrap_or(u32::MAX));
            kinds.extend(template.points.iter().map(|p| Kind::new(p, &registry.rules)));
        }
        let mut records: Vec<Record> = registry
            .points
            .iter()
            .map(|p| {
                let template = registry.assets[p.asset.index()].template as usize;
                let mut record = Record::new(first_kind[template] + u32::from(p.slot));
                let kind = &registry.templates[template].points[usize::from(p.slot)];
                record.set(flag::APART, !kind.source.is_device());
                record
            })
            .collect();
        let derived = Derived::new(registry, &mut records);
        let clocks = clocks::watches(registry, &mut records);
        let book = Book::new(registry.alarms.len(), registry.alarm_policy);
        let links = Links::new(registry);
        let detectors = Detectors::new(registry, &mut records);
        let substituted = Substituted::default();
        let mut field = Self {
            records,
            kinds,
            book,
            stale: StaleWheel::default(),
            links,
            derived,
            detectors,
            suppressions: Suppressions::new(registry),
            floods: Floods::new(registry),
            groups: Groups::new(registry),
            clocks,
            substituted,
            judged: registry.refuses_times(),
            started: false,
        };
        field.feed_suppressions();
        for (i, point) in registry.points.iter().enumerate() {
            let rules = point.alarms.clone().map(|a| registry.alarms[a as usize].rule);
            if rules.ne(registry.point_type(point).rules.iter().copied()) {
                field.own_kind(registry, PointId(u32::try_from(i).unwrap_or(u32::MAX)));
            }
        }
        field
    }

    pub(super) fn value(&self, point: PointId) -> Current {
        self.records.get(point.index()).map_or(Current::NONE, Record::current)
    }

    /// Takes a whole read, in order. Memory is asked for while earlier samples are taken: else each would wait for it.
    pub(super) fn samples(&mut self, samples: &[Sample], step: &mut Step<'_>) {
        for now in 0..samples.len() + 3 * AHEAD {
            let before = |steps: usize| now.checked_sub(steps * AHEAD).and_then(|n| samples.get(n));
            if let Some(sample) = before(0) {
                ahead::fetch_one(&self.records, sample.point.index());
                if let Some(point) = step.registry.points.get(sample.point.index()) {
                    ahead::fetch(point);
                }
                self.detectors.fetch(sample.point);
            }
            if let Some(sample) = before(1) {
                if let Some(point) = step.registry.points.get(sample.point.index()) {
                    ahead::fetch_one(&self.clocks, point.asset.index());
                }
                self.detectors.fetch_inbox(sample.point);
            }
            if let Some(sample) = before(2) {
                self.detectors.fetch_slots(sample);
            }
            let Some(&sample) = before(3) else { continue };
            if self.judged
                && let Some(why) = step.registry.clock_of(sample.point).refusal(&sample)
            {
                step.out.refused.push((sample, why));
                continue;
            }
            self.sample(sample, step);
        }
    }

    fn sample(&mut self, sample: Sample, step: &mut Step<'_>) {
        let Some(record) = self.records.get(sample.point.index()) else { return };
        if record.is(flag::SUBSTITUTED | flag::CLOCK) {
            let substituted = record.is(flag::SUBSTITUTED);
            if record.is(flag::CLOCK) {
                self.clock(&sample, step);
            }
            if substituted {
                self.behind_substitute(sample, step);
                return;
            }
        }
        let record = &self.records[sample.point.index()];
        let kind = &self.kinds[record.kind as usize];
        match admit(record, kind, step.registry.late_after, sample) {
            Admitted::Fresh(s) => self.fresh(s, true, step),
            Admitted::LastKnown(s) => {
                self.take(s, step);
            }
            Admitted::Historical(s) => {
                step.out.history.push(s);
                self.historical(s, step);
            }
            Admitted::Overtaken(s) => step.out.history.push(s),
            Admitted::Duplicate => {}
        }
    }

    /// New current value; what it was before.
    fn take(&mut self, s: Sample, step: &mut Step<'_>) -> Record {
        let record = &mut self.records[s.point.index()];
        let before = *record;
        let kind = &self.kinds[record.kind as usize];
        (record.value, record.ts, record.received) = (s.value, s.ts.0, s.received.0);
        record.quality = s.quality.code();
        // no number compares with NaN: a first value and one that became NaN have moved too
        let stands = (s.value - before.shown).abs() <= kind.deadband;
        if !stands || record.quality != before.quality || s.ts.0 / REPORT_EVERY != before.ts / REPORT_EVERY {
            record.shown = s.value;
            step.out.changed.push(s.point);
        }
        step.out.history.push(s);
        if record.is(flag::FEEDS) {
            step.out.lost_intervals += self.fed(s.point, Some(&s));
        }
        before
    }

    /// A newer live sample: new value, and every rule looks at it. `rates`: the time since the one before means something.
    pub(super) fn fresh(&mut self, s: Sample, rates: bool, step: &mut Step<'_>) {
        if self.records[s.point.index()].is(flag::SUBSTITUTED) {
            self.behind_substitute(s, step);
            return;
        }
        let before = self.take(s, step);
        let record = &mut self.records[s.point.index()];
        let kind = &self.kinds[record.kind as usize];
        record.heard = s.received.0;
        if kind.stale_after > 0 && !record.is(flag::TIMED) {
            record.set(flag::TIMED, true);
            self.stale.insert(s.point.0, s.received.0.saturating_add(kind.stale_after));
        }
        let good = s.quality.is_good();
        let comparable = rates && good && before.is_good();
        let (dv, dt) = if comparable { (s.value - before.value, (s.ts.0 - before.ts) as f64) } else { (0.0, 1.0) };
        let quiet = good && kind.is_quiet(s.value, dv, dt);
        let (watch, detect) = (record.is(flag::WATCH), record.is(flag::DETECT));
        let found = detect && self.detect(&s, quiet, step);
        if quiet && !watch && !found {
            return;
        }
        self.evaluate(s.point, comparable.then(|| dv / dt * 1000.0), step);
    }

    /// Every alarm of the point looks at its current value.
    pub(super) fn evaluate(&mut self, point: PointId, rate: Option<f64>, step: &mut Step<'_>) {
        let record = self.records[point.index()];
        let quality = record.quality();
        let seen = Seen { value: record.value, quality, source: Ts(record.ts) };
        let skew = record.received.saturating_sub(record.ts);
        let mut watch = false;
        for id in step.registry.points[point.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            let outcome = match rule.kind {
                AlarmKind::Stale => self.book.observe(id, rule, false, step.now.0, 0),
                AlarmKind::BadQuality if record.is(flag::DOWN) => Outcome::Nothing,
                AlarmKind::BadQuality => self.book.observe(id, rule, is_bad(quality), record.ts, skew),
                AlarmKind::NoReport => match self.detectors.met(id) {
                    Some(met) => self.book.observe(id, rule, met, step.now.0, 0),
                    None => Outcome::Nothing,
                },
                _ if !quality.is_good() => Outcome::Nothing,
                _ => match self.is_met(id, rule, record.value, rate) {
                    Some(met) => self.book.observe(id, rule, met, record.ts, skew),
                    None => Outcome::Nothing,
                },
            };
            self.carry_out(id, rule, outcome, seen, step);
            watch |= self.book.is_watched(id);
        }
        self.records[point.index()].set(flag::WATCH, watch);
    }

    /// Whether a rule's condition holds for a good value; none: it cannot tell.
    fn is_met(&self, id: AlarmId, rule: &Rule, value: f64, rate: Option<f64>) -> Option<bool> {
        match rule.detector {
            // direction and deadband are those of any rate
            Some(_) if is_rate(rule.kind) => is_met(rule, value, self.detectors.slope(id), self.book.is_raised(id)),
            Some(_) => self.detectors.met(id),
            None => is_met(rule, value, rate, self.book.is_raised(id)),
        }
    }

    /// Another quality without a new value.
    pub(super) fn requalify(&mut self, point: PointId, quality: Quality, step: &mut Step<'_>) {
        if self.records[point.index()].is(flag::SUBSTITUTED) {
            self.substituted.requalify(point, quality);
            return;
        }
        let record = &mut self.records[point.index()];
        record.quality = quality.code();
        step.out.changed.push(point);
        if record.is(flag::FEEDS) {
            self.fed(point, None);
        }
        self.evaluate(point, None, step);
    }

    /// Late data: one journal row for each excursion beyond a limit; rates and delays are not looked at.
    fn historical(&mut self, s: Sample, step: &mut Step<'_>) {
        if !s.quality.is_good() {
            return;
        }
        for id in step.registry.points[s.point.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            if rule.detector.is_some() || !rule.enabled {
                continue;
            }
            let Some(met) = is_met(rule, s.value, None, self.book.in_excursion(id)) else { continue };
            if self.book.excursion(id, met) {
                let seen = Seen { value: s.value, quality: s.quality, source: s.ts };
                let transition = Some(self.book.historical(id, rule, seen, step.now));
                step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition });
            }
        }
    }

    /// Turns an outcome into events and, where the rule sends a crew, into an incident.
    pub(super) fn carry_out(&mut self, id: AlarmId, rule: &Rule, outcome: Outcome, seen: Seen, step: &mut Step<'_>) {
        let happening = match outcome {
            Outcome::Nothing => return,
            Outcome::Pending => {
                step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: None });
                return;
            }
            Outcome::Raise => {
                // what hides it may have come in the same message
                self.suppress(step);
                Happening::Raise
            }
            Outcome::Clear => Happening::Clear,
        };
        let moved = self.book.transition(id, rule, happening, Some(seen), step.now, None);
        let Some(mut transition) = moved else { return };
        if happening == Happening::Raise && rule.detector.is_some() {
            let evidence = self.detectors.evidence(id);
            transition.reason = evidence.as_ref().map(|e| e.text().into());
            self.book.set_evidence(id, evidence);
        }
        self.tell(id, rule, transition, step);
        self.suppressions.note(Watched::Alarm(id));
    }

    /// Notes whether the point's samples may still take the short way.
    pub(super) fn rewatch(&mut self, point: PointId, registry: &Registry) {
        let watch = registry.points[point.index()].alarms.clone().any(|a| self.book.is_watched(AlarmId(a)));
        self.records[point.index()].set(flag::WATCH, watch);
    }
}

/// Bad for another reason than silence.
pub(super) fn is_bad(quality: Quality) -> bool {
    matches!(quality, Quality::Bad(reason) if reason != Reason::Stale)
}
