//! Tennessee Eastman: a chemical process each 3 minutes. `dNN_te.dat` with fault NN after 8 hours and `d00.dat` without, or
//! a table of runs with the columns `faultNumber` and `simulationRun`.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::figures::{Counts, median, share};
use super::report::Outcome;
use super::table::Cells;
use super::{EvaluateError, Judged, baseline, name, stream, table};

/// Milliseconds a row.
const STEP: i64 = 180_000;
const ROWS_A_DAY: f64 = 480.0;
/// Rows of a test run before its fault; of a run half as long.
const BEFORE: usize = 160;
const BEFORE_SHORT: usize = 20;
const LONG: usize = 900;
/// Signals of a run, with manipulated variables or without.
const SIGNALS: [usize; 4] = [52, 53, 41, 50];
/// Rows of runs without fault that are learned from at most.
const LEARNED: usize = 2000;

/// Signals, row by row.
type Columns = Vec<Vec<f64>>;

/// A run with a fault, or one without to test silence with.
struct Run {
    fault: u32,
    file: String,
    columns: Columns,
}

/// Whether the name is that of a run.
pub(super) fn is_run(path: &Path) -> bool {
    number(path).is_some()
}

/// Whether these are the columns of a table of runs.
pub(super) fn is_table(header: &[String]) -> bool {
    let has = |name: &str| header.iter().any(|n| n.eq_ignore_ascii_case(name));
    has("xmeas_1") && has("faultNumber") && has("simulationRun")
}

/// The fault, and whether it is a test run.
fn number(path: &Path) -> Option<(u32, bool)> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".dat").or_else(|| name.strip_suffix(".txt"))?.strip_prefix('d')?;
    match name.strip_suffix("_te") {
        Some(number) => Some((number.parse().ok()?, true)),
        None => Some((name.parse().ok()?, false)),
    }
}

/// Judges all test runs, learning from the run without fault beside them.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    let mut folders: Vec<&Path> = files.iter().filter_map(|p| p.parent()).collect();
    folders.dedup();
    for folder in folders {
        let outcomes = folder_of(dir, folder, files);
        judged.take(outcomes);
    }
}

fn folder_of(dir: &Path, folder: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let here = files.iter().filter(|p| p.parent() == Some(folder)).filter_map(|p| Some((number(p)?, p)));
    let tests: Vec<((u32, bool), &PathBuf)> = here.filter(|((_, test), _)| *test).collect();
    let Some((_, first)) = tests.first() else {
        return Err(EvaluateError::form(folder, "runs to learn from, but none to judge (dNN_te.dat)"));
    };
    // a single run may be asked for, with the others beside it
    let names = ["d00.dat", "d00.dat.gz", "d00_te.dat", "d00_te.dat.gz"];
    let normal = names.map(|n| folder.join(n)).into_iter().find(|p| p.is_file());
    let normal = normal.ok_or_else(|| EvaluateError::form(first, "no run without fault (d00.dat) stands beside it"))?;
    let learned = columns(&normal)?;
    let run = |((fault, _), path): &((u32, bool), &PathBuf)| {
        let columns = columns(path)?;
        if columns.len() != learned.len() {
            return Err(EvaluateError::form(path, format!("expected {} signals", learned.len())));
        }
        Ok(Run { fault: *fault, file: name(dir, path), columns })
    };
    let others = tests.iter().filter(|(_, path)| **path != normal);
    let runs: Result<Vec<Run>, EvaluateError> = others.map(run).collect();
    Ok(all(&learned, &runs?))
}

/// Judges a table of runs, learning from those without fault in it.
pub(super) fn judge_tables(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    let mut normal: Columns = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    for path in files {
        match read_table(path) {
            Ok(list) => {
                for (fault, columns) in list {
                    if fault == 0 && normal.first().map_or(0, Vec::len) < LEARNED {
                        normal.resize(columns.len(), Vec::new());
                        normal.iter_mut().zip(columns).for_each(|(all, one)| all.extend(one));
                    } else {
                        runs.push(Run { fault, file: name(dir, path), columns });
                    }
                }
            }
            Err(problem) => judged.problems.push(problem),
        }
    }
    match (normal.is_empty(), files.first()) {
        (false, _) => judged.outcomes.extend(all(&normal, &runs)),
        (true, Some(path)) if !runs.is_empty() => {
            judged.problems.push(EvaluateError::form(path, "no run without fault (faultNumber 0)"));
        }
        _ => {}
    }
}

