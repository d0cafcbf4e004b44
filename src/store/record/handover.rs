//! Hand-overs of shifts.

use linepack_core::handover::Handover;
use serde::{Deserialize, Serialize};

use super::text;

/// [`Handover`] with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoverRecord {
    pub(in crate::store) no: u64,
    pub(in crate::store) position: String,
    pub(in crate::store) from: Option<String>,
    pub(in crate::store) to: Option<String>,
    pub(in crate::store) note: String,
    pub(in crate::store) standing: String,
    pub(in crate::store) state: String,
    pub(in crate::store) written_ms: i64,
    pub(in crate::store) ended_by: Option<String>,
    pub(in crate::store) ended_ms: Option<i64>,
}

pub(super) fn handover_record(h: &Handover) -> HandoverRecord {
    HandoverRecord {
        no: h.no.0,
        position: text(&h.position),
        from: h.from.as_deref().map(text),
        to: h.to.as_deref().map(text),
        note: text(&h.note),
        standing: text(&h.standing),
        state: h.state.name().to_owned(),
        written_ms: h.written.ms(),
        ended_by: h.ended.as_ref().map(|(who, _)| text(who)),
        ended_ms: h.ended.as_ref().map(|(_, at)| at.ms()),
    }
}
