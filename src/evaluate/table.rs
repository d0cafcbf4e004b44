//! Recordings as columns of numbers: text with commas, semicolons, tabs or bars, compressed or not, with a line of names
//! or without.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::EvaluateError;
use super::times::{Way, unwrap_hours};

/// Columns of a recording; what is no number is NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Milliseconds, ascending.
    pub(super) times: Vec<i64>,
    /// Names of the columns without time.
    pub(super) names: Vec<String>,
    /// By column, then by row.
    pub(super) columns: Vec<Vec<f64>>,
}

/// Names of label columns, in small letters.
const LABELS: [&str; 16] = [
    "anomaly",
    "is_anomaly",
    "anomalies",
    "label",
    "labels",
    "is_label",
    "att_flag",
    "attack",
    "fault",
    "is_fault",
    "outlier",
    "leak",
    "normal/attack",
    "changepoint",
    "异常",
    "标签",
];
/// Names of columns that number the rows.
const NUMBERS: [&str; 6] = ["", "index", "id", "no", "row", "unnamed: 0"];
/// A recording longer than this is cut off, bytes.
const LONGEST: u64 = 1 << 30;

/// Whether the name is that of a table.
pub(super) fn is_csv(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".csv") || name.ends_with(".tsv")
}

/// Opens a file, unpacking it if it is packed, whatever its name.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, EvaluateError> {
    let failed = |why| EvaluateError::Read { path: path.into(), why };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let packed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed {
        Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file).take(LONGEST)))
    } else {
        Box::new(file.take(LONGEST))
    })
}

/// A file's text without byte order mark; UTF-16 as spreadsheets write it, too.
fn text(path: &Path) -> Result<String, EvaluateError> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|why| EvaluateError::Read { path: path.into(), why })?;
    let wide = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).skip(1).filter_map(|c| Some(of(c.try_into().ok()?))).collect();
        String::from_utf16_lossy(&units)
    };
    Ok(match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
    })
}

/// What parts the cells: what a decimal comma can be mixed up with comes last.
fn delimiter(line: &str) -> u8 {
    [b';', b'\t', b'|'].into_iter().find(|&mark| line.contains(char::from(mark))).unwrap_or(b',')
}

/// The names of the first line; of a file without names, its first cells.
pub(super) fn header(path: &Path) -> Result<Vec<String>, EvaluateError> {
    let mut head = Vec::new();
    // a header of a megabyte is none
    let read = open(path)?.take(1 << 20).read_until(b'\n', &mut head);
    read.map_err(|why| EvaluateError::Read { path: path.into(), why })?;
    let line = String::from_utf8_lossy(&head);
    let line = line.trim_start_matches('\u{feff}').trim_end();
    Ok(line.split(char::from(delimiter(line))).map(|name| name.trim().trim_matches('"').to_owned()).collect())
}

/// A file's cells, before anything is made of them.
pub(super) struct Cells {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<csv::StringRecord>,
    /// The first line holds the names.
    named: bool,
    /// Numbers may have a decimal comma.
    comma: bool,
}

impl Cells {
    pub(super) fn read(path: &Path) -> Result<Self, EvaluateError> {
        let text = text(path)?;
        let bad = |what: String| EvaluateError::form(path, what);
        let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
        let mark = delimiter(first);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(mark)
            .flexible(true)
            .has_headers(false)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|e| bad(e.to_string()))?;
            // spreadsheets leave empty lines behind
            if row.iter().any(|cell| !cell.is_empty()) {
                rows.push(row);
            }
        }
        let Some(top) = rows.first() else { return Err(bad("it is empty".into())) };
        let comma = mark != b',';
        let is_name = |cell: &str| !cell.is_empty() && number(cell, comma).is_nan() && Way::of(&[cell]).is_none();
        let named = top.iter().any(is_name);
        let names = if named {
            rows.remove(0).iter().map(str::to_owned).collect()
        } else {
            (0..top.len()).map(|place| format!("value{place}")).collect()
        };
        Ok(Self { names, rows, named, comma })
    }

    /// Place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n.eq_ignore_ascii_case(name))
    }

    /// What stands in a column, as a number.
    pub(super) fn number(&self, row: &csv::StringRecord, place: usize) -> f64 {
        row.get(place).map_or(f64::NAN, |cell| number(cell, self.comma))
    }
}

impl Table {
    /// Reads a table with a column of times; rows come out in their order.
    pub(super) fn read(path: &Path) -> Result<Self, EvaluateError> {
        let cells = Cells::read(path)?;
        let (clock, joined, way) = clock(&cells).map_err(|what| EvaluateError::form(path, what))?;
        let timed = cells.rows.iter().filter_map(|row| Some((way.ms(&moment(row, clock, joined)?)?, row)));
        let (mut times, rows): (Vec<i64>, Vec<&csv::StringRecord>) = timed.unzip();
        if way == Way::Minutes {
            unwrap_hours(&mut times);
        }
        let mut timed: Vec<(i64, &csv::StringRecord)> = times.into_iter().zip(rows).collect();
        timed.sort_by_key(|(ms, _)| *ms);
        let mut table = Self { times: timed.iter().map(|(ms, _)| *ms).collect(), ..Self::default() };
        for (place, name) in cells.names.iter().enumerate() {
            if place == clock || (joined && place == clock + 1) {
                continue;
            }
            let column: Vec<f64> = timed.iter().map(|(_, row)| cells.number(row, place)).collect();
            let counts = column.windows(2).all(|pair| matches!(pair, [a, b] if b - a == 1.0));
            if !(NUMBERS.contains(&name.to_lowercase().as_str()) && (counts || column.iter().all(|v| v.is_nan()))) {
                table.names.push(name.clone());
                table.columns.push(column);
            }
        }
        if !cells.named {
            table.name_label();
        }
        Ok(table)
    }

