//! METEC: methane sensors each minute around controlled releases.

use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Events, runs, share};
use super::report::Outcome;
use super::table::{Table, time_ms};
use super::{EvaluateError, baseline, name, read, stream, table};

/// Alarms of several sensors this near in time are one event, and a release is over this long after its end.
const NEAR: i64 = 60 * 60_000;

/// Judges each recording beside whose file stands the list of releases.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let mut outcomes = Vec::new();
    for path in files.iter().filter(|p| table::is_csv(p)) {
        let header = table::header(path)?;
        let releases = path.with_file_name("controlled_releases.csv");
        if !header.iter().any(|n| n.starts_with("ch4_ppm_")) || !releases.is_file() {
            continue;
        }
        let table = read(path)?;
        let span = (table.times.first().copied().unwrap_or(0), table.times.last().copied().unwrap_or(0));
        let releases: Vec<(i64, i64)> =
            releases_of(&releases)?.into_iter().filter(|(from, to)| *to > span.0 && *from < span.1).collect();
        let sensors: Vec<&[f64]> = table
            .names
            .iter()
            .zip(&table.columns)
            .filter(|(n, _)| n.starts_with("ch4_ppm_"))
            .map(|(_, column)| column.as_slice())
            .collect();
        let mut ours = vec![false; table.len()];
        for sensor in &sensors {
            for (all, one) in ours.iter_mut().zip(stream::watch(SignalKind::Gas, &table.times, sensor)) {
                *all |= one;
            }
        }
        // a day to learn from, releases and all
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &sensors, 1440)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let alarms = merge(&table, &found);
            let wide: Vec<(i64, i64)> = releases.iter().map(|(from, to)| ((*from).max(span.0), to + NEAR)).collect();
            let events = Events::of(&alarms, &wide);
            let days = (span.1 - span.0) as f64 / 86_400_000.0;
            outcomes.push(Outcome {
                set: "metec",
                file: name(dir, path),
                by,
                precision: events.precision(),
                recall: events.recall(),
                f1: events.f1(),
                events: Some((events.found(), releases.len())),
                time_to_detect_s: events.delay_s(),
                false_alarms_per_day: share(events.false_alarms as f64, days),
                own: vec![("alarms", events.alarms as f64)],
            });
        }
    }
    Ok(outcomes)
}

fn merge(table: &Table, found: &[bool]) -> Vec<(i64, i64)> {
    let at = |row: usize| table.times.get(row).copied().unwrap_or(0);
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in runs(found).into_iter().map(|(a, b)| (at(a), at(b - 1))) {
        match merged.last_mut() {
            Some(last) if from - last.1 <= NEAR => last.1 = to,
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn releases_of(path: &Path) -> Result<Vec<(i64, i64)>, EvaluateError> {
    let bad = |what: String| EvaluateError::form(path, what);
    let mut reader = csv::Reader::from_reader(table::open(path)?);
    let headers = reader.headers().map_err(|e| bad(e.to_string()))?.clone();
    let place = |name: &str| headers.iter().position(|h| h == name).ok_or_else(|| bad(format!("no column {name}")));
    let (from, to) = (place("tc_ExpStartDatetime")?, place("tc_ExpEndDatetime")?);
    let mut releases = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| bad(e.to_string()))?;
        let at = |place: usize| record.get(place).and_then(time_ms).ok_or_else(|| bad("a release without time".into()));
        releases.push((at(from)?, at(to)?));
    }
    Ok(releases)
}
