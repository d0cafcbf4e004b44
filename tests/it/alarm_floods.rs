//! A recorded alarm journal of a process plant through the engine: a tenth of the annunciations, nothing lost sight of;
//! a field's alarm list: common causes together, the first in front. The records are read from `LINEPACK_DATA` where they
//! are; small ones of the same kind are always played.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use linepack::evaluate::{self, Annunciation, Upset};

fn play(path: &Path) -> Annunciation {
    let played = evaluate::alarms(path).unwrap();
    assert!(played.problems.is_empty(), "{:?}", played.problems);
    let mut journals = played.journals;
    assert_eq!(journals.len(), 1);
    journals.remove(0)
}

fn play_text(text: &str) -> Annunciation {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.csv");
    std::fs::write(&path, text).unwrap();
    play(&path)
}

fn data(file: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let path = std::env::var_os("LINEPACK_DATA").map_or_else(beside, PathBuf::from).join(file);
    path.is_file().then_some(path)
}

/// A tag that chatters for an hour, one that stands for an hour, one that chatters and then stands.
fn small() -> Vec<(i64, &'static str, bool)> {
    let mut rows = vec![];
    for n in 0..180 {
        rows.extend([(n * 20, "a", true), (n * 20 + 10, "a", false)]);
        if n < 90 {
            rows.extend([(n * 20, "c", true), (n * 20 + 10, "c", false)]);
        }
    }
    rows.extend([(5, "b", true), (3605, "b", false), (1805, "c", true), (3600, "c", false)]);
    rows.sort_by_key(|row| row.0);
    rows
}

fn written(head: &str, row: impl Fn(i64, &str, bool) -> String) -> String {
    small().into_iter().fold(head.to_owned(), |mut text, (at, tag, on)| {
        let _ = writeln!(text, "{}", row(1_700_000_000 + at, tag, on));
        text
    })
}

#[test]
fn a_small_journal_loses_chatter_and_nothing_else_however_it_is_written() {
    let by_type = written("test_case,timestamp,tag,type,description\n", |at, tag, on| {
        format!("1,{at},{tag},H{},words", if on { "" } else { " NR" })
    });
    let outcome = play_text(&by_type);
    assert_eq!((outcome.cases, outcome.alarms, outcome.raised), (1, 3, 272));
    assert!(outcome.annunciated * 20 < outcome.raised, "{outcome:?}");
    assert_eq!((outcome.standing, outcome.hidden.as_slice()), (2, &[][..]));
    let by_state =
        written("Time;Tag;State\n", |at, tag, on| format!("{at};{tag};{}", if on { "ACTIVE" } else { "Cleared" }));
    let other = play_text(&by_state);
    assert_eq!((other.raised, other.annunciated, other.standing), (272, outcome.annunciated, 2));
}

#[test]
fn what_is_no_journal_is_said() {
    for (text, why) in [
        ("time,value\n1700000000,1\n", "no column tag"),
        ("tag,type\na,H\n", "no column of times"),
        ("time,tag\n1700000000,a\n", "no column type or state"),
        ("", "empty"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.csv");
        std::fs::write(&path, text).unwrap();
        let played = evaluate::alarms(&path).unwrap();
        assert!(played.journals.is_empty() && played.problems[0].to_string().contains(why), "{why}: {played:?}");
    }
    assert!(evaluate::alarms(tempfile::tempdir().unwrap().path()).is_err(), "an empty folder");
}

#[test]
fn a_recorded_journal_loses_nine_tenths_of_its_annunciations_and_no_standing_alarm() {
    let Some(path) = data("alarm-floods-tep/original.csv.gz") else { return };
    let outcome = play(&path);
    assert!(outcome.cases > 1 && outcome.standing > 0, "{outcome:?}");
    assert!(outcome.annunciated * 10 <= outcome.raised, "{} of {}", outcome.annunciated, outcome.raised);
    assert!(outcome.hidden.is_empty(), "{:?}", outcome.hidden);
}

const SMALL_LIST: &str = "Time / Date,Tag,Priority,Type,Quality,Alarm State,Area,Field,Asset
6/30/2026 14:33,F1_XA81004,300,Digital,Good,Active,River Central,X,F1
6/30/2026 14:28,F4_PIT1_H,300,Digital,Good,Active,River West,X,F4
6/30/2026 14:28,F3_XA81003,300,Digital,Good,Active,River Central,X,F3
6/30/2026 14:27,F2_XA81002,300,Digital,Good,Acked,River Central,X,F2
6/30/2026 14:16,F9_LACT1_B,510,Digital,Good,Normal,River East,X,F9
6/30/2026 14:16,F8_PIT2_H,510,Digital,Good,Normal,River East,X,F8
6/30/2026 14:16,F9_LACT1_A,510,Digital,Good,Normal,River East,X,F9
";

#[test]
fn common_causes_of_a_small_list_are_found() {
    let outcome = play_text(SMALL_LIST);
    assert_eq!((outcome.raised, outcome.annunciated), (7, 7));
    let upset = |first: &str, ts, alarms: [&str; 2]| Upset {
        first_out: first.into(),
        first_ms: ts,
        alarms: alarms.map(String::from).to_vec(),
    };
    assert_eq!(
        outcome.upsets,
        [
            upset("F9_LACT1_A", 1_782_828_960_000, ["F9_LACT1_A", "F9_LACT1_B"]),
            upset("F2_XA81002", 1_782_829_620_000, ["F2_XA81002", "F3_XA81003"]),
        ]
    );
}

#[test]
fn common_causes_of_a_recorded_list_are_found() {
    let Some(path) = data("alarm-list-field-scada/alarms_2026-06-30.csv") else { return };
    let outcome = play(&path);
    let under = |first: &str| {
        let upset = outcome.upsets.iter().find(|u| u.first_out.starts_with(first));
        upset.map(|u| u.alarms.clone()).unwrap_or_else(|| panic!("{first}: {:?}", outcome.upsets))
    };
    // power fails over a district within two minutes
    let power = under("FAC0259_XA81003");
    assert!(power.len() >= 8 && power.iter().all(|a| a.contains("_XA8100")), "{power:?}");
    // one facility's permissives
    let lact = under("FAC0149");
    assert!(lact.len() >= 8 && lact.iter().all(|a| a.starts_with("FAC0149_")), "{lact:?}");
}
