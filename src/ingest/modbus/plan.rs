//! From points to requests: neighbours are joined into one read, values are never torn between two.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::PointId;

use crate::site::{ModbusPoint, ReadLimits, RegisterType, Table};

/// Bits in a register: a hole of bits costs a sixteenth of one of registers.
const BITS: u32 = 16;

/// A point to be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// Which.
    pub(crate) point: PointId,
    /// Device behind the connection.
    pub(crate) unit: u8,
    /// How often.
    pub(crate) every: Duration,
    /// First register or bit on the wire, the asset's offset included.
    pub(crate) address: u16,
    /// What the device lets one read hold.
    pub(crate) limits: ReadLimits,
    /// What stands there.
    pub(crate) spec: Arc<ModbusPoint>,
}

/// One request and what its answer holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Read {
    /// Device behind the connection.
    pub(crate) unit: u8,
    /// How often.
    pub(crate) every: Duration,
    /// Which table.
    pub(crate) table: Table,
    /// First register or bit on the wire.
    pub(crate) start: u16,
    /// Registers or bits.
    pub(crate) count: u16,
    /// The point of the first value.
    pub(crate) first: PointId,
    /// Where each value stands in the answer, by address. Shared by reads that look alike.
    pub(crate) values: Arc<[Value]>,
    /// The device refuses these addresses; asked rarely.
    pub(crate) refused: bool,
    /// Some of the values are texts.
    pub(crate) texts: bool,
}

/// A value inside an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    /// Points after that of the read's first value, wrapping round.
    pub(crate) after: u32,
    /// Registers or bits after the start of the read.
    pub(crate) at: u16,
    /// So many values from here on are decoded alike.
    pub(crate) alike: u16,
    /// How to decode it.
    pub(crate) spec: Arc<ModbusPoint>,
}

/// Addresses of a unit that no read may span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Barrier {
    /// Device behind the connection.
    pub(crate) unit: u8,
    /// Which table.
    pub(crate) table: Table,
    /// The first address.
    pub(crate) first: u32,
    /// One past the last; the same as the first where reads just may not go over it.
    pub(crate) end: u32,
    /// The device refuses to read it: values inside get a read of their own.
    pub(crate) refused: bool,
}

impl Read {
    /// One past the last address.
    pub(crate) fn end(&self) -> u32 {
        u32::from(self.start) + u32::from(self.count)
    }

    /// Whose a value of it is.
    #[inline]
    pub(crate) fn point(&self, value: &Value) -> PointId {
        PointId(self.first.0.wrapping_add(value.after))
    }

    /// Whose its values are, in their order.
    pub(crate) fn points(&self) -> impl Iterator<Item = PointId> {
        self.values.iter().map(|v| self.point(v))
    }

    /// Its values by how they are decoded.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &[Value]> {
        let mut rest = &self.values[..];
        std::iter::from_fn(move || {
            let alike = usize::from(rest.first()?.alike).clamp(1, rest.len());
            let (run, others) = rest.split_at(alike);
            rest = others;
            Some(run)
        })
    }

    /// Where it can be cut in two near the middle without tearing a value: the end of the left part and the start of the
    /// right one.
    pub(crate) fn middle(&self) -> Option<(u32, u32)> {
        let start = u32::from(self.start);
        let mut end = 0;
        let mut cuts = Vec::new();
        for (i, v) in self.values.iter().enumerate() {
            let at = u32::from(v.at);
            if i > 0 && at >= end {
                cuts.push((i, (start + end, start + at)));
            }
            end = end.max(at + u32::from(v.spec.ty.size()));
        }
        let half = self.values.len() / 2;
        cuts.into_iter().min_by_key(|(i, _)| i.abs_diff(half)).map(|(_, cut)| cut)
    }
}

/// Joins points of one unit, table and interval while the read stays within what the device allows, spans no barrier and
/// reads over at most `max_gap` registers (16 × as many bits) between two. A value that would run past the last address is
/// left out: the site's check refuses such points.
pub(crate) fn plan(mut wanted: Vec<Wanted>, barriers: &[Barrier]) -> Vec<Read> {
    wanted.retain(|w| u32::from(w.address) + u32::from(w.spec.ty.size()) <= 0x1_0000);
    wanted.sort_by_key(|w| (w.unit, w.every, w.spec.table, w.address, w.point));
    let mut reads: Vec<Read> = Vec::new();
    let mut values: Vec<Vec<Value>> = Vec::new();
    // of the last read: its limits, and the barrier it lies in
    let mut last = (ReadLimits::default(), None);
    for w in wanted {
        let start = u32::from(w.address);
        let end = start + u32::from(w.spec.ty.size());
        let here = |b: &&Barrier| (b.unit, b.table) == (w.unit, w.spec.table);
        let refused = barriers.iter().position(|b| here(&b) && b.refused && b.first < end && b.end > start);
        let limits = both(last.0, w.limits);
        let joined = reads.last_mut().filter(|r| {
            let (first, over) = (u32::from(r.start), end.max(r.end()));
            (r.unit, r.every, r.table) == (w.unit, w.every, w.spec.table)
                && last.1 == refused
                && fits(&limits, w.spec.table, start, r.end(), over - first)
                && (refused.is_some() || !barriers.iter().filter(here).any(|b| b.first < over && b.end > first))
        });
        let read = match joined {
            Some(read) => {
                last.0 = limits;
                read
            }
            None => {
                last = (w.limits, refused);
                values.push(Vec::new());
                reads.push(Read {
                    unit: w.unit,
                    every: w.every,
                    table: w.spec.table,
                    start: w.address,
                    count: 0,
                    first: w.point,
                    values: Arc::default(),
                    refused: refused.is_some(),
                    texts: false,
                });
                let Some(new) = reads.last_mut() else { continue };
                new
            }
        };
        let at = w.address - read.start;
        read.count = read.count.max(at + w.spec.ty.size());
        read.texts |= matches!(w.spec.ty, RegisterType::Text { .. });
        let after = w.point.0.wrapping_sub(read.first.0);
        if let Some(values) = values.last_mut() {
            values.push(Value { after, at, alike: 1, spec: w.spec });
        }
    }
    for (read, mut values) in reads.iter_mut().zip(values) {
        for i in (1..values.len()).rev() {
            if values[i - 1].spec.decodes_like(&values[i].spec) {
                values[i - 1].alike = values[i].alike.saturating_add(1);
            }
        }
        read.values = values.into();
    }
    reads
}

/// What two devices both allow.
fn both(a: ReadLimits, b: ReadLimits) -> ReadLimits {
    ReadLimits {
        max_registers: a.max_registers.min(b.max_registers),
        max_bits: a.max_bits.min(b.max_bits),
        max_gap: a.max_gap.min(b.max_gap),
        join: a.join && b.join,
    }
}

/// Whether a value from `start` may join a read that ends at `end` and would become `span` long.
fn fits(limits: &ReadLimits, table: Table, start: u32, end: u32, span: u32) -> bool {
    let (most, gap) = if table.is_bits() {
        (limits.max_bits, u32::from(limits.max_gap) * BITS)
    } else {
        (limits.max_registers, limits.max_gap.into())
    };
    // what the read brings anyway needs no request of its own
    let inside = start < end;
    span <= u32::from(most) && start.saturating_sub(end) <= gap && (limits.join || inside)
}

#[cfg(test)]
mod tests;
