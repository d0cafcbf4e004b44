//! The bytes of a table's row: version, CRC-32 of all after it, then the rows of one point, or a directory and the rows of several.

use super::column::{put_signed, put_varint};
use super::{Cursor, Damaged, Row};

const VERSION: u8 = 1;
const HEAD: usize = 5;

/// Bytes of one point's block.
pub(in crate::store) fn seal<T: Row>(rows: &[T]) -> Vec<u8> {
    let mut out = vec![0; HEAD];
    T::put(rows, &mut out);
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
    T::get(&mut body(bytes)?)
}

/// Bytes of a run: the points ascending, each with its rows in time order.
pub(in crate::store) fn pack<'a, T: Row>(points: impl Iterator<Item = (u32, &'a [T])>) -> Vec<u8> {
    let (mut directory, mut rows) = (vec![], vec![]);
    let (mut count, mut before) = (0u64, 0i64);
    for (point, of) in points {
        let start = rows.len();
        T::put(of, &mut rows);
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

/// All of a run.
pub(in crate::store) fn unpack<T: Row>(bytes: &[u8]) -> Result<Vec<(u32, Vec<T>)>, Damaged> {
    let (all, rows) = directory(bytes)?;
    all.into_iter().map(|(point, at, len)| Ok((point, part(rows, at, len)?))).collect()
}

/// One point of a run; nothing where the run has none of it.
pub(in crate::store) fn unpack_one<T: Row>(bytes: &[u8], point: u32) -> Result<Vec<T>, Damaged> {
    let (all, rows) = directory(bytes)?;
    all.into_iter().find(|d| d.0 == point).map_or(Ok(vec![]), |(_, at, len)| part(rows, at, len))
}

fn part<T: Row>(rows: &[u8], at: usize, len: usize) -> Result<Vec<T>, Damaged> {
    let end = at.checked_add(len).ok_or(Damaged)?;
    T::get(&mut Cursor(rows.get(at..end).ok_or(Damaged)?))
}
