//! `linepack simulate SITE`: only the simulators, for testing another hub or another SCADA.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use linepack_sim::{Options, Simulation};

use super::{load, say, tell};
use crate::lifecycle::{Signals, Tasks, until_signal};
use crate::plant::{now_ms, plant, utc_offset_s};
use crate::site::{Protocol, Site};

/// Run the simulators of a site.
#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    /// The site folder.
    site: PathBuf,
    /// What happens when: one line each, `SECONDS NAME`; `#` begins a comment.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Another seed is another day.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub(super) async fn run(args: Simulate) -> anyhow::Result<()> {
    let (site, _) = load(&args.site)?;
    let script = args.scenario.as_deref().map(script).transpose()?.unwrap_or_default();
    let tasks = Tasks::new();
    let options = Options {
        seed: args.seed,
        now: now_ms,
        utc_offset_s: utc_offset_s(&site),
        time_factor: 1.0,
        hold: Duration::from_secs(60),
        human_crews: vec![],
    };
    let simulation = Simulation::start(plant(&site)?, options, tasks.stopping()).await?;
    for (_, name) in &script {
        if !Simulation::scenarios().iter().any(|s| s.name == name) {
            let known: Vec<_> = Simulation::scenarios().iter().map(|s| s.name).collect();
            bail!("there is no scenario {name}; there are {}", known.join(", "));
        }
    }
    if let Some(broker) = broker(&site) {
        simulation.connect(&broker, None)?;
    }
    let addresses: Vec<_> = simulation.modbus_addresses().iter().map(ToString::to_string).collect();
    let signals = Signals::listen();
    say(&serde_json::json!({"modbus": addresses, "mqtt": broker(&site)}).to_string())?;
    let stop = tasks.stopping();
    tasks.once(async move {
        for (after, name) in script {
            tokio::select! { () = tokio::time::sleep(after) => {} () = stop.cancelled() => return }
            match simulation.run_scenario(&name).await {
                Ok(what) => tell(&what),
                Err(e) => tell(&format!("{name}: {e}")),
            }
        }
        stop.cancelled().await;
    });
    until_signal(&tasks, signals, || {}).await;
    tasks.finish(Duration::from_secs(5)).await
}

/// The broker that MQTT devices of the site publish to.
fn broker(site: &Site) -> Option<String> {
    site.connections.iter().find_map(|c| match &c.protocol {
        Protocol::Mqtt(mqtt) => Some(mqtt.address.clone()),
        Protocol::Modbus(_) => None,
    })
}

/// Pauses and names, in order; times in the file count from the start.
fn script(file: &Path) -> anyhow::Result<Vec<(Duration, String)>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut at = 0.0;
    let mut steps = vec![];
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let wrong =
            || format!("{}:{}:1: expected `SECONDS NAME`, later than the line before", file.display(), number + 1);
        let (seconds, name) = line.split_once(char::is_whitespace).with_context(wrong)?;
        let seconds: f64 = seconds.parse().with_context(wrong)?;
        let pause = Duration::try_from_secs_f64(seconds - at).with_context(wrong)?;
        steps.push((pause, name.trim().to_owned()));
        at = seconds;
    }
    Ok(steps)
}
