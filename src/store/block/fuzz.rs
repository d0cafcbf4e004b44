//! Entry point for fuzzing: what the tables hold may be any bytes.

use super::{Bucket, Measured, Row, Run, Scratch, open, pack, seal};

/// The first byte says what the rest is: a block or a run, of samples or of aggregates; its checksum is put right.
pub(crate) fn block(data: &[u8]) {
    let Some((&kind, body)) = data.split_first() else { return };
    let mut bytes = vec![1];
    bytes.extend(crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    match kind % 4 {
        0 => again::<Measured>(open(&bytes).ok(), |m| {
            (m.ts, m.value.is_finite().then_some(m.value.to_bits()), m.quality)
        }),
        1 => again::<Bucket>(open(&bytes).ok(), |b| (b.ts, Some(b.n.cast_unsigned()), b.quality)),
        2 => run::<Measured>(&bytes),
        _ => run::<Bucket>(&bytes),
    }
}

/// What was read is written and read again: it is the same.
fn again<T: Row>(rows: Option<Vec<T>>, bits: fn(&T) -> (i64, Option<u64>, u8)) {
    let Some(rows) = rows else { return };
    let back = open::<T>(&seal(&rows, &mut Scratch::default())).map(|rows| rows.iter().map(bits).collect());
    assert_eq!(back, Ok(rows.iter().map(bits).collect::<Vec<_>>()), "written and read again");
}

fn run<T: Row>(bytes: &[u8]) {
    let Ok(run) = Run::new(bytes) else { return };
    let mut room = Scratch::default();
    let mut all: Vec<(u32, Vec<T>)> = Vec::new();
    for (place, point) in run.points().enumerate() {
        let mut rows = Vec::new();
        if run.read(place, &mut room, &mut rows).is_ok() {
            all.push((point, rows));
        }
    }
    let packed = pack(all.iter().map(|(point, rows)| (*point, rows.as_slice())), &mut room);
    assert_eq!(Run::new(&packed).map(|r| r.points().count()), Ok(all.len()), "written and read again");
}
