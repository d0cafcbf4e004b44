//! An answer that is written as it is read: a part of one series in memory at a time, nothing once the client is gone.

use std::io::Write;
use std::sync::Arc;

use axum::body::Bytes;
use jiff::tz::TimeZone;

use crate::api::state::Hub;
use crate::store::{Aggregation, HistoryAggregate, HistoryReading, HistorySteps, Step, Store, StoreError};
use crate::wire;

/// Where rows come from.
pub(super) enum Reading {
    Samples(HistoryReading),
    Spans(Spans),
}

/// History in spans, point by point.
pub(super) struct Spans {
    points: std::vec::IntoIter<String>,
    range: (i64, i64),
    every: Step,
    kind: Aggregation,
    zone: TimeZone,
    under_way: Option<HistorySteps>,
}

/// What comes next.
enum Part {
    /// The point of a new series, and all its rows or the first of them.
    Series(String, Vec<wire::HistoryRow>),
    /// More rows of it.
    Rows(Vec<wire::HistoryRow>),
}

impl Spans {
    pub(super) fn new(points: Vec<String>, range: (i64, i64), every: Step, kind: Aggregation, zone: &str) -> Self {
        // the site was checked when it was read
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Self { points: points.into_iter(), range, every, kind, zone, under_way: None }
    }

    fn rows(&self, part: &[HistoryAggregate]) -> Vec<wire::HistoryRow> {
        let row = |a: &HistoryAggregate| {
            let value = self.kind.of(a)?;
            Some(wire::HistoryRow(a.start_ms, value, a.quality.class().to_owned()))
        };
        part.iter().filter_map(row).collect()
    }

    async fn next(&mut self, store: &Store, now: i64) -> Result<Option<Part>, StoreError> {
        if let Some(steps) = &mut self.under_way
            && let Some(part) = steps.next().await?
        {
            return Ok(Some(Part::Rows(self.rows(&part))));
        }
        let Some(point) = self.points.next() else { return Ok(None) };
        self.under_way = Some(store.steps(&point, self.range, self.every, &self.zone, now).await?);
        Ok(Some(Part::Series(point, vec![])))
    }

    fn resolution(&self) -> &'static str {
        match self.every.ms() {
            ms if ms % 3_600_000 == 0 => "hour",
            ms if ms % 60_000 == 0 => "minute",
            _ => "raw",
        }
    }
}

impl Reading {
    async fn next(&mut self, hub: &Hub) -> Result<Option<Part>, StoreError> {
        match self {
            Self::Samples(reading) => Ok(reading.next().await?.map(|s| Part::Series(s.point, s.rows))),
            Self::Spans(spans) => spans.next(&hub.store, hub.clock.now().ms()).await,
        }
    }
}

/// The answer, and how far it is.
pub(super) struct Answer {
    hub: Arc<Hub>,
    reading: Reading,
    next: Option<Part>,
    /// Series begun, and rows of the newest.
    series: usize,
    rows: usize,
    range: (i64, i64),
}

impl Answer {
    /// Reads the first part.
    pub(super) async fn begin(hub: Arc<Hub>, mut reading: Reading, from: i64, to: i64) -> Result<Self, StoreError> {
        let next = reading.next(&hub).await?;
        Ok(Self { hub, reading, next, series: 0, rows: 0, range: (from, to) })
    }

    /// The next part of the body, and the rest of the answer.
    pub(super) async fn part(mut self) -> Result<(Bytes, Option<Self>), StoreError> {
        let mut out = Vec::new();
        let (from, to) = self.range;
        if self.series == 0 {
            write!(out, r#"{{"from_ms":{from},"to_ms":{to},"series":["#)?;
        }
        match self.next.take() {
            None => {
                self.end(&mut out).await?;
                return Ok((out.into(), None));
            }
            Some(Part::Rows(rows)) => self.write(&mut out, &rows)?,
            Some(Part::Series(point, rows)) => {
                out.extend_from_slice(if self.series == 0 { b"" } else { b"]}," });
                (self.series, self.rows) = (self.series + 1, 0);
                let (name, unit) = (json(&point)?, json(&self.unit(&point))?);
                write!(out, r#"{{"point":{name},"unit":{unit},"rows":["#)?;
                self.write(&mut out, &rows)?;
            }
        }
        self.next = self.reading.next(&self.hub).await?;
        Ok((out.into(), Some(self)))
    }

    fn write(&mut self, out: &mut Vec<u8>, rows: &[wire::HistoryRow]) -> Result<(), StoreError> {
        for row in rows {
            if self.rows > 0 {
                out.push(b',');
            }
            self.rows += 1;
            serde_json::to_writer(&mut *out, row).map_err(std::io::Error::from)?;
        }
        Ok(())
    }

    fn unit(&self, point: &str) -> String {
        let registry = self.hub.view.load().registry.clone();
        let found = registry.find_point(point).map(|p| registry.point_type(&registry.points[p.index()]));
        let unit = found.map(|t| t.unit.to_string()).unwrap_or_default();
        match &self.reading {
            Reading::Samples(_) => unit,
            Reading::Spans(spans) => spans.kind.unit(&unit),
        }
    }

    async fn end(&self, out: &mut Vec<u8>) -> Result<(), StoreError> {
        let gaps = json(&self.hub.store.history_gaps(self.range).await?)?;
        let behind = self.hub.store.status().behind_ms;
        out.extend_from_slice(if self.series == 0 { b"]" } else { b"]}]" });
        match &self.reading {
            Reading::Samples(reading) => write!(out, r#","resolution":"{}""#, reading.resolution())?,
            Reading::Spans(spans) => write!(
                out,
                r#","resolution":"{}","aggregate":"{}","every":"{}""#,
                spans.resolution(),
                spans.kind.name(),
                spans.every
            )?,
        }
        write!(out, r#","gaps":{gaps},"behind_ms":{behind}}}"#)?;
        Ok(())
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value).map_err(std::io::Error::from)?)
}
