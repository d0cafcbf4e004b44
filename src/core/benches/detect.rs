//! Samples a second one core takes through the whole core with all detectors on (B1): four limits with deadbands and
//! delays, the rate between two samples, and the learning detectors stuck, rate and statistical on every point; then with
//! no-report, spike and seasonal besides. One sample in a thousand is beyond a limit. Points report in even and in Zipf order, a
//! sample a second and point on average; beside it a plain loop of limits over the same samples (the floor). In Zipf order several samples of the busiest
//! points have one millisecond: those that say something new are moved one apart.

#![expect(clippy::expect_used, reason = "a bench stops at what cannot be")]

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};
use linepack_core::registry::{AlarmKind, DetectorRule, Registry, Rule};
use linepack_core::{Core, Delivery, Input, Millis, Output, PointId, Quality, Sample, Saved, Ts};

#[path = "common/numbers.rs"]
mod numbers;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/site.rs"]
mod site;

use numbers::Numbers;

const START: i64 = 1_700_000_000_000;
/// Samples a run, and in a message's read.
const SAMPLES: usize = 2_000_000;
const BATCH: usize = 1_000;
/// Points of a station.
const EACH: u32 = 10;
/// Milliseconds from sample to sample of a point, on average.
const INTERVAL: i64 = 1000;
/// One in so many is beyond a limit.
const ABNORMAL: u64 = 1000;

fn main() {
    divan::main();
}

/// In what order points report.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// Each as often as any.
    Even,
    /// The n-th point with a share of 1/n.
    Zipf,
}

/// As many samples a second as points, from `begin` on.
fn samples(points: u32, order: Order, begin: i64) -> Vec<Vec<Sample>> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let scale = f64::from(points).ln();
    let mut one = |place: i64| {
        let n = numbers.next();
        let even = (n >> 11) as f64 / (1u64 << 53) as f64;
        let point = match order {
            Order::Even => (even * f64::from(points)) as u32,
            // the inverse of a logarithm: near enough to 1/n
            Order::Zipf => (even * scale).exp() as u32 % points,
        };
        let wobble = ((n & 0xFFF) as f64) / 4096.0 + ((n >> 12 & 0xFFF) as f64) / 4096.0 - 1.0;
        let value = if n.is_multiple_of(ABNORMAL) { 125.0 } else { 100.0 + wobble };
        let ts = Ts(begin + place * INTERVAL / i64::from(points));
        let (quality, delivery) = (Quality::Good, Delivery::Live);
        Sample { point: PointId(point), ts, received: ts, value, quality, delivery }
    };
    let places: Vec<i64> = (0..SAMPLES as i64).collect();
    places.chunks(BATCH).map(|batch| batch.iter().map(|&place| one(place)).collect()).collect()
}

const B1: &[(AlarmKind, DetectorKind)] = &[
    (AlarmKind::Stuck, DetectorKind::Stuck),
    (AlarmKind::RateOfFall, DetectorKind::Rate),
    (AlarmKind::Statistical, DetectorKind::Statistical),
];
const MORE: &[(AlarmKind, DetectorKind)] = &[
    (AlarmKind::NoReport, DetectorKind::NoReport),
    (AlarmKind::Spike, DetectorKind::Spike),
    (AlarmKind::Seasonal, DetectorKind::Seasonal),
];

fn learns(&(kind, detector): &(AlarmKind, DetectorKind)) -> Rule {
    // judged from the start
    let spec = DetectorSpec { warm_up: Millis(1), ..DetectorSpec::of(detector, SignalKind::Pressure) };
    Rule {
        detector: Some(Arc::new(DetectorRule { spec: spec.into(), with: vec![], season: None })),
        ..site::rule(kind, 0.0)
    }
}

fn limit(kind: AlarmKind, limit: f64) -> Rule {
    Rule { deadband: 2.0, on_delay: Millis::secs(5), ..site::rule(kind, limit) }
}

fn registry(points: u32, kinds: &[(AlarmKind, DetectorKind)]) -> Arc<Registry> {
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"];
    let points_of = names.map(|name| {
        let mut rules = vec![
            limit(AlarmKind::HighHigh, 150.0),
            limit(AlarmKind::High, 120.0),
            limit(AlarmKind::Low, 80.0),
            limit(AlarmKind::LowLow, 60.0),
            limit(AlarmKind::RateOfRise, 50_000.0),
        ];
        rules.extend(kinds.iter().map(learns));
        site::PointSpec {
            deadband: 0.05,
            range: Some((0.0, 600.0)),
            stale_after: Some(Millis::mins(10)),
            ..site::point(name, rules)
        }
    });
    let ids: Vec<String> = (0..points / EACH).map(|n| format!("rs-{n:06}")).collect();
    let assets: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    Arc::new(site::site(points_of.into(), &assets, vec![]))
}

fn all_on(bencher: Bencher<'_, '_>, points: u32, order: Order, kinds: &[(AlarmKind, DetectorKind)]) {
    let mut core = Core::new(registry(points, kinds), Saved::default());
    let mut out = Output::default();
    let span = SAMPLES as i64 * INTERVAL / i64::from(points);
    let mut begin = START;
    let mut run = |inputs: Vec<Vec<Sample>>| {
        for batch in inputs {
            let now = batch.last().expect("a batch").received;
            out.clear();
            core.step(now, Input::Samples(batch), &mut out);
            black_box(&out);
        }
    };
    let mut inputs = || {
        begin += span + INTERVAL;
        samples(points, order, begin)
    };
    // every point has been heard before it is measured
    run(inputs());
    bencher.counter(ItemsCount::new(SAMPLES)).with_inputs(inputs).bench_local_values(run);
}

#[divan::bench(sample_count = 5, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn b1_100k(bencher: Bencher<'_, '_>, order: Order) {
    all_on(bencher, 100_000, order, B1);
}

#[divan::bench(sample_count = 3, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn b1_1m(bencher: Bencher<'_, '_>, order: Order) {
    all_on(bencher, 1_000_000, order, B1);
}

#[divan::bench(sample_count = 3, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn all_100k(bencher: Bencher<'_, '_>, order: Order) {
    all_on(bencher, 100_000, order, &[B1, MORE].concat());
}

/// The same without learning detectors.
#[divan::bench(sample_count = 5, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn limits_100k(bencher: Bencher<'_, '_>, order: Order) {
    all_on(bencher, 100_000, order, &[]);
}

/// The floor: the limits alone, over one record a point.
#[divan::bench(sample_count = 5, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn floor_100k(bencher: Bencher<'_, '_>, order: Order) {
    let samples = samples(100_000, order, START).concat();
    let mut records = vec![(0.0f64, 0i64); 100_000];
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        let mut met = 0u64;
        for s in &samples {
            let record = records.get_mut(s.point.index()).expect("a point of the bench");
            let rate = (s.value - record.0) / (s.ts.0 - record.1).max(1) as f64 * 1000.0;
            met += u64::from(s.value > 150.0 || s.value > 120.0 || s.value < 80.0 || s.value < 60.0 || rate > 5000.0);
            *record = (s.value, s.ts.0);
        }
        black_box(met)
    });
}
