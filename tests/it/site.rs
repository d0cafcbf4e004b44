//! The site folder, read from disk.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use linepack::site::{Problem, Report, Site, difference, starter};
use linepack_core::Ts;
use proptest::prelude::*;
use tempfile::TempDir;

/// 2026-11-22T00:00:00Z.
pub(crate) const NOW: Ts = Ts(1_795_305_600_000);

/// A folder with the starter site, some files edited: file, old text, new text (no old text: the whole file).
pub(crate) fn folder(edits: &[(&str, &str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    starter::write(dir.path()).expect("the starter is written");
    for (file, old, new) in edits {
        edit(dir.path(), file, old, new);
    }
    dir
}

fn edit(dir: &Path, file: &str, old: &str, new: &str) {
    let path = dir.join(file);
    let text = if old.is_empty() { String::new() } else { fs::read_to_string(&path).expect("the file exists") };
    assert!(text.contains(old), "{file} has no {old:?}");
    let text = if old.is_empty() { new.to_owned() } else { text.replacen(old, new, 1) };
    fs::write(path, text).expect("the file is written");
}

fn load(dir: &Path) -> Result<(Site, Report), Vec<Problem>> {
    Site::load(dir, NOW)
}

#[track_caller]
pub(crate) fn site(dir: &TempDir) -> Site {
    load(dir.path()).map(|(site, _)| site).unwrap_or_else(|e| panic!("{e:#?}"))
}

/// Errors as `file:line:column: message`, the folder's own path left out.
pub(crate) fn errors(dir: &Path) -> Vec<String> {
    shown(dir, &load(dir).err().unwrap_or_default())
}

pub(crate) fn warnings(dir: &Path) -> Vec<String> {
    shown(dir, &load(dir).expect("valid").1.warnings)
}

fn shown(dir: &Path, problems: &[Problem]) -> Vec<String> {
    let prefix = format!("{}/", dir.display());
    problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect()
}

#[test]
fn the_starter_passes_and_is_never_written_over() {
    let dir = folder(&[]);
    let (_, report) = load(dir.path()).expect("the starter is valid");
    assert_eq!(report.warnings, []);
    assert_eq!(report.to_string(), "10 assets, 29 points, 40 alarms, 3 crews, 9 pipes, 0 customers");

    let refused = starter::write(dir.path()).expect_err("the folder is not empty");
    assert!(refused.to_string().ends_with("is not empty; choose a new folder"), "{refused}");
}

#[test]
fn one_run_reports_every_error_of_every_file_in_order() {
    let dir = folder(&[
        ("network.geojson", "\"to\": \"v-01\"", "\"to\": \"v-77\""),
        ("crews.csv", "08:00-20:00", "8-20"),
        ("crews.csv", "c-02", "c-01"),
        ("assets.csv", "29.5690", "295690"),
        ("hub.toml", "every = \"1s\"", "evry = \"1s\""),
        ("hub.toml", "spool_mib = 1024", "spool_mib = 0"),
    ]);
    let places: Vec<String> =
        errors(dir.path()).iter().map(|e| e.split(':').take(2).collect::<Vec<_>>().join(":")).collect();
    assert_eq!(
        places,
        ["assets.csv:9", "crews.csv:3", "crews.csv:4", "hub.toml:15", "hub.toml:52", "network.geojson:12"]
    );
}

#[test]
fn missing_and_unreadable_files_are_named() {
    let dir = folder(&[]);
    fs::remove_file(dir.path().join("crews.csv")).expect("removed");
    fs::write(dir.path().join("assets.csv"), b"id,name\nrs-01,\xb9\xdb\n").expect("written");
    assert_eq!(
        errors(dir.path()),
        ["assets.csv:2:7: expected UTF-8 text; save the file as UTF-8", "crews.csv:1:1: crews.csv is missing"]
    );
    let nowhere = dir.path().join("nowhere");
    let told = load(&nowhere).expect_err("there is no such folder");
    assert_eq!(
        told[0].to_string(),
        format!("{}:1:1: expected a site folder; there is none of this name", nowhere.display())
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_change_nothing() {
    let dir = folder(&[]);
    let plain = site(&dir);
    for (file, content) in starter::FILES {
        let windows = format!("\u{feff}{}", content.replace('\n', "\r\n"));
        fs::write(dir.path().join(file), windows).expect("written");
    }
    assert!(difference(&plain, &site(&dir)).is_empty());
    edit(dir.path(), "assets.csv", "rs-03", "rs-02");
    edit(dir.path(), "assets.csv", "\r\nrs-02", "\r\n\r\n\r\nrs-02");
    assert_eq!(errors(dir.path())[0], "assets.csv:6:1: id: a second asset is called \"rs-02\"");
}

#[test]
fn a_reload_names_what_changed() {
    let dir = folder(&[]);
    let old = site(&dir);
    assert!(difference(&old, &site(&dir)).is_empty());
    for (file, before, after) in [
        (
            "assets.csv",
            "rs-01,Guanyinqiao regulator",
            "rs-00,New,x,leak-detector,,,,106.5,29.5,,2026\nrs-01,Guanyinqiao regulator",
        ),
        ("assets.csv", "ld-04,", "ld-05,"),
        ("assets.csv", "106.5420,29.5690", "106.5421,29.5690"),
        ("assets.csv", "rtu-north,3,0", "rtu-north,4,0"),
        ("crews.csv", "20:00,", "21:00,"),
        ("hub.toml", "limit = 15.0", "limit = 16.0"),
        ("hub.toml", "timeout = \"800ms\"", "timeout = \"900ms\""),
        ("hub.toml", "accept = \"60s\"", "accept = \"90s\""),
        ("network.geojson", "\"state\": \"open\"", "\"state\": \"closed\""),
        ("network.geojson", "\"diameter_mm\": 110", "\"diameter_mm\": 160"),
    ] {
        edit(dir.path(), file, before, after);
    }
    let d = difference(&old, &site(&dir));
    assert_eq!(d.added, ["asset rs-00", "asset ld-05"]);
    assert_eq!(d.removed, ["asset ld-04"]);
    assert_eq!(
        d.changed,
        [
            "[dispatch]",
            "connection rtu-north",
            "template leak-detector",
            "asset rs-03",
            "asset hs-01",
            "crew c-03",
            "node v-01",
            "pipe p-08"
        ]
    );
}

#[test]
fn a_large_site_keeps_every_asset_and_shares_what_is_the_same() {
    let dir = folder(&[]);
    let mut csv = String::from("id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n");
    for i in 0..25_000 {
        let _ = writeln!(
            csv,
            "r-{i},调压箱 {i},box,district-regulator,rtu-north,{},{},106.5,29.5,Yubei",
            i % 248,
            i / 248 * 10
        );
    }
    edit(dir.path(), "assets.csv", "", &csv);
    edit(dir.path(), "network.geojson", "", "{\"type\":\"FeatureCollection\",\"features\":[]}");
    let s = site(&dir);
    assert_eq!((s.registry.assets.len(), s.registry.points.len()), (25_000, 125_000));
    assert_eq!(s.registry.rules.len(), 10 + 3, "rules do not grow with assets");
    let [a, b] = [&s.registry.assets[0], &s.registry.assets[24_999]];
    assert!(std::sync::Arc::ptr_eq(&a.area, &b.area));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Bytes of the files are cut, doubled and replaced: there is an answer, whatever it is.
    #[test]
    fn no_file_content_panics(
        file in 0usize..4,
        at in any::<prop::sample::Index>(),
        cut in 0usize..40,
        put in prop_oneof![".{0,12}", Just("\"".to_owned()), Just("[[template]]\n".to_owned()), Just(",,,".to_owned())],
        raw in prop::option::of(prop::collection::vec(any::<u8>(), 0..60)),
    ) {
        let dir = folder(&[]);
        let (name, content) = starter::FILES[file];
        let mut bytes = content.as_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, raw.unwrap_or(put.into_bytes()));
        fs::write(dir.path().join(name), bytes).expect("written");
        if let Err(problems) = load(dir.path()) {
            prop_assert!(!problems.is_empty());
            for p in problems {
                prop_assert!(p.line >= 1 && p.column >= 1 && !p.message.is_empty());
            }
        }
    }
}
