//! `docs/SPARKPLUG.md` says of every statement that binds a host how it is met.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::documents::{bare, root, rows};

#[test]
fn every_statement_about_hosts_is_in_the_document() {
    let dir = std::env::var("LINEPACK_DATA").map_or_else(|_| root().join("../shared/data"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(dir.join("sparkplug-b/normative_statements.csv")) else { return };
    let told: BTreeSet<_> = rows("SPARKPLUG.md").into_iter().map(|(id, _)| bare(&id)).collect();
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
