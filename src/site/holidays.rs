//! `holidays.csv`: days that are not working days, and those that exceptionally are. Checked; working days are not
//! counted in this version.

use std::collections::HashSet;

use jiff::civil::Date;

use super::source::Source;
use super::table::{Column, Table, optional, required};

const DATE: usize = 0;
const KIND: usize = 1;
const COLUMNS: [Column; 3] = [required("date"), required("kind"), optional("name")];

/// Checks the rows.
pub(super) fn check(source: &Source) {
    source.warn(0, "holidays.csv has no effect in this version");
    let mut dates: HashSet<Date> = HashSet::new();
    let Some(table) = Table::new(source, &COLUMNS, false) else { return };
    table.rows(|row, _| {
        if let Some(date) = row.number::<Date>(DATE, "a date such as 2026-10-01")
            && !dates.insert(date)
        {
            row.error(DATE, format!("{date} stands here a second time"));
        }
        if !matches!(row.text(KIND), "holiday" | "workday") {
            row.error(KIND, format!("expected holiday or workday, found \"{}\"", row.text(KIND)));
        }
    });
}
