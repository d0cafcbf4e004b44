//! Hand-counted journals, and the same answers from a slow and plain reading of the definitions.

use proptest::prelude::*;

use super::*;

const S: i64 = 1000;
const MIN: i64 = 60 * S;
const H: i64 = 60 * MIN;

fn row(alarm: u32, at: i64, from: State, to: State, cause: Cause) -> Row {
    Row::new(alarm, Ts(at), from, to, cause.name())
}

fn raise(alarm: u32, at: i64) -> Row {
    row(alarm, at, State::Normal, State::Unacknowledged, Cause::Raise)
}

fn ack(alarm: u32, at: i64) -> Row {
    row(alarm, at, State::Unacknowledged, State::Acknowledged, Cause::Acknowledge)
}

fn clear(alarm: u32, at: i64) -> Row {
    row(alarm, at, State::Acknowledged, State::Normal, Cause::Clear)
}

fn figures(from: i64, to: i64, rows: &[Row]) -> Figures {
    with(from, to, rows, &[])
}

fn with(from: i64, to: i64, rows: &[Row], standing: &[(u32, Ts)]) -> Figures {
    let alarms = vec![(0, Some(Priority::Low)); 100];
    let rules = Rules::default();
    let asked = Asked { from: Ts(from), to: Ts(to), rows, standing, alarms: &alarms, positions: 1, rules };
    asked.figures().remove(0)
}

#[test]
fn only_what_is_annunciated_counts() {
    let rows = [
        raise(1, 0),
        ack(1, 30 * S),
        clear(1, 20 * MIN),
        row(2, MIN, State::Shelved, State::Shelved, Cause::Raise),
        row(2, 2 * MIN, State::Shelved, State::Shelved, Cause::Clear),
        row(3, 3 * MIN, State::Normal, State::Normal, Cause::Historical),
        row(4, 4 * MIN, State::Shelved, State::Unacknowledged, Cause::Expire),
        // activations of an alarm that is held: it is shown already
        row(4, 5 * MIN, State::Unacknowledged, State::Unacknowledged, Cause::Raise),
    ];
    let f = figures(0, H, &rows);
    assert_eq!(f.annunciated, 2, "the first and the one that came back from the shelf");
    assert_eq!(f.top, [(1, 1), (4, 1)]);
    assert_eq!((f.ack_p50, f.ack_p90), (Some(Millis(30 * S)), Some(Millis(30 * S))));
    assert_eq!(f.standing, [(4, Millis(56 * MIN))]);
    assert_eq!(f.priorities, [0, 0, 0, 2]);
}

#[test]
fn means_and_ten_minute_periods_by_hand() {
    // two hours: 11 in the first ten minutes, 3 in the next, 10 in the last
    let mut rows: Vec<Row> = (0..11).map(|i| raise(i, i64::from(i) * 30 * S)).collect();
    rows.extend((11..14).map(|i| raise(i, 15 * MIN + i64::from(i) * S)));
    rows.extend((14..24).map(|i| raise(i, 115 * MIN + i64::from(i) * S)));
    let f = figures(0, 2 * H, &rows);
    assert_eq!((f.annunciated, f.max_10min), (24, 11));
    assert!((f.per_hour - 12.0).abs() < 1e-9 && (f.per_day - 288.0).abs() < 1e-9 && (f.per_10min - 2.0).abs() < 1e-9);
    assert!((f.over_10_percent - 100.0 / 12.0).abs() < 1e-9, "one of twelve: {}", f.over_10_percent);
    assert!((f.top_percent - 100.0 * 10.0 / 24.0).abs() < 1e-9);
    let compared = Targets::default().compare(&f);
    let of = |name| compared.iter().find(|c| c.name == name).map(|c| c.verdict);
    assert_eq!(of("per_day"), Some(Verdict::Manageable));
    assert_eq!(of("per_hour"), Some(Verdict::Manageable));
    assert_eq!(of("over_10_percent"), Some(Verdict::Over));
    assert_eq!(of("stale"), Some(Verdict::Acceptable));
}

