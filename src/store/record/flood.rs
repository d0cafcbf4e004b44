//! Alarm floods.

use linepack_core::{Flood, Ts};
use serde::{Deserialize, Serialize};

use super::text;

/// [`Flood`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloodRecord {
    pub(in crate::store) position: String,
    pub(in crate::store) began_ms: i64,
    pub(in crate::store) ended_ms: Option<i64>,
    pub(in crate::store) annunciated: u64,
    pub(in crate::store) peak: u32,
    /// It begins with this record.
    #[serde(default)]
    pub(in crate::store) begins: bool,
}

pub(super) fn flood_record(f: &Flood) -> FloodRecord {
    FloodRecord {
        position: text(&f.position),
        began_ms: f.began.ms(),
        ended_ms: f.ended.map(Ts::ms),
        annunciated: f.annunciated,
        peak: f.peak,
        begins: f.begins,
    }
}

impl FloodRecord {
    /// The journal's words for what happened: state before and after, cause; none where only numbers changed.
    pub(in crate::store) fn row(&self) -> Option<(&'static str, &'static str, &'static str, i64)> {
        match self.ended_ms {
            Some(at) => Some(("flood", "normal", "flood-end", at)),
            None if self.begins => Some(("normal", "flood", "flood-begin", self.began_ms)),
            None => None,
        }
    }
}
