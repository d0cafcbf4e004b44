//! Detectors in the hub: each looks at every live sample of its point, before the alarms do.

mod act;
mod bands;
mod inbox;
mod keep;
mod silence;

use std::collections::BTreeSet;

use crate::alarm::Evidence;
use crate::detect::{Day, Detector, DetectorKind, DetectorPlan, Finding, Local, Look, Model, is_number};
use crate::point::{Record, flag};
use crate::registry::{Calendar, Rule};
use crate::{AlarmId, Millis, PointId, Registry, Sample, Ts, ahead};
use inbox::Inboxes;

use super::Step;
use super::field::Field;

pub use bands::{Moment, bands};
pub use keep::{Frozen, SavedModel};

/// All detectors of the site.
#[derive(Debug, Default)]
pub(super) struct Detectors {
    /// By alarm, ascending; those of one point side by side.
    slots: Vec<Slot>,
    /// By point: the place of its inbox, [`NONE`] where it has no detectors; empty where there are none at all.
    places: Vec<u32>,
    /// What waits for the slots of each point that has some.
    inboxes: Inboxes,
    /// When silence is looked at, hub time.
    due: BTreeSet<(i64, u32)>,
    clock: WallClock,
    /// What stands beside the sample at hand; kept for its memory.
    beside: Vec<f64>,
    /// By rule: settings made ready once for all its alarms, so that they stay in the processor's cache.
    plans: Vec<Option<DetectorPlan>>,
    keep: keep::Turn,
    /// Saved models that were not taken, with the reason.
    refused: Vec<(AlarmId, &'static str)>,
}

/// A detector at its point: what every sample needs.
#[derive(Debug)]
struct Slot {
    detector: Detector,
    alarm: AlarmId,
    /// Place of its point's inbox.
    inbox: u32,
    /// Minute of source time, and eighths of the score, of the finding that was kept last.
    minute: i64,
    eighths: i8,
    /// Whether the condition was true then.
    met: Option<bool>,
    /// It looks at its point alone, all the year round.
    plain: bool,
    /// Learned something since it was saved.
    unsaved: bool,
    more: Box<More>,
}

/// What few samples need.
#[derive(Debug, Default)]
struct More {
    beside: Box<[Option<PointId>]>,
    /// What it made of a sample: the last one that was odd, of an alarm that is not at rest or that says something new;
    /// not more than a minute before the last.
    last: Option<Finding>,
    frozen: Option<Frozen>,
    /// The entry `due` holds for it, hub time.
    armed: Option<i64>,
}

/// What a detector knows and thinks now.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelState {
    /// Whose rule.
    pub alarm: AlarmId,
    /// What it has learned.
    pub model: Model,
    /// What it made of the last sample.
    pub finding: Option<Finding>,
    /// Who froze it.
    pub frozen: Option<Frozen>,
    /// Memory, bytes.
    pub bytes: usize,
}

/// No inbox.
const NONE: u32 = u32::MAX;

/// Nothing is wrong at a time of the year at which nobody looks.
const OUT_OF_SEASON: Finding = Finding {
    met: Some(false),
    why: "",
    expected: None,
    low: None,
    high: None,
    score: 0.0,
    window: Millis(0),
    confidence: 0.0,
    warm: true,
    degraded: Some("out of season"),
};

/// The site's wall clock, worked out once a minute of source time.
#[derive(Clone, Copy, Debug, Default)]
struct WallClock {
    minute: Option<i64>,
    day: i32,
    local: Local,
}

impl WallClock {
    fn at(&mut self, registry: &Registry, ts: Ts) -> (i32, Local) {
        let minute = ts.0.div_euclid(60_000);
        if self.minute != Some(minute) {
            let (day, minute_of_day) = registry.local.day_and_minute(ts);
            let local = Local { minute: minute_of_day, day: sort_of_day(&registry.calendar, day) };
            *self = Self { minute: Some(minute), day, local };
        }
        (self.day, self.local)
    }
}

/// A make-up day at the weekend stands for a Monday.
pub(super) fn sort_of_day(calendar: &Calendar, day: i32) -> Day {
    let weekday = Day::WEEK[usize::from(Calendar::weekday(day)) % Day::WEEK.len()];
    match calendar.exception(day) {
        Some(false) => Day::Holiday,
        Some(true) if !weekday.is_working() => Day::Monday,
        _ => weekday,
    }
}