/// Runs in the order of the table.
fn read_table(path: &Path) -> Result<Vec<(u32, Columns)>, EvaluateError> {
    let cells = Cells::read(path)?;
    let place = |name: &str| cells.place(name).ok_or_else(|| EvaluateError::form(path, format!("no column {name}")));
    let (fault, run) = (place("faultNumber")?, place("simulationRun")?);
    let is_signal = |n: &String| n.to_lowercase().starts_with("xmeas") || n.to_lowercase().starts_with("xmv");
    let signals: Vec<usize> = (0..cells.names.len()).filter(|&p| cells.names.get(p).is_some_and(is_signal)).collect();
    let mut runs: Vec<((f64, f64), Columns)> = Vec::new();
    for row in &cells.rows {
        let key = (cells.number(row, fault), cells.number(row, run));
        if runs.last().is_none_or(|(last, _)| *last != key) {
            runs.push((key, vec![Vec::new(); signals.len()]));
        }
        let Some((_, columns)) = runs.last_mut() else { continue };
        for (column, &place) in columns.iter_mut().zip(&signals) {
            column.push(cells.number(row, place));
        }
    }
    Ok(runs.into_iter().map(|((fault, _), columns)| (fault as u32, columns)).collect())
}

fn all(normal: &Columns, runs: &[Run]) -> Vec<Outcome> {
    let train = normal.first().map_or(0, Vec::len);
    let mut outcomes = Vec::new();
    let ways = ["linepack", "3-sigma", "last-value z"];
    let mut quiet = ways.map(|by| (by, Counts::default()));
    let mut rates = ways.map(|by| (by, Vec::new()));
    let mut delays = ways.map(|by| (by, Vec::new()));
    for Run { fault, file, columns } in runs {
        let rows = columns.first().map_or(0, Vec::len);
        let before = if rows >= LONG { BEFORE } else { BEFORE_SHORT };
        let both: Columns = normal.iter().zip(columns).map(|(a, b)| [a.as_slice(), b].concat()).collect();
        let both: Vec<&[f64]> = both.iter().map(Vec::as_slice).collect();
        let times: Vec<i64> = (0..).take(train + rows).map(|row| row * STEP).collect();
        let odd: Vec<bool> = (0..rows).map(|row| *fault > 0 && row >= before).collect();
        let (ours, _) = stream::joint(&times, &both, train);
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &both, train)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let Some(found) = found.get(train..) else { continue };
            let counts = Counts::of(found, &odd);
            let first = found.iter().skip(before).position(|&f| f).filter(|_| *fault > 0);
            if let Some((_, list)) = delays.iter_mut().find(|(known, _)| *known == by) {
                list.extend(first.map(|row| row as f64 * STEP as f64 / 1000.0));
            }
            let own = [("fault", counts.recall()), ("false", counts.false_rate())];
            outcomes.push(Outcome {
                set: "tep",
                file: file.clone(),
                by,
                precision: counts.precision().filter(|_| *fault > 0),
                recall: counts.recall(),
                f1: counts.f1().filter(|_| *fault > 0),
                events: (*fault > 0).then(|| (usize::from(first.is_some()), 1)),
                time_to_detect_s: first.map(|row| row as f64 * STEP as f64 / 1000.0),
                false_alarms_per_day: counts.false_rate().map(|rate| rate * ROWS_A_DAY),
                own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
                note: "",
            });
            if let Some((_, sum)) = quiet.iter_mut().find(|(known, _)| *known == by) {
                sum.add(&Counts { true_found: 0.0, missed: 0.0, ..counts });
            }
            if let (Some((_, list)), Some(rate)) = (rates.iter_mut().find(|(known, _)| *known == by), counts.recall()) {
                list.push(rate);
            }
        }
    }
    for (((by, quiet), (_, rates)), (_, delays)) in quiet.iter().zip(&rates).zip(delays).filter(|_| !runs.is_empty()) {
        let rate = share(rates.iter().sum(), rates.len() as f64);
        let own = [("fault", rate), ("false", quiet.false_rate())];
        outcomes.push(Outcome {
            set: "tep",
            file: "all".into(),
            by,
            recall: rate,
            events: Some((rates.iter().filter(|r| **r > 0.5).count(), rates.len())),
            time_to_detect_s: median(delays),
            false_alarms_per_day: quiet.false_rate().map(|rate| rate * ROWS_A_DAY),
            own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
            ..Outcome::default()
        });
    }
    outcomes
}

/// By signal; the run without fault is written the other way round.
fn columns(path: &Path) -> Result<Columns, EvaluateError> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for line in table::open(path)?.lines() {
        let line = line.map_err(|why| EvaluateError::Read { path: path.into(), why })?;
        let cells = line.split(|c: char| c.is_whitespace() || c == ',').filter(|cell| !cell.is_empty());
        let row: Result<Vec<f64>, _> = cells.map(str::parse).collect();
        let row = row.map_err(|e| EvaluateError::form(path, e.to_string()))?;
        if !row.is_empty() {
            rows.push(row);
        }
    }
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) || !(SIGNALS.contains(&width) || SIGNALS.contains(&rows.len())) {
        return Err(EvaluateError::form(path, "expected 52 signals"));
    }
    if !SIGNALS.contains(&width) {
        return Ok(rows);
    }
    let column = |place: usize| rows.iter().filter_map(|row| row.get(place).copied()).collect();
    Ok((0..width).map(column).collect())
}
