//! BATADAL: hourly SCADA of a simulated water town; one year without attacks, then one with.

use std::path::{Path, PathBuf};

use super::figures::{Counts, Events, runs, share};
use super::report::Outcome;
use super::{EvaluateError, baseline, name, read, stream};

/// Judges files with attacks, learning from the one without.
pub(super) fn judge(dir: &Path, files: &[PathBuf]) -> Result<Vec<Outcome>, EvaluateError> {
    let mut normal = None;
    let mut attacked = Vec::new();
    for path in files {
        let table = read(path)?;
        let labels = table.column("ATT_FLAG").unwrap_or_default();
        if labels.iter().any(|&v| v > 0.5) {
            attacked.push((path, table));
        } else {
            normal = Some(table);
        }
    }
    let Some(normal) = normal else { return Ok(Vec::new()) };
    let mut outcomes = Vec::new();
    for (path, table) in &attacked {
        let odd: Vec<bool> = table.column("ATT_FLAG").unwrap_or_default().iter().map(|&v| v > 0.5).collect();
        let train = normal.len();
        let signals: Vec<&String> = normal.names.iter().filter(|n| *n != "ATT_FLAG").collect();
        // one recording after the other, on one clock
        let shift = normal.times.last().copied().unwrap_or(0) + 3_600_000 - table.times.first().copied().unwrap_or(0);
        let times: Vec<i64> = normal.times.iter().copied().chain(table.times.iter().map(|t| t + shift)).collect();
        let both = |n: &&String| -> Vec<f64> {
            let of = |t: &super::Table| t.column(n.as_str()).map(<[f64]>::to_vec).unwrap_or_default();
            [of(&normal), of(table)].concat()
        };
        let columns: Vec<Vec<f64>> = signals.iter().map(both).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (ours, _) = stream::joint(&times, &columns, train);
        let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
        for (by, found) in std::iter::once(("linepack", ours)).chain(others) {
            let Some(found) = found.get(train..) else { continue };
            let counts = Counts::of(found, &odd);
            let at = |row: usize| table.times.get(row).copied().unwrap_or(0);
            let spans = |flags: &[bool]| runs(flags).into_iter().map(|(a, b)| (at(a), at(b - 1))).collect::<Vec<_>>();
            let events = Events::of(&spans(found), &spans(&odd));
            let days = odd.len() as f64 / 24.0;
            let late: f64 = runs(&odd)
                .iter()
                .zip(&events.delays)
                .map(|(&(a, b), delay)| {
                    let length = ((b - a) as f64 * 3_600_000.0).max(1.0);
                    delay.map_or(1.0, |ms| (ms as f64 / length).min(1.0))
                })
                .sum();
            let in_time = 1.0 - share(late, events.delays.len() as f64).unwrap_or(1.0);
            let right = counts.recall().zip(counts.false_rate()).map(|(recall, far)| 0.5 * (recall + 1.0 - far));
            outcomes.push(Outcome {
                set: "batadal",
                file: name(dir, path),
                by,
                precision: counts.precision(),
                recall: counts.recall(),
                f1: counts.f1(),
                events: Some((events.found(), events.delays.len())),
                time_to_detect_s: events.delay_s(),
                false_alarms_per_day: share(events.false_alarms as f64, days),
                own: right
                    .map(|right| vec![("S", 0.5 * (in_time + right)), ("S_TTD", in_time), ("S_CM", right)])
                    .unwrap_or_default(),
            });
        }
    }
    Ok(outcomes)
}
