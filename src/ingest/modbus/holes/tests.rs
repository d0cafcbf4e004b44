use std::collections::BTreeSet;
use std::sync::Arc;

use linepack_core::PointId;
use proptest::prelude::*;

use super::*;
use crate::ingest::modbus::plan::{Wanted, plan};
use crate::ingest::modbus::testing::spec;
use crate::site::{ReadLimits, RegisterType, Table};

const EXPIRY: Duration = Duration::from_secs(3600);

fn wanted(points: &[(u16, u16)]) -> Vec<Wanted> {
    let of = |&(address, size): &(u16, u16)| {
        let ty = [RegisterType::U16, RegisterType::U32][usize::from(size == 2)];
        (address, Arc::new(spec(Table::Input, address, ty)))
    };
    (0..)
        .zip(points.iter().map(of))
        .map(|(i, (address, spec))| Wanted {
            point: PointId(i),
            unit: 1,
            every: Duration::from_secs(1),
            address,
            limits: ReadLimits { max_gap: 124, ..ReadLimits::default() },
            spec,
        })
        .collect()
}

/// A device that refuses some addresses and answers at most `most` registers at once, asked until nothing is unknown.
/// Gives the points read, in the order of asking, and the number of requests.
struct Device {
    illegal: BTreeSet<u32>,
    most: u32,
}

impl Device {
    fn new(illegal: &[u32]) -> Self {
        Self { illegal: illegal.iter().copied().collect(), most: 125 }
    }

    fn allows(&self, read: &Read) -> bool {
        u32::from(read.count) <= self.most && (read.start.into()..read.end()).all(|a| !self.illegal.contains(&a))
    }

    /// One scan: each read of the plan once, and what has to be asked at once.
    fn scan(&self, points: &[(u16, u16)], holes: &mut Holes, now: Duration) -> (BTreeSet<u32>, u32) {
        let mut read_now = BTreeSet::new();
        let mut requests = 0;
        let mut reads = plan(wanted(points), &holes.barriers());
        let mut todo: Vec<Read> = reads.iter().filter(|r| !holes.rests(r, now)).cloned().collect();
        while let Some(read) = todo.pop() {
            requests += 1;
            assert!(requests < 1000, "it comes to an end");
            let anew = if self.allows(&read) {
                read_now.extend(read.points().map(|p| p.0));
                holes.answered(&read, now)
            } else {
                holes.refused(&read, now)
            };
            if anew {
                let waiting: BTreeSet<_> = todo.iter().flat_map(|r| r.points()).collect();
                reads = plan(wanted(points), &holes.barriers());
                holes.settle(&reads);
                let is_due =
                    |r: &&Read| holes.is_urgent(r) || !holes.rests(r, now) && r.points().any(|p| waiting.contains(&p));
                todo = reads.iter().filter(is_due).cloned().collect();
            }
        }
        (read_now, requests)
    }
}

fn readable(points: &[(u16, u16)], device: &Device) -> BTreeSet<u32> {
    let whole = |&(address, size): &(u16, u16)| (address..address + size).all(|a| !device.illegal.contains(&a.into()));
    (0..).zip(points).filter(|(_, p)| whole(p)).map(|(i, _)| i).collect()
}

#[test]
fn only_the_offender_is_lost_and_its_neighbours_not_for_one_scan() {
    let points: Vec<(u16, u16)> = (0..100).map(|a| (a, 1)).collect();
    let device = Device::new(&[37]);
    let mut holes = Holes::new(EXPIRY);
    let (read, requests) = device.scan(&points, &mut holes, Duration::ZERO);
    assert_eq!(read, readable(&points, &device));
    assert!(requests <= 16, "{requests} requests");
    // from now on the hole is stepped over
    let (read, requests) = device.scan(&points, &mut holes, Duration::from_secs(1));
    assert_eq!((read.len(), requests), (99, 2));
    assert_eq!(holes.known().iter().map(|h| (h.barrier.first, h.barrier.end)).collect::<Vec<_>>(), [(37, 38)]);
}

#[test]
fn a_gap_that_must_not_be_read_over_costs_no_point() {
    let points = [(0, 1), (1, 2), (10, 1), (11, 1)];
    let device = Device::new(&[5]);
    let mut holes = Holes::new(EXPIRY);
    let (read, _) = device.scan(&points, &mut holes, Duration::ZERO);
    assert_eq!(read.len(), 4);
    let (read, requests) = device.scan(&points, &mut holes, Duration::from_secs(1));
    assert_eq!((read.len(), requests), (4, 2));
    assert!(!holes.known()[0].barrier.refused);
    // forgotten in time, and found again
    assert!(!holes.expire(Duration::from_secs(3599)) && holes.expire(EXPIRY));
    assert_eq!(device.scan(&points, &mut holes, EXPIRY).0.len(), 4);
}

