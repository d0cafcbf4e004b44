//! A recorded alarm journal of a process plant through the engine: a tenth of the annunciations, nothing lost sight of.
//! The records are read from `LINEPACK_DATA` where they are; a small journal of the same kind is always played.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use linepack_core::alarm::State;
use linepack_core::registry::{
    AlarmInstance, AlarmKind, AlarmSource, Asset, Handling, Point, PointType, Priority, Registry, Rule, Template,
};
use linepack_core::{
    AssetId, Core, Delivery, Event, Input, LonLat, Millis, Output, PointId, Quality, Sample, Saved, Ts,
};

/// What was in the journal, and what the engine made of it.
#[derive(Debug, Default)]
struct Outcome {
    raw: usize,
    annunciated: usize,
    /// Alarms true for over ten minutes that were not shown then.
    lost: Vec<String>,
}

/// One alarm of the journal going on or off.
struct Row {
    at: i64,
    alarm: usize,
    on: bool,
}

/// A plant of tags `(asset, class, area)`, each a point `p` of its own template with one alarm above 0.5.
fn plant(tags: &[(&str, &str, &str)]) -> Registry {
    let mut r = Registry::default();
    for (n, (asset, class, area)) in (0u32..).zip(tags) {
        r.rules.push(Rule {
            key: "high".into(),
            kind: AlarmKind::High,
            limit: 0.5,
            deadband: 0.0,
            on_delay: Millis(0),
            off_delay: Millis(0),
            priority: Priority::High,
            dispatch: None,
            rationalization: Arc::default(),
            latching: false,
            enabled: true,
            operator_may: None,
            detector: None,
            handling: Handling { class: (*class).into(), ..Handling::default() },
        });
        let kind = PointType { name: format!("p{n}").into(), rules: vec![n], ..PointType::default() };
        r.templates.push(Template { name: format!("t{n}").into(), points: vec![kind] });
        r.alarms.push(AlarmInstance { source: AlarmSource::Point(PointId(n)), rule: n });
        r.points.push(Point { asset: AssetId(n), slot: 0, alarms: n..n + 1 });
        r.assets.push(Asset {
            id: (*asset).into(),
            name: (*asset).into(),
            kind: "".into(),
            area: (*area).into(),
            position: LonLat { lon: 106.5, lat: 29.5 },
            template: n,
            parent: None,
            connection: None,
            points: n..n + 1,
            alarms: 0..0,
            attributes: vec![],
        });
    }
    r.late_after = Millis::secs(60);
    r.index();
    r
}

fn tags(alarms: usize) -> Vec<String> {
    (0..alarms).map(|n| format!("t{n}")).collect()
}

fn play(rows: &[Row], alarms: usize) -> Outcome {
    let names = tags(alarms);
    let tags: Vec<_> = names.iter().map(|n| (n.as_str(), "", "")).collect();
    let registry = Arc::new(plant(&tags));
    let mut core = Core::new(registry.clone(), Saved::default());
    let mut out = Output::default();
    let mut outcome = Outcome::default();
    let mut since: BTreeMap<usize, i64> = BTreeMap::new();
    let mut now = rows.first().map_or(0, |r| r.at);
    for row in rows {
        // a look every ten seconds, as the plant's own
        while now + 10_000 < row.at {
            now += 10_000;
            out.clear();
            core.step(Ts(now), Input::Tick, &mut out);
        }
        now = row.at;
        let stood = |at: i64| row.at - at > 600_000;
        if !row.on
            && since.remove(&row.alarm).is_some_and(stood)
            && !core.alarms().any(|a| a.id.index() == row.alarm && a.state.is_annunciated() && a.is_raised())
        {
            outcome.lost.push(format!("t{} at {}", row.alarm, row.at));
        }
        if row.on {
            outcome.raw += 1;
            since.insert(row.alarm, row.at);
        }
        let point = PointId(u32::try_from(row.alarm).expect("few alarms"));
        let (value, quality, delivery) = (f64::from(u8::from(row.on)), Quality::Good, Delivery::Live);
        let sample = Sample { point, ts: Ts(now), received: Ts(now), value, quality, delivery };
        out.clear();
        core.step(Ts(now), Input::Samples(vec![sample]), &mut out);
        outcome.annunciated += annunciations(&out);
    }
    outcome
}

