//! Judges the detectors on labelled recordings: `linepack evaluate detect DIR`. Every kind of recording is known by its
//! columns; one default of settings a kind of signal serves them all, and everything is causal.

mod baseline;
mod batadal;
mod figures;
mod metec;
mod nab;
mod plain;
mod report;
mod skab;
mod stream;
mod substations;
mod table;
mod tep;
mod whut;

use std::path::{Path, PathBuf};

pub use report::{Outcome, text};
use table::Table;

/// Why a folder could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file or folder could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
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

/// Judges all recordings in a folder, of one kind or of several.
pub fn detect(dir: &Path) -> Result<Vec<Outcome>, EvaluateError> {
    let mut files = Vec::new();
    collect(dir, 0, &mut files)?;
    files.sort();
    let mut outcomes = Vec::new();
    outcomes.extend(tep::judge(dir, &files)?);
    outcomes.extend(metec::judge(dir, &files)?);
    let tables = files.iter().filter(|path| table::is_csv(path));
    let mut forms = Forms::default();
    for path in tables {
        let header = table::header(path)?;
        forms.sort_in(path, &header);
    }
    outcomes.extend(nab::judge(dir, &forms.nab)?);
    outcomes.extend(skab::judge(dir, &forms.skab)?);
    outcomes.extend(batadal::judge(dir, &forms.batadal)?);
    outcomes.extend(substations::judge(dir, &forms.substations)?);
    outcomes.extend(whut::judge(dir, &forms.whut)?);
    outcomes.extend(plain::judge(dir, &forms.plain)?);
    if outcomes.is_empty() {
        return Err(EvaluateError::Nothing(dir.into()));
    }
    Ok(outcomes)
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
    nab: Vec<PathBuf>,
    skab: Vec<PathBuf>,
    batadal: Vec<PathBuf>,
    substations: Vec<PathBuf>,
    whut: Vec<PathBuf>,
    plain: Vec<PathBuf>,
}

impl Forms {
    fn sort_in(&mut self, path: &Path, header: &[String]) {
        let has = |name: &str| header.iter().any(|column| column == name);
        let list = match () {
            () if header == ["timestamp", "value"] => &mut self.nab,
            () if has("Accelerometer1RMS") && has("Volume Flow RateRMS") => &mut self.skab,
            () if has("DATETIME") && has("ATT_FLAG") => &mut self.batadal,
            () if has("t_sup_prim") && has("t_ret_sec") => &mut self.substations,
            () if has("pre1") && has("flow1") && has("flow2") => &mut self.whut,
            () if plain::LABELS.iter().any(|label| has(label)) => &mut self.plain,
            () => return,
        };
        list.push(path.into());
    }
}

/// Folders deeper than this are not searched.
const DEPTH: usize = 3;

fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), EvaluateError> {
    let failed = |source| EvaluateError::Read { path: dir.into(), source };
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
