//! Documents that name tests name tests that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Rows of a document's tables: the first cell, and the tests of the last.
pub(crate) fn rows(document: &str) -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("docs").join(document)).expect("the document");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    text.lines()
        .filter(|line| line.starts_with("| "))
        .map(cells)
        .filter(|cells| cells.last().is_some_and(|tests| tests.starts_with('`')))
        .map(|cells| (cells[0].clone(), cells[cells.len() - 1].split(", ").map(bare).collect()))
        .collect()
}

pub(crate) fn bare(cell: &str) -> String {
    cell.trim().trim_matches('`').to_owned()
}

/// Names of functions, and of the tests of the screens.
fn tests(dir: &Path, all: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_dir() {
            tests(&path, all);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("source");
            let names = text.lines().filter_map(|l| l.trim_start().strip_prefix("async ").or(Some(l.trim_start())));
            all.extend(names.filter_map(|l| Some(l.strip_prefix("fn ")?.split('(').next()?.to_owned())));
        } else if name.ends_with(".test.ts") {
            let text = std::fs::read_to_string(&path).expect("source");
            let names = text.lines().filter_map(|l| l.trim_start().strip_prefix("it('")?.split('\'').next());
            all.extend(names.map(ToOwned::to_owned));
        }
    }
}

#[test]
fn every_test_the_documents_name_exists() {
    let mut all = BTreeSet::new();
    for folder in ["src", "tests/it", "dashboards/src"] {
        tests(&root().join(folder), &mut all);
    }
    for (document, least) in [("FIELD.md", 15), ("SPARKPLUG.md", 60)] {
        let rows = rows(document);
        assert!(rows.len() >= least, "{document}: {} rows", rows.len());
        for (row, tests) in rows {
            for test in tests {
                assert!(all.contains(&test), "{document}: {row}: there is no test {test}");
            }
        }
    }
}