    pub(super) fn column(&self, name: &str) -> Option<&[f64]> {
        let place = self.names.iter().position(|n| n.eq_ignore_ascii_case(name))?;
        self.columns.get(place).map(Vec::as_slice)
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// Milliseconds from the first row to the last.
    pub(super) fn span(&self) -> i64 {
        self.times.last().copied().unwrap_or(0).saturating_sub(self.times.first().copied().unwrap_or(0))
    }

    /// Which rows are odd, by the label column, where there is one.
    pub(super) fn odd(&self) -> Option<Vec<bool>> {
        let labels = LABELS.iter().find_map(|label| {
            let place = self.names.iter().position(|n| n.to_lowercase() == *label)?;
            self.columns.get(place).filter(|column| is_label(column))
        })?;
        Some(labels.iter().map(|&v| v > 0.5).collect())
    }

    /// Columns that measure something: neither labels nor empty.
    pub(super) fn signals(&self) -> Vec<(&str, &[f64])> {
        let measures = |(name, column): (&String, &Vec<f64>)| {
            let label = LABELS.contains(&name.to_lowercase().as_str()) && is_label(column);
            !label && column.iter().any(|v| v.is_finite())
        };
        let all = self.names.iter().zip(&self.columns).filter(|both| measures(*both));
        all.map(|(name, column)| (name.as_str(), column.as_slice())).collect()
    }

    /// Without names, a last column of zeros and ones beside others is the label.
    fn name_label(&mut self) {
        let binary = |column: &Vec<f64>| column.iter().all(|&v| v == 0.0 || v == 1.0) && column.contains(&1.0);
        if self.columns.len() > 1
            && self.columns.last().is_some_and(binary)
            && let Some(name) = self.names.last_mut()
        {
            *name = "label".into();
        }
    }
}

/// Zeros and ones; what is unknown is written as empty or as a negative number.
fn is_label(column: &[f64]) -> bool {
    column.iter().all(|&v| v.is_nan() || v == 0.0 || v == 1.0 || v < 0.0) && column.iter().any(|v| v.is_finite())
}

/// The cell of the time, joined with its neighbour where day and time of day stand apart.
pub(super) fn moment(row: &csv::StringRecord, clock: usize, joined: bool) -> Option<String> {
    let cell = row.get(clock).filter(|cell| !cell.is_empty())?;
    Some(if joined { format!("{cell} {}", row.get(clock + 1)?) } else { cell.to_owned() })
}

/// Rows that are looked at to find out how times are written.
const LOOKED_AT: usize = 2000;

/// Which column is the time, whether the next belongs to it, and how it is written.
pub(super) fn clock(cells: &Cells) -> Result<(usize, bool, Way), String> {
    let Cells { names, rows, named, .. } = cells;
    let step = rows.len().div_ceil(LOOKED_AT).max(1);
    let is_time = |name: &str| {
        let name = name.to_lowercase();
        ["time", "date", "时间", "日期"].iter().any(|word| name.contains(word))
            || ["ts", "ts_ms"].contains(&name.as_str())
    };
    let is = |place: usize, words: [&str; 2]| names.get(place).is_some_and(|n| words.contains(&&*n.to_lowercase()));
    let called = (0..names.len()).filter(|&place| *named && names.get(place).is_some_and(|n| is_time(n)));
    let first = called.clone().next().unwrap_or(0);
    for place in called.chain(0..names.len()) {
        let joined = is(place, ["date", "日期"]) && is(place + 1, ["time", "时间"]);
        let column: Vec<String> = rows.iter().step_by(step).filter_map(|row| moment(row, place, joined)).collect();
        let column: Vec<&str> = column.iter().map(String::as_str).collect();
        // numbers are no times where another column is called so
        let wanted = place == first || !names.get(first).is_some_and(|n| *named && is_time(n));
        if let Some(way) = Way::of(&column).filter(|way| wanted || !matches!(way, Way::Number(_))) {
            return Ok((place, joined, way));
        }
    }
    match rows.first() {
        Some(row) => Err(format!("no column of times: {:?} is no time", row.get(first).unwrap_or_default())),
        None => Err("it has no rows".into()),
    }
}

/// A cell as a number; words of a label count as one and zero.
fn number(cell: &str, comma: bool) -> f64 {
    let parsed = match cell.parse() {
        Err(_) if comma && cell.contains(',') => cell.replace(',', ".").parse(),
        parsed => parsed,
    };
    parsed.unwrap_or_else(|_| match cell.to_lowercase().replace(' ', "").as_str() {
        "true" | "yes" | "anomaly" | "anomalous" | "abnormal" | "attack" | "fault" | "leak" | "异常" => 1.0,
        "false" | "no" | "normal" | "ok" | "正常" => 0.0,
        _ => f64::NAN,
    })
}