#[test]
fn a_device_that_answers_few_registers_at_once_is_found_out() {
    let points: Vec<(u16, u16)> = (0..100).map(|a| (a, 1)).collect();
    let device = Device { most: 30, ..Device::new(&[]) };
    let mut holes = Holes::new(EXPIRY);
    assert_eq!(device.scan(&points, &mut holes, Duration::ZERO).0.len(), 100);
    // whether the middle can be read over is found out now
    assert_eq!(device.scan(&points, &mut holes, Duration::from_secs(1)).0.len(), 100);
    let (read, requests) = device.scan(&points, &mut holes, Duration::from_secs(2));
    assert_eq!((read.len(), requests), (100, 4));
}

#[test]
fn a_refused_value_is_asked_ever_more_rarely_and_welcomed_back() {
    let points = [(0, 1), (1, 1), (2, 1)];
    let mut holes = Holes::new(EXPIRY);
    let broken = Device::new(&[1]);
    broken.scan(&points, &mut holes, Duration::ZERO);
    let mut asked = Vec::new();
    for minute in 1..240 {
        let now = Duration::from_secs(60 * minute);
        let (_, requests) = broken.scan(&points, &mut holes, now);
        if requests == 3 {
            asked.push(minute);
        }
    }
    assert_eq!(asked, [1, 3, 7, 15, 31, 63, 123, 183]);
    let now = Duration::from_secs(60 * 243);
    let (read, _) = Device::new(&[]).scan(&points, &mut holes, now);
    assert_eq!((read.len(), holes.known().len()), (3, 0));
    assert_eq!(Device::new(&[]).scan(&points, &mut holes, now).1, 1);
}

#[test]
fn silence_counts_as_refusal_once_the_unit_has_answered_something_else() {
    let points = [(0, 1), (1, 1), (2, 1), (3, 1)];
    let mut holes = Holes::new(EXPIRY);
    let now = Duration::ZERO;
    let reads = |holes: &Holes| plan(wanted(&points), &holes.barriers());
    let whole = reads(&holes).remove(0);
    assert!(!holes.silent(&whole), "a read that is not under trial may be silent for many reasons");
    assert!(holes.refused(&whole, now));
    let halves = reads(&holes);
    assert!(holes.is_urgent(&halves[0]) && holes.is_urgent(&halves[1]));
    assert!(holes.silent(&halves[0]));
    assert!(!holes.is_urgent(&halves[0]));
    assert!(!holes.silent(&halves[0]), "the second silence is the unit's");
    assert!(!holes.alive(2, &halves, now), "another unit says nothing");
    holes.answered(&halves[1], now);
    assert!(holes.alive(1, &halves, now));
    assert_eq!(reads(&holes).len(), 3, "the silent half is halved");
}

#[test]
fn an_unknown_function_takes_all_values_at_once() {
    let points = [(0, 1), (5, 1)];
    let mut holes = Holes::new(EXPIRY);
    let read = plan(wanted(&points), &[]).remove(0);
    assert!(holes.unknown(&read, Duration::ZERO));
    let reads = plan(wanted(&points), &holes.barriers());
    assert!(reads.iter().all(|r| r.refused && holes.rests(r, Duration::ZERO)), "{reads:?}");
    assert_eq!(reads.len(), 1);
}

proptest! {
    #[test]
    fn every_readable_point_is_read_in_every_scan(
        points in prop::collection::btree_map((0u16..60).prop_map(|a| 2 * a), 1u16..=2, 1..60),
        illegal in prop::collection::vec(0u32..125, 0..12),
        most in 2u32..=125,
    ) {
        let points: Vec<_> = points.into_iter().collect();
        let device = Device { most, ..Device::new(&illegal) };
        let mut holes = Holes::new(EXPIRY);
        for scan in 0..4u64 {
            let (read, requests) = device.scan(&points, &mut holes, Duration::from_secs(scan));
            prop_assert_eq!(&read, &readable(&points, &device), "scan {}", scan);
            prop_assert!(requests <= 4 * points.len() as u32 + 2);
        }
        // it settles: a scan that finds nothing new asks each read once
        let now = Duration::from_secs(50);
        for _ in 0..points.len() {
            device.scan(&points, &mut holes, now);
        }
        let reads = plan(wanted(&points), &holes.barriers());
        let asked = reads.iter().filter(|r| !holes.rests(r, now)).count();
        prop_assert_eq!(device.scan(&points, &mut holes, now).1 as usize, asked);
    }
}
