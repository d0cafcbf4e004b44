//! What the log holds: the core's events as rows that go by name, so that they outlive a reload and a new version.

use linepack_core::{Event, Registry};

/// One row-shaped change. Serialised into the log, then written into the tables.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Record {}

/// The core's events as records; `dropped_alarms`: keys of alarms a reload took away.
pub fn records(registry: &Registry, events: &[Event], dropped_alarms: &[String]) -> Vec<Record> {
    let _ = (registry, events, dropped_alarms);
    vec![]
}
