//! The text form.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use anyhow::{Context, bail};
use csv::{Reader, StringRecord};
use linepack_core::Quality;

use super::{COLUMNS, Numbered, Row, quality_of, quality_word, time};

/// Writes rows.
pub(in crate::cli) struct Sheet<W: Write> {
    out: BufWriter<W>,
}

impl<W: Write> Sheet<W> {
    pub(super) fn begin(out: W) -> anyhow::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        writeln!(out, "{}", COLUMNS.join(","))?;
        Ok(Self { out })
    }

    /// Names and words hold no comma and no quote.
    pub(super) fn write(
        &mut self,
        point: &str,
        ts_ms: i64,
        value: Option<f64>,
        quality: Quality,
    ) -> anyhow::Result<()> {
        let quality = quality_word(quality);
        match value {
            Some(value) => writeln!(self.out, "{ts_ms},{point},{value},{quality}")?,
            None => writeln!(self.out, "{ts_ms},{point},,{quality}")?,
        }
        Ok(())
    }

    pub(super) fn end(self) -> anyhow::Result<W> {
        self.out.into_inner().map_err(|e| e.into_error().into())
    }
}

/// The file, its last line ended.
type Source = io::Chain<BufReader<File>, &'static [u8]>;

/// Reads rows.
pub(in crate::cli) struct Rows {
    reader: Reader<Source>,
    record: StringRecord,
    /// Where the columns are; quality may be left out.
    at: [Option<usize>; 4],
}

impl Rows {
    pub(super) fn open(file: File) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            // the reader counts lines right only where a record ends with its line; a carriage return is trimmed
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(BufReader::with_capacity(1 << 16, file).chain(&b"\n"[..]));
        let header = reader.headers().context("the first line must name the columns")?.clone();
        let column = |name: &str| header.iter().position(|h| h.trim_start_matches('\u{feff}') == name);
        let at = COLUMNS.map(column);
        if let Some(missing) = COLUMNS.iter().zip(at).take(3).find_map(|(name, at)| at.is_none().then_some(name)) {
            bail!("line 1: column {missing} is missing; expected {}", COLUMNS.join(","));
        }
        Ok(Self { reader, record: StringRecord::new(), at })
    }

    /// Where the record just read begins.
    fn line(&self) -> u64 {
        let inside: usize = self.record.iter().map(|field| field.matches('\n').count()).sum();
        self.reader.position().line().saturating_sub(1 + inside as u64)
    }

    fn row(&self, record: &StringRecord) -> Result<Row, String> {
        let [ts, point, value, quality] = self.at.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default());
        let ts_ms = ts.parse().map_err(|_| format!("ts_ms: milliseconds expected, not {ts:?}"))?;
        let quality = quality_of(quality)?;
        let value = match value {
            "" if !quality.is_good() => None,
            text => {
                let number: f64 = text.parse().map_err(|_| format!("value: a number expected, not {text:?}"))?;
                Some(number).filter(|n| n.is_finite()).ok_or("value: a number expected").map(Some)?
            }
        };
        Ok(Row { ts_ms: time(ts_ms)?, point: point.to_owned(), value, quality })
    }
}

impl Iterator for Rows {
    type Item = anyhow::Result<Numbered>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                // a line that holds a carriage return alone
                Ok(true) if self.record.len() == 1 && self.record[0].is_empty() => {}
                Ok(true) => return Some(Ok((self.line(), self.row(&self.record)))),
                Err(e) => return Some(refused(e)),
            }
        }
    }
}

fn refused(e: csv::Error) -> anyhow::Result<Numbered> {
    match e.position().map(csv::Position::line) {
        Some(line) if !e.is_io_error() => Ok((line, Err(e.to_string()))),
        _ => Err(e.into()),
    }
}
