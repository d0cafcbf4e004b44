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

fn detect(path: &Path) -> Vec<Outcome> {
    let judged = evaluate::detect(path).unwrap();
    assert!(judged.problems.is_empty(), "{:?}", judged.problems);
    judged.outcomes
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
    for label in ["anomaly", "Label", "is_anomaly"] {
        let dir = folder(&[("one.csv", step(label))]);
        let outcomes = detect(dir.path());
        assert_eq!(outcomes.iter().map(|o| o.by).collect::<Vec<_>>(), ["linepack", "3-sigma", "last-value z"]);
        let ours = ours(&outcomes, "one.csv");
        assert_eq!((ours.events, ours.false_alarms_per_day), (Some((1, 1)), Some(0.0)), "{ours:?}");
        // the alarm ends with the step
        assert!(ours.recall.unwrap() > 0.9 && ours.precision.unwrap() > 0.8, "{ours:?}");
        assert!(ours.time_to_detect_s.unwrap() <= 300.0);
        let text = evaluate::text(&outcomes);
        assert_eq!(text.lines().count(), 5, "{text}");
    }
}

#[test]
fn a_recording_reads_the_same_however_it_is_written() {
    let plain = step("anomaly");
    let lines = |change: &dyn Fn(usize, &[&str]) -> String| -> String {
        plain.lines().enumerate().map(|(row, line)| change(row, &line.split(',').collect::<Vec<_>>())).collect()
    };
    let local = |cells: &[&str], form: &str| -> String {
        let s: i64 = cells[0].parse().unwrap();
        jiff::Timestamp::from_second(s).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime(form).to_string()
    };
    let spreadsheet = lines(&|row, cells| match row {
        0 => "Zeit;Druck bar;Label\r\n".into(),
        _ => format!("{};{};{}\r\n", local(cells, "%d.%m.%Y %H:%M"), cells[1].replace('.', ","), cells[2]),
    });
    let american = lines(&|row, cells| match row {
        0 => "id,Date,Time,pressure,anomaly\n".into(),
        _ => format!("{row},{},{},{},{}\n", local(cells, "%m/%d/%Y"), local(cells, "%H:%M:%S"), cells[1], cells[2]),
    });
    let words = lines(&|row, cells| match row {
        0 => "# from the historian\ntimestamp\tp\tNormal/Attack\n".into(),
        _ => {
            format!("{}\t{}\t{}\n", local(cells, "%FT%TZ"), cells[1], if cells[2] == "1" { "Attack" } else { "Normal" })
        }
    });
    let bare = lines(&|row, cells| if row == 0 { String::new() } else { format!("{}\n", cells.join(",")) });
    let newest_first: String = plain
        .lines()
        .take(1)
        .chain(plain.lines().skip(1).collect::<Vec<_>>().into_iter().rev())
        .map(|l| format!("{l}\n"))
        .collect();
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, plain.as_bytes()).unwrap();
    let files: [(&str, Vec<u8>); 9] = [
        ("plain.csv", plain.clone().into_bytes()),
        ("marked.csv", ["\u{feff}", &plain].concat().into_bytes()),
        ("a/b/c/spreadsheet.CSV", spreadsheet.into_bytes()),
        ("american.csv", american.into_bytes()),
        ("words.tsv", words.into_bytes()),
        ("bare.csv", bare.into_bytes()),
        ("newest-first.csv", newest_first.into_bytes()),
        ("wide.csv", wide),
        ("packed.csv.gz", packed.finish().unwrap()),
    ];
    let dir = folder(&[]);
    for (name, bytes) in &files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let outcomes = detect(dir.path());
    let figures = |o: &Outcome| (o.events, o.recall, o.precision, o.false_alarms_per_day);
    let first = figures(ours(&outcomes, "plain.csv"));
    for (name, _) in &files {
        assert_eq!(figures(ours(&outcomes, name)), first, "{name}");
        // and by itself
        let alone = detect(&dir.path().join(name));
        assert_eq!(figures(alone.iter().find(|o| o.by == "linepack").unwrap()), first, "{name}");
    }
}

#[test]
fn the_alarm_of_several_signals_ends_with_the_step_too() {
    let mut text = "time,pressure,flow,anomaly\n".to_owned();
    for row in 0..10_000u64 {
        let odd = (6000..6500).contains(&row);
        let pressure = 100.0 + wobble(row) - if odd { 8.0 } else { 0.0 };
        let flow = 50.0 + wobble(row + 77_777) + if odd { 15.0 } else { 0.0 };
        let _ = writeln!(text, "{},{pressure},{flow},{}", 1_700_000_000 + row * 30, u8::from(odd));
    }
    let dir = folder(&[("two.csv", text)]);
    let outcomes = detect(dir.path());
    let ours = ours(&outcomes, "two.csv");
    assert_eq!(ours.events, Some((1, 1)));
    assert!(ours.recall.unwrap() > 0.99 && ours.precision.unwrap() > 0.8, "{ours:?}");
}