#[test]
fn a_flood_begins_above_ten_and_ends_below_five() {
    // one a minute would be ten in ten minutes: never a flood
    let calm: Vec<Row> = (0..60).map(|i| raise(i, i64::from(i) * MIN)).collect();
    assert!(figures(0, H, &calm).floods.episodes.is_empty());
    // eleven within eleven seconds at 10 min; the window is empty of all but four at 20 min + 7 s
    let burst: Vec<Row> = (0..11).map(|i| raise(i, 10 * MIN + i64::from(i) * S)).collect();
    let f = figures(0, H, &burst);
    let (from, to) = (Ts(10 * MIN + 10 * S), Ts(20 * MIN + 6 * S));
    assert_eq!(f.floods.episodes, [Episode { from, to, annunciated: 1 }]);
    assert!(!f.floods.active);
    assert!((f.floods.percent - 100.0 * (to - from).0 as f64 / H as f64).abs() < 1e-9);
    // the same, seen from its middle: it goes on from before the period and is cut to it
    let f = figures(15 * MIN, 16 * MIN, &burst);
    assert_eq!((f.annunciated, f.floods.active, f.floods.percent), (0, true, 100.0));
}

#[test]
fn chattering_fleeting_and_stale_by_hand() {
    let on_off = |alarm: u32, at: i64, for_s: i64| [raise(alarm, at), ack(alarm, at + S), clear(alarm, at + for_s * S)];
    let mut rows = Vec::new();
    // 1: three within a minute chatter; gone soon, but back soon: only the last is fleeting
    rows.extend([0, 20, 40].into_iter().flat_map(|s| on_off(1, s * S, 5)));
    // 2: three within 61 s do not chatter
    rows.extend([0, 30, 61].into_iter().flat_map(|s| on_off(2, s * S, 12)));
    // 3: once for 9.9 s and not back
    rows.extend([raise(3, 0), clear(3, 9_900)]);
    // 4: once for 10 s
    rows.extend([raise(4, 0), clear(4, 10_000)]);
    // 5 stood for a day and a bit, 6 for a day exactly, 7 goes on
    rows.extend([raise(5, H), raise(6, H), raise(7, 3 * H), clear(5, 25 * H + 1), clear(6, 25 * H)]);
    rows.sort_by_key(|r| r.at);
    let f = figures(0, 30 * H, &rows);
    assert_eq!(f.chattering, [(1, 3)]);
    assert_eq!(f.fleeting, [(1, 1), (3, 1)]);
    assert_eq!(f.stale, [(7, Millis(27 * H)), (5, Millis(24 * H + 1))]);
}

#[test]
fn what_stood_before_the_period_is_stale_and_no_load() {
    let f = with(100 * H, 101 * H, &[clear(8, 100 * H + MIN)], &[(8, Ts(0)), (9, Ts(99 * H))]);
    assert_eq!((f.annunciated, &*f.standing), (0, &[(9, Millis(2 * H))][..]));
    assert_eq!(f.stale, [(8, Millis(100 * H + MIN))]);
    // cleared before the period began
    assert_eq!(with(100 * H, 101 * H, &[clear(8, 99 * H + 55 * MIN)], &[(8, Ts(0))]).stale, []);
}

#[test]
fn positions_are_counted_apart_and_strangers_for_the_last() {
    let alarms = [(0, Some(Priority::Critical)), (1, Some(Priority::High)), (7, None)];
    let rows = [raise(0, 0), raise(1, 1), raise(2, 2), raise(50, 3)];
    let (from, to, rules) = (Ts(0), Ts(H), Rules::default());
    let all = Asked { from, to, rows: &rows, standing: &[], alarms: &alarms, positions: 2, rules }.figures();
    let counts: Vec<(u64, [u64; 4])> = all.iter().map(|f| (f.annunciated, f.priorities)).collect();
    assert_eq!(counts, [(1, [1, 0, 0, 0]), (2, [0, 1, 0, 0])]);
}

#[test]
fn times_to_acknowledge_are_by_nearest_rank() {
    for (acks, p50, p90) in [
        (vec![], None, None),
        (vec![7], Some(7), Some(7)),
        (vec![1, 2], Some(1), Some(2)),
        (vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Some(5), Some(9)),
    ] {
        assert_eq!((quantile(&acks, 50), quantile(&acks, 90)), (p50.map(Millis), p90.map(Millis)), "{acks:?}");
    }
}

