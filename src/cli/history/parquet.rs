//! The column form: `ts_ms` (timestamp, ms, UTC), `point`, `value` (may be null), `quality`; zstd, row groups of bounded size.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, bail};
use linepack_core::Quality;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::{COLUMNS, Numbered, Row, quality_of, quality_word, time};

const SCHEMA: &str = "message samples {
    REQUIRED INT64 ts_ms (TIMESTAMP(MILLIS,true));
    REQUIRED BYTE_ARRAY point (STRING);
    OPTIONAL DOUBLE value;
    REQUIRED BYTE_ARRAY quality (STRING);
}";
/// Rows held in memory at a time.
const GROUP: usize = 64 * 1024;
/// Rows read at a time.
const PART: usize = 8 * 1024;

/// Writes rows.
pub(in crate::cli) struct Sheet<W: Write + Send> {
    out: SerializedFileWriter<W>,
    ts: Vec<i64>,
    points: Vec<ByteArray>,
    values: Vec<f64>,
    /// 1 where there is a value.
    present: Vec<i16>,
    qualities: Vec<ByteArray>,
    /// The last name: neighbours share it.
    name: ByteArray,
}

impl<W: Write + Send> Sheet<W> {
    pub(super) fn begin(out: W) -> anyhow::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("linepack".to_owned())
            .build();
        Ok(Self {
            out: SerializedFileWriter::new(out, Arc::new(parse_message_type(SCHEMA)?), Arc::new(properties))?,
            ts: vec![],
            points: vec![],
            values: vec![],
            present: vec![],
            qualities: vec![],
            name: ByteArray::from(""),
        })
    }

    pub(super) fn write(
        &mut self,
        point: &str,
        ts_ms: i64,
        value: Option<f64>,
        quality: Quality,
    ) -> anyhow::Result<()> {
        if self.name.data() != point.as_bytes() {
            self.name = ByteArray::from(point);
        }
        self.ts.push(ts_ms);
        self.points.push(self.name.clone());
        self.values.extend(value);
        self.present.push(value.is_some().into());
        self.qualities.push(ByteArray::from(quality_word(quality)));
        if self.ts.len() >= GROUP {
            self.group()?;
        }
        Ok(())
    }

    fn group(&mut self) -> anyhow::Result<()> {
        let mut group = self.out.next_row_group()?;
        column::<Int64Type, W>(&mut group, &self.ts, None)?;
        column::<ByteArrayType, W>(&mut group, &self.points, None)?;
        column::<DoubleType, W>(&mut group, &self.values, Some(&self.present))?;
        column::<ByteArrayType, W>(&mut group, &self.qualities, None)?;
        group.close()?;
        self.ts.clear();
        self.points.clear();
        self.values.clear();
        self.present.clear();
        self.qualities.clear();
        Ok(())
    }

    pub(super) fn end(mut self) -> anyhow::Result<W> {
        if !self.ts.is_empty() {
            self.group()?;
        }
        Ok(self.out.into_inner()?)
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> anyhow::Result<()> {
    let mut column = group.next_column()?.context("a column too many")?;
    column.typed::<T>().write_batch(values, present, None)?;
    Ok(column.close()?)
}

/// Reads rows.
pub(in crate::cli) struct Rows {
    file: SerializedFileReader<File>,
    /// Where the columns are; quality may be left out.
    at: [Option<usize>; 4],
    group: usize,
    columns: Option<Columns>,
    /// Read and not given out yet, last one first.
    ready: Vec<Result<Row, String>>,
    given: u64,
}

struct Columns {
    left: usize,
    ts: ColumnReader,
    point: ColumnReader,
    value: ColumnReader,
    quality: Option<ColumnReader>,
}

impl Rows {
    pub(super) fn open(file: File) -> anyhow::Result<Self> {
        let file = SerializedFileReader::new(file)?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let find = |name: &str| schema.columns().iter().position(|c| c.path().string() == name);
        let at = COLUMNS.map(find);
        if let Some(missing) = COLUMNS.iter().zip(at).take(3).find_map(|(name, at)| at.is_none().then_some(name)) {
            bail!("column {missing} is missing; expected {}", COLUMNS.join(","));
        }
        if let Some(nested) = schema.columns().iter().find(|c| c.max_rep_level() > 0 || c.max_def_level() > 1) {
            bail!("column {} is nested", nested.name());
        }
        Ok(Self { file, at, group: 0, columns: None, ready: vec![], given: 0 })
    }

    /// Reads some rows; false at the end of the file.
    fn fill(&mut self) -> anyhow::Result<bool> {
        while self.ready.is_empty() {
            let columns = match &mut self.columns {
                Some(columns) if columns.left > 0 => columns,
                _ if self.group == self.file.num_row_groups() => return Ok(false),
                columns => {
                    let group = self.file.get_row_group(self.group)?;
                    self.group += 1;
                    let reader = |at: Option<usize>| at.map(|at| group.get_column_reader(at)).transpose();
                    let [ts, point, value, quality] = self.at;
                    columns.insert(Columns {
                        left: usize::try_from(group.metadata().num_rows())?,
                        ts: reader(ts)?.context("ts_ms")?,
                        point: reader(point)?.context("point")?,
                        value: reader(value)?.context("value")?,
                        quality: reader(quality)?,
                    })
                }
            };
            let n = columns.left.min(PART);
            let ts = whole(&mut columns.ts, n)?;
            let points = text(&mut columns.point, n)?;
            let values = numbers(&mut columns.value, n)?;
            let qualities = columns.quality.as_mut().map(|q| text(q, n)).transpose()?;
            columns.left -= n;
            for i in (0..n).rev() {
                let quality = qualities.as_ref().map_or("", |q| q[i].as_str());
                self.ready.push(row(ts[i], &points[i], values[i], quality));
            }
        }
        Ok(true)
    }
}

fn row(ts_ms: Option<i64>, point: &str, value: Option<f64>, quality: &str) -> Result<Row, String> {
    let ts_ms = time(ts_ms.ok_or("ts_ms: missing")?)?;
    let quality = quality_of(quality)?;
    let value = value.filter(|v| v.is_finite());
    if value.is_none() && quality.is_good() {
        return Err("value: a number expected".to_owned());
    }
    Ok(Row { ts_ms, point: point.to_owned(), value, quality })
}

/// `n` values of a column, none where it has none.
macro_rules! records {
    ($reader:expr, $n:expr) => {{
        let (mut values, mut levels) = (vec![], vec![]);
        let mut records = 0;
        while records < $n {
            let (read, ..) = $reader.read_records($n - records, Some(&mut levels), None, &mut values)?;
            if read == 0 {
                bail!("a column ends too early");
            }
            records += read;
        }
        let mut values = values.into_iter();
        if levels.is_empty() {
            values.map(Some).collect::<Vec<_>>()
        } else {
            levels.iter().map(|&level| if level > 0 { values.next() } else { None }).collect()
        }
    }};
}

fn whole(reader: &mut ColumnReader, n: usize) -> anyhow::Result<Vec<Option<i64>>> {
    match reader {
        ColumnReader::Int64ColumnReader(r) => Ok(records!(r, n)),
        _ => bail!("ts_ms: 64-bit integers expected"),
    }
}

fn numbers(reader: &mut ColumnReader, n: usize) -> anyhow::Result<Vec<Option<f64>>> {
    match reader {
        ColumnReader::DoubleColumnReader(r) => Ok(records!(r, n)),
        ColumnReader::FloatColumnReader(r) => Ok(records!(r, n).into_iter().map(|v| v.map(f64::from)).collect()),
        _ => bail!("value: floating-point numbers expected"),
    }
}

fn text(reader: &mut ColumnReader, n: usize) -> anyhow::Result<Vec<String>> {
    match reader {
        ColumnReader::ByteArrayColumnReader(r) => {
            let all: Vec<Option<ByteArray>> = records!(r, n);
            Ok(all
                .into_iter()
                .map(|v| v.map_or(String::new(), |v| String::from_utf8_lossy(v.data()).into_owned()))
                .collect())
        }
        _ => bail!("point, quality: text expected"),
    }
}

impl Iterator for Rows {
    type Item = anyhow::Result<Numbered>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fill() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(e) => return Some(Err(e)),
        }
        self.given += 1;
        let given = self.given;
        self.ready.pop().map(|row| Ok((given, row)))
    }
}
