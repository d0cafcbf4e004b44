//! `linepack evaluate`: judges the detectors on labelled recordings.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{say, tell};
use crate::clock::Clock;
use crate::evaluate::{self, EvaluateError};

/// Arguments of `linepack evaluate`.
#[derive(Debug, clap::Args)]
pub(super) struct Evaluate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the detectors, with their defaults, over recordings and print how they did. What cannot be judged is named on
    /// stderr, and the exit code is 1.
    Detect(Detect),
    /// Play alarm journals of another system through the alarm engine and print what an operator would have been shown
    /// instead. The exit code is 1 where an alarm that stood for over ten minutes was not shown, or a file could not be played.
    Alarms(Alarms),
}

#[derive(Debug, clap::Args)]
struct Alarms {
    /// A folder of journals, or one: CSV, packed or not, with columns of time, tag and type (`HH`, `HH NR` when it went) or
    /// state (`Active`, `Normal`); where they are there also asset, area, test_case.
    path: PathBuf,
    /// For people or for machines.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Detect {
    /// A folder of recordings, or one recording: NAB, SKAB, BATADAL, TEP, METEC, substations, pipeline, or any CSV with a
    /// column of times; one called anomaly, label, attack, fault, … tells what is odd.
    dir: PathBuf,
    /// For people or for machines.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only the sums of each set.
    #[arg(long)]
    brief: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &Evaluate) -> anyhow::Result<()> {
    match &args.what {
        What::Detect(args) => detect(args),
        What::Alarms(args) => alarms(args),
    }
}

fn detect(args: &Detect) -> anyhow::Result<()> {
    let evaluate::Judged { mut outcomes, problems } = evaluate::detect(&args.dir)?;
    if args.brief {
        outcomes = evaluate::brief(outcomes);
    }
    if !outcomes.is_empty() || problems.is_empty() {
        match args.format {
            Format::Text => say(&evaluate::text(&outcomes))?,
            Format::Json => say(&serde_json::to_string(&outcomes)?)?,
        }
    }
    done(&problems)
}

fn alarms(args: &Alarms) -> anyhow::Result<()> {
    let begin = Clock::System.now();
    let evaluate::Played { journals, problems } = evaluate::alarms(&args.path)?;
    let seconds = (Clock::System.now() - begin).0 as f64 / 1000.0;
    if !journals.is_empty() {
        match args.format {
            Format::Text => say(&evaluate::alarms_text(&journals, seconds))?,
            Format::Json => say(&serde_json::to_string(&journals)?)?,
        }
    }
    let hidden: usize = journals.iter().map(|journal| journal.hidden.len()).sum();
    anyhow::ensure!(hidden == 0, "{hidden} alarm(s) stood for over ten minutes and were not shown");
    done(&problems)
}

/// Names what could not be judged.
fn done(problems: &[EvaluateError]) -> anyhow::Result<()> {
    for problem in problems {
        tell(&problem.to_string());
    }
    match problems.len() {
        0 => Ok(()),
        1 => anyhow::bail!("a recording could not be judged"),
        n => anyhow::bail!("{n} recordings could not be judged"),
    }
}
