//! Entry points for fuzzing: bytes from outside go in, nothing may panic and what an entry point asserts must hold.
//!
//! `tests/fuzz` runs them under libFuzzer; its corpora are replayed by the ordinary tests. A new one: a function here, a
//! line in [`TARGETS`], a file of three lines in `tests/fuzz/fuzz_targets`, seeds in `tests/fuzz/corpus/NAME`.

use std::fs;

use linepack_core::Ts;

use crate::ingest::mqtt::fuzz;
use crate::site::Site;

/// An entry point.
pub type Target = fn(&[u8]);

/// Every entry point with its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("json_mapping", json_mapping),
    ("linepack_json", linepack_json),
    ("owntracks", owntracks),
    ("osmand", osmand),
    ("site_files", site_files),
    ("sparkplug", sparkplug),
    ("modbus", modbus),
    ("log_segment", log_segment),
    ("history_block", history_block),
];

/// MQTT messages of any JSON; the first byte picks a mapping.
pub fn json_mapping(data: &[u8]) {
    fuzz::json_mapping(data);
}

/// MQTT messages of the hub's own format.
pub fn linepack_json(data: &[u8]) {
    fuzz::linepack_json(data);
}

/// Positions of OwnTracks.
pub fn owntracks(data: &[u8]) {
    fuzz::owntracks(data);
}

/// Positions by the OsmAnd protocol; the first byte tells form from JSON.
pub fn osmand(data: &[u8]) {
    crate::api::osmand::fuzz(data);
}

/// A conversation with Sparkplug edge nodes: topic and time, length, payload, again and again.
pub fn sparkplug(data: &[u8]) {
    crate::ingest::sparkplug::fuzz::conversation(data);
}

/// What comes after a Modbus request: framing, request, address, count, then bytes.
pub fn modbus(data: &[u8]) {
    crate::ingest::modbus::fuzz::replies(data);
}

/// What the log reads back: a segment's file, or payloads of its frames.
pub fn log_segment(data: &[u8]) {
    crate::store::fuzz::segment(data);
}

/// What SQLite's tables hold: blocks and runs of samples and aggregates.
pub fn history_block(data: &[u8]) {
    crate::store::fuzz::block(data);
}

/// A site folder: `hub.toml`, `assets.csv`, `crews.csv`, `network.geojson`, with a zero byte between them.
pub fn site_files(data: &[u8]) {
    let Ok(dir) = tempfile::tempdir() else { return };
    let names = ["hub.toml", "assets.csv", "crews.csv", "network.geojson"];
    for (name, text) in names.into_iter().zip(data.split(|b| *b == 0)) {
        if fs::write(dir.path().join(name), text).is_err() {
            return;
        }
    }
    match Site::load(dir.path(), Ts(1_795_305_600_000)) {
        Ok((site, report)) => assert_eq!(site.registry.assets.len(), report.assets, "the report is right"),
        Err(problems) => assert!(!problems.is_empty(), "an error is told"),
    }
}
