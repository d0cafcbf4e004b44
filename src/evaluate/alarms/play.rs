//! One recording through the core, as a hub would have had it from the field.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use linepack_core::alarm::State;
use linepack_core::registry::{
    AlarmInstance, AlarmKind, AlarmSource, Asset, Handling, Point, PointType, Priority, Registry, Rule, Template,
};
use linepack_core::{
    AlarmId, AssetId, Core, Delivery, Event, Input, LonLat, Millis, Output, PointId, Quality, Sample, Saved, Ts,
};

use super::journal::{self, Case};
use super::{Annunciation, Upset};

const TEN_MINUTES: i64 = 600_000;
/// How often time passes between rows, milliseconds.
const TICK: i64 = 10_000;
/// A longer pause is passed over but for this much of it, milliseconds: nothing in the engine waits for longer.
const PAUSE: i64 = 7_200_000;

pub(super) fn play(case: &Case) -> Annunciation {
    let numbers = numbers(&case.alarms);
    let mut plant = Plant {
        core: Core::new(Arc::new(registry(&case.alarms, &numbers)), Saved::default()),
        out: Output::default(),
        now: case.rows.first().map_or(0, |row| row.at),
        standing: BTreeMap::new(),
        annunciated: Ten::default(),
        upsets: HashMap::new(),
        sum: Annunciation { events: case.rows.len(), alarms: case.alarms.len(), ..Annunciation::default() },
        case,
        by_number: {
            let mut by_number = vec![0; numbers.len()];
            for (alarm, number) in numbers.iter().enumerate() {
                by_number[number.index()] = alarm;
            }
            by_number
        },
    };
    let mut raised = Ten::default();
    for row in &case.rows {
        plant.pass(row.at);
        if row.on {
            raised.count(row.at);
            plant.standing.entry(row.alarm).or_insert(row.at);
        } else {
            plant.look(row.alarm);
            plant.standing.remove(&row.alarm);
        }
        let (value, quality, delivery) = (f64::from(u8::from(row.on)), Quality::Good, Delivery::Live);
        let (point, ts) = (PointId(numbers[row.alarm].0), Ts(row.at));
        let sample = Sample { point, ts, received: ts, value, quality, delivery };
        plant.step(Input::Samples(vec![sample]));
    }
    let standing: Vec<usize> = plant.standing.keys().copied().collect();
    for alarm in standing {
        plant.look(alarm);
    }
    let mut sum = plant.sum;
    (sum.raised, sum.max_10min_raised) = (raised.all, raised.most);
    (sum.annunciated, sum.max_10min_annunciated) = (plant.annunciated.all, plant.annunciated.most);
    sum.upsets = plant.upsets.into_values().filter(|upset| upset.alarms.len() > 1).collect();
    sum
}

struct Plant<'a> {
    case: &'a Case,
    core: Core,
    out: Output,
    now: i64,
    /// Alarms whose condition is true, since when.
    standing: BTreeMap<usize, i64>,
    annunciated: Ten,
    /// By the first alarm and when it rose.
    upsets: HashMap<(AlarmId, Option<Ts>), Upset>,
    sum: Annunciation,
    /// Alarm of the case by number of the core.
    by_number: Vec<usize>,
}

