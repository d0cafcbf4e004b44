//! `customers.csv`: who is supplied where. This version counts them.

use std::collections::HashSet;

use super::network::NetworkFile;
use super::source::Source;
use super::table::{Column, Table, optional, required};
use super::words::hint;

const ID: usize = 0;
const KIND: usize = 2;
const LON: usize = 3;
const LAT: usize = 4;
const PIPE: usize = 5;
const COLUMNS: [Column; 8] = [
    required("id"),
    optional("name"),
    required("kind"),
    required("lon"),
    required("lat"),
    optional("pipe"),
    optional("phone"),
    optional("priority"),
];
const KINDS: [&str; 7] = ["residential", "commercial", "industrial", "boiler", "cng", "hospital", "school"];

/// Checks the rows and counts them. Pipes are checked where the network could be read.
pub(super) fn read(source: &Source, network: Option<&NetworkFile>) -> u64 {
    let mut ids: HashSet<String> = HashSet::new();
    let Some(table) = Table::new(source, &COLUMNS, false) else { return 0 };
    table.rows(|row, _| {
        if let Some(id) = row.identifier(ID)
            && !ids.insert(id.to_owned())
        {
            row.error(ID, format!("a second customer is called \"{id}\""));
        }
        let kind = row.text(KIND);
        if !KINDS.contains(&kind) {
            row.error(KIND, format!("expected one of {}, found \"{kind}\"{}", KINDS.join(", "), hint(kind, KINDS)));
        }
        row.place(LON, LAT);
        let pipe = row.text(PIPE);
        if let Some(network) = network.filter(|n| n.complete)
            && !pipe.is_empty()
            && !network.has_pipe(pipe)
        {
            row.error(PIPE, format!("network.geojson has no pipe \"{pipe}\""));
        }
    });
    ids.len() as u64
}
