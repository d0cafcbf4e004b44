//! From points to requests: neighbours are joined into one read, values are never torn between two.

use std::time::Duration;

use linepack_core::PointId;

use crate::site::{ModbusPoint, RegisterType, Table};

/// Registers one request may read (the protocol's limit).
pub(crate) const MAX_REGISTERS: u32 = 125;
/// Bits one request may read (the protocol's limit).
pub(crate) const MAX_BITS: u32 = 2000;
/// Bits in a register: a hole of bits costs a sixteenth of one of registers.
const BITS: u32 = 16;

/// A point to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// Which.
    pub(crate) point: PointId,
    /// Device behind the connection.
    pub(crate) unit: u8,
    /// How often.
    pub(crate) every: Duration,
    /// First register or bit on the wire, the asset's offset included.
    pub(crate) address: u16,
    /// What stands there.
    pub(crate) spec: ModbusPoint,
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
    /// Where each value stands in the answer.
    pub(crate) values: Vec<Value>,
}

/// A value inside an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    /// Whose.
    pub(crate) point: PointId,
    /// Registers or bits after the start of the read.
    pub(crate) at: u16,
    /// How to decode it.
    pub(crate) spec: ModbusPoint,
}

/// Registers (or bits, in bit tables) a value takes.
pub(crate) const fn width(ty: RegisterType) -> u32 {
    match ty {
        RegisterType::U16 | RegisterType::I16 | RegisterType::Bit(_) => 1,
        RegisterType::U32 | RegisterType::I32 | RegisterType::F32 => 2,
        RegisterType::U64 | RegisterType::I64 | RegisterType::F64 => 4,
    }
}

/// Whether a table holds bits.
pub(crate) const fn is_bits(table: Table) -> bool {
    matches!(table, Table::Coil | Table::Discrete)
}

