//! Reads the log in order, across segments, from where the database is.

use std::io;

use super::disk::{Disk, Files};
use super::frame::Frame;
use super::segment::{self, Next, Segment};

/// The log's reading end.
#[derive(Debug)]
pub(crate) struct Reader {
    disk: Disk,
    /// Last sequence number given out.
    last: u64,
    current: Option<Segment>,
}

/// Some frames, in order.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The frames.
    pub(crate) frames: Vec<Frame>,
    /// Segments that were left at a damaged place; what followed there is lost.
    pub(crate) damaged: u64,
}

/// Samples that take a database as long as a record does: others that write wait for no more than a moment's records.
const RECORD: usize = 100;

impl Reader {
    /// Gives what comes after `applied`.
    pub(crate) fn new(disk: Disk, applied: u64) -> Self {
        Self { disk, last: applied, current: None }
    }

    /// Reads on, at most to the number `up_to`, until about `samples` samples are together; a record counts as [`RECORD`] of them.
    pub(crate) fn read(&mut self, up_to: u64, samples: usize) -> io::Result<Batch> {
        let mut batch = Batch::default();
        let mut size = 0;
        while size < samples && self.last < up_to {
            if self.current.is_none() {
                self.current = self.open_at(self.last + 1)?;
            }
            let Some(segment) = &mut self.current else { break };
            match segment.next()? {
                Next::Frame(frame) if frame.seq <= self.last => {}
                Next::Frame(frame) if frame.seq > up_to => {
                    segment.put_back(frame);
                    break;
                }
                Next::Frame(frame) => {
                    self.last = frame.seq;
                    size += frame.samples.len() + RECORD * frame.records.len();
                    batch.frames.push(frame);
                }
                end => {
                    let here = segment.first;
                    let damaged = matches!(end, Next::Damaged);
                    match segment::list(&*self.disk)?.into_iter().find(|&first| first > here) {
                        Some(next) => {
                            if damaged {
                                batch.damaged += 1;
                                set_aside(&*self.disk, here)?;
                            }
                            self.current = Segment::open(&*self.disk, next)?;
                            self.last = self.last.max(next - 1);
                        }
                        None => {
                            if damaged {
                                self.current = None;
                            }
                            break;
                        }
                    }
                }
            }
        }
        Ok(batch)
    }

    /// Goes back to what comes after `applied`.
    pub(crate) fn rewind(&mut self, applied: u64) {
        *self = Self::new(self.disk.clone(), applied);
    }

    /// The segment that holds or will hold a sequence number.
    fn open_at(&self, seq: u64) -> io::Result<Option<Segment>> {
        let all = segment::list(&*self.disk)?;
        let at = all.partition_point(|&first| first <= seq);
        for &first in &all[at.saturating_sub(1)..] {
            if let Some(segment) = Segment::open(&*self.disk, first)? {
                return Ok(Some(segment));
            }
        }
        Ok(None)
    }
}

/// A segment with damage inside is kept under another name, for people.
fn set_aside(disk: &dyn Files, first: u64) -> io::Result<()> {
    disk.rename(&segment::name(first), &format!("{first:020}.damaged"))
}

/// Bytes of segments that hold something after `applied`, roughly: the segment that is being read counts whole.
pub(crate) fn backlog(disk: &dyn Files, applied: u64) -> io::Result<u64> {
    let mut sum = 0;
    for first in held(disk, applied)? {
        // a segment may be deleted between the two looks
        sum += disk.len(&segment::name(first)).unwrap_or(0);
    }
    Ok(sum)
}

/// Segments that may hold something after `applied`.
pub(crate) fn held(disk: &dyn Files, applied: u64) -> io::Result<Vec<u64>> {
    let all = segment::list(disk)?;
    let at = all.partition_point(|&first| first <= applied + 1);
    Ok(all[at.saturating_sub(1)..].to_vec())
}

/// Deletes segments that the database has wholly: all before the one that holds `applied + 1`.
pub(crate) fn delete_applied(disk: &dyn Files, applied: u64) -> io::Result<usize> {
    let all = segment::list(disk)?;
    let at = all.partition_point(|&first| first <= applied + 1);
    let done = &all[..at.saturating_sub(1)];
    for &first in done {
        disk.remove(&segment::name(first))?;
    }
    Ok(done.len())
}

/// Deletes all segments, and what a crash left of a rewriting: the database has everything.
pub(crate) fn delete_all(disk: &dyn Files) -> io::Result<()> {
    for name in disk.list()? {
        if name.ends_with(".log") || name.ends_with(".tmp") {
            disk.remove(&name)?;
        }
    }
    disk.sync()
}

/// While the database is away the log may grow to `cap` bytes; then the oldest samples go, events never, and never the
/// segment that is being written, nor what the database may have by now: to `doubt`. `thinned` remembers where nothing is left
/// to drop. Says how many samples went.
pub(crate) fn keep_within(
    disk: &dyn Files,
    applied: u64,
    doubt: u64,
    cap: u64,
    thinned: &mut std::collections::HashSet<u64>,
) -> io::Result<u64> {
    let mut lost = 0;
    let held = held(disk, applied)?;
    thinned.retain(|first| held.contains(first));
    for &first in held.split_last().map_or(&[][..], |(_, old)| old) {
        if backlog(disk, applied)? <= cap {
            break;
        }
        if !thinned.contains(&first) {
            lost += segment::drop_samples(disk, first, applied, doubt)?;
            thinned.insert(first);
        }
    }
    Ok(lost)
}
