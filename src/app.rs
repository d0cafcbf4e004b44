//! Builds every part of the hub in data-flow order. Read this file first.

mod hub;
mod listen;
mod lock;
mod reload;
mod store_alarm;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use linepack_core::{Core, PointId};
use tokio::sync::{mpsc, watch};

pub use hub::{Hub, Login};
pub use reload::SiteReloader;
use store_alarm::StoreAlarm;

use crate::api::{self, Access, Scenarios};
use crate::clock::Clock;
use crate::control::{self, Carrier};
use crate::engine::{Committer, Engine, EngineHandle, Refused};
use crate::ingest::{self, DeadLetters};
use crate::lifecycle::Tasks;
use crate::notify::Notifiers;
use crate::push::{Feed, Push, PushState, route};
use crate::site::Site;
use crate::store::{Store, StoreError};
use crate::view::{Board, Picture, Values, View};

/// Inputs from the field that may wait for the engine; full: links wait.
const DATA: usize = 4096;
/// Commands that may wait; full: 503.
const COMMANDS: usize = 1024;
/// Turns that may wait for the disk; full: the engine waits.
const TURNS: usize = 4096;
/// Changes that may wait for the pusher; full: everybody gets a snapshot.
const CHANGES: usize = 8192;

/// Pause between attempts to reach a database server at the start.
const DATABASE_RETRY: Duration = Duration::from_secs(2);

/// What only some hubs have.
#[derive(Clone, Default)]
pub struct Extras {
    /// The demo's scenarios.
    pub scenarios: Option<Arc<dyn Scenarios>>,
}

/// Starts a hub. When this returns it accepts connections.
pub async fn start(site: Arc<Site>, clock: Clock, extras: Extras, tasks: &Tasks) -> anyhow::Result<Hub> {
    let registry = site.registry.clone();
    let metrics = api::metrics_recorder()?;
    tasks.spawn("metrics", api::metrics_upkeep(metrics.clone(), tasks.stopping()));
    let lock = lock::take(&site.dir)?;

    // what was: the database takes over the rest of the log, then state comes back
    let store = open(&site).await?;
    let log = store.start(registry.clone(), tasks).await.context("cannot open the log")?;
    let saved = store.load(&registry).await.context("cannot read the saved state")?;

    // what is: one writer, one committer, one picture
    let core = Core::new(registry.clone(), saved);
    for (alarm, why) in core.refused_models() {
        metrics::counter!("linepack_models_refused_total").increment(1);
        tracing::warn!(alarm = registry.alarm_key(*alarm), why, "a stored model was not taken; it is learned anew");
    }
    let values = Arc::new(Values::new(&registry));
    for point in (0..registry.points.len()).filter_map(|p| u32::try_from(p).ok()).map(PointId) {
        values.set(point, core.value(point));
    }
    let board = Arc::new(Board::of(&core));
    // what people changed of alarms is in the core's
    let registry = core.registry().clone();
    let view = View::new(Picture { site: site.clone(), registry: registry.clone(), values: values.clone(), board });
    let (feed, feed_end) = Feed::channel(CHANGES);
    let (engine, data, commands) = EngineHandle::channel(DATA, COMMANDS);
    let (turns, turns_end) = mpsc::channel(TURNS);
    let (wake, woken) = watch::channel(0);
    let recording = engine.recording();
    let (orders, orders_end) = control::orders();
    let (view_of, feed_of, stop) = (view.clone(), feed.clone(), tasks.stopping());
    let committer = Committer { log, view: view_of, feed: feed_of, wake, orders, recording, stop };
    tasks.spawn("committer", async move { Ok(tokio::task::spawn_blocking(move || committer.run(turns_end)).await??) });
    let dead = DeadLetters::default();
    let writer = Engine::new(core, values, clock.clone(), feed, turns).refused_to(refused(dead.clone()));
    tasks.spawn("engine", writer.run(data, commands, tasks.stopping()));

    let watch = StoreAlarm::new(store.clone(), engine.clone(), view.clone());
    tasks.spawn("store alarm", watch.run(tasks.stopping()));

    // the field
    let mqtt = broker(&site, tasks).await?;
    let links = ingest::start(&site, engine.clone(), clock.clone(), dead.clone(), tasks, mqtt);
    let carrier = Carrier { links: links.clone(), engine: engine.clone(), clock: clock.clone(), tasks: tasks.clone() };
    tasks.spawn("control", carrier.run(orders_end));
    let notifiers = Notifiers { links: links.clone(), view: view.clone(), wake: woken, tasks: tasks.clone() };
    notifiers.start();

    // people
    let push = Push::new(view.clone(), clock.clone(), tasks);
    tasks.spawn("push", push.run(feed_end));
    let access = Access::new(store.clone(), clock.clone(), &site.server);
    let reloader = Arc::new(SiteReloader {
        view: view.clone(),
        engine: engine.clone(),
        store: store.clone(),
        links: links.clone(),
        notifiers,
        clock: clock.clone(),
        turn: tokio::sync::Mutex::new(()),
    });
    let state = api::State {
        view,
        engine,
        store: store.clone(),
        clock,
        access: access.clone(),
        dead,
        adoption: links.adoption(),
        links: Arc::new(move || links.statuses()),
        reload: reloader.clone(),
        scenarios: extras.scenarios,
        metrics,
    };
    let router = api::router(state).merge(api::shell(route(PushState { push, access })));
    let address = listen::serve(&site.server, router, tasks).await?;
    let scheme = if site.server.tls.is_some() { "https" } else { "http" };
    Ok(Hub {
        name: site.hub.name.clone(),
        url: format!("{scheme}://{address}"),
        mqtt: mqtt.map(|m| format!("mqtt://{m}")),
        modbus: hub::modbus_addresses(&site),
        store,
        reloader,
        tasks: tasks.clone(),
        _lock: lock,
    })
}

/// Opens the store. A database server that is away is waited for: after a power cut it may come up later than the hub.
async fn open(site: &Site) -> anyhow::Result<Store> {
    let server = site.store.url.starts_with("postgres");
    loop {
        match Store::open(&site.store, &site.dir).await {
            Err(StoreError::Database(e @ (sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut))) if server => {
                tracing::warn!(error = %e, "the database does not answer, trying again");
                tokio::time::sleep(DATABASE_RETRY).await;
            }
            opened => return opened.context("cannot open the store"),
        }
    }
}

/// The embedded broker, where the site has one.
async fn broker(site: &Site, tasks: &Tasks) -> anyhow::Result<Option<SocketAddr>> {
    let Some(settings) = &site.broker else { return Ok(None) };
    #[cfg(feature = "broker")]
    {
        let address = ingest::broker::start(settings, &site.dir, tasks).await;
        Ok(Some(address.with_context(|| format!("[broker] cannot listen on {}", settings.listen))?))
    }
    #[cfg(not(feature = "broker"))]
    {
        let _ = (settings, tasks);
        anyhow::bail!("[broker] is set, but this program was built without the feature `broker`");
    }
}

/// Samples that the engine did not take stand among the dead letters.
fn refused(dead: DeadLetters) -> Refused {
    Refused(Box::new(move |registry, sample, why| {
        let name = registry.point_name(sample.point);
        let asset = &registry.assets[registry.points[sample.point.index()].asset.index()];
        let connection = asset.connection.map_or("api", |c| &registry.connections[c.index()].name);
        let payload = format!("{} at {}", sample.value, sample.ts.ms());
        dead.add(sample.received, connection, &name, payload.as_bytes(), why);
    }))
}