impl Detectors {
    /// Nothing learned. `records` of points that have detectors are marked.
    pub(super) fn new(registry: &Registry, records: &mut [Record]) -> Self {
        let mut all = Self::default();
        if registry.rules.iter().all(|r| r.detector.is_none()) {
            return all;
        }
        all.places.reserve(registry.points.len());
        let plan = |rule: &Rule| rule.detector.as_ref().map(|d| DetectorPlan::from(d.spec.clone()));
        all.plans = registry.rules.iter().map(plan).collect();
        for (point, record) in registry.points.iter().zip(records) {
            let (first, inbox) = (all.slots.len(), all.inboxes.next());
            for alarm in point.alarms.clone().map(AlarmId) {
                let Some(rule) = &registry.rule(alarm).detector else { continue };
                let Some(plan) = all.plan(registry, alarm) else { continue };
                let beside = rule.with.iter().map(|o| o.as_ref()?.find(registry, point.asset)).collect();
                all.slots.push(Slot::new(alarm, inbox, Detector::new(plan), beside, rule.season.is_some()));
            }
            let any = all.slots.len() > first;
            record.set(flag::DETECT, any);
            all.places.push(if any { inbox } else { NONE });
            if any {
                all.inboxes.add(first..all.slots.len());
            }
        }
        all
    }

    fn plan(&self, registry: &Registry, alarm: AlarmId) -> Option<DetectorPlan> {
        let rule = registry.alarms.get(alarm.index())?.rule;
        self.plans.get(rule as usize)?.clone()
    }

    /// Asks for what tells where a point's detectors are.
    pub(super) fn fetch(&self, point: PointId) {
        ahead::fetch_one(&self.places, point.index());
    }

    /// … for what tells whether they will look at a sample.
    pub(super) fn fetch_inbox(&self, point: PointId) {
        if let Some(place) = self.place(point) {
            self.inboxes.fetch(place);
        }
    }

    /// … and for what a sample needs then.
    pub(super) fn fetch_slots(&self, sample: &Sample) {
        let Some(place) = self.place(sample.point) else { return };
        if self.inboxes.fetch_room(place, sample.ts) {
            for slot in self.slots.get(self.inboxes.slots(place)).unwrap_or_default() {
                slot.detector.fetch();
                ahead::fetch(&slot.alarm);
                ahead::fetch(&slot.minute);
            }
        }
    }

    /// Of the inbox of a point.
    fn place(&self, point: PointId) -> Option<usize> {
        self.places.get(point.index()).filter(|&&place| place != NONE).map(|&place| place as usize)
    }

    fn find(&self, alarm: AlarmId) -> Option<usize> {
        self.slots.binary_search_by_key(&alarm, |s| s.alarm).ok()
    }

    /// Whether the condition of an alarm holds, as its detector last saw it. One that still learns sees nothing wrong.
    /// None: it cannot tell.
    pub(super) fn met(&self, alarm: AlarmId) -> Option<bool> {
        met(self.slots.get(self.find(alarm)?)?.more.last.as_ref()?)
    }

    /// The rate that the detector of a rate alarm sees, unit per second.
    pub(super) fn slope(&self, alarm: AlarmId) -> Option<f64> {
        let finding = self.slots.get(self.find(alarm)?)?.more.last.as_ref()?;
        finding.met.and(finding.expected)
    }

    /// What speaks for the alarm now.
    pub(super) fn evidence(&self, alarm: AlarmId) -> Option<Evidence> {
        let known = self.state(alarm)?;
        known.finding.map(|finding| Evidence::of(&finding, &known.model))
    }

    /// What a detector knows and thinks.
    pub(super) fn state(&self, alarm: AlarmId) -> Option<ModelState> {
        let slot = self.slots.get(self.find(alarm)?)?;
        Some(slot.state(&self.inboxes))
    }

