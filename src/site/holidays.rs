//! `holidays.csv`: days that are not working days, and those that exceptionally are. Detectors of habits ask for them.

use jiff::civil::Date;
use linepack_core::registry::Calendar;

use super::source::Source;
use super::table::{Column, Table, optional, required};

const DATE: usize = 0;
const KIND: usize = 1;
const COLUMNS: [Column; 3] = [required("date"), required("kind"), optional("name")];

/// Reads the rows.
pub(super) fn read(source: &Source) -> Calendar {
    let mut calendar = Calendar::default();
    let Some(table) = Table::new(source, &COLUMNS, false) else { return calendar };
    let epoch = Date::constant(1970, 1, 1);
    table.rows(|row, _| {
        let works = match row.text(KIND) {
            "holiday" => Some(false),
            "workday" => Some(true),
            other => {
                row.error(KIND, format!("expected holiday or workday, found \"{other}\""));
                None
            }
        };
        let date = row.number::<Date>(DATE, "a date such as 2026-10-01");
        let day = date.and_then(|d| d.since(epoch).ok()).map(|span| span.get_days());
        if let (Some(date), Some(day)) = (date, day)
            && calendar.exceptions.insert(day, works.unwrap_or(false)).is_some()
        {
            row.error(DATE, format!("{date} stands here a second time"));
        }
    });
    calendar
}
