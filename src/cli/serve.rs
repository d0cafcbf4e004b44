//! `linepack serve SITE`.

use std::path::PathBuf;
use std::sync::Arc;

use super::{load, say, tell};
use crate::app::{self, Extras};
use crate::clock::Clock;
use crate::lifecycle::{Signals, Tasks, until_signal};

/// Run the hub on a site folder.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// The site folder.
    site: PathBuf,
}

pub(super) async fn run(args: Serve) -> anyhow::Result<()> {
    let (site, report) = load(&args.site)?;
    tell(&report.to_string());
    let tasks = Tasks::new();
    let hub = app::start(Arc::new(site), Clock::System, Extras::default(), &tasks).await?;
    let signals = Signals::listen();
    say(&hub.ready_line(&[]))?;
    tell(&format!("{} is up at {}", hub.name, hub.url));
    until_signal(&tasks, signals, || hub.reload_in_background()).await;
    hub.stop().await
}