impl Plant<'_> {
    /// Lets time pass.
    fn pass(&mut self, to: i64) {
        if to - self.now > PAUSE {
            self.now = to - PAUSE;
        }
        while self.now + TICK < to {
            self.now += TICK;
            self.step(Input::Tick);
        }
        self.now = self.now.max(to);
    }

    fn step(&mut self, input: Input) {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        for event in &self.out.events {
            let Event::Alarm { alarm, transition } = event else { continue };
            if let Some(t) = transition
                && t.to == State::Unacknowledged
                && t.from != State::Unacknowledged
            {
                self.annunciated.count(self.now);
            }
            let Some(first) = alarm.group else { continue };
            let name = |id: AlarmId| {
                let alarm = self.by_number.get(id.index()).and_then(|&alarm| self.case.alarms.get(alarm));
                alarm.map(|alarm| alarm.name.clone()).unwrap_or_default()
            };
            let raised = self.core.alarms().find(|a| a.id == first).and_then(|a| a.raised);
            let upset = self.upsets.entry((first, raised)).or_insert_with(|| Upset {
                first_out: name(first),
                first_ms: raised.map_or(self.now, Ts::ms),
                alarms: vec![name(first)],
            });
            let name = name(alarm.id);
            if !upset.alarms.contains(&name) {
                upset.alarms.push(name);
            }
        }
    }

    /// Whether an alarm that has stood for long is shown now.
    fn look(&mut self, alarm: usize) {
        let Some(&since) = self.standing.get(&alarm) else { return };
        if self.now - since <= TEN_MINUTES {
            return;
        }
        self.sum.standing += 1;
        let is_shown = |a: &linepack_core::alarm::Alarm| {
            self.by_number.get(a.id.index()) == Some(&alarm) && a.state.is_annunciated() && a.is_raised()
        };
        if !self.core.alarms().any(|a| is_shown(&a)) {
            let name = self.case.alarms.get(alarm).map(|a| a.name.clone());
            self.sum.hidden.extend(name);
        }
    }
}

/// Counts, and the most in any ten minutes.
#[derive(Default)]
struct Ten {
    all: usize,
    most: usize,
    last: VecDeque<i64>,
}

impl Ten {
    fn count(&mut self, at: i64) {
        self.all += 1;
        self.last.push_back(at);
        while self.last.front().is_some_and(|first| at - first >= TEN_MINUTES) {
            self.last.pop_front();
        }
        self.most = self.most.max(self.last.len());
    }
}

/// The core's number of each alarm: those of one asset stand together.
fn numbers(alarms: &[journal::Alarm]) -> Vec<AlarmId> {
    let mut order: Vec<usize> = (0..alarms.len()).collect();
    order.sort_by_key(|&alarm| &alarms[alarm].asset);
    let mut numbers = vec![AlarmId(0); alarms.len()];
    for (number, alarm) in (0u32..).zip(order) {
        numbers[alarm] = AlarmId(number);
    }
    numbers
}

/// A site of these alarms, each true while its point is 1.
fn registry(alarms: &[journal::Alarm], numbers: &[AlarmId]) -> Registry {
    let mut r = Registry::default();
    let mut ordered: Vec<(AlarmId, &journal::Alarm)> = numbers.iter().copied().zip(alarms).collect();
    ordered.sort_by_key(|(number, _)| *number);
    for same in ordered.chunk_by(|(_, a), (_, b)| a.asset == b.asset) {
        let (Some((AlarmId(first), of)), Ok(count)) = (same.first(), u32::try_from(same.len())) else { continue };
        let asset = u32::try_from(r.assets.len()).unwrap_or(u32::MAX);
        let mut points = vec![];
        for (slot, (AlarmId(number), alarm)) in same.iter().enumerate() {
            let slot = u16::try_from(slot).unwrap_or(u16::MAX);
            points.push(PointType { name: alarm.name.as_str().into(), rules: vec![*number], ..PointType::default() });
            r.rules.push(rule(&alarm.class));
            r.alarms.push(AlarmInstance { source: AlarmSource::Point(PointId(*number)), rule: *number });
            r.points.push(Point { asset: AssetId(asset), slot, alarms: *number..number + 1 });
        }
        r.templates.push(Template { name: of.asset.as_str().into(), points });
        r.assets.push(Asset {
            id: of.asset.as_str().into(),
            name: of.asset.as_str().into(),
            kind: "".into(),
            area: of.area.as_str().into(),
            position: LonLat { lon: 0.0, lat: 0.0 },
            template: asset,
            parent: None,
            connection: None,
            points: *first..first + count,
            alarms: 0..0,
            attributes: vec![],
        });
    }
    r.late_after = Millis::secs(60);
    r.index();
    r
}

fn rule(class: &str) -> Rule {
    Rule {
        key: "high".into(),
        kind: AlarmKind::High,
        limit: 0.5,
        deadband: 0.0,
        on_delay: Millis(0),
        off_delay: Millis(0),
        priority: Priority::High,
        dispatch: None,
        rationalization: Arc::default(),
        latching: false,
        enabled: true,
        operator_may: None,
        detector: None,
        handling: Handling { class: class.into(), ..Handling::default() },
    }
}
