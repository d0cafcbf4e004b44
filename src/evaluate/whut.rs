//! WHUT: a pipeline bench at 10 Hz without a leak: whatever alarms is false.

use std::path::{Path, PathBuf};

use linepack_core::Millis;
use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};

use super::figures::{runs, share};
use super::report::Outcome;
use super::table::Table;
use super::{Judged, baseline, name, read, stream};

/// Part of a run that is learned from.
const TRAIN: f64 = 0.2;
const SIGNALS: [(&str, SignalKind); 4] = [
    ("pre1", SignalKind::Pressure),
    ("pre2", SignalKind::Pressure),
    ("flow1", SignalKind::Flow),
    ("flow2", SignalKind::Flow),
];

/// Judges all runs.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    for path in files {
        judged.take(read(path).map(|table| one(&name(dir, path), table)));
    }
}

fn one(file: &str, mut table: Table) -> Vec<Outcome> {
    // some rows share a tenth of a second: spread evenly
    let span = table.span();
    let rows = table.len().max(1) as i64;
    let first = table.times.first().copied().unwrap_or(0);
    table.times = (0..rows).map(|row| first + row * span.max(rows) / rows).collect();
    let warm_up = Millis((span as f64 * TRAIN) as i64);
    let train = (table.len() as f64 * TRAIN) as usize;
    let mut watched = Vec::new();
    for (signal, kind) in SIGNALS {
        let Some(column) = table.column(signal) else { continue };
        for detector in [DetectorKind::Statistical, DetectorKind::Rate, DetectorKind::Stuck] {
            // ten minutes are all there is
            let spec = DetectorSpec { warm_up, ..DetectorSpec::of(detector, kind) };
            watched.push((stream::Watched::new(spec), column, None));
        }
    }
    if let (Some(one), Some(two)) = (table.column("flow1"), table.column("flow2")) {
        let spec = DetectorSpec { warm_up, ..DetectorSpec::of(DetectorKind::Deviation, SignalKind::Flow) };
        watched.push((stream::Watched::new(spec), one, Some(two)));
    }
    let mut alarms = 0;
    for (one, column, twin) in &mut watched {
        let rows = table.times.iter().zip(column.iter()).enumerate();
        let found: Vec<bool> = rows
            .map(|(row, (&ts, &value))| {
                let beside = twin.and_then(|twin: &[f64]| twin.get(row).copied()).unwrap_or(f64::NAN);
                one.look(ts, value, &[beside], true)
            })
            .collect();
        alarms += runs(&found).len();
    }
    let columns: Vec<&[f64]> = SIGNALS.iter().filter_map(|(n, _)| table.column(n)).collect();
    let others =
        baseline::ALL.iter().map(|(by, way)| (*by, columns.iter().map(|column| runs(&way(column, train)).len()).sum()));
    let outcome = |(by, alarms): (&'static str, usize)| Outcome {
        set: "whut",
        file: file.into(),
        by,
        false_alarms_per_day: share(alarms as f64, span as f64 / 86_400_000.0),
        own: vec![("alarms", alarms as f64)],
        ..Outcome::default()
    };
    std::iter::once(("linepack", alarms)).chain(others).map(outcome).collect()
}
