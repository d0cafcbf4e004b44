//! `linepack evaluate`: judges the detectors on labelled recordings.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::say;
use crate::evaluate;

/// Arguments of `linepack evaluate`.
#[derive(Debug, clap::Args)]
pub(super) struct Evaluate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the detectors, with their defaults, over a folder of recordings and print how they did.
    Detect(Detect),
}

#[derive(Debug, clap::Args)]
struct Detect {
    /// A folder of recordings: NAB, SKAB, BATADAL, TEP, METEC, substations, pipeline, or any CSV whose first column is
    /// time and one column a label (anomaly, label, ATT_FLAG, changepoint).
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
    let mut outcomes = evaluate::detect(&args.dir)?;
    if args.brief {
        outcomes = evaluate::brief(outcomes);
    }
    match args.format {
        Format::Text => say(&evaluate::text(&outcomes)),
        Format::Json => say(&serde_json::to_string(&outcomes)?),
    }
}
