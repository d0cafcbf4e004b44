//! Heat substations of a real utility: no labels of faults, but plenty of faults of the data themselves.

use std::path::{Path, PathBuf};

use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};

use super::figures::{runs, share};
use super::report::Outcome;
use super::table::Table;
use super::{Judged, name, read, stream};

/// What a temperature of water or air can be, °C; a site would set it as the point's range.
const RANGE: (f64, f64) = (-35.0, 150.0);
const TEMPERATURES: [&str; 6] = ["t_amb", "t_ref", "t_sup_prim", "t_ret_prim", "t_sup_sec", "t_ret_sec"];

/// Judges all files.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    for path in files {
        let outcome = |table| Outcome { set: "substations", file: name(dir, path), by: "linepack", ..one(&table) };
        judged.take(read(path).map(|table| vec![outcome(table)]));
    }
}

/// Which values are good: within the range and no dropout.
fn good(table: &Table, column: &[f64]) -> (Vec<bool>, usize, usize) {
    let mut spike = stream::Watched::new(DetectorSpec::of(DetectorKind::Spike, SignalKind::Temperature));
    let (mut zeros, mut found) = (0, 0);
    let rows = table.times.iter().zip(column);
    let good = rows.map(|(&ts, &value)| {
        let possible = value >= RANGE.0 && value <= RANGE.1;
        let dropout = spike.dropout(ts, value, possible);
        zeros += usize::from(value == 0.0);
        found += usize::from(value == 0.0 && dropout);
        possible && !dropout
    });
    (good.collect(), zeros, found)
}

fn one(table: &Table) -> Outcome {
    let days = table.span() as f64 / 86_400_000.0;
    let (mut zeros, mut zeros_found, mut broken, mut broken_found) = (0, 0, 0, 0);
    let mut alarms = 0;
    let mut clean = Vec::new();
    for temperature in TEMPERATURES {
        let Some(column) = table.column(temperature) else {
            clean.push(vec![f64::NAN; table.len()]);
            continue;
        };
        let outdoor = temperature == "t_amb";
        let (good, z, f) = if outdoor {
            (column.iter().map(|v| (RANGE.0..=RANGE.1).contains(v)).collect(), 0, 0)
        } else {
            good(table, column)
        };
        zeros += z;
        zeros_found += f;
        let is_broken = |v: f64| v.is_finite() && !(RANGE.0..=RANGE.1).contains(&v);
        broken += column.iter().filter(|v| is_broken(**v)).count();
        broken_found += column.iter().zip(&good).filter(|(v, good)| is_broken(**v) && !**good).count();
        if !["t_amb", "t_ref"].contains(&temperature) {
            let mut point = stream::Point::new(SignalKind::Temperature);
            let rows = table.times.iter().zip(column).zip(&good).enumerate();
            let found: Vec<bool> = rows
                .map(|(row, ((&ts, &v), &good))| {
                    let outdoor = table.column("t_amb").and_then(|c| c.get(row).copied()).unwrap_or(f64::NAN);
                    point.look(ts, v, &[outdoor], good)
                })
                .collect();
            alarms += runs(&found).len();
        }
        clean.push(column.iter().zip(&good).map(|(&v, &good)| if good { v } else { f64::NAN }).collect());
    }
    let mut station = stream::Watched::new(DetectorSpec::of(DetectorKind::Substation, SignalKind::Temperature));
    let at = |which: usize, row: usize| clean.get(which).and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN);
    let found: Vec<bool> = table
        .times
        .iter()
        .enumerate()
        .map(|(row, &ts)| {
            let beside = [at(2, row), at(3, row), at(5, row), at(1, row)];
            station.look(ts, at(4, row), &beside, true)
        })
        .collect();
    let station_alarms = runs(&found).len();
    let mut own = vec![
        ("zeros", zeros as f64),
        ("found", zeros_found as f64),
        ("broken", broken as f64),
        ("found", broken_found as f64),
    ];
    if let Some(counter) = table.column("e") {
        let mut one = stream::Watched::new(DetectorSpec::of(DetectorKind::Counter, SignalKind::Counter));
        let found: Vec<bool> =
            table.times.iter().zip(counter).map(|(&ts, &v)| one.look(ts, v, &[], v != 0.0)).collect();
        own.push(("counter alarms", runs(&found).len() as f64));
        alarms += runs(&found).len();
    }
    alarms += station_alarms;
    own.push(("station alarms", station_alarms as f64));
    own.push(("alarms/h", alarms as f64 / (days * 24.0).max(1.0)));
    Outcome {
        recall: share((zeros_found + broken_found) as f64, (zeros + broken) as f64),
        false_alarms_per_day: share(alarms as f64, days),
        own,
        ..Outcome::default()
    }
}
