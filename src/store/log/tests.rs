//! The log on real files: damage never invents, reading goes on from anywhere, an older format is read.
//! What a failing disk may do to it is in [`model`].

mod model;

use std::path::Path;
use std::sync::Arc;

use linepack_core::registry::{Asset, Point, PointType, Template};
use linepack_core::{AssetId, Delivery, LonLat, PointId, Quality, Registry, Sample, Ts};
use proptest::prelude::*;

use super::super::points::Points;
use super::super::progress::Progress;
use super::segment::drop_samples;
use super::*;

fn site() -> Arc<Registry> {
    let point = PointType { name: "p".into(), ..PointType::default() };
    let mut registry = Registry::default();
    registry.templates = vec![Template { name: "t".into(), points: vec![point] }];
    registry.assets.push(Asset {
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
        parent: None,
    });
    registry.points.push(Point { asset: AssetId(0), slot: 0, alarms: 0..0 });
    registry.index();
    Arc::new(registry)
}

fn begin(disk: Disk, last: u64) -> Result<Log, StoreError> {
    let points = Arc::new(Points::default());
    points.learn([(7, "a/p".to_owned())]);
    let mut log = Log::begin(disk, last, 1 << 30, points, Arc::new(Progress::new()))?;
    log.adopt(&site())?;
    Ok(log)
}

fn record(n: u64) -> Record {
    Record::AlarmsDropped(vec![format!("record {n}")])
}

fn sample(ts: i64) -> Sample {
    Sample {
        point: PointId(0),
        ts: Ts(ts),
        received: Ts(0),
        value: ts as f64,
        quality: Quality::Good,
        delivery: Delivery::Live,
    }
}

/// Turns of so many records and samples, each synced; what they hold is numbered through.
fn write(log: &mut Log, turns: &[(u64, u8)]) -> Vec<(Vec<Record>, Vec<i64>)> {
    let (mut records, mut samples) = (0, 0);
    let mut all = vec![];
    for &(r, s) in turns {
        let turn: (Vec<Record>, Vec<Sample>) =
            ((records..records + r).map(record).collect(), (samples..samples + i64::from(s)).map(sample).collect());
        log.append(&turn.0, &turn.1).unwrap();
        log.sync().unwrap();
        if r > 0 || s > 0 {
            all.push((turn.0, turn.1.iter().map(|s| s.ts.ms()).collect()));
        }
        records += r;
        samples += i64::from(s);
    }
    all
}

fn read_all(dir: &Path) -> Vec<(Vec<Record>, Vec<i64>)> {
    let mut reader = Reader::new(folder(dir), 0);
    let mut all = Vec::new();
    loop {
        let batch = reader.read(u64::MAX, 50).unwrap();
        if batch.frames.is_empty() {
            return all;
        }
        all.extend(batch.frames.into_iter().map(|f| (f.records, f.samples.iter().map(|s| s.ts).collect())));
    }
}

fn is_subsequence<T: PartialEq>(part: &[T], whole: &[T]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|p| rest.any(|w| w == p))
}

fn turns() -> impl Strategy<Value = Vec<(u64, u8)>> {
    prop::collection::vec((0u64..4, 0u8..20), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn damage_never_invents(
        turns in turns(),
        segment in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = begin(folder(dir.path()), 0).unwrap();
        log.roll = 1000;
        let written = write(&mut log, &turns);
        drop(log);
        prop_assert_eq!(read_all(dir.path()), &written[..]);
        let segments = segment::list(&*folder(dir.path())).unwrap();
        let path = dir.path().join(segment::name(segments[segment.index(segments.len())]));
        let mut bytes = std::fs::read(&path).unwrap();
        let at = byte.index(bytes.len());
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, bytes).unwrap();
        prop_assert!(is_subsequence(&read_all(dir.path()), &written));
    }

    #[test]
    fn reading_goes_on_from_any_position(turns in turns(), from in any::<prop::sample::Index>()) {
        let dir = tempfile::tempdir().unwrap();
        let disk = folder(dir.path());
        let mut log = begin(disk.clone(), 0).unwrap();
        log.roll = 1000;
        write(&mut log, &turns);
        let last = log.sync().unwrap();
        let from = from.index(usize::try_from(last).unwrap() + 1) as u64;
        delete_applied(&*disk, from).unwrap();
        let frames = Reader::new(disk, from).read(last, usize::MAX).unwrap().frames;
        let numbers: Vec<u64> = frames.iter().map(|f| f.seq).collect();
        prop_assert_eq!(numbers, (from + 1..=last).collect::<Vec<_>>());
    }
}

