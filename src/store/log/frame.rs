//! One frame of the log: what one engine turn left behind.
//!
//! Little-endian: payload length (u32), CRC-32 of all that follows (u32), sequence number (u64), hub time (i64, ms), then the
//! payload: length of the records (u32), the records as JSON, and the samples, [`SAMPLE`] bytes each.

use crate::store::Record;

/// Bytes before the payload.
pub(crate) const HEADER: usize = 24;
/// Bytes of a sample: point number (u32), source time (i64, ms), value (f64), quality code (u8).
const SAMPLE: usize = 21;
/// Most samples in one frame; a turn with more takes several.
pub(crate) const MAX_SAMPLES: usize = 16 * 1024;
/// A longer payload is damage.
const MAX_PAYLOAD: usize = 64 << 20;

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
    /// Samples.
    pub(crate) samples: Vec<StoredSample>,
}

/// Appends a frame to a buffer.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    seq: u64,
    at: i64,
    records: &[Record],
    samples: impl Iterator<Item = StoredSample>,
) -> std::io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&seq.to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    let json = out.len();
    if !records.is_empty() {
        serde_json::to_writer(&mut *out, records)?;
    }
    let length = |n: usize| u32::try_from(n).map_err(|_| std::io::Error::other("log frame too long"));
    let json_len = length(out.len() - json)?;
    out[json - 4..json].copy_from_slice(&json_len.to_le_bytes());
    for s in samples {
        out.extend_from_slice(&s.point.to_le_bytes());
        out.extend_from_slice(&s.ts.to_le_bytes());
        out.extend_from_slice(&s.value.to_le_bytes());
        out.push(s.quality);
    }
    let payload = length(out.len() - start - HEADER)?;
    let crc = crc32fast::hash(&out[start + 8..]);
    out[start..start + 4].copy_from_slice(&payload.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    Ok(())
}

/// Length of the payload a header announces, unless it cannot be.
pub(crate) fn payload_len(header: &[u8; HEADER]) -> Option<usize> {
    let len = u32::from_le_bytes(array(header, 0)?) as usize;
    (4..=MAX_PAYLOAD).contains(&len).then_some(len)
}

/// The frame, if the checksum is right.
pub(crate) fn decode(header: &[u8; HEADER], payload: &[u8]) -> Option<Frame> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[8..]);
    crc.update(payload);
    if crc.finalize() != u32::from_le_bytes(array(header, 4)?) {
        return None;
    }
    let json_len = u32::from_le_bytes(array(payload, 0)?) as usize;
    let json = payload.get(4..4 + json_len)?;
    let samples = &payload[4 + json_len..];
    if !samples.len().is_multiple_of(SAMPLE) {
        return None;
    }
    Some(Frame {
        seq: u64::from_le_bytes(array(header, 8)?),
        at: i64::from_le_bytes(array(header, 16)?),
        records: if json.is_empty() { vec![] } else { serde_json::from_slice(json).ok()? },
        samples: samples.chunks_exact(SAMPLE).map(sample).collect::<Option<_>>()?,
    })
}

fn sample(bytes: &[u8]) -> Option<StoredSample> {
    Some(StoredSample {
        point: u32::from_le_bytes(array(bytes, 0)?),
        ts: i64::from_le_bytes(array(bytes, 4)?),
        value: f64::from_le_bytes(array(bytes, 12)?),
        quality: *bytes.get(20)?,
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