    /// A live sample of a point; whether any of its detectors finds its condition true. `learn`: nothing speaks against
    /// the sample.
    fn observe(&mut self, sample: &Sample, learn: bool, records: &[Record], registry: &Registry) -> bool {
        let Some(place) = self.place(sample.point) else { return false };
        if is_number(sample.value)
            && sample.quality.is_good()
            && let Some(pushed) = self.inboxes.push(place, sample.ts, sample.value, learn)
        {
            return if pushed.last { self.open(place) } else { pushed.found };
        }
        let mut found = self.open(place);
        let (day, local) = self.clock.at(registry, sample.ts);
        for number in self.inboxes.slots(place) {
            let slot = &mut self.slots[number];
            self.beside.clear();
            if !slot.plain {
                if !registry.rule(slot.alarm).detector.as_ref().is_some_and(|rule| rule.covers(day)) {
                    slot.keep(sample.ts, OUT_OF_SEASON);
                    continue;
                }
                self.beside.extend(slot.more.beside.iter().map(|point| {
                    let other = point.and_then(|p| records.get(p.index())).filter(|r| r.is_good());
                    other.map_or(f64::NAN, |r| r.value)
                }));
            }
            let silence = slot.detector.spec().kind == DetectorKind::NoReport;
            // silence is a matter of the hub's clock, everything else of the source's
            let ts = if silence { sample.received } else { sample.ts };
            let good = sample.quality.is_good();
            let look = Look { ts, value: sample.value, good, learn, local, beside: &self.beside };
            let mut finding = slot.detector.observe(&look);
            if silence && !good {
                // whoever sends bad values is not silent
                finding = slot.detector.silence(ts);
            }
            found |= slot.note(sample.ts, finding, learn);
            if silence {
                self.arm(number);
            }
        }
        self.settle(place, sample.ts);
        found
    }
}

impl Slot {
    fn new(alarm: AlarmId, inbox: u32, detector: Detector, beside: Box<[Option<PointId>]>, seasonal: bool) -> Self {
        let plain = beside.is_empty() && !seasonal;
        let more = Box::new(More { beside, ..More::default() });
        Self { detector, alarm, inbox, minute: i64::MIN, eighths: 0, met: None, plain, unsaved: false, more }
    }

    /// Keeps what it made of a sample, where that is worth it; whether the condition is found true.
    fn note(&mut self, ts: Ts, finding: Finding, learn: bool) -> bool {
        if !learn || self.is_news(ts, &finding) {
            self.keep(ts, finding);
        }
        self.unsaved |= learn && !self.detector.is_frozen();
        met(&finding) == Some(true)
    }

    /// Whether a finding says something else than the one that is kept, or that one is of another minute.
    fn is_news(&self, ts: Ts, finding: &Finding) -> bool {
        (self.minute, self.eighths, self.met) != (minute(ts), eighths(finding), finding.met)
    }

    fn keep(&mut self, ts: Ts, finding: Finding) {
        (self.minute, self.eighths, self.met) = (minute(ts), eighths(&finding), finding.met);
        self.more.last = Some(finding);
    }

    /// Nothing was found.
    fn forget(&mut self) {
        (self.minute, self.more.last) = (i64::MIN, None);
    }

    /// With what waits for it.
    fn state(&self, inboxes: &Inboxes) -> ModelState {
        let mut detector = self.detector.clone();
        let waiting = inboxes.waiting(self.inbox as usize);
        let last = detector.catch_up(waiting.samples(), waiting.learn).or(self.more.last);
        let model = detector.model();
        // rows are kept in single precision, outside of the slot
        let rows: usize = model.profiles.values().map(|row| row.len() * size_of::<f32>()).sum();
        let More { beside, frozen, .. } = &*self.more;
        let bytes = size_of::<Self>() + Inboxes::EACH + size_of::<More>() + size_of_val(&**beside) + rows;
        ModelState { alarm: self.alarm, model, finding: last, frozen: frozen.clone(), bytes }
    }
}

impl Field {
    /// Detectors look at a live sample that was just taken. Whether any finds its condition true.
    pub(super) fn detect(&mut self, sample: &Sample, learn: bool, step: &Step<'_>) -> bool {
        let record = &self.records[sample.point.index()];
        let learn = learn && !record.is(flag::WATCH | flag::DOWN);
        self.detectors.observe(sample, learn, &self.records, step.registry)
    }
}

/// What a finding means for its alarm. A detector that still learns sees nothing wrong.
fn met(finding: &Finding) -> Option<bool> {
    finding.met.or((!finding.warm).then_some(false))
}

fn minute(ts: Ts) -> i64 {
    ts.0.div_euclid(60_000)
}

/// Of a score; far beyond the edge they are all the same.
fn eighths(finding: &Finding) -> i8 {
    (finding.score * 8.0) as i8
}

fn id(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
