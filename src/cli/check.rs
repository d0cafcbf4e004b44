//! `linepack check SITE`.

use std::path::PathBuf;

use super::{load, say};

/// Validate a site folder.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// The site folder.
    site: PathBuf,
}

pub(super) fn run(args: &Check) -> anyhow::Result<()> {
    let (_, report) = load(&args.site)?;
    say(&report.to_string())
}
