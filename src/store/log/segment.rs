//! Segment files: `{first sequence number, 20 digits}.log`, each with a header and frames.

use std::io::{self, BufReader, Read};

use super::disk::{Files, Output};
use super::frame::{self, Format, Frame, HEADER};
use crate::store::Record;

/// First bytes of a segment; the digit is the format's version.
const MAGIC: &[u8; 8] = b"LPLOG\x00\x002";
/// What an earlier version of the program left is still read.
const MAGIC_ONE: &[u8; 8] = b"LPLOG\x00\x001";

/// File name of the segment that begins with a sequence number.
pub(crate) fn name(first: u64) -> String {
    format!("{first:020}.log")
}

/// First sequence numbers of all segments, ascending.
pub(crate) fn list(disk: &dyn Files) -> io::Result<Vec<u64>> {
    let mut all: Vec<u64> =
        disk.list()?.iter().filter_map(|n| n.strip_suffix(".log").and_then(|n| n.parse().ok())).collect();
    all.sort_unstable();
    Ok(all)
}

/// Makes an empty segment, durably.
pub(crate) fn create(disk: &dyn Files, first: u64) -> io::Result<(Box<dyn Output>, u64)> {
    let name = name(first);
    let made = disk.create(&name).and_then(|mut file| {
        file.append(MAGIC)?;
        file.sync()?;
        disk.sync()?;
        Ok(file)
    });
    if made.is_err() {
        // it holds nothing; where it cannot be removed it is passed over when read
        let _ = disk.remove(&name);
    }
    Ok((made?, MAGIC.len() as u64))
}

/// Reads a segment from its beginning.
pub(crate) struct Segment {
    /// Its first sequence number.
    pub(crate) first: u64,
    format: Format,
    file: BufReader<Box<dyn Read + Send + Sync>>,
    peeked: Option<Frame>,
    last: Option<u64>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segment").field("first", &self.first).field("last", &self.last).finish_non_exhaustive()
    }
}

/// What comes next in a segment.
#[derive(Debug)]
pub(crate) enum Next {
    /// A whole, sound frame.
    Frame(Frame),
    /// Nothing, or nothing yet.
    End,
    /// Bytes that are no sound frame: a torn tail, or damage.
    Damaged,
}

impl Segment {
    /// Opens it; none where the header is not ours (a file torn at its making).
    pub(crate) fn open(disk: &dyn Files, first: u64) -> io::Result<Option<Self>> {
        let mut file = BufReader::with_capacity(1 << 18, disk.open(&name(first))?);
        let mut magic = [0; MAGIC.len()];
        match file.read_exact(&mut magic) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(e) => return Err(e),
        }
        let format = match &magic {
            MAGIC => Format::Two,
            MAGIC_ONE => Format::One,
            _ => return Ok(None),
        };
        Ok(Some(Self { first, format, file, peeked: None, last: None }))
    }

    /// Puts a frame back; the next call gives it again.
    pub(crate) fn put_back(&mut self, frame: Frame) {
        self.peeked = Some(frame);
    }

    /// The next frame. After `End` it may be called again when more was written.
    pub(crate) fn next(&mut self) -> io::Result<Next> {
        if let Some(frame) = self.peeked.take() {
            return Ok(Next::Frame(frame));
        }
        let mut header = [0; HEADER];
        match fill(&mut self.file, &mut header)? {
            0 => return Ok(Next::End),
            HEADER => {}
            _ => return Ok(Next::Damaged),
        }
        let Some(len) = frame::payload_len(&header) else { return Ok(Next::Damaged) };
        let mut payload = Vec::new();
        if self.file.by_ref().take(len as u64).read_to_end(&mut payload)? != len {
            return Ok(Next::Damaged);
        }
        match frame::decode(self.format, &header, &payload) {
            Some(frame) if self.last.is_none_or(|last| last < frame.seq) && frame.seq >= self.first => {
                self.last = Some(frame.seq);
                Ok(Next::Frame(frame))
            }
            _ => Ok(Next::Damaged),
        }
    }
}

/// Reads until the buffer is full or the file ends; says how much it got.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// Rewrites a segment without the samples after `doubt`; what is lost becomes one [`Record::Gap`]. Says how many. What the
/// database has, to `applied`, goes; what it may have, to `doubt`, stays as it is. The old file stays until the new one is durable, so a crash leaves one or the other.
pub(crate) fn drop_samples(disk: &dyn Files, first: u64, applied: u64, doubt: u64) -> io::Result<u64> {
    let Some(mut segment) = Segment::open(disk, first)? else { return Ok(0) };
    let mut kept: Vec<Frame> = Vec::new();
    let (mut lost, mut from_ms, mut to_ms, mut last) = (0u64, i64::MAX, i64::MIN, None);
    while let Next::Frame(mut frame) = segment.next()? {
        if frame.seq <= applied {
            continue;
        }
        if frame.seq <= doubt {
            last = Some((frame.seq, frame.at));
            kept.push(frame);
            continue;
        }
        lost += frame.samples.len() as u64;
        for s in frame.samples.drain(..) {
            from_ms = from_ms.min(s.ts);
            to_ms = to_ms.max(s.ts);
        }
        last = Some((frame.seq, frame.at));
        if !frame.records.is_empty() {
            kept.push(frame);
        }
    }
    let (Some((seq, at)), true) = (last, lost > 0) else { return Ok(0) };
    let gap = Record::Gap { from_ms, to_ms, samples: lost };
    match kept.last_mut() {
        Some(frame) if frame.seq == seq => frame.records.push(gap),
        _ => kept.push(Frame { seq, at, records: vec![gap], samples: vec![] }),
    }
    let mut bytes = MAGIC.to_vec();
    for f in &mut kept {
        let records = if f.records.is_empty() { vec![] } else { serde_json::to_vec(&f.records)? };
        frame::encode(&mut bytes, f.seq, f.at, &records, &mut f.samples)?;
    }
    let temporary = format!("{first:020}.tmp");
    let mut file = disk.create(&temporary)?;
    file.append(&bytes)?;
    file.sync()?;
    disk.rename(&temporary, &name(first))?;
    disk.sync()?;
    Ok(lost)
}
