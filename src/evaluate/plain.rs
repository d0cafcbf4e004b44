//! Any recording whose first column is time and one of whose columns is a label.

use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Counts, Events, runs, share};
use super::report::Outcome;
use super::{EvaluateError, baseline, name, read, stream};

/// Names of label columns.
pub(super) const LABELS: [&str; 5] = ["anomaly", "label", "ATT_FLAG", "changepoint", "is_anomaly"];

/// Judges all of them: one signal by itself, several jointly.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let mut outcomes = Vec::new();
    for path in files {
        let table = read(path)?;
        let Some(labels) = LABELS.iter().find_map(|label| table.column(label)) else { continue };
        let odd: Vec<bool> = labels.iter().map(|&v| v > 0.5).collect();
        let is_signal = |n: &String| !LABELS.contains(&n.as_str());
        let signals: Vec<(&String, &[f64])> = table
            .names
            .iter()
            .zip(&table.columns)
            .filter(|(n, column)| is_signal(n) && column.iter().any(|v| v.is_finite()))
            .map(|(n, column)| (n, column.as_slice()))
            .collect();
        // what its publisher left unlabelled at the start, at most two fifths
        let quiet = odd.iter().position(|&o| o).unwrap_or(odd.len());
        let train = quiet.min(odd.len() * 2 / 5);
        let columns: Vec<&[f64]> = signals.iter().map(|(_, column)| *column).collect();
        let ours = match signals.as_slice() {
            [(one, column)] => stream::watch(signal(one), &table.times, column),
            _ => stream::joint(&table.times, &columns, train).0,
        };
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let counts = Counts::of(&found, &odd);
            let at = |row: usize| table.times.get(row).copied().unwrap_or(0);
            let spans = |flags: &[bool]| runs(flags).into_iter().map(|(a, b)| (at(a), at(b - 1))).collect::<Vec<_>>();
            let events = Events::of(&spans(&found), &spans(&odd));
            let span = at(table.len().saturating_sub(1)) - at(0);
            outcomes.push(Outcome {
                set: "plain",
                file: name(dir, path),
                by,
                precision: counts.precision(),
                recall: counts.recall(),
                f1: counts.f1(),
                events: Some((events.found(), events.delays.len())),
                time_to_detect_s: events.delay_s(),
                false_alarms_per_day: share(events.false_alarms as f64, span as f64 / 86_400_000.0),
                own: Vec::new(),
            });
        }
    }
    Ok(outcomes)
}

/// What a column measures, by its name.
pub(super) fn signal(name: &str) -> SignalKind {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match () {
        () if has(&["temp", "t_", "°c"]) => SignalKind::Temperature,
        () if has(&["press", "bar", "kpa", "mpa"]) => SignalKind::Pressure,
        () if has(&["ch4", "ppm", "lel", "gas"]) => SignalKind::Gas,
        () if has(&["flow", "rate"]) => SignalKind::Flow,
        () if has(&["counter", "total", "energy", "volume"]) => SignalKind::Counter,
        () => SignalKind::Generic,
    }
}
