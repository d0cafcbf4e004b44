//! The log against a model of a disk: what was synced comes back, whatever happens to the rest; damage never invents.

use std::path::Path;
use std::sync::Arc;

use linepack_core::registry::{Asset, Point, PointType, Template};
use linepack_core::{AssetId, Delivery, LonLat, PointId, Quality, Registry, Sample, Ts};
use proptest::prelude::*;

use super::super::points::Points;
use super::super::progress::Progress;
use super::*;

#[derive(Clone, Debug)]
enum Step {
    Append { records: u64, samples: u8 },
    Sync,
}

#[derive(Clone, Debug)]
enum Harm {
    /// The unsynced end is cut somewhere, and what follows the cut may be noise.
    TornTail {
        cut: prop::sample::Index,
        noise: Vec<u8>,
    },
    /// A bit flips anywhere.
    BitFlip {
        segment: prop::sample::Index,
        byte: prop::sample::Index,
        bit: u8,
    },
    None,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let append = (0u64..4, 0u8..20).prop_map(|(records, samples)| Step::Append { records, samples });
    prop::collection::vec(prop_oneof![3 => append, 1 => Just(Step::Sync)], 0..60)
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(cut, noise)| Harm::TornTail { cut, noise }),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..8)
            .prop_map(|(segment, byte, bit)| Harm::BitFlip { segment, byte, bit }),
        Just(Harm::None),
    ]
}

fn site() -> Arc<Registry> {
    let point = PointType { name: "p".into(), ..PointType::default() };
    let mut registry = Registry::default();
    registry.templates = vec![Template { name: "t".into(), points: vec![point] }];
    registry.assets = vec![Asset {
        id: "a".into(),
        name: "a".into(),
        kind: "".into(),
        area: "".into(),
        position: LonLat { lon: 0.0, lat: 0.0 },
        template: 0,
        connection: None,
        points: 0..1,
        alarms: 0..0,
        attributes: vec![],
    }];
    registry.points = vec![Point { asset: AssetId(0), slot: 0, alarms: 0..0 }];
    registry.index();
    Arc::new(registry)
}

fn log(dir: &Path, last: u64) -> Log {
    let points = Arc::new(Points::default());
    points.learn([("a/p".to_owned(), 7)]);
    let mut log = Log::begin(dir.to_owned(), last, points, Arc::new(Progress::new())).unwrap();
    log.adopt(&site()).unwrap();
    log
}

fn turn(n: u64, records: u64, samples: u8) -> (Vec<Record>, Vec<Sample>) {
    let records = (0..records).map(|i| Record::AlarmsDropped(vec![format!("turn {n} record {i}")])).collect();
    let sample = |i: u8| Sample {
        point: PointId(0),
        ts: Ts(i64::try_from(n).unwrap() * 100 + i64::from(i)),
        received: Ts(0),
        value: f64::from(i),
        quality: Quality::Good,
        delivery: Delivery::Live,
    };
    (records, (0..samples).map(sample).collect())
}

/// What a turn looks like when it is read back.
fn seen(frame: &Frame) -> (Vec<Record>, Vec<i64>) {
    (frame.records.clone(), frame.samples.iter().map(|s| s.ts).collect())
}

fn read_all(dir: &Path) -> Vec<(Vec<Record>, Vec<i64>)> {
    let mut reader = Reader::new(dir, 0);
    let mut all = Vec::new();
    loop {
        let batch = reader.read(u64::MAX, 50).unwrap();
        if batch.frames.is_empty() {
            return all;
        }
        all.extend(batch.frames.iter().map(seen));
    }
}

