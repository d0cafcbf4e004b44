//! A CSV file with named columns; every field knows its place.

use std::fmt::Display;
use std::str::FromStr;

use csv::{Position, ReaderBuilder, StringRecord, Trim};
use linepack_core::LonLat;

use super::source::Source;
use super::words::{hint, is_identifier, parse_place};

/// A column the program knows.
pub(super) struct Column {
    /// Its name in the header.
    pub(super) name: &'static str,
    /// Whether the header must have it.
    pub(super) required: bool,
}

/// A column that must be there.
pub(super) const fn required(name: &'static str) -> Column {
    Column { name, required: true }
}

/// A column that may be left out.
pub(super) const fn optional(name: &'static str) -> Column {
    Column { name, required: false }
}

/// The header: where each known column is, and which others there are.
pub(super) struct Table<'a> {
    source: &'a Source,
    reader: csv::Reader<&'a [u8]>,
    known: &'static [Column],
    /// Field number of each known column.
    at: Vec<Option<usize>>,
    /// Field number and name of each other column.
    pub(super) free: Vec<(usize, String)>,
    width: usize,
}

/// One row.
pub(super) struct Row<'t> {
    source: &'t Source,
    known: &'static [Column],
    at: &'t [Option<usize>],
    record: &'t StringRecord,
    start: usize,
}

impl<'a> Table<'a> {
    /// Reads the header. `free`: other columns than the known are welcome.
    pub(super) fn new(source: &'a Source, known: &'static [Column], free: bool) -> Option<Self> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(source.text().as_bytes());
        let mut header = StringRecord::new();
        let all = || known.iter().map(|c| c.name).collect::<Vec<_>>().join(",");
        if !reader.read_record(&mut header).unwrap_or(false) {
            source.error(0, format!("expected a header line: {}", all()));
            return None;
        }
        let start = record_start(source, &header);
        let mut table =
            Self { source, reader, known, at: vec![None; known.len()], free: Vec::new(), width: header.len() };
        let mut usable = true;
        for (n, name) in header.iter().enumerate() {
            let place = || field_start(source.text(), start, n);
            if header.iter().take(n).any(|earlier| earlier == name && !name.is_empty()) {
                source.error(place(), format!("a second column is called \"{name}\""));
            } else if let Some(k) = known.iter().position(|c| c.name == name) {
                table.at[k] = Some(n);
            } else if name.is_empty() {
                // spreadsheets leave empty columns at the end
            } else if free {
                table.free.push((n, name.to_owned()));
            } else {
                let hint = hint(name, known.iter().map(|c| c.name));
                source.error(place(), format!("unknown column \"{name}\"{hint}"));
            }
        }
        for (k, column) in known.iter().enumerate().filter(|(k, c)| c.required && table.at[*k].is_none()) {
            usable = false;
            let near = table.free.iter().find(|(_, n)| !hint(n, [column.name]).is_empty());
            let (n, near) = near.map_or((0, String::new()), |(n, name)| (*n, format!("; is it \"{name}\"?")));
            source.error(
                field_start(source.text(), start, n),
                format!("the column \"{}\" is missing{near}; expected {}", known[k].name, all()),
            );
        }
        usable.then_some(table)
    }

    /// Calls `each` with every row that has as many fields as the header; tells whether all had.
    pub(super) fn rows(mut self, mut each: impl FnMut(&Row<'_>, &[(usize, String)])) -> bool {
        let mut complete = true;
        let mut record = StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return complete,
                Err(e) => {
                    let at = e.position().map_or(0, byte);
                    self.source.error(at, format!("cannot be read as CSV: {e}"));
                    return false;
                }
            }
            if record.iter().all(str::is_empty) {
                continue;
            }
            let start = record_start(self.source, &record);
            if record.len() != self.width {
                let quote = if record.iter().any(|f| f.contains('\n')) { "; is a quote left open?" } else { "" };
                let message = format!("expected {} fields as in the header, found {}{quote}", self.width, record.len());
                self.source.error(start, message);
                complete = false;
                continue;
            }
            let row = Row { source: self.source, known: self.known, at: &self.at, record: &record, start };
            each(&row, &self.free);
        }
    }
}

impl Row<'_> {
    /// A known column's text, empty where there is none.
    pub(super) fn text(&self, column: usize) -> &str {
        self.at[column].and_then(|n| self.record.get(n)).unwrap_or_default()
    }

    /// A field by its number in the file.
    pub(super) fn field(&self, number: usize) -> &str {
        self.record.get(number).unwrap_or_default()
    }

    /// Records an error at a known column.
    pub(super) fn error(&self, column: usize, message: impl Display) {
        let at = field_start(self.source.text(), self.start, self.at[column].unwrap_or(0));
        self.source.error(at, format!("{}: {message}", self.known[column].name));
    }

    /// An identifier.
    pub(super) fn identifier(&self, column: usize) -> Option<&str> {
        let text = self.text(column);
        if is_identifier(text) {
            return Some(text);
        }
        self.error(column, format!("\"{text}\" is not an identifier: expected 1 to 64 of A-Z a-z 0-9 . _ -"));
        None
    }

    /// A number; `expected` says which.
    pub(super) fn number<T: FromStr>(&self, column: usize, expected: &str) -> Option<T> {
        let text = self.text(column);
        let number = text.parse().ok();
        if number.is_none() {
            self.error(column, format!("expected {expected}, found \"{text}\""));
        }
        number
    }

    /// A place from two columns.
    pub(super) fn place(&self, lon: usize, lat: usize) -> Option<LonLat> {
        let degrees = |column| self.number::<f64>(column, "decimal degrees such as 106.551");
        let (lon_value, lat_value) = (degrees(lon), degrees(lat));
        match parse_place(lon_value?, lat_value?) {
            Ok(place) => Some(place),
            Err(message) => {
                self.error(if message.starts_with("lat") { lat } else { lon }, message);
                None
            }
        }
    }
}

fn byte(position: &Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

/// Where the record begins: the reader's position may stand before line ends it skipped.
fn record_start(source: &Source, record: &StringRecord) -> usize {
    let start = record.position().map_or(0, byte).min(source.text().len());
    let rest = source.text().as_bytes().get(start..).unwrap_or_default();
    start + rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
}

/// Where a field of the record at `start` begins, blanks skipped.
fn field_start(text: &str, start: usize, number: usize) -> usize {
    let mut at = start;
    let mut quoted = false;
    let mut left = number;
    let bytes = text.as_bytes();
    while left > 0 && at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b',' if !quoted => left -= 1,
            _ => {}
        }
        at += 1;
    }
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|b| **b == b' ').count()
}