#[test]
fn dropping_samples_keeps_every_event_and_says_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let disk = folder(dir.path());
    let mut log = begin(disk.clone(), 0).unwrap();
    write(&mut log, &(0..10).map(|n| (u64::from(n % 3 == 0), 5)).collect::<Vec<_>>());
    drop(log);
    // the database has the first three
    assert_eq!(drop_samples(&*disk, 1, 3, 3).unwrap(), 7 * 5);
    assert_eq!(drop_samples(&*disk, 1, 3, 3).unwrap(), 0, "a second time there is nothing to drop");
    let frames = Reader::new(disk, 3).read(10, usize::MAX).unwrap().frames;
    let records: Vec<Record> = frames.iter().flat_map(|f| f.records.clone()).collect();
    assert_eq!(records, [record(1), record(2), record(3), Record::Gap { from_ms: 15, to_ms: 49, samples: 35 }]);
    assert_eq!(frames.last().unwrap().seq, 10, "the position can still reach the end");
    assert!(frames.iter().all(|f| f.samples.is_empty()));
}

#[test]
fn turns_between_two_syncs_share_a_frame_and_a_large_turn_takes_several() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = begin(folder(dir.path()), 0).unwrap();
    for ts in 0..100i64 {
        log.append(&[record(ts.unsigned_abs())], &[sample(ts)]).unwrap();
    }
    assert_eq!(log.sync().unwrap(), 1);
    let many: Vec<Sample> = (0..40_000).map(sample).collect();
    log.append(&[record(100)], &many).unwrap();
    assert_eq!(log.sync().unwrap(), 4);
    let all = read_all(dir.path());
    assert_eq!(
        all.iter().map(|f| (f.0.len(), f.1.len())).collect::<Vec<_>>(),
        [(100, 100), (1, 16_384), (0, 16_384), (0, 7_232)]
    );
}

#[test]
fn what_an_earlier_version_left_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let json = serde_json::to_vec(&[record(1)]).unwrap();
    let mut payload = u32::try_from(json.len()).unwrap().to_le_bytes().to_vec();
    payload.extend(json);
    for ts in [5i64, 3] {
        payload.extend(9u32.to_le_bytes());
        payload.extend(ts.to_le_bytes());
        payload.extend(1.5f64.to_le_bytes());
        payload.push(0x23);
    }
    let mut rest = 4u64.to_le_bytes().to_vec();
    rest.extend(77i64.to_le_bytes());
    rest.extend(&payload);
    let mut file = b"LPLOG\x00\x001".to_vec();
    file.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    file.extend(crc32fast::hash(&rest).to_le_bytes());
    file.extend(rest);
    std::fs::write(dir.path().join(segment::name(4)), file).unwrap();
    let frames = Reader::new(folder(dir.path()), 0).read(u64::MAX, 9).unwrap().frames;
    let sample = |ts| StoredSample { point: 9, ts, value: 1.5, quality: 0x23 };
    assert_eq!(frames, [Frame { seq: 4, at: 77, records: vec![record(1)], samples: vec![sample(5), sample(3)] }]);
}

#[test]
fn a_failing_device_ends_the_log_and_leaves_no_half_frame() {
    let fake = fake::Fake::default();
    let mut log = begin(fake.disk(), 0).unwrap();
    write(&mut log, &[(1, 3)]);
    fake.fail_in(Some(0));
    log.append(&[record(5)], &[]).unwrap();
    assert!(!log.sync().unwrap_err().is_full());
    assert!(log.append(&[record(5)], &[]).is_err(), "after that nothing more is taken");
    assert!(log.sync().is_err());
    assert_eq!(Reader::new(fake.disk(), 0).read(u64::MAX, 99).unwrap().frames.len(), 1);
}