fn is_subsequence<T: PartialEq>(part: &[T], whole: &[T]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|p| rest.any(|w| w == p))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_synced_comes_back_and_nothing_else(steps in steps(), harm in harm()) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = log(dir.path(), 0);
        log.roll = 2000;
        let (mut appended, mut synced) = (Vec::new(), 0);
        let mut synced_len = 8;
        for (n, step) in (0u64..).zip(&steps) {
            match *step {
                Step::Append { records, samples } => {
                    let (records, samples) = turn(n, records, samples);
                    log.append(&records, &samples).unwrap();
                    if !(records.is_empty() && samples.is_empty()) {
                        appended.push((records, samples.iter().map(|s| s.ts.ms()).collect::<Vec<_>>()));
                    }
                }
                Step::Sync => {
                    let reached = log.sync().unwrap();
                    synced = appended.len();
                    prop_assert_eq!(reached, synced as u64);
                    synced_len = log.len;
                }
            }
        }
        // what was appended and not synced may have reached the file or not
        log.write().unwrap();
        drop(log);

        let segments = segment::list(dir.path()).unwrap();
        match harm {
            Harm::None => prop_assert_eq!(read_all(dir.path()), appended),
            Harm::TornTail { cut, noise } => {
                let path = segment::path(dir.path(), *segments.last().unwrap());
                let mut bytes = std::fs::read(&path).unwrap();
                let keep = usize::try_from(synced_len).unwrap();
                bytes.truncate(keep + cut.index(bytes.len() - keep + 1));
                bytes.extend(noise);
                std::fs::write(&path, bytes).unwrap();
                let back = read_all(dir.path());
                prop_assert!(back.len() >= synced, "{} of {synced} synced turns", back.len());
                prop_assert_eq!(&back[..], &appended[..back.len()]);
            }
            Harm::BitFlip { segment, byte, bit } => {
                let path = segment::path(dir.path(), segments[segment.index(segments.len())]);
                let mut bytes = std::fs::read(&path).unwrap();
                let at = byte.index(bytes.len());
                bytes[at] ^= 1 << bit;
                std::fs::write(&path, bytes).unwrap();
                prop_assert!(is_subsequence(&read_all(dir.path()), &appended), "damage invented something");
            }
        }
    }

    #[test]
    fn reading_goes_on_from_any_position(steps in steps(), from in any::<prop::sample::Index>()) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = log(dir.path(), 0);
        log.roll = 1000;
        for (n, step) in (0u64..).zip(&steps) {
            match *step {
                Step::Append { records, samples } => {
                    let (records, samples) = turn(n, records, samples);
                    log.append(&records, &samples).unwrap();
                }
                Step::Sync => drop(log.sync().unwrap()),
            }
        }
        let last = log.sync().unwrap();
        let from = from.index(usize::try_from(last).unwrap() + 1) as u64;
        delete_applied(dir.path(), from).unwrap();
        let frames = Reader::new(dir.path(), from).read(last, usize::MAX).unwrap().frames;
        let numbers: Vec<u64> = frames.iter().map(|f| f.seq).collect();
        prop_assert_eq!(numbers, (from + 1..=last).collect::<Vec<_>>());
    }
}

#[test]
fn dropping_samples_keeps_every_event_and_says_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = log(dir.path(), 0);
    for n in 0..10 {
        let (records, samples) = turn(n, u64::from(n % 3 == 0), 5);
        log.append(&records, &samples).unwrap();
    }
    log.sync().unwrap();
    drop(log);
    // the database has the first three
    assert_eq!(drop_samples(dir.path(), 1, 3).unwrap(), 7 * 5);
    assert_eq!(drop_samples(dir.path(), 1, 3).unwrap(), 0, "a second time there is nothing to drop");
    let frames = Reader::new(dir.path(), 3).read(10, usize::MAX).unwrap().frames;
    let records: Vec<Record> = frames.iter().flat_map(|f| f.records.clone()).collect();
    let kept = |n: u64| Record::AlarmsDropped(vec![format!("turn {n} record 0")]);
    assert_eq!(records, [kept(3), kept(6), kept(9), Record::Gap { from_ms: 300, to_ms: 904, samples: 35 }]);
    assert_eq!(frames.last().unwrap().seq, 10, "the position can still reach the end");
    assert!(frames.iter().all(|f| f.samples.is_empty()));
}

#[test]
fn a_failed_write_is_an_error_and_leaves_no_half_frame() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = log(dir.path(), 0);
    let (records, samples) = turn(0, 1, 3);
    log.append(&records, &samples).unwrap();
    log.sync().unwrap();
    // every write to this device fails for want of space
    log.file = File::options().write(true).open("/dev/full").unwrap();
    log.append(&records, &samples).unwrap();
    assert!(log.sync().is_err());
    assert!(log.append(&records, &samples).is_err(), "after that nothing more is taken");
    assert!(log.sync().is_err());
    assert_eq!(read_all(dir.path()).len(), 1);
}
