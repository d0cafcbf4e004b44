//! Judges the detectors on recordings: `linepack evaluate detect DIR`. Every kind of recording is known by its columns;
//! one default of settings a kind of signal serves them all, and everything is causal.

mod alarms;
mod baseline;
mod batadal;
mod figures;
mod metec;
mod nab;
mod plain;
mod plume;
mod report;
mod skab;
mod stream;
mod substations;
mod table;
mod tep;
mod times;
mod whut;

use std::path::{Path, PathBuf};

pub use alarms::{Annunciation, Played, Upset, alarms, alarms_text};
pub use report::{Outcome, text};
use table::Table;

/// Why a folder or one of its files could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file or folder could not be read.
    #[error("{path}: {why}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A file is not what its name or columns promise.
    #[error("{path}: {what}")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Nothing in the folder is known.
    #[error("{0}: no recording of a known form")]
    Nothing(PathBuf),
}

impl EvaluateError {
    fn form(path: &Path, what: impl Into<String>) -> Self {
        Self::Form { path: path.into(), what: what.into() }
    }
}

/// What came of a folder.
#[derive(Debug, Default)]
pub struct Judged {
    /// By recording and way of detecting.
    pub outcomes: Vec<Outcome>,
    /// Recordings that could not be judged.
    pub problems: Vec<EvaluateError>,
}

impl Judged {
    /// Takes the outcomes of one recording, or why there are none.
    fn take(&mut self, outcomes: Result<Vec<Outcome>, EvaluateError>) {
        match outcomes {
            Ok(outcomes) => self.outcomes.extend(outcomes),
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// The folder that is meant, and whether only one file in it is.
fn place(path: &Path) -> (&Path, bool) {
    let single = path.is_file();
    (if single { path.parent().unwrap_or(path) } else { path }, single)
}

/// All files of a folder in their order, or the one.
fn files(path: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    let mut files = Vec::new();
    if path.is_file() {
        files.push(path.to_owned());
    } else {
        collect(path, 0, &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// Judges all recordings in a folder, of one kind or of several, or a single one. What cannot be judged stands among the
/// problems; an error is only where there is nothing at all.
pub fn detect(path: &Path) -> Result<Judged, EvaluateError> {
    let (dir, single) = place(path);
    let files = files(path)?;
    let mut judged = Judged::default();
    let mut forms = Forms::default();
    for path in &files {
        if tep::is_run(path) {
            forms.tep.push(path.clone());
        } else if (table::is_csv(path) && !metec::is_list(path)) || single {
            match table::header(path) {
                Ok(header) => forms.sort_in(path, &header),
                Err(problem) => judged.problems.push(problem),
            }
        }
    }
    tep::judge(dir, &forms.tep, &mut judged);
    tep::judge_tables(dir, &forms.tables, &mut judged);
    metec::judge(dir, &forms.metec, &mut judged);
    // streams nobody drew windows for are recordings like any other
    forms.plain.extend(nab::judge(dir, &forms.streams, &mut judged));
    skab::judge(dir, &forms.skab, &mut judged);
    batadal::judge(dir, &forms.batadal, &mut judged);
    substations::judge(dir, &forms.substations, &mut judged);
    whut::judge(dir, &forms.whut, &mut judged);
    plain::judge(dir, &forms.plain, &mut judged);
    if judged.outcomes.is_empty() && judged.problems.is_empty() {
        return Err(EvaluateError::Nothing(path.into()));
    }
    Ok(judged)
}

/// Only the rows that sum up a set, or the rows of a set that has no sums.
pub fn brief(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let summed: Vec<&str> = outcomes.iter().filter(|o| o.file == "all").map(|o| o.set).collect();
    let keep: Vec<bool> = outcomes.iter().map(|o| o.file == "all" || !summed.contains(&o.set)).collect();
    outcomes.into_iter().zip(keep).filter_map(|(outcome, keep)| keep.then_some(outcome)).collect()
}

/// Recordings by their form.
#[derive(Default)]
struct Forms {
    tep: Vec<PathBuf>,
    tables: Vec<PathBuf>,
    metec: Vec<PathBuf>,
    streams: Vec<PathBuf>,
    skab: Vec<PathBuf>,
    batadal: Vec<PathBuf>,
    substations: Vec<PathBuf>,
    whut: Vec<PathBuf>,
    plain: Vec<PathBuf>,
}

impl Forms {
    fn sort_in(&mut self, path: &Path, header: &[String]) {
        let has = |name: &str| header.iter().any(|column| column.eq_ignore_ascii_case(name));
        let list = match () {
            () if tep::is_table(header) => &mut self.tables,
            () if header.iter().any(|name| metec::is_sensor(name)) => &mut self.metec,
            () if has("Accelerometer1RMS") && has("anomaly") => &mut self.skab,
            () if has("DATETIME") && has("ATT_FLAG") => &mut self.batadal,
            () if has("t_sup_prim") && has("t_ret_sec") => &mut self.substations,
            () if has("pre1") && has("flow1") && has("flow2") => &mut self.whut,
            () if header.len() == 2 => &mut self.streams,
            () => &mut self.plain,
        };
        list.push(path.into());
    }
}

/// Folders deeper than this are not searched.
const DEPTH: usize = 4;

fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), EvaluateError> {
    let failed = |why| EvaluateError::Read { path: dir.into(), why };
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.is_dir() {
            files.push(path);
        } else if depth < DEPTH {
            collect(&path, depth + 1, files)?;
        }
    }
    Ok(())
}

/// A file's name below the folder, for the table.
fn name(dir: &Path, path: &Path) -> String {
    path.strip_prefix(dir).unwrap_or(path).display().to_string()
}

fn read(path: &Path) -> Result<Table, EvaluateError> {
    Table::read(path)
}
