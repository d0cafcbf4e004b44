//! SKAB: a pump and valve test bench at 1 Hz, eight signals; the first 400 rows of a file are free of faults.

use std::path::{Path, PathBuf};

use super::figures::{Counts, Events, runs};
use super::report::Outcome;
use super::{EvaluateError, baseline, name, read, stream};

/// Rows that its publishers learn from.
const TRAIN: usize = 400;

/// Judges all files with labels.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let mut outcomes = Vec::new();
    let ways = ["linepack", "3-sigma", "last-value z"];
    let mut sums = ways.map(|by| (by, Counts::default()));
    for path in files {
        let table = read(path)?;
        let Some(labels) = table.column("anomaly") else { continue };
        let odd: Vec<bool> = labels.iter().map(|&v| v > 0.5).collect();
        let signals =
            table.names.iter().zip(&table.columns).filter(|(n, _)| !["anomaly", "changepoint"].contains(&n.as_str()));
        let columns: Vec<&[f64]> = signals.map(|(_, column)| column.as_slice()).collect();
        let (ours, _) = stream::joint(&table.times, &columns, TRAIN);
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, TRAIN)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            // all rows count, those learned from too, as its publishers do it
            let counts = Counts::of(&found, &odd);
            let at = |row: usize| table.times.get(row).copied().unwrap_or(0);
            let spans = |flags: &[bool]| runs(flags).into_iter().map(|(a, b)| (at(a), at(b - 1))).collect::<Vec<_>>();
            let events = Events::of(&spans(&found), &spans(&odd));
            let days = found.len() as f64 / 86_400.0;
            outcomes.push(Outcome {
                set: "skab",
                file: name(dir, path),
                by,
                events: Some((events.found(), events.delays.len())),
                time_to_detect_s: events.delay_s(),
                false_alarms_per_day: super::figures::share(events.false_alarms as f64, days),
                ..outcome(&counts)
            });
            if let Some((_, sum)) = sums.iter_mut().find(|(known, _)| *known == by) {
                sum.add(&counts);
            }
        }
    }
    if !outcomes.is_empty() {
        outcomes.extend(sums.map(|(by, sum)| Outcome { set: "skab", file: "all".into(), by, ..outcome(&sum) }));
    }
    Ok(outcomes)
}

fn outcome(counts: &Counts) -> Outcome {
    let own = [("FAR", counts.false_rate()), ("MAR", counts.recall().map(|r| 1.0 - r))];
    Outcome {
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f1(),
        own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
        ..Outcome::default()
    }
}
