//! History as files: `ts_ms,point,value,quality`, as CSV or Parquet.

mod csv;
mod parquet;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::bail;
use clap::ValueEnum;
use linepack_core::Quality;

/// The columns, in their order.
const COLUMNS: [&str; 4] = ["ts_ms", "point", "value", "quality"];

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text, plain digits.
    Csv,
    /// Columns, zstd.
    Parquet,
}

/// One sample of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Source time, ms.
    pub(super) ts_ms: i64,
    /// Full name.
    pub(super) point: String,
    /// None where there was no number.
    pub(super) value: Option<f64>,
    /// How far it may be trusted.
    pub(super) quality: Quality,
}

/// Writes rows to a file of either kind.
pub(super) enum Sheet<W: Write + Send> {
    Csv(csv::Sheet<W>),
    Parquet(Box<parquet::Sheet<W>>),
}

impl<W: Write + Send> Sheet<W> {
    pub(super) fn begin(format: Format, out: W) -> anyhow::Result<Self> {
        Ok(match format {
            Format::Csv => Self::Csv(csv::Sheet::begin(out)?),
            Format::Parquet => Self::Parquet(Box::new(parquet::Sheet::begin(out)?)),
        })
    }

    pub(super) fn write(
        &mut self,
        point: &str,
        ts_ms: i64,
        value: Option<f64>,
        quality: Quality,
    ) -> anyhow::Result<()> {
        match self {
            Self::Csv(sheet) => sheet.write(point, ts_ms, value, quality),
            Self::Parquet(sheet) => sheet.write(point, ts_ms, value, quality),
        }
    }

    /// Ends the file and gives back what it was written to, flushed.
    pub(super) fn end(self) -> anyhow::Result<W> {
        match self {
            Self::Csv(sheet) => sheet.end(),
            Self::Parquet(sheet) => sheet.end(),
        }
    }
}

/// A row, or what is wrong with it; and where in the file it stands, from 1: a line of CSV, a row of Parquet.
pub(super) type Numbered = (u64, Result<Row, String>);

/// Rows of a file in their order, by what its first bytes say it is.
pub(super) fn read(path: &Path) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Numbered>> + Send>> {
    use std::io::{Read, Seek};
    let mut file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        bail!("not a file");
    }
    let mut first = Vec::with_capacity(4);
    Read::by_ref(&mut file).take(4).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(if first == b"PAR1" { Box::new(parquet::Rows::open(file)?) } else { Box::new(csv::Rows::open(file)?) })
}

/// Source times from here (March 1973) to the year 10,000 are milliseconds; others are something else.
fn time(ts_ms: i64) -> Result<i64, String> {
    if (100_000_000_000..253_402_300_800_000).contains(&ts_ms) {
        Ok(ts_ms)
    } else {
        Err("ts_ms: milliseconds since 1970 expected".to_owned())
    }
}

/// `good`, `uncertain`, `bad`, with `:reason` where there is one.
fn quality_word(quality: Quality) -> &'static str {
    WORDS.by_code[usize::from(quality.code())].as_str()
}

fn quality_of(word: &str) -> Result<Quality, String> {
    if word == "good" || word.is_empty() {
        return Ok(Quality::Good);
    }
    let quality = WORDS.by_word.get(word).copied();
    quality.ok_or_else(|| format!("quality: good, uncertain or bad expected, or one with its reason, not {word:?}"))
}

struct Words {
    by_code: Vec<String>,
    by_word: HashMap<String, Quality>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let word = |quality: Quality| match quality.reason().map(|r| r.name()) {
        None | Some("unspecified") => quality.class().to_owned(),
        Some(reason) => format!("{}:{reason}", quality.class()),
    };
    let qualities = || (0..=u8::MAX).map(Quality::from_code);
    Words { by_code: qualities().map(word).collect(), by_word: qualities().map(|q| (word(q), q)).collect() }
});
