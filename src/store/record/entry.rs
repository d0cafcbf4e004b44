//! What people entered.

use linepack_core::event::Entry;
use linepack_core::{Registry, Substitute, Ts};
use serde::{Deserialize, Serialize};

use super::{finite, text};

/// [`Entry`] by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRecord {
    pub(in crate::store) point: String,
    pub(in crate::store) kind: String,
    pub(in crate::store) value: Option<f64>,
    pub(in crate::store) value_ms: i64,
    pub(in crate::store) until_ms: Option<i64>,
    pub(in crate::store) reason: String,
    pub(in crate::store) actor: String,
    pub(in crate::store) address: Option<String>,
    pub(in crate::store) ts_ms: i64,
}

/// [`Substitute`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubstituteRecord {
    pub(in crate::store) point: String,
    pub(in crate::store) value: f64,
    pub(in crate::store) reason: String,
    pub(in crate::store) by: String,
    pub(in crate::store) since_ms: i64,
    pub(in crate::store) until_ms: Option<i64>,
}

pub(super) fn entry_record(registry: &Registry, e: &Entry) -> EntryRecord {
    EntryRecord {
        point: registry.point_name(e.point),
        kind: e.kind.name().to_owned(),
        value: finite(e.value),
        value_ms: e.ts.ms(),
        until_ms: e.until.map(Ts::ms),
        reason: text(&e.reason),
        actor: text(&e.actor.name),
        address: Some(text(&e.actor.address)).filter(|a| !a.is_empty()),
        ts_ms: e.at.ms(),
    }
}

pub(super) fn substitute_record(registry: &Registry, s: &Substitute) -> SubstituteRecord {
    SubstituteRecord {
        point: registry.point_name(s.point),
        value: s.value,
        reason: text(&s.reason),
        by: text(&s.by),
        since_ms: s.since.ms(),
        until_ms: s.until.map(Ts::ms),
    }
}
