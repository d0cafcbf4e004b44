//! Entry points for fuzzing: what the log reads back may be any bytes.

use super::frame::{self, Format, Frame, HEADER};
use super::segment::name;
use super::{Reader, StoredSample, folder};

/// The first byte says what the rest is: a segment's file, or payloads of frames whose checksum is right (the second byte is
/// the format).
pub(crate) fn segment(data: &[u8]) {
    match data {
        [0, file @ ..] => {
            let Ok(dir) = tempfile::tempdir() else { return };
            if std::fs::write(dir.path().join(name(1)), file).is_err() {
                return;
            }
            let Ok(batch) = Reader::new(folder(dir.path()), 0).read(u64::MAX, usize::MAX) else { return };
            assert!(batch.frames.windows(2).all(|w| w[0].seq < w[1].seq), "in order");
            batch.frames.iter().for_each(again);
        }
        [_, format, payload @ ..] => {
            let format = if format % 2 == 0 { Format::Two } else { Format::One };
            let mut header = [0; HEADER];
            header[8] = 1;
            let mut crc = crc32fast::Hasher::new();
            crc.update(&header[8..]);
            crc.update(payload);
            header[4..8].copy_from_slice(&crc.finalize().to_le_bytes());
            if let Some(frame) = frame::decode(format, &header, payload) {
                again(&frame);
            }
        }
        _ => {}
    }
}

/// What was read is written and read again: it is the same.
fn again(frame: &Frame) {
    let Ok(records) = serde_json::to_vec(&frame.records) else { return };
    let (mut samples, mut bytes) = (frame.samples.clone(), Vec::new());
    if frame::encode(&mut bytes, frame.seq, frame.at, &records, &mut samples).is_err() {
        return;
    }
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else { return };
    let back = frame::decode(Format::Two, header, payload).map(|f| (f.records, f.samples.iter().map(bits).collect()));
    let samples: Vec<_> = samples.iter().map(bits).collect();
    assert_eq!(back, Some((frame.records.clone(), samples)), "written and read again");
}

fn bits(s: &StoredSample) -> (u32, i64, u64, u8) {
    let value = if s.value.is_nan() { f64::NAN } else { s.value };
    (s.point, s.ts, value.to_bits(), s.quality)
}
