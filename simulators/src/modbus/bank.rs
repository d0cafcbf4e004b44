//! The registers and bits of one unit.

use super::encode::encode;
use crate::plant::{Register, RegisterType, Table};

/// One unit's four tables. Cells between mapped ones read as 0; outside the mapped span there is nothing.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    tables: [Cells; 4],
}

/// One table: a contiguous span that grows as points are mapped.
#[derive(Clone, Debug, Default)]
struct Cells {
    first: u16,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    value: u16,
    /// A master wrote it: the device keeps that and does not measure over it.
    written: bool,
}

impl Bank {
    /// Makes room for a point, so that it can be read.
    pub fn map(&mut self, register: &Register) {
        let width = encode(0.0, register).len();
        self.table_mut(register.table).cover(register.address, width);
    }

    /// Puts a measured value in; what a master wrote stays.
    pub fn measure(&mut self, register: &Register, value: f64) {
        let words = encode(value, register);
        let part = match (register.table, register.ty) {
            (Table::Input | Table::Holding, RegisterType::Bit(bit)) => Some((bit.min(15), 1)),
            (Table::Input | Table::Holding, RegisterType::Bits { first, count }) => {
                Some((first.min(15), count.clamp(1, 16)))
            }
            _ => None,
        };
        let cells = self.table_mut(register.table);
        cells.cover(register.address, words.len());
        let at = usize::from(register.address - cells.first);
        for (cell, word) in cells.cells[at..].iter_mut().zip(words) {
            if cell.written {
                continue;
            }
            cell.value = match part {
                Some((first, count)) => cell.value & !(0xffff_u16 >> (16 - count) << first) | word << first,
                None => word,
            };
        }
    }

    /// `count` cells from `address`; none when any lies outside.
    pub fn read(&self, table: Table, address: u16, count: u16) -> Option<impl Iterator<Item = u16>> {
        let range = self.tables[index(table)].range(address, usize::from(count))?;
        Some(self.tables[index(table)].cells[range].iter().map(|c| c.value))
    }

    /// Writes as a master; false when any cell lies outside.
    pub fn write(&mut self, table: Table, address: u16, values: &[u16]) -> bool {
        let cells = self.table_mut(table);
        let Some(range) = cells.range(address, values.len()) else { return false };
        for (cell, &value) in cells.cells[range].iter_mut().zip(values) {
            *cell = Cell { value, written: true };
        }
        true
    }

    fn table_mut(&mut self, table: Table) -> &mut Cells {
        &mut self.tables[index(table)]
    }
}

const fn index(table: Table) -> usize {
    match table {
        Table::Coil => 0,
        Table::Discrete => 1,
        Table::Input => 2,
        Table::Holding => 3,
    }
}

impl Cells {
    /// Grows the span over `address .. address + count`, as far as addresses go.
    fn cover(&mut self, address: u16, count: usize) {
        if self.cells.is_empty() {
            self.first = address;
        }
        if address < self.first {
            let more = usize::from(self.first - address);
            self.cells.splice(0..0, std::iter::repeat_n(Cell::default(), more));
            self.first = address;
        }
        let end = (usize::from(address) + count).min(0x1_0000) - usize::from(self.first);
        if end > self.cells.len() {
            self.cells.resize(end, Cell::default());
        }
    }

    fn range(&self, address: u16, count: usize) -> Option<std::ops::Range<usize>> {
        let start = usize::from(address.checked_sub(self.first)?);
        let end = start + count;
        (end <= self.cells.len()).then_some(start..end)
    }
}
