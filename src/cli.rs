//! The command line: `linepack --help`. Exit codes: 0 fine, 1 the work failed, 2 wrong usage.

mod account;
mod check;
mod demo;
mod evaluate;
mod export;
mod history;
mod import;
mod init;
mod probe;
mod progress;
mod serve;
mod simulate;
mod site;
pub mod watch;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::site::{Report, Site};

/// Control-room hub for gas and heating networks: telemetry, alarms, dispatch, live maps.
#[derive(Debug, Parser)]
#[command(name = "linepack", version)]
pub struct Cli {
    /// How logs are written to stderr; `RUST_LOG` filters them.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A simulated city with nothing to install: stations, network, crews, broker, database, screens.
    Demo(demo::Demo),
    /// Run the hub on a site folder.
    Serve(serve::Serve),
    /// Validate a site folder and print what it holds, or every error as file:line:column: message.
    Check(check::Check),
    /// Write a commented starter site folder.
    Init(init::Init),
    /// Only the simulators of a site, to test another hub or another SCADA.
    Simulate(simulate::Simulate),
    /// Accounts of people.
    User(account::User),
    /// Tokens of programs.
    Token(account::Token),
    /// Ask a field device what it has, to write its template.
    Probe(probe::Probe),
    /// History out, as CSV or Parquet.
    Export(export::Export),
    /// History in.
    Import(import::Import),
    /// The site folder beside what runs.
    Site(site::Site),
    /// Live tail in a terminal.
    Watch(watch::WatchArgs),
    /// Judge the detectors on labelled recordings.
    Evaluate(evaluate::Evaluate),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    init_logs(cli.log_format);
    // both TLS stacks of the program take the same provider; a second install is refused, which is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&e.into()),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Check(args) => check::run(&args),
            Command::Init(args) => init::run(&args),
            Command::Simulate(args) => simulate::run(args).await,
            Command::User(args) => account::user(args).await,
            Command::Token(args) => account::token(args).await,
            Command::Probe(args) => probe::run(args).await,
            Command::Export(args) => export::run(args).await,
            Command::Import(args) => import::run(args).await,
            Command::Site(args) => site::run(args).await,
            Command::Watch(args) => watch::run(args).await,
            Command::Evaluate(args) => evaluate::run(&args),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&e),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // stderr may be closed; the exit code still tells
    let _ = writeln!(std::io::stderr(), "linepack: {error:#}");
    ExitCode::FAILURE
}

fn init_logs(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,rmqtt=warn,rmqtt_net=warn,sqlx=warn,hyper=warn,rumqttc=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// A line on stdout, for programs.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// A line on stderr, for people.
fn tell(text: &str) {
    // nobody reads it if this fails
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Reads a site folder; all its errors go to stderr, one a line.
fn load(dir: &Path) -> anyhow::Result<(Site, Report)> {
    Site::load(dir, Clock::System.now()).map_err(|problems| {
        for problem in &problems {
            tell(&problem.to_string());
        }
        anyhow::anyhow!("{}: {} error(s)", dir.display(), problems.len())
    })
}

/// The site folder of commands that act on one.
#[derive(Debug, clap::Args)]
struct SiteDir {
    /// The site folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    site: PathBuf,
}
