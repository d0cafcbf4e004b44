//! One frame of the log: what the engine's turns between two syncs left behind.
//!
//! Little-endian: payload length (u32), CRC-32 of all that follows (u32), sequence number (u64), hub time (i64, ms), then the
//! payload: length of the records (varint), the records as JSON, number of samples (varint), the samples ([`pack`]).

use super::pack::{pack, take_varint, unpack, varint};
use crate::store::Record;

/// Bytes before the payload.
pub(crate) const HEADER: usize = 24;
/// Most samples in one frame; more take several.
pub(crate) const MAX_SAMPLES: usize = 16 * 1024;
/// A longer payload is damage.
const MAX_PAYLOAD: usize = 64 << 20;
/// Most bytes of records in one frame.
pub(crate) const MAX_RECORDS: usize = MAX_PAYLOAD / 2;

/// A sample by its stable number in the database.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoredSample {
    /// Number in table `point`.
    pub(crate) point: u32,
    /// Source time, ms.
    pub(crate) ts: i64,
    /// In the point's unit, may be NaN.
    pub(crate) value: f64,
    /// [`linepack_core::Quality::code`].
    pub(crate) quality: u8,
}

/// A frame as read back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Running number, ascending through all segments.
    pub(crate) seq: u64,
    /// Hub time of the append, ms.
    pub(crate) at: i64,
    /// Changes.
    pub(crate) records: Vec<Record>,
    /// Samples, sorted by point and time; those of one point and time as they came.
    pub(crate) samples: Vec<StoredSample>,
}

/// How a segment's frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Samples of 21 bytes each; still read.
    One,
    /// As described above.
    Two,
}

/// Appends a frame to a buffer. `records`: a JSON array, or nothing.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    seq: u64,
    at: i64,
    records: &[u8],
    samples: &mut [StoredSample],
) -> std::io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&seq.to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    varint(out, records.len() as u64);
    out.extend_from_slice(records);
    varint(out, samples.len() as u64);
    pack(out, at, samples);
    let payload = out.len() - start - HEADER;
    if payload > MAX_PAYLOAD {
        out.truncate(start);
        return Err(std::io::Error::other("log frame too long"));
    }
    let crc = crc32fast::hash(&out[start + 8..]);
    out[start..start + 4].copy_from_slice(&u32::try_from(payload).unwrap_or(u32::MAX).to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    Ok(())
}

/// Length of the payload a header announces, unless it cannot be.
pub(crate) fn payload_len(header: &[u8; HEADER]) -> Option<usize> {
    let len = u32::from_le_bytes(array(header, 0)?) as usize;
    (2..=MAX_PAYLOAD).contains(&len).then_some(len)
}

/// The frame, if the checksum is right.
pub(crate) fn decode(format: Format, header: &[u8; HEADER], payload: &[u8]) -> Option<Frame> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[8..]);
    crc.update(payload);
    if crc.finalize() != u32::from_le_bytes(array(header, 4)?) {
        return None;
    }
    let at = i64::from_le_bytes(array(header, 16)?);
    let (json, samples) = match format {
        Format::One => {
            let (json, rest) = payload.get(4..)?.split_at_checked(u32::from_le_bytes(array(payload, 0)?) as usize)?;
            (json, fixed(rest)?)
        }
        Format::Two => {
            let mut rest = payload;
            let (json, mut rest) = {
                let len = usize::try_from(take_varint(&mut rest)?).ok()?;
                rest.split_at_checked(len)?
            };
            let n = take_varint(&mut rest)?;
            (json, unpack(rest, at, n)?)
        }
    };
    let records = if json.is_empty() { vec![] } else { serde_json::from_slice(json).ok()? };
    Some(Frame { seq: u64::from_le_bytes(array(header, 8)?), at, records, samples })
}

/// Samples of the first format: point (u32), time (i64), value (f64), quality (u8).
fn fixed(bytes: &[u8]) -> Option<Vec<StoredSample>> {
    let (samples, rest) = bytes.as_chunks::<21>();
    let read = |b: &[u8; 21]| {
        Some(StoredSample {
            point: u32::from_le_bytes(array(b, 0)?),
            ts: i64::from_le_bytes(array(b, 4)?),
            value: f64::from_le_bytes(array(b, 12)?),
            quality: b[20],
        })
    };
    if rest.is_empty() { samples.iter().map(read).collect() } else { None }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