fn annunciations(out: &Output) -> usize {
    let new = |e: &&Event| {
        matches!(e, Event::Alarm { transition: Some(t), .. }
        if t.to == State::Unacknowledged && t.from != State::Unacknowledged)
    };
    out.events.iter().filter(new).count()
}

/// A tag that chatters for an hour, one that stands for an hour, one that chatters and then stands.
fn small() -> Vec<Row> {
    let mut rows = vec![];
    for n in 0..180 {
        rows.push(Row { at: n * 20_000, alarm: 0, on: true });
        rows.push(Row { at: n * 20_000 + 10_000, alarm: 0, on: false });
        if n < 90 {
            rows.push(Row { at: n * 20_000, alarm: 2, on: true });
            rows.push(Row { at: n * 20_000 + 10_000, alarm: 2, on: false });
        }
    }
    rows.push(Row { at: 5_000, alarm: 1, on: true });
    rows.push(Row { at: 3_605_000, alarm: 1, on: false });
    rows.push(Row { at: 1_805_000, alarm: 2, on: true });
    rows.push(Row { at: 3_600_000, alarm: 2, on: false });
    rows.sort_by_key(|r| r.at);
    rows
}

#[test]
fn a_small_journal_loses_chatter_and_nothing_else() {
    let outcome = play(&small(), 3);
    assert!(outcome.annunciated * 20 < outcome.raw && outcome.lost.is_empty(), "{outcome:?}");
}

fn data() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    std::env::var_os("LINEPACK_DATA").map_or_else(beside, PathBuf::from)
}

/// The recorded journal by test case; none where the records are not there.
fn recorded() -> Option<Vec<(Vec<Row>, usize)>> {
    let file = std::fs::File::open(data().join("alarm-floods-tep/original.csv.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).ok()?;
    let mut cases: Vec<(Vec<Row>, usize)> = vec![];
    let mut tags: BTreeMap<String, usize> = BTreeMap::new();
    let mut case = "";
    for line in text.lines().skip(1) {
        let parts: Vec<&str> = line.splitn(5, ',').collect();
        if parts[0] != case {
            (case, tags) = (parts[0], BTreeMap::new());
            cases.push((vec![], 0));
        }
        let (kind, on) = parts[3].strip_suffix(" NR").map_or((parts[3], true), |k| (k, false));
        let next = tags.len();
        let alarm = *tags.entry(format!("{} {kind}", parts[2])).or_insert(next);
        let (rows, count) = cases.last_mut()?;
        *count = tags.len();
        rows.push(Row { at: milliseconds(parts[1]), alarm, on });
    }
    Some(cases)
}

/// `2024-05-01 00:02:50`; the months of a year are told apart, no more.
fn milliseconds(text: &str) -> i64 {
    let n = |from: usize, to: usize| text[from..to].parse::<i64>().expect("a number");
    let days = n(0, 4) * 372 + n(5, 7) * 31 + n(8, 10);
    ((days * 24 + n(11, 13)) * 3600 + n(14, 16) * 60 + n(17, 19)) * 1000
}

#[test]
fn a_recorded_journal_loses_nine_tenths_of_its_annunciations_and_no_standing_alarm() {
    let Some(cases) = recorded() else { return };
    assert!(!cases.is_empty());
    let mut all = Outcome::default();
    for (rows, alarms) in cases {
        let outcome = play(&rows, alarms);
        all.raw += outcome.raw;
        all.annunciated += outcome.annunciated;
        all.lost.extend(outcome.lost);
    }
    assert!(all.annunciated * 10 <= all.raw, "{} of {}", all.annunciated, all.raw);
    assert!(all.lost.is_empty(), "{:?}", all.lost);
}

/// Asset, class, area, milliseconds.
type Listed = (String, String, String, i64);

/// A field's alarm list: asset, class (a signal's letters and first digits), area, milliseconds; oldest first.
fn listed(text: &str) -> Vec<Listed> {
    let mut rows: Vec<_> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let c: Vec<&str> = line.split(',').collect();
            let (asset, signal) = c.get(1)?.split_once('_')?;
            let (_, time) = c.first()?.split_once(' ')?;
            let (hour, minute) = time.split_once(':')?;
            let at = (hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?) * 60_000;
            let class = if signal.starts_with("XA8100") { "power" } else { "" };
            Some((asset.to_owned(), class.to_owned(), c.get(6)?.to_string(), at))
        })
        .collect();
    rows.reverse();
    rows
}