/// A journal as the machine would write it: per alarm raise, acknowledge, clear in turn.
fn journal() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((0u32..6, 0i64..40_000, 0u8..3), 0..160).prop_map(|moves| {
        let mut at = 0;
        let mut states = [State::Normal; 6];
        let mut rows = vec![];
        for (alarm, gap, what) in moves {
            at += gap;
            let from = states[alarm as usize];
            let (to, cause) = match (from, what) {
                (State::Unacknowledged, 0) => (State::Acknowledged, Cause::Acknowledge),
                (State::Unacknowledged, _) => (State::ReturnedUnacknowledged, Cause::Clear),
                (State::Acknowledged, _) => (State::Normal, Cause::Clear),
                (State::ReturnedUnacknowledged, 0) => (State::Normal, Cause::Acknowledge),
                _ => (State::Unacknowledged, Cause::Raise),
            };
            states[alarm as usize] = to;
            rows.push(row(alarm, at, from, to, cause));
        }
        rows
    })
}

/// The windows, each looked at anew.
fn slow_flood(rows: &[Row], to: i64, rules: &Rules) -> (i64, bool) {
    let alarms: Vec<i64> = rows.iter().filter(|r| r.is(ANNUNCIATED)).map(|r| r.at.0).collect();
    let (mut time, mut on) = (0, false);
    let mut moments: Vec<i64> =
        alarms.iter().flat_map(|&t| [t, t + rules.flood_within.0]).filter(|&t| t < to).collect();
    moments.extend([to]);
    moments.sort_unstable();
    moments.dedup();
    let mut last = 0;
    for t in moments {
        time += if on { t - last } else { 0 };
        last = t;
        let n = alarms.iter().filter(|&&a| a <= t && a + rules.flood_within.0 > t).count();
        on = if on { n >= rules.flood_end } else { n > rules.flood_start };
    }
    (time, on)
}

proptest! {
    #[test]
    fn a_slow_reading_of_the_definitions_agrees(rows in journal(), start in 2usize..8, count in 2usize..5) {
        let to = rows.last().map_or(H, |r| r.at.0 + 5 * MIN);
        let rules = Rules { flood_start: start, flood_end: start / 2, chatter_count: count, ..Rules::default() };
        let alarms = vec![(0, Some(Priority::Low)); 6];
        let asked = Asked { from: Ts(0), to: Ts(to), rows: &rows, standing: &[], alarms: &alarms, positions: 1, rules };
        let f = asked.figures().remove(0);
        let shown: Vec<&Row> = rows.iter().filter(|r| r.is(ANNUNCIATED)).collect();
        prop_assert_eq!(f.annunciated as usize, shown.len());
        let most = (0..=to / TEN_MINUTES).map(|p| shown.iter().filter(|r| r.at.0 / TEN_MINUTES == p).count()).max();
        prop_assert_eq!(f.max_10min as usize, most.unwrap_or(0));
        let (time, on) = slow_flood(&rows, to, &rules);
        let told: i64 = f.floods.episodes.iter().map(|e| (e.to - e.from).0).sum();
        prop_assert_eq!(told, time);
        // the last moment looked at may itself end it
        prop_assert!(f.floods.active == on || f.floods.episodes.last().is_some_and(|e| e.to == Ts(to)));
        for alarm in 0..6u32 {
            let of: Vec<i64> = rows.iter().filter(|r| r.alarm == alarm && r.is(ACTIVATED)).map(|r| r.at.0).collect();
            let chatters = of.windows(count).any(|w| w[count - 1] - w[0] <= 60 * S);
            prop_assert_eq!(f.chattering.iter().any(|(a, _)| *a == alarm), chatters);
            let mine: Vec<&Row> = rows.iter().filter(|r| r.alarm == alarm).collect();
            let fleeting = mine.iter().enumerate().filter(|(i, r)| r.is(CLEARED) && {
                let on = mine[..*i].iter().rev().find(|r| r.is(ACTIVATED)).map(|r| r.at.0);
                let back = mine[i + 1..].iter().find(|r| r.is(ACTIVATED)).map_or(to, |r| r.at.0);
                on.is_some_and(|on| r.at.0 - on < 10 * S) && back - r.at.0 > 60 * S
            });
            let told = f.fleeting.iter().find(|(a, _)| *a == alarm).map_or(0, |(_, n)| *n);
            prop_assert_eq!(told as usize, fleeting.count());
        }
    }
}
