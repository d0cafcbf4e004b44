//! The bytes of a table's row: version, CRC-32 of all after it, then the rows of one point, or a directory and the rows of several.

use super::column::{put_signed, put_varint};
use super::{Cursor, Damaged, Row, Scratch};

const VERSION: u8 = 1;
const HEAD: usize = 5;

/// Bytes of one point's block.
pub(in crate::store) fn seal<T: Row>(rows: &[T], room: &mut Scratch) -> Vec<u8> {
    let mut out = vec![0; HEAD];
    T::put(rows, room, &mut out);
    sealed(out)
}

fn sealed(mut out: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&out[HEAD..]);
    out[0] = VERSION;
    out[1..HEAD].copy_from_slice(&crc.to_le_bytes());
    out
}

fn body(bytes: &[u8]) -> Result<Cursor<'_>, Damaged> {
    let (head, body) = bytes.split_at_checked(HEAD).ok_or(Damaged)?;
    let right = head[0] == VERSION && head[1..] == crc32fast::hash(body).to_le_bytes();
    if right { Ok(Cursor(body)) } else { Err(Damaged) }
}

/// Rows of one point's block.
pub(in crate::store) fn open<T: Row>(bytes: &[u8]) -> Result<Vec<T>, Damaged> {
    let mut rows = Vec::new();
    T::get(&mut body(bytes)?, &mut Scratch::default(), &mut rows)?;
    Ok(rows)
}

/// Bytes of a run: the points ascending, each with its rows in time order.
pub(in crate::store) fn pack<'a, T: Row>(points: impl Iterator<Item = (u32, &'a [T])>, room: &mut Scratch) -> Vec<u8> {
    let (mut directory, mut rows) = (vec![], vec![]);
    let (mut count, mut before) = (0u64, 0i64);
    for (point, of) in points {
        let start = rows.len();
        T::put(of, room, &mut rows);
        put_signed(i64::from(point) - before, &mut directory);
        put_varint((rows.len() - start) as u64, &mut directory);
        before = i64::from(point);
        count += 1;
    }
    let mut out = vec![0; HEAD];
    put_varint(count, &mut out);
    out.extend_from_slice(&directory);
    out.extend_from_slice(&rows);
    sealed(out)
}

/// Where each point's bytes are: number, offset, length.
type Directory = Vec<(u32, usize, usize)>;

/// The directory of a run, and the bytes it points into.
fn directory(bytes: &[u8]) -> Result<(Directory, &[u8]), Damaged> {
    let mut cursor = body(bytes)?;
    let count = cursor.count()?;
    let (mut all, mut point, mut offset) = (Vec::with_capacity(count.min(1024)), 0i64, 0usize);
    for _ in 0..count {
        point = point.checked_add(cursor.signed()?).ok_or(Damaged)?;
        let len = cursor.length()?;
        all.push((u32::try_from(point).map_err(|_| Damaged)?, offset, len));
        offset = offset.checked_add(len).ok_or(Damaged)?;
    }
    Ok((all, cursor.0))
}

/// A run that is read.
#[derive(Debug)]
pub(in crate::store) struct Run<'a> {
    directory: Directory,
    rows: &'a [u8],
}

impl<'a> Run<'a> {
    /// Looks at a run's bytes.
    pub(in crate::store) fn new(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let (directory, rows) = directory(bytes)?;
        Ok(Self { directory, rows })
    }

    /// Points, ascending.
    pub(in crate::store) fn points(&self) -> impl Iterator<Item = u32> {
        self.directory.iter().map(|d| d.0)
    }

    /// Appends the rows of the point at a place among the points.
    pub(in crate::store) fn read<T: Row>(
        &self,
        place: usize,
        room: &mut Scratch,
        out: &mut Vec<T>,
    ) -> Result<(), Damaged> {
        let &(_, at, len) = self.directory.get(place).ok_or(Damaged)?;
        let end = at.checked_add(len).ok_or(Damaged)?;
        T::get(&mut Cursor(self.rows.get(at..end).ok_or(Damaged)?), room, out)
    }
}

/// One point of a run; nothing where the run has none of it.
pub(in crate::store) fn unpack_one<T: Row>(bytes: &[u8], point: u32) -> Result<Vec<T>, Damaged> {
    let run = Run::new(bytes)?;
    let mut rows = Vec::new();
    if let Some(place) = run.points().position(|p| p == point) {
        run.read(place, &mut Scratch::default(), &mut rows)?;
    }
    Ok(rows)
}
