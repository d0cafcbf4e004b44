//! `docs/SPARKPLUG.md` says of every statement that binds a host how it is met, and which test shows it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Statement, its meaning for us, tests: the rows of the table.
fn rows() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("docs/SPARKPLUG.md")).expect("the document");
    text.lines()
        .filter(|l| l.starts_with("| `tck-id-") || l.starts_with("| `"))
        .filter_map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let id = cells.first()?.trim_matches('`').to_owned();
            let tests = cells.last()?.split(',').map(|t| t.trim().trim_matches('`').to_owned()).collect();
            id.starts_with("tck-id-").then_some((id, tests))
        })
        .collect()
}

fn functions(dir: &Path, all: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("source");
            let names = text.lines().filter_map(|l| l.trim_start().strip_prefix("async ").or(Some(l.trim_start())));
            all.extend(names.filter_map(|l| Some(l.strip_prefix("fn ")?.split('(').next()?.to_owned())));
        }
    }
}

#[test]
fn every_test_the_document_names_exists() {
    let mut all = BTreeSet::new();
    functions(&root().join("src/ingest/sparkplug"), &mut all);
    functions(&root().join("tests/it"), &mut all);
    let rows = rows();
    assert!(rows.len() > 60, "{} rows", rows.len());
    for (id, tests) in rows {
        assert!(!tests.is_empty(), "{id}");
        for test in tests {
            assert!(all.contains(&test), "{id}: there is no test {test}");
        }
    }
}

#[test]
fn every_statement_about_hosts_is_in_the_document() {
    let dir = std::env::var("LINEPACK_DATA").map_or_else(|_| root().join("../shared/data"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(dir.join("sparkplug-b/normative_statements.csv")) else { return };
    let told: BTreeSet<_> = rows().into_iter().map(|(id, _)| id).collect();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut missing = vec![];
    for row in reader.records().flatten() {
        let (id, statement) = (row[0].to_owned(), &row[2]);
        let about_hosts = id.contains("host")
            || id.contains("-phid-")
            || id.contains("-hid-")
            || id.contains("payloads-state")
            || id.contains("ncmd")
            || id.contains("dcmd")
            || statement.contains("Host Application MUST")
            || statement.contains("Host Applications MUST");
        // an edge node's duty towards commands and hosts is not ours
        let edges = ["edge-node-ncmd-subscribe", "dcmd-subscribe", "birth-publish-phid", "termination-host-offline"];
        if about_hosts && !edges.iter().any(|e| id.contains(e)) && !told.contains(&id) {
            missing.push(id);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
