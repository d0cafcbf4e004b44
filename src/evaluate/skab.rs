//! SKAB: a pump and valve test bench at 1 Hz, eight signals; the first 400 rows of a file are free of faults.

use std::path::{Path, PathBuf};

use super::figures::{Counts, Events, share, spans};
use super::report::Outcome;
use super::{EvaluateError, Judged, baseline, name, read, stream};

/// Rows that its publishers learn from, where no fault comes before.
const TRAIN: usize = 400;

/// Judges all files with labels.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    let mut sums: Vec<(&'static str, Sum)> = Vec::new();
    for path in files {
        judged.take(one(dir, path).map(|outcomes| {
            outcomes
                .into_iter()
                .map(|(outcome, counts, events, days)| {
                    if sums.iter().all(|(by, _)| *by != outcome.by) {
                        sums.push((outcome.by, Sum::default()));
                    }
                    if let Some((_, sum)) = sums.iter_mut().find(|(by, _)| *by == outcome.by) {
                        sum.counts.add(&counts);
                        sum.events.add(events);
                        sum.days += days;
                    }
                    outcome
                })
                .collect()
        }));
    }
    let all = sums.into_iter().map(|(by, sum)| Outcome {
        set: "skab",
        file: "all".into(),
        by,
        ..outcome(&sum.counts, &sum.events, sum.days)
    });
    judged.outcomes.extend(all);
}

/// Of all files.
#[derive(Default)]
struct Sum {
    counts: Counts,
    events: Events,
    days: f64,
}

fn one(dir: &Path, path: &Path) -> Result<Vec<(Outcome, Counts, Events, f64)>, EvaluateError> {
    let table = read(path)?;
    let odd = table.odd().ok_or_else(|| EvaluateError::form(path, "its label is not of zeros and ones"))?;
    let columns: Vec<&[f64]> = table.signals().into_iter().map(|(_, column)| column).collect();
    let train = odd.iter().position(|&o| o).unwrap_or(odd.len()).min(TRAIN);
    let (ours, _) = stream::joint(&table.times, &columns, train);
    let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
    let one = |(by, found): (&'static str, Vec<bool>)| {
        // all rows count, those learned from too, as its publishers do it
        let counts = Counts::of(&found, &odd);
        let events = Events::of(&spans(&table.times, &found), &spans(&table.times, &odd));
        let days = found.len() as f64 / 86_400.0;
        let outcome = Outcome { set: "skab", file: name(dir, path), by, ..outcome(&counts, &events, days) };
        (outcome, counts, events, days)
    };
    Ok(std::iter::once(("linepack", ours)).chain(others).map(one).collect())
}

fn outcome(counts: &Counts, events: &Events, days: f64) -> Outcome {
    let own = [("FAR", counts.false_rate()), ("MAR", counts.recall().map(|r| 1.0 - r))];
    Outcome {
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f1(),
        events: Some((events.found(), events.delays.len())),
        time_to_detect_s: events.delay_s(),
        false_alarms_per_day: share(events.false_alarms as f64, days),
        own: own.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
        ..Outcome::default()
    }
}
