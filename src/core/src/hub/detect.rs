//! Detectors in the hub: each looks at every live sample of its point, before the alarms do.

mod act;
mod bands;
mod keep;
mod silence;

use std::collections::BTreeSet;
use std::hint::black_box;

use crate::alarm::Evidence;
use crate::detect::{Day, Detector, DetectorKind, DetectorPlan, Finding, Local, Look, Model};
use crate::point::{Record, flag};
use crate::registry::{Calendar, Rule};
use crate::{AlarmId, Millis, PointId, Registry, Sample, Ts};

use super::Step;
use super::field::Field;

pub use bands::{Moment, bands};
pub use keep::{Frozen, SavedModel};

/// All detectors of the site.
#[derive(Debug, Default)]
pub(super) struct Detectors {
    /// By alarm, ascending; those of one point side by side.
    slots: Vec<Slot>,
    /// Where the slots of each point begin, and the end of the last; empty where there are none at all.
    first: Vec<u32>,
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
        all.first.reserve(registry.points.len() + 1);
        let plan = |rule: &Rule| rule.detector.as_ref().map(|d| DetectorPlan::from(d.spec.clone()));
        all.plans = registry.rules.iter().map(plan).collect();
        for (point, record) in registry.points.iter().zip(records) {
            let first = all.slots.len();
            all.first.push(id(first));
            for alarm in point.alarms.clone().map(AlarmId) {
                let Some(rule) = &registry.rule(alarm).detector else { continue };
                let Some(plan) = all.plan(registry, alarm) else { continue };
                let beside = rule.with.iter().map(|o| o.as_ref()?.find(registry, point.asset)).collect();
                all.slots.push(Slot::new(alarm, Detector::new(plan), beside, rule.season.is_some()));
            }
            record.set(flag::DETECT, all.slots.len() > first);
        }
        all.first.push(id(all.slots.len()));
        all
    }

    fn plan(&self, registry: &Registry, alarm: AlarmId) -> Option<DetectorPlan> {
        let rule = registry.alarms.get(alarm.index())?.rule;
        self.plans.get(rule as usize)?.clone()
    }

    /// Asks for all that a sample of the point needs: memory answers while the samples before it are looked at.
    pub(super) fn fetch(&self, point: PointId) {
        for slot in self.slots.get(self.of(point)).unwrap_or_default() {
            black_box((slot.detector.fetch(), slot.alarm, slot.minute));
        }
    }

    /// There are none.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The slots of a point.
    fn of(&self, point: PointId) -> std::ops::Range<usize> {
        match self.first.get(point.index()..point.index() + 2) {
            Some(&[from, to]) => from as usize..to as usize,
            _ => 0..0,
        }
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
        let slot = self.slots.get(self.find(alarm)?)?;
        let model = slot.detector.model();
        slot.more.last.map(|finding| Evidence::of(&finding, &model))
    }

    /// What a detector knows and thinks.
    pub(super) fn state(&self, alarm: AlarmId) -> Option<ModelState> {
        Some(self.slots.get(self.find(alarm)?)?.state())
    }

    /// A live sample of a point; whether any of its detectors finds its condition true. `learn`: nothing speaks against
    /// the sample.
    fn observe(&mut self, sample: &Sample, learn: bool, records: &[Record], registry: &Registry) -> bool {
        let good = sample.quality.is_good();
        let mut found = false;
        let (day, local) = self.clock.at(registry, sample.ts);
        for number in self.of(sample.point) {
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
            let look = Look { ts, value: sample.value, good, learn, local, beside: &self.beside };
            let mut finding = slot.detector.observe(&look);
            if silence && !good {
                // whoever sends bad values is not silent
                finding = slot.detector.silence(ts);
            }
            found |= met(&finding) == Some(true);
            if !learn || slot.is_news(sample.ts, &finding) {
                slot.keep(sample.ts, finding);
            }
            slot.unsaved |= learn && !slot.detector.is_frozen();
            if silence {
                self.arm(number);
            }
        }
        found
    }
}

impl Slot {
    fn new(alarm: AlarmId, detector: Detector, beside: Box<[Option<PointId>]>, seasonal: bool) -> Self {
        let plain = beside.is_empty() && !seasonal;
        let more = Box::new(More { beside, ..More::default() });
        Self { detector, alarm, minute: i64::MIN, eighths: 0, met: None, plain, unsaved: false, more }
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

    fn state(&self) -> ModelState {
        let model = self.detector.model();
        // rows are kept in single precision, outside of the slot
        let rows: usize = model.profiles.values().map(|row| row.len() * size_of::<f32>()).sum();
        let More { beside, last, frozen, .. } = &*self.more;
        let bytes = size_of::<Self>() + size_of::<More>() + size_of_val(&**beside) + rows;
        ModelState { alarm: self.alarm, model, finding: *last, frozen: frozen.clone(), bytes }
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
