//! The book of alarms when nearly everything is wrong: 100,000 alarms standing in a site of 250,000 points, transitions
//! of every sort among them, the list of them, a restart with them, and a setting changed while the hub runs. The
//! columns of the allocator say what is kept in memory.

use std::hint::black_box;
use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use linepack_core::alarm::{Act, HideKind};
use linepack_core::registry::{AlarmKind, Registry};
use linepack_core::tune::Setting;
use linepack_core::{
    Actor, AlarmId, Command, Core, Delivery, Input, Millis, Output, PointId, Quality, Sample, Saved, Ts,
};

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/site.rs"]
mod site;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

/// Stations, each with ten points, each with five alarms.
const ASSETS: usize = 25_000;
const RULES: u32 = 5;
/// The second rule of a point.
const HIGH: u32 = 1;
const STANDING: u32 = 100_000;
/// Alarms of one sort of transition.
const BLOCK: u32 = 250;
const START: i64 = 1_700_000_000_000;

fn main() {
    divan::main();
}

fn registry() -> Arc<Registry> {
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"];
    let points = names.map(|name| site::PointSpec {
        deadband: 0.05,
        range: Some((0.0, 600.0)),
        stale_after: Some(Millis::mins(60)),
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
    let assets: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    Arc::new(site::site(points.into(), &assets, vec![]))
}

/// One hub that is asked this and that.
struct Hub {
    core: Core,
    out: Output,
    now: i64,
}

impl Hub {
    fn quiet(registry: &Arc<Registry>) -> Self {
        Self { core: Core::new(registry.clone(), Saved::default()), out: Output::default(), now: START }
    }

    fn in_trouble(registry: &Arc<Registry>) -> Self {
        let mut hub = Self::quiet(registry);
        hub.raise_all();
        hub
    }

    fn raise_all(&mut self) {
        for first in (0..STANDING).step_by(1000) {
            self.values(first..first + 1000, 125.0);
        }
    }

    fn step(&mut self, input: Input) {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        black_box(&self.out);
    }

    fn values(&mut self, points: std::ops::Range<u32>, value: f64) {
        self.now += 1;
        let (ts, received) = (Ts(self.now), Ts(self.now));
        let (quality, delivery) = (Quality::Good, Delivery::Live);
        let sample = |point| Sample { point: PointId(point), ts, received, value, quality, delivery };
        self.step(Input::Samples(points.map(sample).collect()));
    }

    fn act(&mut self, points: std::ops::Range<u32>, act: &Act) {
        for point in points {
            let alarm = AlarmId(point * RULES + HIGH);
            let command = Command::Alarm { alarm, act: act.clone(), seq: None };
            self.step(Input::Command { command, actor: Actor::hub() });
            assert!(matches!(self.out.reply, Some(Ok(_))), "{act:?}");
        }
    }

    /// A second of an upset: a block of alarms is acknowledged, the one before it clears, and so on.
    fn second(&mut self, n: u32) {
        let blocks = STANDING / BLOCK;
        let block = |back: u32| {
            let at = (n + blocks - back) % blocks * BLOCK;
            at..at + BLOCK
        };
        self.now += 1000;
        self.step(Input::Tick);
        self.act(block(0), &Act::Acknowledge);
        self.values(block(1), 100.0);
        let until = Ts(self.now + 600_000);
        self.act(block(2), &Act::Shelve { until, reason: "noise".into() });
        self.act(block(3), &Act::Show(HideKind::Shelved));
        self.values(block(4), 125.0);
    }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn raise_all(bencher: Bencher<'_, '_>) {
    let registry = registry();
    bencher.counter(ItemsCount::new(STANDING)).with_inputs(|| Hub::quiet(&registry)).bench_local_values(|mut hub| {
        hub.raise_all();
        hub
    });
}

#[divan::bench(sample_count = 50, sample_size = 1)]
fn a_second_of_an_upset(bencher: Bencher<'_, '_>) {
    let mut hub = Hub::in_trouble(&registry());
    // the first four blocks are where four seconds would have brought them
    hub.act(0..4 * BLOCK, &Act::Acknowledge);
    hub.values(0..3 * BLOCK, 100.0);
    let until = Ts(hub.now + 600_000);
    hub.act(BLOCK..2 * BLOCK, &Act::Shelve { until, reason: "noise".into() });
    let mut n = 4;
    bencher.counter(ItemsCount::new(5 * BLOCK)).bench_local(|| {
        hub.second(n);
        n += 1;
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn list(bencher: Bencher<'_, '_>) {
    let hub = Hub::in_trouble(&registry());
    bencher.counter(ItemsCount::new(STANDING)).bench_local(|| hub.core.alarms().map(|a| a.seq).sum::<u64>());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn restart(bencher: Bencher<'_, '_>) {
    let registry = registry();
    let hub = Hub::in_trouble(&registry);
    bencher
        .counter(ItemsCount::new(STANDING))
        .with_inputs(|| Saved { alarms: hub.core.alarms().collect(), ..Saved::default() })
        .bench_local_values(|saved| Core::new(registry.clone(), saved));
}

/// Who shows the alarms still holds the registry of before.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn change_a_setting(bencher: Bencher<'_, '_>) {
    let mut hub = Hub::in_trouble(&registry());
    let mut n = 0;
    bencher.bench_local(|| {
        let before = hub.core.registry().clone();
        n += 1;
        let alarm = AlarmId(n * 997 * RULES + HIGH);
        let (settings, reason) = (vec![(Setting::Limit, 121.0)], "noise".into());
        hub.step(Input::Command {
            command: Command::Tune { alarm, settings, reason, until: None },
            actor: Actor::hub(),
        });
        assert!(matches!(hub.out.reply, Some(Ok(_))));
        before
    });
}
