//! Samples a second one core takes through the detectors that learn, on for every point beside the limits: stuck, rate and
//! statistical (B1), and those with seasonal, no-report and spike. Points in even and in Zipf order, beside a plain loop
//! of limits over the same samples (the floor).

#![expect(clippy::expect_used, reason = "a bench stops at what cannot be")]

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use linepack_core::detect::{Day, Detector, DetectorKind, DetectorPlan, DetectorSpec, Local, Look, SignalKind};
use linepack_core::{Millis, Ts};

const START: i64 = 1_700_000_000_000;
/// Samples a run.
const SAMPLES: usize = 2_000_000;

fn main() {
    divan::main();
}

/// A small generator of our own: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// In what order points report.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// Each as often as any.
    Even,
    /// The n-th point with a share of 1/n.
    Zipf,
}

#[derive(Clone, Copy)]
struct Sample {
    point: u32,
    ts: i64,
    value: f64,
}

/// Milliseconds from sample to sample of a point, on average.
const INTERVAL: i64 = 1000;

/// As many samples a second as points.
fn samples(points: u32, order: Order) -> Vec<Sample> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let scale = f64::from(points).ln();
    (0..SAMPLES as i64)
        .map(|place| {
            let n = numbers.next();
            let even = (n >> 11) as f64 / (1u64 << 53) as f64;
            let point = match order {
                Order::Even => (even * f64::from(points)) as u32,
                // the inverse of a logarithm: near enough to 1/n
                Order::Zipf => (even * scale).exp() as u32 % points,
            };
            let wobble = ((n & 0xFFF) as f64) / 4096.0 + ((n >> 12 & 0xFFF) as f64) / 4096.0 - 1.0;
            Sample { point, ts: START + place * INTERVAL / i64::from(points), value: 100.0 + wobble }
        })
        .collect()
}

const B1: &[DetectorKind] = &[DetectorKind::Stuck, DetectorKind::Rate, DetectorKind::Statistical];
const ALL: &[DetectorKind] = &[
    DetectorKind::Stuck,
    DetectorKind::Rate,
    DetectorKind::Statistical,
    DetectorKind::NoReport,
    DetectorKind::Spike,
    DetectorKind::Seasonal,
];

/// Detectors of one point stand side by side.
fn detectors(points: u32, kinds: &[DetectorKind]) -> Vec<Detector> {
    let plans: Vec<DetectorPlan> = kinds
        .iter()
        .map(|&kind| {
            let spec = DetectorSpec::of(kind, SignalKind::Pressure);
            // judged from the start
            DetectorPlan::from(DetectorSpec { warm_up: Millis(1), ..spec })
        })
        .collect();
    (0..points).flat_map(|_| plans.iter().cloned().map(Detector::new)).collect()
}

fn all_on(bencher: Bencher<'_, '_>, points: u32, order: Order, kinds: &[DetectorKind]) {
    let samples = samples(points, order);
    let mut detectors = detectors(points, kinds);
    let each = detectors.len() / points as usize;
    let mut later = 0;
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        let mut met = 0u64;
        for s in &samples {
            met += u64::from(s.value > 150.0 || s.value > 120.0 || s.value < 80.0 || s.value < 60.0);
            let at = s.point as usize * each;
            let look = Look {
                ts: Ts(s.ts + later),
                value: s.value,
                good: true,
                learn: true,
                local: Local { minute: (s.ts / 60_000 % 1440) as u16, day: Day::Monday },
                beside: &[],
            };
            for detector in detectors.get_mut(at..at + each).expect("a point of the bench") {
                met += u64::from(detector.observe(&look).met == Some(true));
            }
        }
        // time goes on from run to run
        later += SAMPLES as i64 * INTERVAL / i64::from(points) + INTERVAL;
        black_box(met)
    });
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
    all_on(bencher, 100_000, order, ALL);
}

/// The floor: the limits alone, over one record a point.
#[divan::bench(sample_count = 5, sample_size = 1, args = [Order::Even, Order::Zipf])]
fn floor_100k(bencher: Bencher<'_, '_>, order: Order) {
    let samples = samples(100_000, order);
    let mut records = vec![(0.0f64, 0i64); 100_000];
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        let mut met = 0u64;
        for s in &samples {
            let record = records.get_mut(s.point as usize).expect("a point of the bench");
            let rate = (s.value - record.0) / (s.ts - record.1).max(1) as f64 * 1000.0;
            met += u64::from(s.value > 150.0 || s.value > 120.0 || s.value < 80.0 || s.value < 60.0 || rate > 5000.0);
            *record = (s.value, s.ts);
        }
        black_box(met)
    });
}
