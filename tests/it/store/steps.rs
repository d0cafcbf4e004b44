//! History in steps: the same rows from every kind of database, whatever has become of the samples inside.

use jiff::tz::TimeZone;
use linepack::store::{HistoryAggregate, Step, Store};
use linepack_core::{Quality, Reason, Sample};

use super::Place;
use super::contract::{hours_ago, run, run_with, sample};
use super::site::registry;

const BAD: Quality = Quality::Bad(Reason::CommFailure);
const UNSURE: Quality = Quality::Uncertain(Reason::Substituted);
const SECOND: i64 = 1000;

/// What each span comes to, second by second, without a thought of speed.
fn expected(samples: &[Sample], from: i64, to: i64, every: i64) -> Vec<HistoryAggregate> {
    let mut all = vec![];
    for start in (from..to).step_by(every as usize) {
        let end = (start + every).min(to);
        let inside: Vec<&Sample> = samples.iter().filter(|s| (start..end).contains(&s.ts.ms())).collect();
        let usable: Vec<&&Sample> = inside.iter().filter(|s| s.quality.class() != "bad").collect();
        let (mut integral, mut covered, mut held) = (0.0, 0, None);
        for second in (start..end).step_by(SECOND as usize) {
            let last = samples.iter().filter(|s| s.ts.ms() <= second).max_by_key(|s| s.ts);
            if let Some(s) = last.filter(|s| s.quality.class() != "bad" && second - s.ts.ms() < 600 * SECOND) {
                integral += s.value * SECOND as f64;
                covered += SECOND;
                held = held.or(Some(s.quality));
            }
        }
        let by_value = |a: &&&&Sample, b: &&&&Sample| a.value.total_cmp(&b.value);
        let worst = |all: &mut dyn Iterator<Item = Quality>| all.max_by_key(|q| q.code());
        let quality = worst(&mut usable.iter().map(|s| s.quality))
            .or_else(|| worst(&mut inside.iter().map(|s| s.quality).chain(held)));
        let Some(quality) = quality else { continue };
        all.push(HistoryAggregate {
            start_ms: start,
            n: usable.len() as u64,
            covered_ms: covered,
            integral,
            lowest: usable.iter().min_by(by_value).map(|s| (s.value, s.ts.ms())),
            highest: usable.iter().rev().max_by(by_value).map(|s| (s.value, s.ts.ms())),
            first: usable.first().map(|s| s.value),
            last: usable.last().map(|s| s.value),
            quality,
        });
    }
    all
}

async fn steps(
    store: &Store,
    point: &str,
    range: (i64, i64),
    step: &str,
    zone: &str,
    now: i64,
) -> Vec<HistoryAggregate> {
    let zone = TimeZone::get(zone).unwrap();
    store.caught_up().await;
    let mut reading = store.steps(point, range, step.parse::<Step>().unwrap(), &zone, now).await.unwrap();
    let mut all = vec![];
    while let Some(part) = reading.next().await.unwrap() {
        all.extend(part);
    }
    all
}

fn assert_same(found: &[HistoryAggregate], expected: &[HistoryAggregate], when: &str) {
    let starts = |all: &[HistoryAggregate]| all.iter().map(|a| a.start_ms).collect::<Vec<_>>();
    assert_eq!(starts(found), starts(expected), "{when}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found.integral - expected.integral).abs() < 1e-3;
        let found = HistoryAggregate { integral: expected.integral, ..*found };
        assert!(near && found == *expected, "{when}: {found:?} is not {expected:?}");
    }
}

pub(crate) async fn steps_are_what_the_samples_come_to(place: &Place) {
    let site = registry(&["st-1"]);
    let t0 = hours_ago() - 2 * 3_600_000;
    let to = t0 + 2 * 3_600_000;
    // from some seconds to some minutes apart, with a gap longer than a value holds, some bad and some doubtful
    let mut all = vec![];
    let mut at = t0 + 17 * SECOND;
    for i in 0.. {
        let quality = match i % 9 {
            4 => BAD,
            7 => UNSURE,
            _ => Quality::Good,
        };
        all.push(sample(0, at, f64::from(i * 37 % 101) / 4.0, quality));
        at += if i == 20 { 1_300 * SECOND } else { (i64::from(i) * 31 % 170 + 3) * SECOND };
        if at >= to {
            break;
        }
    }
    let (late, early): (Vec<Sample>, Vec<Sample>) = all.iter().copied().partition(|s| s.value as i64 % 5 == 2);
    assert!(late.len() > 5 && early.len() > 30);

    let mut running = run(place, &site).await;
    let check = async |store: &Store, known: &[Sample], when: &str| {
        for (step, ms) in [("1m", 60_000), ("15m", 900_000), ("1h", 3_600_000), ("30s", 30_000)] {
            let found = steps(store, "st-1/inlet", (t0, to), step, "UTC", to).await;
            assert_same(&found, &expected(known, t0, to, ms), &format!("{step} {when}"));
        }
        // the present cuts what is not over
        let now = t0 + 3_000 * SECOND;
        let found = steps(store, "st-1/inlet", (t0 + 1, to), "1h", "UTC", now).await;
        assert_same(&found, &expected(known, t0, now, 3_600_000), when);
    };
    running.write(&site, &[], &early).await;
    check(&running.store, &early, "as it came").await;
    running.store.upkeep().await.unwrap();
    check(&running.store, &early, "out of aggregates").await;
    running.write(&site, &[], &late).await;
    check(&running.store, &all, "with late samples").await;
    running.store.upkeep().await.unwrap();
    check(&running.store, &all, "with late samples in the aggregates").await;
    running.stop().await;
    let running = run(place, &site).await;
    check(&running.store, &all, "after a restart").await;
    assert!(steps(&running.store, "st-1/outlet", (t0, to), "1m", "UTC", to).await.is_empty());
    assert!(steps(&running.store, "no/such", (t0, to), "1m", "UTC", to).await.is_empty());
    running.stop().await;
}

pub(crate) async fn days_are_those_of_the_site(place: &Place) {
    let site = registry(&["day-1"]);
    let mut settings = place.settings.clone();
    settings.retain_raw = std::time::Duration::from_secs(100_000 * 86_400);
    let mut running = run_with(settings, place, &site).await;
    // clocks go back in the night to 25 October 2026
    let midnight = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let (begin, back, next, end) = (
        midnight("2026-10-23T22:00:00Z"),
        midnight("2026-10-24T22:00:00Z"),
        midnight("2026-10-25T23:00:00Z"),
        midnight("2026-10-26T23:00:00Z"),
    );
    let samples: Vec<Sample> =
        (begin..end).step_by(300_000).map(|ts| sample(0, ts, (ts % 7) as f64, Quality::Good)).collect();
    running.write(&site, &[], &samples).await;
    for _ in 0..2 {
        let days = steps(&running.store, "day-1/inlet", (begin, end), "1d", "Europe/Berlin", end).await;
        let told: Vec<_> = days.iter().map(|d| (d.start_ms, d.n, d.covered_ms / 3_600_000)).collect();
        assert_eq!(told, [(begin, 288, 24), (back, 300, 25), (next, 288, 24)]);
        let quarters = steps(&running.store, "day-1/inlet", (back, next), "6h", "Europe/Berlin", end).await;
        let told: Vec<_> = quarters.iter().map(|d| ((d.start_ms - back) / 3_600_000, d.n)).collect();
        assert_eq!(told, [(0, 72), (6, 72), (12, 72), (18, 72), (24, 12)]);
        running.store.upkeep().await.unwrap();
    }
    running.stop().await;
}