/// Raises every alarm of the list at its time; the first alarm of each alarm's group, by number.
fn upsets(list: &[Listed]) -> Vec<Option<usize>> {
    // alarms of one facility are of one asset: here they share its name, so its area and a class of its own
    let of: Vec<(String, String, &str)> = list
        .iter()
        .enumerate()
        .map(|(n, (asset, class, area, _))| {
            let (class, area) =
                if class.is_empty() { (asset.as_str(), "field") } else { (class.as_str(), area.as_str()) };
            (format!("{asset}-{n}"), class.to_owned(), area)
        })
        .collect();
    let tags: Vec<_> = of.iter().map(|(a, c, area)| (a.as_str(), c.as_str(), *area)).collect();
    let mut core = Core::new(Arc::new(plant(&tags)), Saved::default());
    let mut out = Output::default();
    for (n, (.., at)) in (0u32..).zip(list) {
        let (quality, delivery) = (Quality::Good, Delivery::Live);
        let sample = Sample { point: PointId(n), ts: Ts(*at), received: Ts(*at), value: 1.0, quality, delivery };
        out.clear();
        core.step(Ts(*at), Input::Samples(vec![sample]), &mut out);
    }
    core.alarms().map(|a| a.group.map(|g| g.index())).collect()
}

const SMALL_LIST: &str = "Time,Tag,Priority,Type,Quality,State,Area,Field,Asset
6/30/2026 14:33,F1_XA81004,300,Digital,Good,Active,River Central,X,F1
6/30/2026 14:28,F4_PIT1_H,300,Digital,Good,Active,River West,X,F4
6/30/2026 14:28,F3_XA81003,300,Digital,Good,Active,River Central,X,F3
6/30/2026 14:27,F2_XA81002,300,Digital,Good,Active,River Central,X,F2
6/30/2026 14:16,F9_LACT1_B,510,Digital,Good,Normal,River East,X,F9
6/30/2026 14:16,F8_PIT2_H,510,Digital,Good,Normal,River East,X,F8
6/30/2026 14:16,F9_LACT1_A,510,Digital,Good,Normal,River East,X,F9
";

#[test]
fn common_causes_of_a_small_list_are_found() {
    let list = listed(SMALL_LIST);
    // 0 F9 A, 1 F8, 2 F9 B, 3 F2, 4 F3, 5 F4, 6 F1
    assert_eq!(upsets(&list), [Some(0), None, Some(0), Some(3), Some(3), None, None]);
}

#[test]
fn common_causes_of_a_recorded_list_are_found() {
    let Ok(text) = std::fs::read_to_string(data().join("alarm-list-field-scada/alarms_2026-06-30.csv")) else { return };
    let list = listed(&text);
    let groups = upsets(&list);
    let minute = |h: i64, m: i64| (h * 60 + m) * 60_000;
    let pick = |wanted: &dyn Fn(&Listed) -> bool| -> Vec<usize> {
        list.iter().enumerate().filter(|(_, r)| wanted(r)).map(|(n, _)| n).collect()
    };
    let power = pick(&|r| r.1 == "power" && (minute(14, 27)..=minute(14, 28)).contains(&r.3));
    let lact = pick(&|r| r.0 == "FAC0149" && r.3 == minute(14, 16));
    for (name, members) in [("power", power), ("lact", lact)] {
        assert!(members.len() >= 8, "{name}: {members:?}");
        for m in &members {
            assert_eq!(groups[*m], Some(members[0]), "{name}: {:?} is not under the first", list[*m]);
        }
        let strangers = groups.iter().enumerate().filter(|(n, g)| **g == Some(members[0]) && !members.contains(n));
        assert_eq!(strangers.count(), 0, "{name}: others stand under it");
    }
}