#[test]
fn a_short_recording_is_judged_at_its_own_pace() {
    // ten minutes, ten times a second
    let mut text = "time,flow,label\n".to_owned();
    for row in 0..6000u64 {
        let odd = (4000..4400).contains(&row);
        let _ = writeln!(
            text,
            "{},{},{}",
            row as f64 / 10.0,
            20.0 + wobble(row) + if odd { 5.0 } else { 0.0 },
            u8::from(odd)
        );
    }
    let dir = folder(&[("short.csv", text)]);
    let outcomes = detect(dir.path());
    let ours = ours(&outcomes, "short.csv");
    assert_eq!(ours.events, Some((1, 1)));
    assert!(ours.f1.unwrap() > 0.9, "{ours:?}");
}

#[test]
fn a_recording_without_a_label_says_how_often_it_alarms() {
    let bare: String = step("x").lines().map(|l| format!("{}\n", l.rsplit_once(',').unwrap().0)).collect();
    let dir = folder(&[("quiet.csv", bare)]);
    let outcomes = detect(dir.path());
    assert_eq!(outcomes.len(), 3);
    let ours = ours(&outcomes, "quiet.csv");
    assert_eq!((ours.precision, ours.recall, ours.events), (None, None, None));
    assert_eq!((own(ours, "alarms"), ours.note), (1.0, "no label: alarms only"));
    assert!(evaluate::text(&outcomes).contains("alarms 1, no label"), "{}", evaluate::text(&outcomes));
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
    let outcomes = detect(dir.path());
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
fn windows_may_stand_apart_from_their_streams_and_moments_will_do() {
    let bare: String = step("x").lines().map(|l| format!("{}\n", l.rsplit_once(',').unwrap().0)).collect();
    let at = |row: i64| linepack_time(1_700_000_000 + row * 300);
    let windows = format!("{{\"real/one.csv\":[[\"{}\",\"{}\"]]}}", at(2390), at(2500));
    let moments = format!("{{\"real/one.csv\":[\"{}\"]}}", at(2410));
    for (list, content) in [("labels/combined_windows.json", windows), ("labels/combined_labels.json", moments)] {
        let dir = folder(&[("data/real/one.csv", bare.clone()), (list, content)]);
        for path in [dir.path().to_owned(), dir.path().join("data"), dir.path().join("data/real/one.csv")] {
            let outcomes = detect(&path);
            let ours = outcomes.iter().find(|o| o.by == "linepack").unwrap();
            assert_eq!((ours.set, ours.events), ("nab", Some((1, 1))), "{} {}", list, path.display());
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_beside_what_can() {
    let dir = folder(&[("note.txt", "nothing".into())]);
    assert!(evaluate::detect(dir.path()).unwrap_err().to_string().contains("no recording of a known form"));
    assert!(evaluate::detect(&dir.path().join("none")).is_err());
    let odd = "time,v,label\n1700000000,nan,0\n1700000000,inf,1\n1600000000,,\n".to_owned();
    let dir = folder(&[
        ("bad.csv", "time,v,label\nyesterday,1,0\n".into()),
        ("empty.csv", String::new()),
        ("names.csv", "time,label\n".into()),
        ("words.csv", "name,place\nanna,here\nbert,there\n".into()),
        ("odd.csv", odd),
        ("d01_te.dat", "1 2 3\n".into()),
        ("one.csv", step("label")),
    ]);
    let judged = evaluate::detect(dir.path()).unwrap();
    let problems: Vec<String> = judged.problems.iter().map(ToString::to_string).collect();
    for (file, why) in [
        ("bad.csv", "\"yesterday\" is no time"),
        ("empty.csv", "it is empty"),
        ("names.csv", "it has no rows"),
        ("words.csv", "is no time"),
        ("d01_te.dat", "no run without fault"),
    ] {
        assert!(problems.iter().any(|p| p.contains(file) && p.contains(why)), "{file}: {problems:#?}");
    }
    assert_eq!(ours(&judged.outcomes, "one.csv").events, Some((1, 1)));
}

#[test]
fn a_town_without_a_quiet_year_is_judged_from_its_own_beginning() {
    let mut text = "DATETIME, L_T1, F_PU1, ATT_FLAG\n".to_owned();
    for row in 0..1000u64 {
        let at = jiff::Timestamp::from_second(1_467_590_400 + row as i64 * 3600).unwrap();
        let odd = (700..740).contains(&row);
        let demand = wobble(31 * row + 7);
        let level = 3.0 + demand + 0.1 * wobble(row);
        let flow = 20.0 + 5.0 * demand * if odd { -1.0 } else { 1.0 } + 0.1 * wobble(row + 5000);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%d/%m/%y %H");
        let _ = writeln!(text, "{at}, {level}, {flow}, {}", u8::from(odd));
    }
    let dir = folder(&[("attacks.csv", text)]);
    let outcomes = detect(dir.path());
    let ours = ours(&outcomes, "attacks.csv");
    assert_eq!((ours.set, ours.events, ours.note), ("batadal", Some((1, 1)), "learned from its own beginning"));
    assert!(own(ours, "S") > 0.8, "{ours:?}");
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
        let outcomes = judged.entry(set).or_insert_with(|| detect(&dir));
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
        let outcomes = detect(&dir);
        let all = ours(&outcomes, "sensors_1min.csv");
        assert_eq!(all.events, Some((7, 7)));
        assert!(all.precision.unwrap() >= 0.75 && all.time_to_detect_s.unwrap() <= 300.0, "{all:?}");
    }
}
