//! NAB: single streams `timestamp,value` with windows around known anomalies.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Events, runs, share};
use super::report::Outcome;
use super::table::{self, Table};
use super::times::time_ms;
use super::{EvaluateError, Judged, baseline, name, read, stream};

/// Weight of a false alarm in the standard profile.
const FALSE: f64 = 0.11;

/// Judges all files that the windows speak of; answers the others.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) -> Vec<PathBuf> {
    let mut others = Vec::new();
    let mut sums: Vec<(&'static str, Sum)> = Vec::new();
    for path in files {
        let windows = match windows(path) {
            Ok(Some(windows)) => windows,
            Ok(None) => {
                others.push(path.clone());
                continue;
            }
            Err(problem) => {
                judged.problems.push(problem);
                continue;
            }
        };
        let outcomes = read(path).map(|table| of_file(&name(dir, path), path, &table, &windows, &mut sums));
        judged.take(outcomes);
    }
    for (by, sum) in sums {
        let true_found = sum.found as f64;
        let precision = share(true_found, true_found + sum.false_alarms);
        let recall = share(true_found, sum.windows as f64);
        judged.outcomes.push(Outcome {
            set: "nab",
            file: "all".into(),
            by,
            precision,
            recall,
            f1: precision.zip(recall).and_then(|(p, r)| share(2.0 * p * r, p + r)),
            events: Some((sum.found, sum.windows)),
            time_to_detect_s: sum.events.delay_s(),
            false_alarms_per_day: share(sum.false_alarms, sum.days),
            own: vec![("score", score(sum.raw, sum.windows)), ("false", sum.false_alarms)],
            ..Outcome::default()
        });
    }
    others
}

fn of_file(
    file: &str,
    path: &Path,
    table: &Table,
    windows: &Windows,
    sums: &mut Vec<(&'static str, Sum)>,
) -> Vec<Outcome> {
    let windows = windows.of(table);
    let values = table.columns.first().map(Vec::as_slice).unwrap_or_default();
    let probation = (table.len() * 15 / 100).min(750);
    let ours = stream::watch(signal(path), &table.times, values);
    let others = baseline::ALL.iter().map(|(by, way)| (*by, way(values, probation)));
    let mut outcomes = Vec::new();
    for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
        let (outcome, raw, events) = one(table, &windows, &found, probation);
        if sums.iter().all(|(known, _)| *known != by) {
            sums.push((by, Sum::default()));
        }
        if let Some((_, sum)) = sums.iter_mut().find(|(known, _)| *known == by) {
            sum.raw += raw;
            sum.events.add(events);
            sum.windows += windows.len();
            sum.found += outcome.events.map_or(0, |(found, _)| found);
            sum.false_alarms += own(&outcome, "false");
            sum.days += table.span() as f64 / 86_400_000.0;
        }
        outcomes.push(Outcome { set: "nab", file: file.into(), by, ..outcome });
    }
    outcomes
}

#[derive(Default)]
struct Sum {
    raw: f64,
    events: Events,
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

/// Score on a scale where nothing found is 0 and all found at once is 100; a file without windows has none.
fn score(raw: f64, windows: usize) -> f64 {
    if windows == 0 { raw * 100.0 } else { 100.0 * (raw + windows as f64) / (2.0 * windows as f64) }
}

fn one(table: &Table, windows: &[(i64, i64)], found: &[bool], probation: usize) -> (Outcome, f64, Events) {
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
        false_alarms_per_day: share(false_alarms, table.span() as f64 / 86_400_000.0),
        own: vec![("score", score(raw, windows.len())), ("false", false_alarms)],
        ..Outcome::default()
    };
    (outcome, raw, events)
}

/// 1 long before the end of a window, 0 at its end, -1 long after it.
fn sigmoid(y: f64) -> f64 {
    if y > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * y).exp()) - 1.0 }
}

/// What a list says of a file.
enum Windows {
    /// From and to.
    Spans(Vec<(i64, i64)>),
    /// Single moments.
    Moments(Vec<i64>),
}

/// Share of a file that all windows around single moments take.
const WIDE: f64 = 0.1;

impl Windows {
    fn of(&self, table: &Table) -> Vec<(i64, i64)> {
        match self {
            Self::Spans(spans) => spans.clone(),
            Self::Moments(moments) => {
                let half = (0.5 * WIDE * table.span() as f64 / moments.len().max(1) as f64) as i64;
                moments.iter().map(|at| (at - half, at + half)).collect()
            }
        }
    }
}

/// The lists by name, the best first.
const LISTS: [&str; 4] = ["windows.json", "combined_windows.json", "labels.json", "combined_labels.json"];
/// Folders above a file that are looked at.
const ABOVE: usize = 5;

/// The windows of a file, from a list in a folder above or in its `labels`; None: no list speaks of it.
fn windows(path: &Path) -> Result<Option<Windows>, EvaluateError> {
    for folder in path.ancestors().skip(1).take(ABOVE) {
        for list in [folder.to_owned(), folder.join("labels")].iter().flat_map(|f| LISTS.map(|list| f.join(list))) {
            if !list.is_file() {
                continue;
            }
            let bad = |what: String| EvaluateError::form(&list, what);
            let all: Result<HashMap<String, serde_json::Value>, _> = serde_json::from_reader(table::open(&list)?);
            let all = all.map_err(|e| bad(e.to_string()))?;
            let plain = path.to_string_lossy().replace('\\', "/");
            let plain = Path::new(plain.strip_suffix(".gz").unwrap_or(&plain));
            let known = all.iter().filter(|(key, _)| plain.ends_with(key.as_str()));
            let Some((_, listed)) = known.max_by_key(|(key, _)| key.len()) else { continue };
            return read_windows(listed).map(Some).ok_or_else(|| bad("a window that is no time".into()));
        }
    }
    Ok(None)
}

fn read_windows(listed: &serde_json::Value) -> Option<Windows> {
    let listed = listed.as_array()?;
    let at = |moment: &serde_json::Value| time_ms(moment.as_str()?);
    if listed.iter().any(serde_json::Value::is_string) {
        return listed.iter().map(at).collect::<Option<_>>().map(Windows::Moments);
    }
    let span = |pair: &serde_json::Value| Some((at(pair.get(0)?)?, at(pair.get(1)?)?));
    listed.iter().map(span).collect::<Option<_>>().map(Windows::Spans)
}
