//! Segment files: `{first sequence number, 20 digits}.log`, each with a header and frames.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::frame::{self, Frame, HEADER};
use crate::store::Record;

/// First bytes of a segment; the digit is the format's version.
const MAGIC: &[u8; 8] = b"LPLOG\x00\x001";

/// Path of the segment that begins with a sequence number.
pub(crate) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.log"))
}

/// First sequence numbers of all segments, ascending.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        if let Some(first) = name.to_str().and_then(|n| n.strip_suffix(".log")).and_then(|n| n.parse().ok()) {
            all.push(first);
        }
    }
    all.sort_unstable();
    Ok(all)
}

/// Makes an empty segment, durably.
pub(crate) fn create(dir: &Path, first: u64) -> io::Result<(File, u64)> {
    let mut file = File::create_new(path(dir, first))?;
    file.write_all(MAGIC)?;
    file.sync_all()?;
    sync_dir(dir)?;
    Ok((file, MAGIC.len() as u64))
}

/// Makes a change of names durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Reads a segment from its beginning.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Its first sequence number.
    pub(crate) first: u64,
    /// Bytes read as whole frames, with the file's header.
    pub(crate) offset: u64,
    file: BufReader<File>,
    peeked: Option<Frame>,
    last: Option<u64>,
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
    pub(crate) fn open(dir: &Path, first: u64) -> io::Result<Option<Self>> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path(dir, first))?);
        let mut magic = [0; MAGIC.len()];
        match file.read_exact(&mut magic) {
            Ok(()) if &magic == MAGIC => {}
            Ok(()) => return Ok(None),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(e) => return Err(e),
        }
        Ok(Some(Self { first, offset: MAGIC.len() as u64, file, peeked: None, last: None }))
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
        match frame::decode(&header, &payload) {
            Some(frame) if self.last.is_none_or(|last| last < frame.seq) && frame.seq >= self.first => {
                self.last = Some(frame.seq);
                self.offset += (HEADER + len) as u64;
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

/// Rewrites a segment without the samples after `applied`; what is lost becomes one [`Record::Gap`]. Says how many.
/// The old file stays until the new one is durable, so a crash leaves one or the other.
pub(crate) fn drop_samples(dir: &Path, first: u64, applied: u64) -> io::Result<u64> {
    let Some(mut segment) = Segment::open(dir, first)? else { return Ok(0) };
    let mut kept: Vec<Frame> = Vec::new();
    let (mut lost, mut from_ms, mut to_ms, mut last) = (0u64, i64::MAX, i64::MIN, None);
    while let Next::Frame(mut frame) = segment.next()? {
        if frame.seq <= applied {
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
    for f in &kept {
        frame::encode(&mut bytes, f.seq, f.at, &f.records, std::iter::empty())?;
    }
    let temporary = dir.join(format!("{first:020}.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path(dir, first))?;
    sync_dir(dir)?;
    Ok(lost)
}
