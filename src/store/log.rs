//! The append-only, checksummed log. Blocking; owned by the committer's thread.

mod disk;
#[cfg(test)]
mod fake;
mod frame;
pub(super) mod fuzz;
mod pack;
mod reader;
mod segment;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use linepack_core::{Registry, Sample};

pub(super) use disk::{Disk, folder, is_full};
pub(super) use frame::{Frame, StoredSample};
pub(super) use reader::{Batch, Reader, backlog, delete_all, delete_applied, held, keep_within};

use disk::Output;

use super::points::Points;
use super::progress::Progress;
use super::{Record, StoreError};
use crate::clock::Clock;

/// A segment is left when it has grown beyond this, bytes; beyond a sixteenth of the cap where that is less.
const ROLL: u64 = 16 << 20;
/// Smallest such limit, bytes.
const ROLL_MIN: u64 = 1 << 20;
/// More than this is not held back until the sync, bytes.
const BUFFER: usize = 4 << 20;
/// More records than this end a frame, bytes.
const RECORDS: usize = 1 << 20;

/// The log's writing end.
#[derive(Debug)]
pub struct Log {
    disk: Disk,
    file: Box<dyn Output>,
    /// Bytes of the file that are whole frames.
    len: u64,
    roll: u64,
    /// Whole frames that are not in the file yet; kept while the disk is full.
    buffer: Vec<u8>,
    /// The frame under way: records as a JSON array without its end, samples, hub time of the first of them.
    records: Vec<u8>,
    samples: Vec<StoredSample>,
    at: i64,
    /// Number of the frame under way.
    next: u64,
    /// After a failed sync nothing more is taken: what the disk holds then is not known.
    failed: bool,
    /// Database number by registry number; 0 where there is none.
    numbers: Vec<u32>,
    points: Arc<Points>,
    progress: Arc<Progress>,
}

impl Log {
    /// Begins a new segment after sequence number `last`, with which the database and all older segments end. `cap`: bytes
    /// the log may grow to.
    pub(super) fn begin(
        disk: Disk,
        last: u64,
        cap: u64,
        points: Arc<Points>,
        progress: Arc<Progress>,
    ) -> Result<Self, StoreError> {
        let (file, len) = segment::create(&*disk, last + 1)?;
        progress.begin(last);
        Ok(Self {
            disk,
            file,
            len,
            roll: (cap / 16).clamp(ROLL_MIN, ROLL),
            buffer: Vec::new(),
            records: Vec::new(),
            samples: Vec::new(),
            at: 0,
            next: last + 1,
            failed: false,
            numbers: vec![],
            points,
            progress,
        })
    }

    /// Takes one engine turn: its events and its samples. Not durable before [`Log::sync`]. Turns between two syncs share
    /// a frame: whole or not at all.
    pub fn append(&mut self, records: &[Record], samples: &[Sample]) -> Result<(), StoreError> {
        if records.is_empty() && samples.is_empty() {
            return Ok(());
        }
        self.usable()?;
        if self.is_frame_empty() {
            self.at = Clock::System.now().ms();
        }
        for record in records {
            self.add_record(record)?;
        }
        let mut unknown = 0u64;
        for s in samples {
            match self.numbers.get(s.point.index()) {
                Some(&point) if point != 0 => {
                    self.samples.push(StoredSample { point, ts: s.ts.ms(), value: s.value, quality: s.quality.code() })
                }
                _ => unknown += 1,
            }
            if self.samples.len() == frame::MAX_SAMPLES {
                self.cut()?;
            }
        }
        if unknown > 0 {
            metrics::counter!("linepack_store_samples_unknown_total").increment(unknown);
            tracing::error!(samples = unknown, "samples of points the log was not told of are not stored");
        }
        if self.records.len() > RECORDS {
            self.cut()?;
        }
        if self.buffer.len() > BUFFER {
            match self.write() {
                // the sync says it, and tries again
                Err(e) if is_full(&e) => {}
                other => other?,
            }
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

    /// Makes all that was appended durable (one `fdatasync`) and wakes the writer. Returns the position reached. When
    /// [`StoreError::is_full`], nothing is lost and nothing is durable yet: it may be tried again.
    pub fn sync(&mut self) -> Result<u64, StoreError> {
        self.usable()?;
        self.cut()?;
        let reached = self.next - 1;
        if reached > self.progress.durable() {
            if let Err(e) = self.write() {
                if is_full(&e) {
                    self.progress.full(true);
                }
                return Err(e.into());
            }
            self.file.sync().inspect_err(|_| self.failed = true)?;
            self.progress.full(false);
            self.progress.synced(reached, Clock::System.now().ms());
        }
        if self.len > self.roll {
            match segment::create(&*self.disk, self.next) {
                Ok((file, len)) => (self.file, self.len) = (file, len),
                // this segment does for now; if there is no space for what comes either, the next write says so
                Err(e) => tracing::warn!(error = %e, "the log cannot begin a new segment"),
            }
        }
        Ok(reached)
    }

    fn is_frame_empty(&self) -> bool {
        self.records.is_empty() && self.samples.is_empty()
    }

    fn add_record(&mut self, record: &Record) -> Result<(), StoreError> {
        let before = self.records.len();
        self.records.push(if before == 0 { b'[' } else { b',' });
        if let Err(e) = serde_json::to_writer(&mut self.records, record) {
            self.records.truncate(before);
            return Err(std::io::Error::from(e).into());
        }
        if self.records.len() > frame::MAX_RECORDS {
            self.cut()?;
        }
        Ok(())
    }

    /// Ends the frame under way.
    fn cut(&mut self) -> Result<(), StoreError> {
        if self.is_frame_empty() {
            return Ok(());
        }
        if !self.records.is_empty() {
            self.records.push(b']');
        }
        let done = frame::encode(&mut self.buffer, self.next, self.at, &self.records, &mut self.samples);
        self.records.clear();
        self.samples.clear();
        done?;
        self.next += 1;
        Ok(())
    }

    fn usable(&self) -> Result<(), StoreError> {
        if self.failed {
            return Err(std::io::Error::other("the log failed before and takes nothing more").into());
        }
        Ok(())
    }

    fn write(&mut self) -> std::io::Result<()> {
        if let Err(e) = self.file.append(&self.buffer) {
            // half a frame would be read as a torn tail; cut off, it does not even look like one
            if let Err(cut) = self.file.truncate(self.len) {
                self.failed = true;
                tracing::error!(error = %cut, "the torn end of the log could not be cut off");
            }
            self.failed |= !is_full(&e);
            return Err(e);
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
