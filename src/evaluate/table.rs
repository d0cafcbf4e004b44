//! Recordings as columns of numbers: CSV with commas or semicolons, compressed or not.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::EvaluateError;

/// Columns of a recording; what is no number is NaN.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Milliseconds; from the first column.
    pub(super) times: Vec<i64>,
    /// Names of the columns after the first.
    pub(super) names: Vec<String>,
    /// By column, then by row.
    pub(super) columns: Vec<Vec<f64>>,
}

/// Whether the name is that of a table.
pub(super) fn is_csv(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".csv") || name.ends_with(".csv.gz")
}

/// Opens a file, unpacking it if its name ends in `.gz`.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, EvaluateError> {
    let file = File::open(path).map_err(|source| EvaluateError::Read { path: path.into(), source })?;
    Ok(if path.extension().is_some_and(|e| e == "gz") {
        Box::new(BufReader::new(flate2::read::GzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// The first line's columns.
pub(super) fn header(path: &Path) -> Result<Vec<String>, EvaluateError> {
    let mut line = String::new();
    // a header of a megabyte is none
    let read = open(path)?.take(1 << 20).read_line(&mut line);
    read.map_err(|source| EvaluateError::Read { path: path.into(), source })?;
    let split = if line.contains(';') { ';' } else { ',' };
    Ok(line.trim_end().split(split).map(|name| name.trim().trim_matches('"').to_owned()).collect())
}

impl Table {
    /// Reads a table whose first column is time; rows come out in the order of time.
    pub(super) fn read(path: &Path) -> Result<Self, EvaluateError> {
        let header = header(path)?;
        let semicolons = {
            let mut line = String::new();
            open(path)?.read_line(&mut line).map_err(|source| EvaluateError::Read { path: path.into(), source })?;
            line.contains(';')
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if semicolons { b';' } else { b',' })
            .flexible(true)
            .from_reader(open(path)?);
        let names: Vec<String> = header.iter().skip(1).cloned().collect();
        let mut rows: Vec<(i64, Vec<f64>)> = Vec::new();
        let mut record = csv::StringRecord::new();
        let bad = |what: String| EvaluateError::form(path, what);
        while reader.read_record(&mut record).map_err(|e| bad(e.to_string()))? {
            let time = record.get(0).unwrap_or_default();
            // spreadsheets leave empty lines behind
            if time.trim().is_empty() {
                continue;
            }
            let ms = time_ms(time).ok_or_else(|| bad(format!("{time:?} is no time")))?;
            let number = |place: usize| record.get(place + 1).and_then(|v| v.trim().parse().ok()).unwrap_or(f64::NAN);
            rows.push((ms, (0..names.len()).map(number).collect()));
        }
        rows.sort_by_key(|(ms, _)| *ms);
        let mut table = Self { times: Vec::with_capacity(rows.len()), columns: vec![Vec::new(); names.len()], names };
        for (ms, row) in rows {
            table.times.push(ms);
            for (column, value) in table.columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        Ok(table)
    }

    pub(super) fn column(&self, name: &str) -> Option<&[f64]> {
        let place = self.names.iter().position(|n| n == name)?;
        self.columns.get(place).map(Vec::as_slice)
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }
}

/// A moment in one of the forms recordings use, as milliseconds; a moment without zone counts as UTC.
pub(super) fn time_ms(text: &str) -> Option<i64> {
    let text = text.trim().trim_matches('"');
    if let Ok(number) = text.parse::<f64>() {
        // seconds or milliseconds, as for generic JSON
        return number.is_finite().then_some(if number.abs() < 1e11 { number * 1000.0 } else { number } as i64);
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_millisecond());
    }
    if let Some(ms) = minutes(text) {
        return Some(ms);
    }
    // 2024/10/22 is 2024-10-22
    let dashes = text.replacen('/', "-", if text.find('/') == Some(4) { 2 } else { 0 });
    let civil = dashes
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| jiff::civil::DateTime::strptime("%d/%m/%y %H", text))
        .ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// `mm:ss.s` from an unknown hour on.
fn minutes(text: &str) -> Option<i64> {
    let (minutes, seconds) = text.split_once(':')?;
    if seconds.contains(':') {
        return None;
    }
    let (minutes, seconds): (u32, f64) = (minutes.parse().ok()?, seconds.parse().ok()?);
    Some(i64::from(minutes) * 60_000 + (seconds * 1000.0).round() as i64)
}
