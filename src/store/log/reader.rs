//! Reads the log in order, across segments, from where the database is.

use std::io;
use std::path::{Path, PathBuf};

use super::frame::Frame;
use super::segment::{self, Next, Segment};

/// The log's reading end.
#[derive(Debug)]
pub(crate) struct Reader {
    dir: PathBuf,
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

impl Reader {
    /// Gives what comes after `applied`.
    pub(crate) fn new(dir: &Path, applied: u64) -> Self {
        Self { dir: dir.to_owned(), last: applied, current: None }
    }

    /// Reads on, at most to the number `up_to`, until about `samples` samples or records are together.
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
                    size += frame.samples.len() + frame.records.len();
                    batch.frames.push(frame);
                }
                end => {
                    let here = segment.first;
                    let damaged = matches!(end, Next::Damaged);
                    match segment::list(&self.dir)?.into_iter().find(|&first| first > here) {
                        Some(next) => {
                            if damaged {
                                batch.damaged += 1;
                                set_aside(&self.dir, here)?;
                            }
                            self.current = Segment::open(&self.dir, next)?;
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

    /// Looks at the files anew: a segment was rewritten.
    pub(crate) fn reopen(&mut self) {
        self.current = None;
    }

    /// Goes back to what comes after `applied`.
    pub(crate) fn rewind(&mut self, applied: u64) {
        *self = Self::new(&self.dir, applied);
    }

    /// The segment that holds or will hold a sequence number.
    fn open_at(&self, seq: u64) -> io::Result<Option<Segment>> {
        let all = segment::list(&self.dir)?;
        let at = all.partition_point(|&first| first <= seq);
        for &first in &all[at.saturating_sub(1)..] {
            if let Some(segment) = Segment::open(&self.dir, first)? {
                return Ok(Some(segment));
            }
        }
        Ok(None)
    }
}

/// A segment with damage inside is kept under another name, for people.
fn set_aside(dir: &Path, first: u64) -> io::Result<()> {
    let path = segment::path(dir, first);
    std::fs::rename(&path, path.with_extension("damaged"))
}

/// Bytes of segments that hold something after `applied`, roughly: the segment that is being read counts whole.
pub(crate) fn backlog(dir: &Path, applied: u64) -> io::Result<u64> {
    let mut sum = 0;
    for first in held(dir, applied)? {
        // a segment may be deleted between the two looks
        sum += std::fs::metadata(segment::path(dir, first)).map_or(0, |m| m.len());
    }
    Ok(sum)
}

/// Segments that may hold something after `applied`.
pub(crate) fn held(dir: &Path, applied: u64) -> io::Result<Vec<u64>> {
    let all = segment::list(dir)?;
    let at = all.partition_point(|&first| first <= applied + 1);
    Ok(all[at.saturating_sub(1)..].to_vec())
}

/// Deletes segments that the database has wholly: all before the one that holds `applied + 1`.
pub(crate) fn delete_applied(dir: &Path, applied: u64) -> io::Result<usize> {
    let all = segment::list(dir)?;
    let at = all.partition_point(|&first| first <= applied + 1);
    let done = &all[..at.saturating_sub(1)];
    for &first in done {
        std::fs::remove_file(segment::path(dir, first))?;
    }
    Ok(done.len())
}

/// Deletes all segments, and what a crash left of a rewriting: the database has everything.
pub(crate) fn delete_all(dir: &Path) -> io::Result<()> {
    for first in segment::list(dir)? {
        std::fs::remove_file(segment::path(dir, first))?;
    }
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "tmp") {
            std::fs::remove_file(path)?;
        }
    }
    segment::sync_dir(dir)
}
