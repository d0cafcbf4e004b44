//! Tennessee Eastman: 52 signals each 3 minutes, `dNN_te.dat` with fault NN after 8 hours, `d00.dat` without.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::figures::{Counts, share};
use super::report::Outcome;
use super::{EvaluateError, baseline, name, stream, table};

/// Milliseconds a row.
const STEP: i64 = 180_000;
/// Rows of a test run before its fault.
const BEFORE: usize = 160;
const SIGNALS: usize = 52;

/// Judges all test runs, learning from the run without fault.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let number = |path: &Path| {
        let name = path.file_name()?.to_str()?.trim_end_matches(".gz");
        let (number, test) = match name.strip_prefix('d')?.strip_suffix(".dat")?.strip_suffix("_te") {
            Some(number) => (number, true),
            None => (name.strip_prefix('d')?.strip_suffix(".dat")?, false),
        };
        Some((number.parse::<u8>().ok()?, test))
    };
    let runs: Vec<(u8, bool, &PathBuf)> =
        files.iter().filter_map(|p| number(p).map(|(n, test)| (n, test, p))).collect();
    let Some((_, _, path)) = runs.iter().find(|(n, test, _)| *n == 0 && !test) else { return Ok(Vec::new()) };
    let normal = columns(path)?;
    let train = normal.first().map_or(0, Vec::len);
    let mut outcomes = Vec::new();
    let ways = ["linepack", "3-sigma", "last-value z"];
    let mut quiet = ways.map(|by| (by, Counts::default()));
    let mut rates = ways.map(|by| (by, Vec::new()));
    for (fault, _, path) in runs.iter().filter(|(_, test, _)| *test) {
        let run = columns(path)?;
        let rows = run.first().map_or(0, Vec::len);
        let both: Vec<Vec<f64>> = normal.iter().zip(&run).map(|(a, b)| [a.as_slice(), b].concat()).collect();
        let both: Vec<&[f64]> = both.iter().map(Vec::as_slice).collect();
        let times: Vec<i64> = (0..).take(train + rows).map(|row| row * STEP).collect();
        let odd: Vec<bool> = (0..rows).map(|row| *fault > 0 && row >= BEFORE).collect();
        let (ours, _) = stream::joint(&times, &both, train);
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &both, train)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let Some(found) = found.get(train..) else { continue };
            let counts = Counts::of(found, &odd);
            let first = found.iter().skip(BEFORE).position(|&f| f).filter(|_| *fault > 0);
            let own = [("fault", counts.recall()), ("false", counts.false_rate())];
            outcomes.push(Outcome {
                set: "tep",
                file: name(dir, path),
                by,
                precision: counts.precision().filter(|_| *fault > 0),
                recall: counts.recall(),
                f1: counts.f1().filter(|_| *fault > 0),
                events: (*fault > 0).then(|| (usize::from(first.is_some()), 1)),
                time_to_detect_s: first.map(|row| row as f64 * STEP as f64 / 1000.0),
                false_alarms_per_day: counts.false_rate().map(|rate| rate * 480.0),
                own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
            });
            if let Some((_, sum)) = quiet.iter_mut().find(|(known, _)| *known == by) {
                sum.add(&Counts { true_found: 0.0, missed: 0.0, ..counts });
            }
            if let (Some((_, list)), Some(rate)) = (rates.iter_mut().find(|(known, _)| *known == by), counts.recall()) {
                list.push(rate);
            }
        }
    }
    for ((by, quiet), (_, rates)) in quiet.iter().zip(&rates) {
        let rate = share(rates.iter().sum(), rates.len() as f64);
        let own = [("fault", rate), ("false", quiet.false_rate())];
        outcomes.push(Outcome {
            set: "tep",
            file: "all".into(),
            by,
            recall: rate,
            events: Some((rates.iter().filter(|r| **r > 0.5).count(), rates.len())),
            own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
            ..Outcome::default()
        });
    }
    Ok(outcomes)
}

/// By signal; the run without fault is written the other way round.
fn columns(path: &Path) -> Result<Vec<Vec<f64>>, EvaluateError> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for line in table::open(path)?.lines() {
        let line = line.map_err(|source| EvaluateError::Read { path: path.into(), source })?;
        let row: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
        let row = row.map_err(|e| EvaluateError::form(path, e.to_string()))?;
        if !row.is_empty() {
            rows.push(row);
        }
    }
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) || (width != SIGNALS && rows.len() != SIGNALS) {
        return Err(EvaluateError::form(path, format!("expected {SIGNALS} signals")));
    }
    if width != SIGNALS {
        return Ok(rows);
    }
    let column = |place: usize| rows.iter().filter_map(|row| row.get(place).copied()).collect();
    Ok((0..SIGNALS).map(column).collect())
}
