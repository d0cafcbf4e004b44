//! `linepack init DIR`.

use std::path::PathBuf;

use super::tell;
use crate::site::starter;

/// Write a starter site folder.
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// A new or empty folder.
    dir: PathBuf,
}

pub(super) fn run(args: &Init) -> anyhow::Result<()> {
    starter::write(&args.dir)?;
    let dir = args.dir.display();
    tell(&format!(
        "Wrote {dir}. Next: linepack check {dir}, linepack user add NAME --role admin --site {dir}, linepack serve {dir}"
    ));
    Ok(())
}
