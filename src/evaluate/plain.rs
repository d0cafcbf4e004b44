//! Any recording with a column of times; a label tells what is odd, where there is one.

use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Counts, Events, runs, share, spans};
use super::report::Outcome;
use super::table::Table;
use super::{EvaluateError, Judged, baseline, name, read, stream};

/// Judges all of them: one signal by itself, several jointly.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    for path in files {
        judged.take(one(dir, path));
    }
}

fn one(dir: &Path, path: &Path) -> Result<Vec<Outcome>, EvaluateError> {
    let table = read(path)?;
    let file = name(dir, path);
    if table.signals().is_empty() {
        return Err(EvaluateError::form(path, "it has no column of numbers"));
    }
    let Some(odd) = table.odd() else { return Ok(quiet("plain", &file, &table)) };
    let outcome = |(by, found): (&'static str, Vec<bool>)| {
        let counts = Counts::of(&found, &odd);
        let events = Events::of(&spans(&table.times, &found), &spans(&table.times, &odd));
        Outcome {
            set: "plain",
            file: file.clone(),
            by,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            events: Some((events.found(), events.delays.len())),
            time_to_detect_s: events.delay_s(),
            false_alarms_per_day: share(events.false_alarms as f64, table.span() as f64 / 86_400_000.0),
            ..Outcome::default()
        }
    };
    // what its publisher left unlabelled at the start, at most two fifths
    let first = odd.iter().position(|&o| o).unwrap_or(odd.len());
    Ok(found(&table, first.min(odd.len() * 2 / 5)).into_iter().map(outcome).collect())
}

/// A recording nobody labelled: what can be said is how often it alarms.
pub(super) fn quiet(set: &'static str, file: &str, table: &Table) -> Vec<Outcome> {
    let outcome = |(by, found): (&'static str, Vec<bool>)| {
        let alarms = runs(&found).len() as f64;
        Outcome {
            set,
            file: file.into(),
            by,
            false_alarms_per_day: share(alarms, table.span() as f64 / 86_400_000.0),
            own: vec![("alarms", alarms)],
            note: "no label: alarms only",
            ..Outcome::default()
        }
    };
    found(table, table.len() * 2 / 5).into_iter().map(outcome).collect()
}

/// What each way of detecting finds, learning from the first `train` rows.
fn found(table: &Table, train: usize) -> Vec<(&'static str, Vec<bool>)> {
    let signals = table.signals();
    let columns: Vec<&[f64]> = signals.iter().map(|(_, column)| *column).collect();
    let ours = match signals.as_slice() {
        [(one, column)] => stream::watch_from(signal(one, column), &table.times, column, train),
        _ => stream::joint(&table.times, &columns, train).0,
    };
    let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
    std::iter::once(("linepack", ours)).chain(others).collect()
}

/// What a column measures, by its name; a counter has to count, too.
fn signal(name: &str, column: &[f64]) -> SignalKind {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let falls = column.windows(2).filter(|pair| matches!(pair, [a, b] if b < a)).count();
    match () {
        () if has(&["temp", "°c", "温度"]) || name.starts_with("t_") => SignalKind::Temperature,
        () if has(&["press", "bar", "kpa", "mpa", "压力"]) => SignalKind::Pressure,
        () if has(&["ch4", "ppm", "lel", "methane"]) => SignalKind::Gas,
        () if has(&["counter", "total", "energy", "volume"]) && falls * 100 < column.len() => SignalKind::Counter,
        () if has(&["flow", "rate", "流量"]) => SignalKind::Flow,
        () => SignalKind::Generic,
    }
}
