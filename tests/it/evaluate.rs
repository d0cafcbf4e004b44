//! `linepack evaluate detect`: small recordings written here, and floors on the public ones where they are.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use linepack::evaluate::{self, Outcome};

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// The row that sums up a set, ours.
fn ours<'a>(outcomes: &'a [Outcome], file: &str) -> &'a Outcome {
    outcomes.iter().find(|o| o.by == "linepack" && o.file == file).expect("a row of ours")
}

fn own(outcome: &Outcome, name: &str) -> f64 {
    outcome.own.iter().find(|(n, _)| *n == name).map(|(_, v)| *v).expect("a figure of the set's own")
}

/// A small wobble that is the same on every machine.
fn wobble(n: u64) -> f64 {
    ((n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64) - 0.5
}

/// Ten days by five minutes with a step of the level on the ninth.
fn step(label: &str) -> String {
    let mut text = format!("time,pressure,{label}\n");
    for row in 0..2880u64 {
        let odd = (2400..2430).contains(&row);
        let value = 100.0 + wobble(row) + if odd { 8.0 } else { 0.0 };
        let _ = writeln!(text, "{},{value},{}", 1_700_000_000 + row * 300, u8::from(odd));
    }
    text
}

#[test]
fn a_plain_recording_is_judged_by_its_label_beside_the_baselines() {
    for label in ["anomaly", "label", "changepoint"] {
        let dir = folder(&[("one.csv", step(label))]);
        let outcomes = evaluate::detect(dir.path()).unwrap();
        assert_eq!(outcomes.iter().map(|o| o.by).collect::<Vec<_>>(), ["linepack", "3-sigma", "last-value z"]);
        let ours = ours(&outcomes, "one.csv");
        assert_eq!((ours.events, ours.false_alarms_per_day), (Some((1, 1)), Some(0.0)), "{ours:?}");
        // the alarm stands on for as long as the long mean remembers the step
        assert!(ours.recall.unwrap() > 0.9 && ours.precision.unwrap() > 0.4, "{ours:?}");
        assert!(ours.time_to_detect_s.unwrap() <= 600.0);
        let text = evaluate::text(&outcomes);
        assert_eq!(text.lines().count(), 5, "{text}");
    }
}

#[test]
fn streams_are_scored_by_their_windows_and_quiet_ones_stay_quiet() {
    let series = step("x").lines().skip(1).fold("timestamp,value\n".to_owned(), |mut text, line| {
        let mut cells = line.split(',');
        let at: i64 = cells.next().unwrap().parse().unwrap();
        let at = linepack_time(at);
        let _ = writeln!(text, "{at},{}", cells.next().unwrap());
        text
    });
    let flat = "timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:05:00,1\n".to_owned();
    let windows = format!(
        "{{\"a/one.csv\":[[\"{}\",\"{}\"]],\"a/flat.csv\":[]}}",
        linepack_time(1_700_000_000 + 2390 * 300),
        linepack_time(1_700_000_000 + 2500 * 300)
    );
    let dir = folder(&[("a/one.csv", series), ("a/flat.csv", flat), ("windows.json", windows)]);
    let outcomes = evaluate::detect(dir.path()).unwrap();
    assert_eq!(ours(&outcomes, "a/one.csv").events, Some((1, 1)));
    assert_eq!(own(ours(&outcomes, "a/flat.csv"), "false"), 0.0);
    assert!(own(ours(&outcomes, "all"), "score") > 80.0, "{:?}", ours(&outcomes, "all"));
    let brief = evaluate::brief(outcomes);
    assert!(brief.iter().all(|o| o.file == "all") && brief.len() == 3);
}

fn linepack_time(s: i64) -> String {
    jiff::Timestamp::from_second(s).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn what_cannot_be_read_is_said_and_never_panics() {
    let dir = folder(&[("note.txt", "nothing".into())]);
    assert!(evaluate::detect(dir.path()).unwrap_err().to_string().contains("no recording of a known form"));
    assert!(evaluate::detect(&dir.path().join("none")).is_err());
    let dir = folder(&[("bad.csv", "time,v,label\nyesterday,1,0\n".into())]);
    assert!(evaluate::detect(dir.path()).unwrap_err().to_string().contains("is no time"));
    let odd = "time,v,label\n1700000000,nan,0\n1700000000,inf,1\n1600000000,,\n".to_owned();
    let dir = folder(&[("odd.csv", odd), ("empty.csv", "time,label\n".into())]);
    assert!(evaluate::detect(dir.path()).is_ok());
}

/// The public recordings, where they are.
fn data(set: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = std::env::var("LINEPACK_DATA").map_or_else(|_| root.join("../shared/data"), PathBuf::from).join(set);
    dir.is_dir().then_some(dir)
}

#[test]
fn the_public_recordings_are_judged_no_worse_than_their_floors() {
    let mut judged = std::collections::HashMap::new();
    // set, file, figure of the set's own, least, most
    for (set, file, figure, least, most) in [
        ("nab", "all", "score", 54.0, 100.0),
        ("nab", "artificialNoAnomaly/art_daily_small_noise.csv", "false", 0.0, 0.0),
        ("nab", "artificialNoAnomaly/art_flatline.csv", "false", 0.0, 0.0),
        ("skab", "all", "FAR", 0.0, 0.2),
        ("batadal", "dataset04_attacks.csv", "S", 0.88, 1.0),
        ("tep", "all", "fault", 0.86, 1.0),
        ("tep", "all", "false", 0.0, 0.02),
        ("whut-pipeline", "1_pumps.csv", "alarms", 0.0, 0.0),
        ("whut-pipeline", "3_pumps.csv", "alarms", 0.0, 0.0),
        ("whut-pipeline", "5_pumps.csv", "alarms", 0.0, 0.0),
    ] {
        let Some(dir) = data(set) else { continue };
        let outcomes = judged.entry(set).or_insert_with(|| evaluate::detect(&dir).unwrap());
        let found = own(ours(outcomes, file), figure);
        assert!((least..=most).contains(&found), "{set} {file} {figure} {found}");
        let all = ours(outcomes, file);
        match set {
            "skab" => assert!(all.f1.unwrap() >= 0.75, "{all:?}"),
            "batadal" => assert_eq!(all.events, Some((7, 7))),
            _ => {}
        }
    }
    if let Some(dir) = data("metec-methane") {
        let outcomes = evaluate::detect(&dir).unwrap();
        let all = ours(&outcomes, "sensors_1min.csv");
        assert_eq!(all.events, Some((7, 7)));
        assert!(all.precision.unwrap() >= 0.75 && all.time_to_detect_s.unwrap() <= 300.0, "{all:?}");
    }
}
