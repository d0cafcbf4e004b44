//! The text form.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};

use anyhow::{Context, bail};
use csv::StringRecord;
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

/// Reads rows.
pub(in crate::cli) struct Rows {
    rows: csv::StringRecordsIntoIter<BufReader<File>>,
    /// Where the columns are; quality may be left out.
    at: [Option<usize>; 4],
}

impl Rows {
    pub(super) fn open(file: File) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(BufReader::with_capacity(1 << 16, file));
        let header = reader.headers().context("the first line must name the columns")?.clone();
        let column = |name: &str| header.iter().position(|h| h.trim_start_matches('\u{feff}') == name);
        let at = COLUMNS.map(column);
        if let Some(missing) = COLUMNS.iter().zip(at).take(3).find_map(|(name, at)| at.is_none().then_some(name)) {
            bail!("line 1: column {missing} is missing; expected {}", COLUMNS.join(","));
        }
        Ok(Self { rows: reader.into_records(), at })
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
        match self.rows.next()? {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                Some(Ok((line, self.row(&record))))
            }
            Err(e) => match e.position().map(csv::Position::line) {
                Some(line) if !e.is_io_error() => Some(Ok((line, Err(e.to_string())))),
                _ => Some(Err(e.into())),
            },
        }
    }
}
