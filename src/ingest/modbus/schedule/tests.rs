//! Turns, probes and beats, in made-up time.

use super::*;
use crate::site::Table;

const TIMEOUT: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn read(unit: u8, every_ms: u64) -> Read {
    Read {
        unit,
        every: ms(every_ms),
        table: Table::Input,
        start: 0,
        count: 1,
        first: linepack_core::PointId(0),
        values: std::sync::Arc::default(),
        refused: false,
        texts: false,
    }
}

fn schedule(reads: &[Read]) -> Schedule {
    Schedule::new(reads, Duration::ZERO, 0.0, Duration::ZERO, TIMEOUT, LONGEST)
}

#[test]
fn polls_keep_their_rhythm_and_phases_are_spread_over_units() {
    let mut s = schedule(&[read(1, 1000), read(2, 1000), read(3, 500)]);
    let mut asked = Vec::new();
    let mut now = Duration::ZERO;
    while now < ms(2000) {
        match s.next(now) {
            Next::Read(i) => asked.push((now.as_millis(), i)),
            Next::Wait(until) => now = until,
            Next::Idle => unreachable!(),
        }
    }
    assert_eq!(asked, [(0, 0), (0, 2), (500, 1), (500, 2), (1000, 0), (1000, 2), (1500, 1), (1500, 2)]);
    assert_eq!(s.take_missed(), 0);
}

#[test]
fn without_reads_it_is_idle() {
    assert_eq!(schedule(&[]).next(Duration::ZERO), Next::Idle);
}

#[test]
fn polls_it_is_late_for_are_skipped_and_counted() {
    let mut s = schedule(&[read(1, 1000)]);
    assert_eq!(s.next(ms(3400)), Next::Read(0));
    assert_eq!(s.take_missed(), 3);
    assert_eq!(s.next(ms(3400)), Next::Wait(ms(4000)));
}

#[test]
fn a_repetition_comes_early_and_leaves_the_rhythm_alone() {
    let mut s = schedule(&[read(1, 1000)]);
    assert_eq!(s.next(ms(0)), Next::Read(0));
    s.again(0, ms(200));
    assert_eq!(s.next(ms(10)), Next::Wait(ms(200)));
    assert_eq!(s.next(ms(200)), Next::Read(0));
    assert_eq!(s.next(ms(200)), Next::Wait(ms(1000)));
}

/// Runs the schedule; units in `dead` never answer and cost the timeout. Gives the times each unit was asked, in ms.
fn run(s: &mut Schedule, units: &[u8], dead: &[u8], from: Duration, to: Duration) -> BTreeMap<u8, Vec<u128>> {
    let mut asked: BTreeMap<u8, Vec<u128>> = BTreeMap::new();
    let mut now = from;
    while now < to {
        match s.next(now) {
            Next::Read(i) => {
                asked.entry(units[i]).or_default().push(now.as_millis());
                if dead.contains(&units[i]) {
                    now += TIMEOUT;
                    s.failed(units[i], now);
                } else {
                    now += ms(1);
                    s.answered(units[i]);
                }
            }
            Next::Wait(until) => now = until,
            Next::Idle => unreachable!(),
        }
    }
    asked
}

#[test]
fn a_dead_unit_is_probed_ever_more_rarely_and_disturbs_nobody() {
    let mut s = schedule(&[read(1, 500), read(2, 500), read(2, 500)]);
    let asked = run(&mut s, &[1, 2, 2], &[2], Duration::ZERO, ms(60_000));
    assert!(s.is_down(2) && !s.is_down(1) && s.down == 1);
    let probes = &asked[&2];
    assert!(probes.len() < 35, "{probes:?}");
    assert!(probes.windows(2).skip(1).all(|w| w[1] - w[0] >= 1000), "{probes:?}");
    assert!(asked[&1].len() >= 119, "the live unit was asked {} times", asked[&1].len());
    assert_eq!(s.take_missed(), 0);
}

#[test]
fn alone_it_is_probed_often_and_a_good_answer_brings_it_back() {
    let mut s = schedule(&[read(7, 500)]);
    run(&mut s, &[7], &[7], Duration::ZERO, ms(20_000));
    let asked = run(&mut s, &[7], &[], ms(20_000), ms(25_000));
    assert!(!s.is_down(7));
    assert!(asked[&7][0] <= 22_100, "{asked:?}");
    assert!(asked[&7].len() >= 5, "{asked:?}");
}

#[test]
fn one_failure_is_not_down_and_changes_are_told_once() {
    let mut s = schedule(&[read(1, 500)]);
    assert!(!s.failed(1, ms(0)));
    assert!(!s.answered(1));
    assert!(!s.failed(1, ms(500)));
    assert!(s.failed(1, ms(1000)));
    assert!(!s.failed(1, ms(2000)));
    assert!(s.answered(1));
    assert!(!s.answered(1));
}

#[test]
fn after_an_outage_everything_is_asked_at_once_and_then_in_its_rhythm() {
    let mut s = schedule(&[read(1, 60_000), read(2, 60_000)]);
    assert_eq!(s.next(ms(0)), Next::Read(0));
    for at in 0..9 {
        s.failed(2, ms(at * 1000));
    }
    s.reconnected(ms(9100));
    assert_eq!([s.next(ms(9100)), s.next(ms(9100))], [Next::Read(0), Next::Read(1)]);
    assert_eq!(s.next(ms(9100)), Next::Wait(ms(30_000)));
}

#[test]
fn a_new_plan_keeps_the_turns_and_urgent_reads_come_first() {
    let mut s = schedule(&[read(1, 1000), read(1, 1000)]);
    assert_eq!([s.next(ms(0)), s.next(ms(0))], [Next::Read(0), Next::Read(1)]);
    let halves = [read(1, 1000), Read { start: 9, ..read(1, 1000) }, Read { start: 5, ..read(1, 1000) }];
    s.replace(&halves, ms(10), |r| if r.start == 5 { vec![1] } else { vec![0, 1] }, |r| r.start == 9);
    assert_eq!(s.next(ms(10)), Next::Read(1));
    assert_eq!(s.next(ms(10)), Next::Wait(ms(1000)));
    assert_eq!([s.next(ms(1000)), s.next(ms(1000)), s.next(ms(1000))], [Next::Read(0), Next::Read(1), Next::Read(2)]);
    assert_eq!(s.take_missed(), 0);
}

#[test]
fn links_ask_at_once_and_then_each_at_its_own_moment() {
    let mut s = Schedule::new(&[read(1, 1000)], Duration::ZERO, 0.26, Duration::ZERO, TIMEOUT, LONGEST);
    assert_eq!([s.next(ms(0)), s.next(ms(0))], [Next::Read(0), Next::Wait(ms(260))]);
    assert_eq!([s.next(ms(260)), s.next(ms(260))], [Next::Read(0), Next::Wait(ms(1260))]);
}

#[test]
fn slow_polls_of_all_links_fall_on_one_beat_and_fast_ones_keep_their_moment() {
    for (every, shift, beat, turn) in
        [(1000, 0.618, 3, 623), (1000, 0.618, 8, 608), (1000, 0.0, 4, 1004), (100, 0.618, 3, 68)]
    {
        let mut s = Schedule::new(&[read(1, every)], ms(7), shift, ms(beat), TIMEOUT, LONGEST);
        assert_eq!(s.next(ms(7)), Next::Read(0), "at once");
        let Next::Wait(until) = s.next(ms(8)) else { panic!("asked again at once") };
        assert_eq!(until.as_millis(), turn, "{every} {shift} {beat}");
    }
}
