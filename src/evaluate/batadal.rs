//! BATADAL: hourly SCADA of a simulated water town; one year without attacks, then one with.

use std::path::{Path, PathBuf};

use super::figures::{Counts, Events, runs, share, spans};
use super::report::Outcome;
use super::table::Table;
use super::{Judged, baseline, name, read, stream};

/// Between two recordings that are put one after the other, milliseconds.
const STEP: i64 = 3_600_000;

/// Judges files with attacks, learning from one without that has the same signals, else from what comes before the first
/// attack.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    let (mut normal, mut attacked) = (Vec::new(), Vec::new());
    for path in files {
        match read(path) {
            Ok(table) if table.odd().is_some_and(|odd| odd.contains(&true)) => attacked.push((path, table)),
            Ok(table) => normal.push((path, table)),
            Err(problem) => judged.problems.push(problem),
        }
    }
    for (path, table) in &attacked {
        // the one with most signals in common
        let common = |other: &Table| table.signals().iter().filter(|(n, _)| other.column(n).is_some()).count();
        let learned = normal.iter().map(|(_, other)| other).max_by_key(|other| common(other));
        let learned = learned.filter(|other| 2 * common(other) > table.signals().len());
        judged.outcomes.extend(one(&name(dir, path), table, learned));
    }
    if attacked.is_empty() {
        for (path, table) in &normal {
            judged.outcomes.extend(super::plain::quiet("batadal", &name(dir, path), table));
        }
    }
}

fn one(file: &str, table: &Table, learned: Option<&Table>) -> Vec<Outcome> {
    let odd = table.odd().unwrap_or_default();
    let own = odd.iter().position(|&o| o).unwrap_or(0).min(odd.len() * 2 / 5);
    let train = learned.map_or(own, Table::len);
    let none = Table::default();
    let before = learned.unwrap_or(&none);
    let signals = table.signals().into_iter().filter(|(n, _)| learned.is_none_or(|l| l.column(n).is_some()));
    let columns: Vec<Vec<f64>> =
        signals.map(|(n, column)| [before.column(n).unwrap_or_default(), column].concat()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    // one recording after the other, on one clock
    let shift = before.times.last().map_or(0, |last| last + STEP - table.times.first().copied().unwrap_or(0));
    let times: Vec<i64> = before.times.iter().copied().chain(table.times.iter().map(|t| t + shift)).collect();
    let (ours, _) = stream::joint(&times, &columns, train);
    let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
    let all = std::iter::once(("linepack", ours)).chain(others);
    let outcome = |(by, found): (&'static str, Vec<bool>)| {
        let found = found.get(before.len()..).unwrap_or_default();
        let counts = Counts::of(found, &odd);
        let events = Events::of(&spans(&table.times, found), &spans(&table.times, &odd));
        let late: f64 = spans(&table.times, &odd)
            .iter()
            .zip(&events.delays)
            .map(|((from, to), delay)| {
                let length = ((to - from + STEP) as f64).max(1.0);
                delay.map_or(1.0, |ms| (ms as f64 / length).min(1.0))
            })
            .sum();
        let in_time = 1.0 - share(late, events.delays.len() as f64).unwrap_or(1.0);
        let right = counts.recall().zip(counts.false_rate()).map(|(recall, far)| 0.5 * (recall + 1.0 - far));
        Outcome {
            set: "batadal",
            file: file.into(),
            by,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            events: Some((events.found(), runs(&odd).len())),
            time_to_detect_s: events.delay_s(),
            false_alarms_per_day: share(events.false_alarms as f64, table.span() as f64 / 86_400_000.0),
            own: right
                .map(|right| vec![("S", 0.5 * (in_time + right)), ("S_TTD", in_time), ("S_CM", right)])
                .unwrap_or_default(),
            note: if learned.is_none() { "learned from its own beginning" } else { "" },
        }
    };
    all.map(outcome).collect()
}
