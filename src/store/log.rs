//! The append-only, checksummed log. Blocking; owned by the committer's thread.

use std::sync::Arc;

use linepack_core::{Registry, Sample};

use super::{Record, StoreError};

/// The log's writing end.
#[derive(Debug)]
pub struct Log {}

impl Log {
    /// Appends one engine turn: its events and its samples. Not durable before [`Log::sync`].
    pub fn append(&mut self, records: &[Record], samples: &[Sample]) -> Result<(), StoreError> {
        let _ = (records, samples);
        Ok(())
    }

    /// From here on samples carry numbers of this registry. [`Store::adopt`](super::Store::adopt) ran before and knows its points.
    pub fn adopt(&mut self, registry: &Arc<Registry>) -> Result<(), StoreError> {
        let _ = registry;
        Ok(())
    }

    /// Makes all that was appended durable (one `fdatasync`) and wakes the writer. Returns the position reached.
    pub fn sync(&mut self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
