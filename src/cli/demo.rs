//! `linepack demo`: a simulated city over real loopback sockets, and the hub that watches it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use linepack_sim::city::{City, CityOptions, SiteOptions};
use linepack_sim::{Api, Options, Simulation};
use rand::seq::IndexedRandom;

use super::{load, say, tell};
use crate::app::{self, Extras, Hub, Login};
use crate::clock::Clock;
use crate::demo::DemoScenarios;
use crate::lifecycle::{Signals, Tasks, until_signal};
use crate::plant::{now_ms, plant, utc_offset_s};
use crate::store::{NewUser, Role, Store};

/// Simulated crews stay this long after gas is back; a newcomer need not wait half an hour.
const HOLD: Duration = Duration::from_secs(20);
/// Gateways and lines of the simulated city.
const GATEWAYS: u16 = 4;

/// A simulated city with nothing to install.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Port of the screens; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address the screens listen on; 0.0.0.0 for a phone in the same network.
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST)]
    listen: Ipv4Addr,
    /// Keep site and data here; without it a temporary folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another seed is another city.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// District regulators of the city.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(4..=5000))]
    regulators: u32,
    /// A scenario to start with.
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Crews drive this many times faster than the road allows, so that nobody waits.
    #[arg(long, default_value_t = 6.0)]
    haste: f64,
}

pub(super) async fn run(args: Demo) -> anyhow::Result<()> {
    // a temporary folder goes away with the demo
    let (dir, _temporary) = match args.data {
        Some(dir) => (dir, None),
        None => {
            let folder = tempfile::Builder::new().prefix("linepack-demo-").tempdir()?;
            (folder.path().to_owned(), Some(folder))
        }
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;

    let city = City::generate(&CityOptions { seed: args.seed, regulators: args.regulators as usize });
    let options = SiteOptions {
        modbus: (0..GATEWAYS).map(|i| free(1502 + i)).collect::<anyhow::Result<_>>()?,
        mqtt: free(1883)?,
        listen: SocketAddr::from((args.listen, args.port)),
        language: "en".into(),
        store_url: "sqlite://data/hub.db".into(),
    };
    for (name, content) in city.site_files(&options) {
        std::fs::write(dir.join(&name), content).with_context(|| format!("cannot write {name}"))?;
    }
    let (site, report) = load(&dir)?;
    tell(&format!("A city of {report}"));

    let tasks = Tasks::new();
    let simulation = Options {
        seed: args.seed,
        now: now_ms,
        utc_offset_s: utc_offset_s(&site),
        time_factor: args.haste,
        hold: HOLD,
        human_crews: vec![city.human_crew().to_owned()],
    };
    let simulation = Simulation::start(plant(&site)?, simulation, tasks.stopping()).await?;
    let extras = Extras { scenarios: Some(Arc::new(DemoScenarios(simulation.clone()))) };
    let hub = app::start(Arc::new(site), Clock::System, extras, &tasks).await?;
    let logins = logins(&hub.store, city.human_crew()).await?;
    simulation.connect(hub.mqtt.as_deref().context("the demo has a broker")?, Some(api(&hub, &dir).await?))?;
    if let Some(name) = &args.scenario {
        simulation.run_scenario(name).await?;
    }
    let signals = Signals::listen();
    say(&hub.ready_line(&logins))?;
    greet(&hub, &logins);
    until_signal(&tasks, signals, || hub.reload_in_background()).await;
    hub.stop().await
}

/// The port asked for on loopback, or any that is free.
fn free(port: u16) -> anyhow::Result<SocketAddr> {
    let any = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).or_else(|_| any())?.local_addr()?)
}

/// One login a role, with a fresh password each start. The crew's is that of the crew that never answers by itself.
async fn logins(store: &Store, human_crew: &str) -> anyhow::Result<Vec<Login>> {
    let mut logins = vec![];
    for role in Role::ALL.into_iter().filter(|r| *r != Role::Ingest) {
        let (name, password) = (role.name(), password());
        store.remove_user(name).await?;
        let crew = (role == Role::Crew).then_some(human_crew);
        store.add_user(NewUser { name, role, crew, password: &password }, Clock::System.now()).await?;
        logins.push(Login { role: name, user: name.to_owned(), password });
    }
    Ok(logins)
}

/// Easy to read out and to type on a phone; the demo listens on loopback.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    (0..8).filter_map(|_| LETTERS.choose(&mut rng)).map(|b| char::from(*b)).collect()
}

/// What the simulated crews and callers need of the hub.
async fn api(hub: &Hub, dir: &Path) -> anyhow::Result<Api> {
    let (site, _) = load(dir)?;
    let now = Clock::System.now();
    let mut api = Api { base: hub.local_url(), ..Api::default() };
    for crew in &site.registry.crews {
        let name = format!("phone-{}-{}", crew.id, now.ms());
        api.crews.insert(crew.id.to_string(), hub.store.create_token(&name, Role::Crew, Some(&crew.id), now).await?.0);
    }
    let name = format!("hotline-{}", now.ms());
    api.dispatcher = Some(hub.store.create_token(&name, Role::Dispatcher, None, now).await?.0);
    Ok(api)
}

fn greet(hub: &Hub, logins: &[Login]) {
    tell(&format!("\n  {} is live at {}\n", hub.name, hub.url));
    for login in logins {
        tell(&format!("    {:<11} {:<11} {}", login.role, login.user, login.password));
    }
    tell("\n  Start a scenario from the screen (as operator), answer the page on /crew (as crew). Ctrl-C ends it.\n");
}
