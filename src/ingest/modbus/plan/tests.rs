use proptest::prelude::*;

use super::*;
use crate::ingest::modbus::testing::spec;
use crate::site::RegisterType::{self, Bit, F32, F64, U16};

fn wanted(point: u32, unit: u8, table: Table, address: u16, ty: RegisterType) -> Wanted {
    Wanted {
        point: PointId(point),
        unit,
        every: Duration::from_secs(1),
        address,
        limits: ReadLimits::default(),
        spec: Arc::new(spec(table, address, ty)),
    }
}

fn input(point: u32, address: u16, ty: RegisterType) -> Wanted {
    wanted(point, 1, Table::Input, address, ty)
}

fn limited(wanted: Vec<Wanted>, limits: ReadLimits) -> Vec<Read> {
    plan(wanted.into_iter().map(|w| Wanted { limits, ..w }).collect(), &[])
}

fn with_gap(wanted: Vec<Wanted>, max_gap: u16) -> Vec<Read> {
    limited(wanted, ReadLimits { max_gap, ..ReadLimits::default() })
}

/// Unit, start, count, values.
fn shape(reads: &[Read]) -> Vec<(u8, u16, u16, usize)> {
    reads.iter().map(|r| (r.unit, r.start, r.count, r.values.len())).collect()
}

fn barrier(first: u32, end: u32, refused: bool) -> Barrier {
    Barrier { unit: 1, table: Table::Input, first, end, refused }
}

#[test]
fn neighbours_join_and_holes_up_to_the_gap_are_read_over() {
    let points = || vec![input(2, 12, U16), input(0, 0, F32), input(1, 2, U16)];
    assert_eq!(shape(&with_gap(points(), 8)), [(1, 0, 3, 2), (1, 12, 1, 1)]);
    assert_eq!(shape(&with_gap(points(), 9)), [(1, 0, 13, 3)]);
    assert_eq!(shape(&with_gap(vec![input(0, 5, U16), input(1, 5, F32)], 0)), [(1, 5, 2, 2)]);
}

#[test]
fn values_that_are_decoded_alike_stand_together() {
    let mut scaled = input(3, 6, F32);
    scaled.spec = Arc::new(ModbusPoint { scale: 0.1, ..(*scaled.spec).clone() });
    let reads = with_gap(vec![input(0, 0, F32), input(1, 2, F32), input(2, 4, F32), scaled, input(4, 8, U16)], 0);
    assert_eq!(shape(&reads), [(1, 0, 9, 5)]);
    let runs: Vec<Vec<u32>> = reads[0].runs().map(|run| run.iter().map(|v| v.after).collect()).collect();
    assert_eq!(runs, [vec![0, 1, 2], vec![3], vec![4]]);
}

#[test]
fn units_tables_and_intervals_are_never_joined() {
    let mut slow = wanted(3, 1, Table::Input, 1, U16);
    slow.every = Duration::from_secs(10);
    let points = vec![
        wanted(0, 1, Table::Input, 0, U16),
        wanted(1, 2, Table::Input, 1, U16),
        wanted(2, 1, Table::Holding, 1, U16),
        slow,
    ];
    assert_eq!(with_gap(points, 100).len(), 4);
}

#[test]
fn a_value_is_not_split_at_the_limit() {
    let mut points: Vec<_> = (0..124).map(|i| input(u32::from(i), i, U16)).collect();
    points.push(input(124, 124, F64));
    assert_eq!(shape(&with_gap(points, 8)), [(1, 0, 124, 124), (1, 124, 4, 1)]);
    let few = ReadLimits { max_registers: 3, ..ReadLimits::default() };
    let points = vec![input(0, 0, F32), input(1, 2, F32), input(2, 4, F64)];
    assert_eq!(shape(&limited(points, few)), [(1, 0, 2, 1), (1, 2, 2, 1), (1, 4, 4, 1)]);
}

#[test]
fn one_request_a_value_where_the_device_wants_it() {
    let alone = ReadLimits { join: false, ..ReadLimits::default() };
    let points = vec![input(0, 0, U16), input(1, 1, U16), input(2, 1, Bit(3))];
    assert_eq!(shape(&limited(points, alone)), [(1, 0, 1, 1), (1, 1, 1, 2)]);
}

#[test]
fn bits_may_be_2000_and_read_over_sixteen_times_the_gap() {
    let bit = |point, address| wanted(point, 1, Table::Coil, address, Bit(0));
    assert_eq!(shape(&with_gap((0..2001).map(|i| bit(u32::from(i), i)).collect(), 0)).len(), 2);
    assert_eq!(shape(&with_gap(vec![bit(0, 0), bit(1, 17)], 1)), [(1, 0, 18, 2)]);
    assert_eq!(with_gap(vec![bit(0, 0), bit(1, 18)], 1).len(), 2);
}

#[test]
fn the_last_address_can_be_read_and_none_past_it() {
    assert_eq!(shape(&with_gap(vec![input(0, 65535, U16), input(1, 65535, F32)], 8)), [(1, 65535, 1, 1)]);
}

