//! How many samples a second one core takes through point, limits and rate, in random order over 250,000 points, and
//! what a plain loop over the same data does (the floor).

#![expect(clippy::expect_used, reason = "a bench stops at what cannot be")]

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use linepack_core::registry::{AlarmKind, Registry};
use linepack_core::{Core, Delivery, Input, Millis, Output, PointId, Quality, Sample, Saved, Ts};

#[path = "common/numbers.rs"]
mod numbers;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/site.rs"]
mod site;

use numbers::Numbers;

/// Stations, each with ten points.
const ASSETS: usize = 25_000;
const POINTS: u32 = 250_000;
const BATCH: usize = 1_000;
/// Batches a run, so that every point is met four times.
const BATCHES: usize = 1_000;
const START: i64 = 1_700_000_000_000;

fn main() {
    divan::main();
}

fn registry() -> Arc<Registry> {
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"];
    let points = names.map(|name| site::PointSpec {
        deadband: 0.05,
        range: Some((0.0, 600.0)),
        stale_after: Some(Millis::secs(10)),
        ..site::point(
            name,
            vec![
                site::rule(AlarmKind::HighHigh, 150.0),
                site::rule(AlarmKind::High, 120.0),
                site::rule(AlarmKind::Low, 80.0),
                site::rule(AlarmKind::LowLow, 60.0),
                site::rule(AlarmKind::RateOfRise, 50.0),
            ],
        )
    });
    let ids: Vec<String> = (0..ASSETS).map(|n| format!("rs-{n:05}")).collect();
    let assets: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), Some("field"))).collect();
    Arc::new(site::site(points.into(), &assets, vec![]))
}

/// A millisecond a batch, values around 100; one in `abnormal` is beyond a limit.
fn batches(abnormal: u64) -> Vec<Vec<Sample>> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut ts = START;
    let mut batch = || {
        ts += 1;
        (0..BATCH)
            .map(|_| {
                let n = numbers.next();
                let point = PointId((n >> 32) as u32 % POINTS);
                let wobble = ((n & 0xFF) as f64) / 256.0;
                let value = if n.is_multiple_of(abnormal) { 125.0 } else { 100.0 + wobble * 0.02 };
                let (quality, delivery) = (Quality::Good, Delivery::Live);
                Sample { point, ts: Ts(ts), received: Ts(ts), value, quality, delivery }
            })
            .collect()
    };
    (0..BATCHES).map(|_| batch()).collect()
}

fn step(bencher: Bencher<'_, '_>, abnormal: u64) {
    let registry = registry();
    let batches = batches(abnormal);
    bencher
        .counter(ItemsCount::new(BATCH * BATCHES))
        .with_inputs(|| {
            let inputs: Vec<Input> = batches.iter().cloned().map(Input::Samples).collect();
            (Core::new(registry.clone(), Saved::default()), inputs, Output::default())
        })
        .bench_local_values(|(mut core, inputs, mut out)| {
            for (ms, input) in (START..).zip(inputs) {
                out.clear();
                core.step(Ts(ms), input, &mut out);
                black_box(&out);
            }
            (core, out)
        });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn all_normal(bencher: Bencher<'_, '_>) {
    step(bencher, u64::MAX);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn one_in_a_thousand_abnormal(bencher: Bencher<'_, '_>) {
    step(bencher, 1000);
}

#[derive(Clone, Copy)]
struct Plain {
    value: f64,
    ts: i64,
    received: i64,
    quality: u8,
}

/// The floor: one record a point, limits and rate compared, value stored, sample copied out.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn floor(bencher: Bencher<'_, '_>) {
    let batches = batches(u64::MAX);
    bencher
        .counter(ItemsCount::new(BATCH * BATCHES))
        .with_inputs(|| {
            let none = Plain { value: 100.0, ts: 0, received: 0, quality: 0 };
            (vec![none; POINTS as usize], batches.clone(), Vec::with_capacity(BATCH))
        })
        .bench_local_values(|(mut points, batches, mut history)| {
            let mut beyond = 0u64;
            for batch in batches {
                history.clear();
                for s in batch {
                    let p = points.get_mut(s.point.index()).expect("a point of the site");
                    let rate = (s.value - p.value) / (s.ts.0 - p.ts) as f64 * 1000.0;
                    let limits = s.value > 150.0 || s.value > 120.0 || s.value < 80.0 || s.value < 60.0;
                    beyond += u64::from(limits || rate > 50.0);
                    *p = Plain { value: s.value, ts: s.ts.0, received: s.received.0, quality: s.quality.code() };
                    history.push(s);
                }
                black_box(&history);
            }
            black_box(points.iter().map(|p| p.received + i64::from(p.quality)).sum::<i64>());
            beyond
        });
}
