//! `crews.csv`: one row a crew.

use std::collections::HashSet;
use std::sync::Arc;

use linepack_core::registry::{Crew, Shift};

use super::source::Source;
use super::table::{Column, Row, Table, optional, required};

const ID: usize = 0;
const NAME: usize = 1;
const PHONE: usize = 2;
const SKILLS: usize = 3;
const LON: usize = 4;
const LAT: usize = 5;
const SHIFT: usize = 6;
const AREA: usize = 7;
const COLUMNS: [Column; 8] = [
    required("id"),
    optional("name"),
    optional("phone"),
    optional("skills"),
    required("base_lon"),
    required("base_lat"),
    optional("shift"),
    optional("area"),
];

/// Reads the rows.
pub(super) fn read(source: &Source) -> Vec<Crew> {
    let mut crews = Vec::new();
    let Some(table) = Table::new(source, &COLUMNS, false) else { return crews };
    let mut ids: HashSet<Arc<str>> = HashSet::new();
    table.rows(|row, _| {
        let id = row.identifier(ID).map(Arc::<str>::from);
        if let Some(id) = &id
            && !ids.insert(id.clone())
        {
            row.error(ID, format!("a second crew is called \"{id}\""));
        }
        let base = row.place(LON, LAT);
        let shift = shift(row);
        let (Some(id), Some(base)) = (id, base) else { return };
        let mut skills: Vec<Arc<str>> = Vec::new();
        for skill in row.text(SKILLS).split(';').map(str::trim).filter(|s| !s.is_empty()) {
            if !skills.iter().any(|s| &**s == skill) {
                skills.push(skill.into());
            }
        }
        crews.push(Crew {
            name: if row.text(NAME).is_empty() { id.clone() } else { row.text(NAME).into() },
            phone: row.text(PHONE).into(),
            skills,
            base,
            shift,
            area: row.text(AREA).into(),
            id,
        });
    });
    crews
}

fn shift(row: &Row<'_>) -> Shift {
    let text = row.text(SHIFT);
    parse_shift(text).unwrap_or_else(|| {
        row.error(SHIFT, format!("expected a shift such as 08:00-20:00, or 24h, found \"{text}\""));
        Shift::Always
    })
}

/// `24h`, nothing, or `08:00-20:00`; 24:00 is the end of the day.
pub(super) fn parse_shift(text: &str) -> Option<Shift> {
    if text.is_empty() || text == "24h" {
        return Some(Shift::Always);
    }
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from.trim())?, minute(to.trim())?);
    match (from, to) {
        (0, 1440) => Some(Shift::Always),
        (1440, _) => None,
        _ if from == to => None,
        _ => Some(Shift::Daily { from, to: to % 1440 }),
    }
}

/// Minutes after midnight of `8:00` or `08:00`; 24:00 is 1440.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (h, m): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (h < 24 && m < 60 || (h, m) == (24, 0)).then_some(h * 60 + m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_times_of_day() {
        for (text, want) in [
            ("24h", Some(Shift::Always)),
            ("", Some(Shift::Always)),
            ("00:00-24:00", Some(Shift::Always)),
            ("08:00-20:00", Some(Shift::Daily { from: 480, to: 1200 })),
            ("20:00-8:00", Some(Shift::Daily { from: 1200, to: 480 })),
            ("16:00-24:00", Some(Shift::Daily { from: 960, to: 0 })),
            ("08:00-08:00", None),
            ("24:00-08:00", None),
            ("8-20", None),
            ("08:60-20:00", None),
            ("25:00-26:00", None),
            ("+8:00-20:00", None),
        ] {
            assert_eq!(parse_shift(text), want, "{text}");
        }
    }
}
