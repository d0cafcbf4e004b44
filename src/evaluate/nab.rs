//! NAB: single streams `timestamp,value` with windows around known anomalies.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Events, runs};
use super::report::Outcome;
use super::table::{self, Table, time_ms};
use super::{EvaluateError, baseline, name, read, stream};

/// Weight of a false alarm in the standard profile.
const FALSE: f64 = 0.11;

/// Judges all files that the windows speak of.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let mut outcomes = Vec::new();
    let mut sums: Vec<(&'static str, Sum)> = Vec::new();
    for path in files {
        let Some(windows) = windows(path)? else { continue };
        let table = read(path)?;
        let values = table.columns.first().map(Vec::as_slice).unwrap_or_default();
        let probation = (table.len() * 15 / 100).min(750);
        let ours = stream::watch(signal(path), &table.times, values);
        let others = baseline::ALL.iter().map(|(by, way)| (*by, way(values, probation)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let (outcome, raw) = one(&table, &windows, &found, probation);
            outcomes.push(Outcome { set: "nab", file: name(dir, path), by, ..outcome });
            if sums.iter().all(|(known, _)| *known != by) {
                sums.push((by, Sum::default()));
            }
            if let Some((_, sum)) = sums.iter_mut().find(|(known, _)| *known == by) {
                sum.raw += raw;
                sum.windows += windows.len();
                sum.found += outcomes.last().and_then(|o| o.events).map_or(0, |(found, _)| found);
                sum.false_alarms += outcomes.last().map_or(0.0, |o| own(o, "false"));
                sum.days += days(&table);
            }
        }
    }
    for (by, sum) in sums {
        let true_found = sum.found as f64;
        let precision = super::figures::share(true_found, true_found + sum.false_alarms);
        let recall = super::figures::share(true_found, sum.windows as f64);
        outcomes.push(Outcome {
            set: "nab",
            file: "all".into(),
            by,
            precision,
            recall,
            f1: precision.zip(recall).and_then(|(p, r)| super::figures::share(2.0 * p * r, p + r)),
            events: Some((sum.found, sum.windows)),
            false_alarms_per_day: super::figures::share(sum.false_alarms, sum.days),
            own: vec![("score", score(sum.raw, sum.windows)), ("false", sum.false_alarms)],
            ..Outcome::default()
        });
    }
    Ok(outcomes)
}

#[derive(Default)]
struct Sum {
    raw: f64,
    windows: usize,
    found: usize,
    false_alarms: f64,
    days: f64,
}

fn own(outcome: &Outcome, name: &str) -> f64 {
    outcome.own.iter().find(|(n, _)| *n == name).map_or(0.0, |(_, v)| *v)
}

/// What is measured, by the name as a utility would have it in its template.
fn signal(path: &Path) -> SignalKind {
    if path.to_string_lossy().contains("temperature") { SignalKind::Temperature } else { SignalKind::Generic }
}

fn days(table: &Table) -> f64 {
    let span = table.times.last().copied().unwrap_or(0) - table.times.first().copied().unwrap_or(0);
    span as f64 / 86_400_000.0
}

/// Score on a scale where nothing found is 0 and all found at once is 100; a file without windows has none.
fn score(raw: f64, windows: usize) -> f64 {
    if windows == 0 { raw * 100.0 } else { 100.0 * (raw + windows as f64) / (2.0 * windows as f64) }
}

fn one(table: &Table, windows: &[(i64, i64)], found: &[bool], probation: usize) -> (Outcome, f64) {
    // an alarm counts once, when it is raised
    let raised: Vec<usize> = runs(found).into_iter().map(|(from, _)| from).filter(|&from| from >= probation).collect();
    let at = |row: usize| table.times.get(row).copied().unwrap_or(0);
    let rows = |(from, to): &(i64, i64)| {
        (table.times.partition_point(|t| t < from), table.times.partition_point(|t| t <= to).saturating_sub(1))
    };
    let spans: Vec<(usize, usize)> = windows.iter().map(rows).collect();
    let mut raw = 0.0;
    let mut false_alarms = 0.0;
    for &row in raised.iter().filter(|&&row| !spans.iter().any(|&(from, to)| from <= row && row <= to)) {
        let before = spans.iter().rfind(|(_, to)| *to < row);
        let y = before.map_or(f64::INFINITY, |&(from, to)| (row - to) as f64 / ((to - from).max(2) - 1) as f64);
        raw += FALSE * sigmoid(y);
        false_alarms += 1.0;
    }
    for &(from, to) in &spans {
        let first = raised.iter().find(|&&row| from <= row && row <= to);
        let y = |row: usize| -((to - row + 1) as f64) / ((to - from + 1) as f64);
        raw += first.map_or(-1.0, |&row| sigmoid(y(row)) / sigmoid(-1.0));
    }
    let spans: Vec<(i64, i64)> = raised.iter().map(|&row| (at(row), at(row))).collect();
    let events = Events::of(&spans, windows);
    let outcome = Outcome {
        precision: events.precision(),
        recall: events.recall(),
        f1: events.f1(),
        events: Some((events.found(), windows.len())),
        time_to_detect_s: events.delay_s(),
        false_alarms_per_day: super::figures::share(false_alarms, days(table)),
        own: vec![("score", score(raw, windows.len())), ("false", false_alarms)],
        ..Outcome::default()
    };
    (outcome, raw)
}

/// 1 long before the end of a window, 0 at its end, -1 long after it.
fn sigmoid(y: f64) -> f64 {
    if y > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * y).exp()) - 1.0 }
}

/// The windows of a file, from `windows.json` (or NAB's own name of it) in a folder above; None: it is not spoken of.
fn windows(path: &Path) -> Result<Option<Vec<(i64, i64)>>, EvaluateError> {
    for folder in path.ancestors().skip(1).take(3) {
        for list in ["windows.json", "combined_windows.json"].map(|list| folder.join(list)) {
            if !list.is_file() {
                continue;
            }
            let bad = |what: String| EvaluateError::form(&list, what);
            let all: HashMap<String, Vec<[String; 2]>> =
                serde_json::from_reader(table::open(&list)?).map_err(|e| bad(e.to_string()))?;
            let key = name(folder, path).replace('\\', "/");
            let Some(windows) = all.get(key.trim_end_matches(".gz")) else { continue };
            let span = |[from, to]: &[String; 2]| Some((time_ms(from)?, time_ms(to)?));
            let windows: Option<Vec<_>> = windows.iter().map(span).collect();
            return windows.map(Some).ok_or_else(|| bad("a window that is no time".into()));
        }
    }
    Ok(None)
}
