//! The `linepack` command.

use std::process::ExitCode;

use clap::Parser;
use linepack::cli::{Cli, run};

fn main() -> ExitCode {
    // clap itself answers wrong usage with exit code 2
    run(Cli::parse())
}
