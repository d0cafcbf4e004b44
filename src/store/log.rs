//! The append-only, checksummed log. Blocking; owned by the committer's thread.

mod frame;
mod reader;
mod segment;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use linepack_core::{Registry, Sample};

pub(super) use frame::{Frame, StoredSample};
pub(super) use reader::{Batch, Reader, backlog, delete_all, delete_applied, held};
pub(super) use segment::drop_samples;

use super::points::Points;
use super::progress::Progress;
use super::{Record, StoreError};
use crate::clock::Clock;

/// A segment is left when it has grown beyond this, bytes.
const ROLL: u64 = 16 << 20;
/// More than this is not held back until the sync, bytes.
const BUFFER: usize = 4 << 20;

/// The log's writing end.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
    file: File,
    /// Bytes of the file that are whole frames.
    len: u64,
    roll: u64,
    buffer: Vec<u8>,
    next: u64,
    /// After a failed write or sync nothing more is taken: what the disk holds then is not known.
    failed: bool,
    /// Database number by registry number; 0 where there is none.
    numbers: Vec<u32>,
    points: Arc<Points>,
    progress: Arc<Progress>,
}

impl Log {
    /// Begins a new segment after sequence number `last`, with which the database and all older segments end.
    pub(super) fn begin(
        dir: PathBuf,
        last: u64,
        points: Arc<Points>,
        progress: Arc<Progress>,
    ) -> Result<Self, StoreError> {
        let (file, len) = segment::create(&dir, last + 1)?;
        progress.begin(last);
        Ok(Self {
            dir,
            file,
            len,
            roll: ROLL,
            buffer: Vec::new(),
            next: last + 1,
            failed: false,
            numbers: vec![],
            points,
            progress,
        })
    }

    /// Appends one engine turn: its events and its samples. Not durable before [`Log::sync`].
    pub fn append(&mut self, records: &[Record], samples: &[Sample]) -> Result<(), StoreError> {
        if records.is_empty() && samples.is_empty() {
            return Ok(());
        }
        self.usable()?;
        let at = Clock::System.now().ms();
        let mut records = records;
        let mut chunks = samples.chunks(frame::MAX_SAMPLES);
        let mut unknown = 0u64;
        loop {
            let chunk = chunks.next().unwrap_or_default();
            let stored = chunk.iter().filter_map(|s| match self.numbers.get(s.point.index()) {
                Some(&point) if point != 0 => {
                    Some(StoredSample { point, ts: s.ts.ms(), value: s.value, quality: s.quality.code() })
                }
                _ => {
                    unknown += 1;
                    None
                }
            });
            frame::encode(&mut self.buffer, self.next, at, records, stored)?;
            self.next += 1;
            records = &[];
            if chunks.len() == 0 {
                break;
            }
        }
        if unknown > 0 {
            metrics::counter!("linepack_store_samples_unknown_total").increment(unknown);
            tracing::error!(samples = unknown, "samples of points the log was not told of are not stored");
        }
        if self.buffer.len() > BUFFER {
            self.write()?;
        }
        Ok(())
    }

    /// From here on samples carry numbers of this registry. [`Store::adopt`](super::Store::adopt) ran before and knows its points.
    pub fn adopt(&mut self, registry: &Arc<Registry>) -> Result<(), StoreError> {
        self.numbers = self.points.numbers(registry);
        let unknown = self.numbers.iter().filter(|&&n| n == 0).count();
        if unknown > 0 {
            tracing::error!(points = unknown, "points without a number in the database; their samples are not stored");
        }
        Ok(())
    }

    /// Makes all that was appended durable (one `fdatasync`) and wakes the writer. Returns the position reached.
    pub fn sync(&mut self) -> Result<u64, StoreError> {
        self.usable()?;
        let reached = self.next - 1;
        if reached > self.progress.durable() {
            self.write()?;
            self.file.sync_data().inspect_err(|_| self.failed = true)?;
            self.progress.synced(reached, Clock::System.now().ms());
        }
        if self.len > self.roll {
            (self.file, self.len) = segment::create(&self.dir, self.next).inspect_err(|_| self.failed = true)?;
        }
        Ok(reached)
    }

    fn usable(&self) -> Result<(), StoreError> {
        if self.failed {
            return Err(std::io::Error::other("the log failed before and takes nothing more").into());
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), StoreError> {
        if let Err(e) = self.file.write_all(&self.buffer) {
            self.failed = true;
            // half a frame would be read as a torn tail; cut off, it does not even look like one
            if let Err(cut) = self.file.set_len(self.len) {
                tracing::error!(error = %cut, "the torn end of the log could not be cut off");
            }
            return Err(e.into());
        }
        self.len += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.progress.log_closed();
    }
}
