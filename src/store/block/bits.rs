//! Whole numbers that change little from one to the next, in as few bits as most of them take: groups of 128 differences, each
//! as its distance to the group's usual difference; the few that do not fit are listed behind.
//!
//! A group: usual difference (against that of the group before), bits of each, number of exceptions, the bits, the exceptions
//! (place, distance). All of it is reckoned modulo 2^64, so that every number comes back.

use super::column::{Cursor, Damaged, put_signed, put_varint, unzigzag, zigzag};

/// Numbers of a group.
const GROUP: usize = 128;
/// More bits than this are written as 64.
const MOST: u32 = 56;
/// Bytes a group's bits take at most, and one number more, so that a number is read by one look.
const SPACE: usize = GROUP * 8 + 8;

/// Appends the numbers.
pub(super) fn put(values: &[i64], out: &mut Vec<u8>) {
    let mut before = 0i64;
    let mut usual = 0i64;
    let mut distances = [0u64; GROUP];
    for group in values.chunks(GROUP) {
        let distances = &mut distances[..group.len()];
        for (distance, &value) in distances.iter_mut().zip(group) {
            *distance = value.wrapping_sub(before).cast_unsigned();
            before = value;
        }
        let middle = median(distances);
        let mut lengths = [0u32; 65];
        for distance in distances.iter_mut() {
            *distance = zigzag(distance.cast_signed().wrapping_sub(middle));
            lengths[(64 - distance.leading_zeros()) as usize] += 1;
        }
        let bits = cheapest(&lengths, group.len());
        put_signed(middle.wrapping_sub(usual), out);
        usual = middle;
        out.push(bits as u8);
        out.push(lengths[bits as usize + 1..].iter().sum::<u32>() as u8);
        put_bits(distances, bits, out);
        for (at, &distance) in distances.iter().enumerate() {
            if bits < 64 && distance >> bits != 0 {
                out.push(at as u8);
                put_varint(distance, out);
            }
        }
    }
}

/// What most differences are near to: the median of some.
fn median(differences: &[u64]) -> i64 {
    const SOME: usize = 9;
    let step = (differences.len() / SOME).max(1);
    let mut some = [i64::MAX; SOME];
    let mut n = 0;
    // the first of a column is its distance from 0, and tells nothing
    for (slot, &d) in some.iter_mut().zip(differences.iter().skip(step / 2 + 1).step_by(step)) {
        *slot = d.cast_signed();
        n += 1;
    }
    some.sort_unstable();
    if n == 0 { differences.first().map_or(0, |d| d.cast_signed()) } else { some[n / 2] }
}

/// How many bits for each make the fewest bytes; `lengths`: how many numbers have so many bits.
fn cheapest(lengths: &[u32; 65], n: usize) -> u32 {
    let longest = (0..=64u32).rev().find(|&b| lengths[b as usize] > 0).unwrap_or(0);
    let mut best = if longest > MOST { 64 } else { longest };
    let mut cost = n as u32 * best;
    let (mut exceptions, mut bytes) = (0, 0);
    for bits in (0..longest).rev() {
        let more = lengths[bits as usize + 1];
        exceptions += more;
        bytes += more * (1 + (bits + 1).div_ceil(7));
        let here = n as u32 * bits + 8 * bytes;
        if here < cost && bits <= MOST && exceptions <= u32::from(u8::MAX) {
            (best, cost) = (bits, here);
        }
    }
    best
}

/// Appends the lowest `bits` of each.
fn put_bits(values: &[u64], bits: u32, out: &mut Vec<u8>) {
    if bits == 0 {
        return;
    }
    if bits == 64 {
        for value in values {
            out.extend_from_slice(&value.to_le_bytes());
        }
        return;
    }
    let start = out.len();
    let mask = (1u64 << bits) - 1;
    let (mut held, mut n) = (0u64, 0u32);
    let mut packed = [0u8; SPACE];
    let mut end = 0;
    for value in values {
        // seven bits at most are held from before, so nothing is shifted out
        held |= (value & mask) << n;
        n += bits;
        packed[end..end + 8].copy_from_slice(&held.to_le_bytes());
        let whole = n / 8;
        end += whole as usize;
        held = if whole == 8 { 0 } else { held >> (whole * 8) };
        n %= 8;
    }
    end += usize::from(n > 0);
    out.reserve(end);
    out.extend_from_slice(&packed[..end]);
    debug_assert_eq!(out.len() - start, (values.len() * bits as usize).div_ceil(8));
}

/// Appends `n` numbers read.
pub(super) fn get(from: &mut Cursor<'_>, n: usize, values: &mut Vec<i64>) -> Result<(), Damaged> {
    // a group takes three bytes at least: a count that cannot be allocates nothing
    if n.div_ceil(GROUP) > from.0.len() {
        return Err(Damaged);
    }
    let start = values.len();
    values.resize(start + n, 0);
    let (mut before, mut usual) = (0i64, 0i64);
    let mut space = [0u8; SPACE];
    let mut distances = [0u64; GROUP];
    for group in values[start..].chunks_mut(GROUP) {
        usual = usual.wrapping_add(from.signed()?);
        let (bits, exceptions) = (u32::from(from.byte()?), from.byte()?);
        let distances = &mut distances[..group.len()];
        get_bits(from, bits, distances, &mut space)?;
        for _ in 0..exceptions {
            let at = usize::from(from.byte()?);
            *distances.get_mut(at).ok_or(Damaged)? = from.varint()?;
        }
        for (value, &distance) in group.iter_mut().zip(distances.iter()) {
            before = before.wrapping_add(usual).wrapping_add(unzigzag(distance));
            *value = before;
        }
    }
    Ok(())
}

fn get_bits(from: &mut Cursor<'_>, bits: u32, values: &mut [u64], space: &mut [u8; SPACE]) -> Result<(), Damaged> {
    match bits {
        0 => values.fill(0),
        64 => {
            let (each, _) = from.bytes(values.len() * 8)?.as_chunks::<8>();
            for (value, bytes) in values.iter_mut().zip(each) {
                *value = u64::from_le_bytes(*bytes);
            }
        }
        1..=MOST => {
            let bytes = from.bytes((values.len() * bits as usize).div_ceil(8))?;
            space[..bytes.len()].copy_from_slice(bytes);
            let mask = (1u64 << bits) - 1;
            let mut at = 0usize;
            for value in values {
                let (whole, part) = (at / 8, at % 8);
                let word = space[whole..].first_chunk::<8>().ok_or(Damaged)?;
                *value = u64::from_le_bytes(*word) >> part & mask;
                at += bits as usize;
            }
        }
        _ => return Err(Damaged),
    }
    Ok(())
}
