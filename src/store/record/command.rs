//! Commands to the field.

use linepack_core::control::Control;
use linepack_core::{Actor, Ts};
use serde::{Deserialize, Serialize};

use super::{finite, text};

/// [`Control`] with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    pub(in crate::store) no: u64,
    pub(in crate::store) point: String,
    pub(in crate::store) value: f64,
    pub(in crate::store) unit: String,
    pub(in crate::store) state: String,
    pub(in crate::store) reason: String,
    pub(in crate::store) before: Option<f64>,
    pub(in crate::store) selected: DoneRecord,
    pub(in crate::store) expires_ms: i64,
    pub(in crate::store) executed: Option<DoneRecord>,
    pub(in crate::store) finished: Option<DoneRecord>,
    pub(in crate::store) cause: Option<String>,
    pub(in crate::store) found: Option<f64>,
    pub(in crate::store) detail: String,
}

/// Who did something, when, from where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoneRecord {
    pub(in crate::store) by: String,
    pub(in crate::store) from: String,
    pub(in crate::store) ts_ms: i64,
}

pub(super) fn command_record(c: &Control) -> CommandRecord {
    let done = |(by, at): &(Actor, Ts)| done_record(by, *at);
    CommandRecord {
        no: c.no.0,
        point: c.point.to_string(),
        value: c.value,
        unit: text(&c.unit),
        state: c.state.name().to_owned(),
        reason: text(&c.reason),
        before: c.before.and_then(finite),
        selected: done_record(&c.selected_by, c.selected),
        expires_ms: c.expires.ms(),
        executed: c.executed.as_ref().map(done),
        finished: c.finished.as_ref().map(done),
        cause: c.cause.map(|w| w.name().to_owned()),
        found: c.found.and_then(finite),
        detail: text(&c.detail),
    }
}

fn done_record(by: &Actor, at: Ts) -> DoneRecord {
    DoneRecord { by: text(&by.name), from: text(&by.address), ts_ms: at.ms() }
}
