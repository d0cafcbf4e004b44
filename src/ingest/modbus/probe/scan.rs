//! Which addresses of a table exist: blocks are read, and a refused one is halved.

use tokio_modbus::ExceptionCode;

use super::ask::{Line, Outcome};
use crate::site::Table;

/// Addresses asked for at first.
const BLOCK: u16 = 64;
/// Unanswered requests in a row after which a table is given up.
const SILENCES: u32 = 3;

/// How often it is looked whether a silent device still answers elsewhere.
const LOOKS: u32 = 6;

/// What a table holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cells {
    /// Address and value of all that could be read, rising.
    pub(super) values: Vec<(u16, u16)>,
    /// Addresses that were refused or not reached.
    pub(super) refused: u32,
    /// The device does not know the function.
    pub(super) absent: bool,
    /// It ceased to answer.
    pub(super) silent: bool,
}

/// Scans `count` addresses.
pub(super) async fn scan(line: &mut Line, table: Table, from: u16, count: u16) -> Result<Cells, String> {
    let mut cells = Cells::default();
    let mut todo = blocks(from, count);
    let (mut silences, mut looks) = (0, 0);
    while let Some((start, count)) = todo.pop() {
        match line.read(table, start, count).await? {
            Outcome::Data(data) => {
                silences = 0;
                cells.values.extend(values(table, start, count, &data));
            }
            Outcome::Refused(ExceptionCode::IllegalFunction) => {
                cells.absent = true;
                break;
            }
            Outcome::Refused(_) if count > 1 => {
                silences = 0;
                todo.extend(halves(start, count));
            }
            Outcome::Refused(_) => {
                silences = 0;
                cells.refused += 1;
            }
            Outcome::Silent => {
                silences += 1;
                if silences >= SILENCES {
                    // some devices say nothing where others refuse: does it answer where it did before?
                    let before = cells.values.first().map(|(address, _)| *address);
                    let lives = match before.filter(|_| looks < LOOKS) {
                        Some(address) => matches!(line.read(table, address, 1).await?, Outcome::Data(_)),
                        None => false,
                    };
                    if !lives {
                        cells.silent = true;
                        break;
                    }
                    (silences, looks) = (0, looks + 1);
                }
                if count > 1 {
                    todo.extend(halves(start, count));
                } else {
                    cells.refused += 1;
                }
            }
            Outcome::Spent => break,
        }
    }
    cells.values.sort_unstable();
    Ok(cells)
}

/// The blocks of a range, the first on top.
fn blocks(from: u16, count: u16) -> Vec<(u16, u16)> {
    let end = (u32::from(from) + u32::from(count)).min(0x1_0000);
    let starts = (u32::from(from)..end).step_by(usize::from(BLOCK));
    let mut all: Vec<(u16, u16)> = starts
        .filter_map(|s| Some((u16::try_from(s).ok()?, u16::try_from((end - s).min(u32::from(BLOCK))).ok()?)))
        .collect();
    all.reverse();
    all
}

/// Both halves of a block, the first on top.
fn halves(start: u16, count: u16) -> [(u16, u16); 2] {
    let half = count / 2;
    [(start + half, count - half), (start, half)]
}

fn values(table: Table, start: u16, count: u16, data: &[u8]) -> Vec<(u16, u16)> {
    let value = |i: u16| {
        let i = usize::from(i);
        if table.is_bits() {
            data.get(i / 8).map(|b| u16::from(b >> (i % 8) & 1))
        } else {
            Some(u16::from_be_bytes([*data.get(2 * i)?, *data.get(2 * i + 1)?]))
        }
    };
    (0..count).filter_map(|i| Some((start + i, value(i)?))).collect()
}

/// Runs of neighbouring addresses: the first and how many.
pub(super) fn runs(values: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for &(address, _) in values {
        match runs.last_mut() {
            Some((start, count)) if u32::from(*start) + u32::from(*count) == u32::from(address) => *count += 1,
            _ => runs.push((address, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_into_blocks_and_blocks_into_halves() {
        assert_eq!(blocks(0, 130), [(128, 2), (64, 64), (0, 64)]);
        assert_eq!(blocks(65_530, 100), [(65_530, 6)]);
        assert_eq!(blocks(0, 0), []);
        assert_eq!(halves(10, 5), [(12, 3), (10, 2)]);
    }

    #[test]
    fn neighbours_make_runs() {
        assert_eq!(runs(&[(0, 9), (1, 9), (5, 9), (65_535, 9)]), [(0, 2), (5, 1), (65_535, 1)]);
        assert_eq!(runs(&[]), []);
    }

    #[test]
    fn bits_and_registers_come_out_of_the_bytes() {
        assert_eq!(values(Table::Coil, 7, 3, &[0b101]), [(7, 1), (8, 0), (9, 1)]);
        assert_eq!(values(Table::Input, 7, 2, &[0x12, 0x34, 0, 1]), [(7, 0x1234), (8, 1)]);
        assert_eq!(values(Table::Input, 7, 2, &[0x12, 0x34]), [(7, 0x1234)]);
    }
}