#[test]
fn no_read_spans_a_barrier_and_refused_values_stand_alone() {
    let points = || (0..10).map(|i| input(i, u16::try_from(i).unwrap() * 2, U16)).collect::<Vec<_>>();
    assert_eq!(shape(&plan(points(), &[])), [(1, 0, 19, 10)]);
    // a hole between values, a mere cut, a refused value
    assert_eq!(shape(&plan(points(), &[barrier(5, 6, false)])), [(1, 0, 5, 3), (1, 6, 13, 7)]);
    assert_eq!(shape(&plan(points(), &[barrier(6, 6, false)])), [(1, 0, 5, 3), (1, 6, 13, 7)]);
    let reads = plan(points(), &[barrier(6, 7, true)]);
    assert_eq!(shape(&reads), [(1, 0, 5, 3), (1, 6, 1, 1), (1, 8, 11, 6)]);
    assert_eq!(reads.iter().map(|r| r.refused).collect::<Vec<_>>(), [false, true, false]);
    // other units and tables are not concerned
    let elsewhere =
        [Barrier { unit: 2, ..barrier(6, 7, true) }, Barrier { table: Table::Holding, ..barrier(6, 7, true) }];
    assert_eq!(shape(&plan(points(), &elsewhere)), [(1, 0, 19, 10)]);
}

#[test]
fn the_middle_tears_nothing() {
    let middle = |points: Vec<Wanted>| plan(points, &[])[0].middle();
    assert_eq!(middle(vec![input(0, 3, F64)]), None);
    assert_eq!(middle(vec![input(0, 3, U16), input(1, 3, Bit(1))]), None);
    assert_eq!(middle(vec![input(0, 0, U16), input(1, 4, U16)]), Some((1, 4)));
    assert_eq!(middle(vec![input(0, 0, F64), input(1, 2, U16), input(2, 3, U16), input(3, 4, U16)]), Some((4, 4)));
    assert_eq!(middle((0..8).map(|i| input(i, u16::try_from(i).unwrap(), U16)).collect()), Some((4, 4)));
}

proptest! {
    #[test]
    fn every_point_is_read_exactly_once_within_the_limits(
        points in prop::collection::vec((0u8..3, 0u8..4, 0u16..600, 0u8..8, 0u8..2), 0..200),
        max_gap in 0u16..130,
        max_registers in 1u16..=125,
        holes in prop::collection::vec((0u32..600, 0u32..9, any::<bool>()), 0..4),
    ) {
        let limits = ReadLimits { max_gap, max_registers, ..ReadLimits::default() };
        let barriers: Vec<_> = holes.into_iter().map(|(at, n, refused)| barrier(at, at + n, refused)).collect();
        let wanted: Vec<_> = points.iter().enumerate().map(|(i, &(unit, table, address, ty, every))| {
            let table = [Table::Coil, Table::Discrete, Table::Input, Table::Holding][usize::from(table)];
            let ty = if table.is_bits() { Bit(0) } else {
                use RegisterType::*;
                [U16, I16, U32, I32, U64, F32, F64, Bit(3)][usize::from(ty)]
            };
            let mut w = wanted(u32::try_from(i).unwrap(), unit, table, address, ty);
            w.every = Duration::from_secs(u64::from(every) + 1);
            Wanted { limits, ..w }
        }).collect();
        let reads = plan(wanted.clone(), &barriers);
        let mut seen = vec![0; wanted.len()];
        for r in &reads {
            let limit = if r.table.is_bits() { 2000 } else { max_registers.max(r.values.iter().map(|v| v.spec.ty.size()).max().unwrap()) };
            prop_assert!(r.count <= limit);
            let mut covered = vec![false; usize::from(r.count)];
            for v in r.values.iter() {
                let w = &wanted[r.point(v).index()];
                prop_assert_eq!((w.unit, w.every, w.spec.table), (r.unit, r.every, r.table));
                prop_assert_eq!(r.start + v.at, w.address);
                let end = v.at + v.spec.ty.size();
                prop_assert!(end <= r.count);
                covered[usize::from(v.at)..usize::from(end)].fill(true);
                seen[r.point(v).index()] += 1;
            }
            let hole = covered.split(|c| *c).map(<[bool]>::len).max().unwrap_or(0);
            let gap = usize::from(max_gap) * if r.table.is_bits() { 16 } else { 1 };
            prop_assert!(hole <= gap, "hole {} over gap {}", hole, gap);
            prop_assert!(covered.first() == Some(&true) && covered.last() == Some(&true));
            if let Some((left, right)) = r.middle() {
                prop_assert!(left <= right && u32::from(r.start) < left && right < r.end());
                let torn = r.values.iter().find(|v| {
                    let first = u32::from(r.start + v.at);
                    first + u32::from(v.spec.ty.size()) > left && first < right
                });
                prop_assert_eq!(torn, None);
            }
        }
        prop_assert!(seen.iter().all(|&n| n == 1));
    }
}
