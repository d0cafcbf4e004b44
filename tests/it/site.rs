//! The site folder, read from disk.

use std::fs;
use std::path::Path;

use linepack::site::{Difference, Problem, Report, Site, difference, starter};
use linepack_core::Ts;
use tempfile::TempDir;

/// 2026-11-22T00:00:00Z.
const NOW: Ts = Ts(1_795_305_600_000);

/// A folder with the starter site, some files replaced or edited.
pub(crate) fn folder(edits: &[(&str, &str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    starter::write(dir.path()).expect("the starter is written");
    for (file, old, new) in edits {
        edit(dir.path(), file, old, new);
    }
    dir
}

/// Replaces text in a file; an empty `old` replaces the whole file.
fn edit(dir: &Path, file: &str, old: &str, new: &str) {
    let path = dir.join(file);
    if old.is_empty() {
        return fs::write(path, new).expect("the file is written");
    }
    let text = fs::read_to_string(&path).expect("the file exists");
    assert!(text.contains(old), "{file} has no {old:?}");
    fs::write(path, text.replacen(old, new, 1)).expect("the file is written");
}

fn load(dir: &Path) -> Result<(Site, Report), Vec<Problem>> {
    Site::load(dir, NOW)
}

/// Errors as `file:line:column: message`, the folder's own path left out.
pub(crate) fn errors(dir: &Path) -> Vec<String> {
    let prefix = format!("{}/", dir.display());
    let shown = |p: &Problem| p.to_string().replace(&prefix, "");
    load(dir).err().unwrap_or_default().iter().map(shown).collect()
}

#[test]
fn the_starter_passes() {
    let dir = folder(&[]);
    let (site, report) = load(dir.path()).expect("the starter is valid");
    assert_eq!(report.warnings, []);
    assert_eq!(report.to_string(), "10 assets, 29 points, 39 alarms, 3 crews, 9 pipes, 0 customers");
    assert_eq!(site.hub.timezone, "Asia/Shanghai");
}

#[test]
fn a_reload_names_what_changed() {
    let dir = folder(&[]);
    let (old, _) = load(dir.path()).expect("valid");
    assert_eq!(difference(&old, &old), Difference::default());
}
