use linepack_core::Quality;

use super::*;

const HOUR: i64 = 3_600_000;

fn spans(step: &str, zone: &str, from: &str, to: &str) -> Vec<(i64, i64, i64)> {
    let ms = |t: &str| t.parse::<Timestamp>().unwrap().as_millisecond();
    let zone = TimeZone::get(zone).unwrap();
    let step: Step = step.parse().unwrap();
    let begin = ms(from);
    step.stretches(&zone, begin, ms(to)).iter().map(|s| (s.from - begin, s.to - begin, s.every)).collect()
}

#[test]
fn a_step_is_a_number_and_a_unit() {
    for (text, ms, name) in [
        ("30s", 30_000, "30s"),
        ("1m", 60_000, "1m"),
        ("15min", 900_000, "15m"),
        ("60m", HOUR, "1h"),
        ("24h", DAY, "1d"),
        ("366d", 366 * DAY, "366d"),
    ] {
        let step: Step = text.parse().unwrap();
        assert_eq!((step.ms(), step.to_string().as_str()), (ms, name));
    }
    for wrong in ["", "m", "0s", "1", "1.5h", "367d", "99999999999999999999d", "1w", "-1h"] {
        assert!(wrong.parse::<Step>().is_err(), "{wrong}");
    }
}

#[test]
fn spans_are_whole_and_touch() {
    assert_eq!(
        spans("15m", "UTC", "2026-03-01T00:07:00Z", "2026-03-01T01:01:00Z"),
        [(-7 * 60_000, 68 * 60_000, 900_000)]
    );
    assert_eq!(spans("1h", "UTC", "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z"), [(0, 48 * HOUR, HOUR)]);
    // what does not divide a day counts from 1970
    assert_eq!(
        spans("7h", "Europe/Berlin", "1970-01-01T08:00:00Z", "1970-01-01T14:00:00Z"),
        [(-HOUR, 6 * HOUR, 7 * HOUR)]
    );
    assert!(spans("1d", "UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z").is_empty());
}

#[test]
fn days_are_those_of_the_calendar() {
    // clocks go forward on 29 March, back on 25 October 2026
    assert_eq!(
        spans("1d", "Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z"),
        [(0, 24 * HOUR, DAY), (24 * HOUR, 47 * HOUR, 23 * HOUR), (47 * HOUR, 71 * HOUR, DAY)]
    );
    assert_eq!(
        spans("1d", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        [(0, 25 * HOUR, 25 * HOUR)]
    );
    // six hours each from midnight, the last of a short day is short
    assert_eq!(
        spans("6h", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z"),
        [(0, 23 * HOUR, 6 * HOUR), (23 * HOUR, 47 * HOUR, 6 * HOUR)]
    );
    // midnight is half past in UTC
    assert_eq!(
        spans("1h", "Asia/Kolkata", "2026-03-28T23:00:00Z", "2026-03-29T00:00:00Z"),
        [(-HOUR / 2, HOUR * 3 / 2, HOUR)]
    );
    // a midnight that clocks leave out
    assert_eq!(
        spans("1d", "Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
        [(0, 23 * HOUR, 23 * HOUR)]
    );
}

#[test]
fn a_range_without_end_is_no_trouble() {
    let step: Step = "366d".parse().unwrap();
    let all = step.stretches(&TimeZone::UTC, i64::MIN, i64::MAX);
    assert!(all.len() == 1 && all[0].every == 366 * DAY, "{all:?}");
}

#[test]
fn what_is_told_of_a_span() {
    let held = HistoryAggregate {
        start_ms: 0,
        n: 0,
        covered_ms: HOUR / 2,
        integral: 10.0 * (HOUR / 2) as f64,
        lowest: None,
        highest: None,
        first: None,
        last: None,
        quality: Quality::Good,
    };
    let told = |a: &HistoryAggregate| Aggregation::ALL.map(|kind| kind.of(a));
    assert_eq!(told(&held), [Some(Some(10.0)), None, None, None, None, None, Some(Some(5.0))]);
    let measured = HistoryAggregate {
        n: 3,
        lowest: Some((9.0, 5)),
        highest: Some((12.0, 6)),
        first: Some(9.0),
        last: Some(10.0),
        ..held
    };
    assert_eq!(told(&measured), [10.0, 9.0, 12.0, 9.0, 10.0, 3.0, 5.0].map(|v| Some(Some(v))));
    let nothing = HistoryAggregate { covered_ms: 0, integral: 0.0, ..held };
    assert_eq!(
        told(&nothing),
        [Some(None), Some(None), Some(None), Some(None), Some(None), Some(Some(0.0)), Some(None)]
    );
    for kind in Aggregation::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let units = ["kW", "m3/h", ""].map(|unit| Aggregation::Integral.unit(unit));
    assert_eq!(units, ["kW·h", "m3", ""]);
}