/// Joins points of one unit, table and interval while the read stays within the protocol's limit and reads over at
/// most `max_gap` registers (16 × as many bits) between two. A value that would run past the last address is left out:
/// the site's check refuses such points.
pub(crate) fn plan(mut wanted: Vec<Wanted>, max_gap: u16) -> Vec<Read> {
    wanted.retain(|w| u32::from(w.address) + width(w.spec.ty) <= 0x1_0000);
    wanted.sort_by_key(|w| (w.unit, w.every, w.spec.table, w.address, w.point));
    let mut reads: Vec<Read> = Vec::new();
    for w in wanted {
        let end = u32::from(w.address) + width(w.spec.ty);
        let (limit, gap) = if is_bits(w.spec.table) {
            (MAX_BITS, u32::from(max_gap) * BITS)
        } else {
            (MAX_REGISTERS, u32::from(max_gap))
        };
        let joined = reads.last_mut().filter(|r| {
            let last = u32::from(r.start) + u32::from(r.count);
            (r.unit, r.every, r.table) == (w.unit, w.every, w.spec.table)
                && u32::from(w.address).saturating_sub(last) <= gap
                && end.max(last) - u32::from(r.start) <= limit
        });
        let read = match joined {
            Some(read) => read,
            None => {
                reads.push(Read {
                    unit: w.unit,
                    every: w.every,
                    table: w.spec.table,
                    start: w.address,
                    count: 0,
                    values: Vec::new(),
                });
                let Some(new) = reads.last_mut() else { continue };
                new
            }
        };
        let at = w.address - read.start;
        let count = (u32::from(at) + width(w.spec.ty)).max(u32::from(read.count));
        read.count = u16::try_from(count).unwrap_or(u16::MAX);
        read.values.push(Value { point: w.point, at, spec: w.spec });
    }
    reads
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::site::RegisterOrder;

    fn wanted(point: u32, unit: u8, table: Table, address: u16, ty: RegisterType) -> Wanted {
        let spec = ModbusPoint { table, address, ty, order: RegisterOrder::Abcd, scale: 1.0, offset: 0.0 };
        Wanted { point: PointId(point), unit, every: Duration::from_secs(1), address, spec }
    }

    fn input(point: u32, address: u16, ty: RegisterType) -> Wanted {
        wanted(point, 1, Table::Input, address, ty)
    }

    fn shape(reads: &[Read]) -> Vec<(u8, u16, u16, usize)> {
        reads.iter().map(|r| (r.unit, r.start, r.count, r.values.len())).collect()
    }

    #[test]
    fn neighbours_join_and_holes_up_to_the_gap_are_read_over() {
        use RegisterType::{F32, U16};
        let points = || vec![input(2, 12, U16), input(0, 0, F32), input(1, 2, U16)];
        assert_eq!(shape(&plan(points(), 8)), [(1, 0, 3, 2), (1, 12, 1, 1)]);
        assert_eq!(shape(&plan(points(), 9)), [(1, 0, 13, 3)]);
        assert_eq!(shape(&plan(vec![input(0, 5, U16), input(1, 5, F32)], 0)), [(1, 5, 2, 2)]);
    }

    #[test]
    fn units_tables_and_intervals_are_never_joined() {
        use RegisterType::U16;
        let mut slow = wanted(3, 1, Table::Input, 1, U16);
        slow.every = Duration::from_secs(10);
        let points = vec![
            wanted(0, 1, Table::Input, 0, U16),
            wanted(1, 2, Table::Input, 1, U16),
            wanted(2, 1, Table::Holding, 1, U16),
            slow,
        ];
        assert_eq!(plan(points, 100).len(), 4);
    }

    #[test]
    fn a_value_is_not_split_at_the_limit() {
        use RegisterType::{F64, U16};
        let mut points: Vec<_> = (0..124).map(|i| input(u32::from(i), i, U16)).collect();
        points.push(input(124, 124, F64));
        assert_eq!(shape(&plan(points, 8)), [(1, 0, 124, 124), (1, 124, 4, 1)]);
    }

    #[test]
    fn bits_may_be_2000_and_read_over_sixteen_times_the_gap() {
        let bit = |point, address| wanted(point, 1, Table::Coil, address, RegisterType::Bit(0));
        assert_eq!(shape(&plan((0..2001).map(|i| bit(u32::from(i), i)).collect(), 0)).len(), 2);
        assert_eq!(shape(&plan(vec![bit(0, 0), bit(1, 17)], 1)), [(1, 0, 18, 2)]);
        assert_eq!(plan(vec![bit(0, 0), bit(1, 18)], 1).len(), 2);
    }

    #[test]
    fn the_last_address_can_be_read_and_none_past_it() {
        use RegisterType::{F32, U16};
        assert_eq!(shape(&plan(vec![input(0, 65535, U16), input(1, 65535, F32)], 8)), [(1, 65535, 1, 1)]);
    }

    proptest! {
        #[test]
        fn every_point_is_read_exactly_once_within_the_limits(
            points in prop::collection::vec((0u8..3, 0u8..4, 0u16..600, 0u8..8, 0u8..2), 0..200),
            max_gap in 0u16..130,
        ) {
            let wanted: Vec<_> = points.iter().enumerate().map(|(i, &(unit, table, address, ty, every))| {
                let table = [Table::Coil, Table::Discrete, Table::Input, Table::Holding][usize::from(table)];
                let ty = if is_bits(table) { RegisterType::Bit(0) } else {
                    use RegisterType::*;
                    [U16, I16, U32, I32, U64, F32, F64, Bit(3)][usize::from(ty)]
                };
                let mut w = wanted(u32::try_from(i).unwrap(), unit, table, address, ty);
                w.every = Duration::from_secs(u64::from(every) + 1);
                w
            }).collect();
            let reads = plan(wanted.clone(), max_gap);
            let mut seen = vec![0; wanted.len()];
            for r in &reads {
                let limit = if is_bits(r.table) { MAX_BITS } else { MAX_REGISTERS };
                prop_assert!(u32::from(r.count) <= limit);
                let mut covered = vec![false; usize::from(r.count)];
                for v in &r.values {
                    let w = &wanted[v.point.index()];
                    prop_assert_eq!((w.unit, w.every, w.spec.table), (r.unit, r.every, r.table));
                    prop_assert_eq!(r.start + v.at, w.address);
                    let end = u32::from(v.at) + width(v.spec.ty);
                    prop_assert!(end <= u32::from(r.count));
                    covered[usize::from(v.at)..end as usize].fill(true);
                    seen[v.point.index()] += 1;
                }
                let hole = covered.split(|c| *c).map(<[bool]>::len).max().unwrap_or(0);
                let gap = usize::from(max_gap) * if is_bits(r.table) { 16 } else { 1 };
                prop_assert!(hole <= gap, "hole {} over gap {}", hole, gap);
                prop_assert!(covered.first() == Some(&true) && covered.last() == Some(&true));
            }
            prop_assert!(seen.iter().all(|&n| n == 1));
        }
    }
}
