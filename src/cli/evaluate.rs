//! `linepack evaluate`: judges the detectors on labelled recordings.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{say, tell};
use crate::evaluate;

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
    let What::Detect(args) = &args.what;
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
    for problem in &problems {
        tell(&problem.to_string());
    }
    match problems.len() {
        0 => Ok(()),
        1 => anyhow::bail!("a recording could not be judged"),
        n => anyhow::bail!("{n} recordings could not be judged"),
    }
}
