//! All links of the hub: started, watched, carried over reloads.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, mpsc, watch};

use super::feed::{Feed, FeedError};
use super::link::{Link, word};
use super::mqtt::{self, Publisher};
use super::write::{self, Write, WriteError};
use super::{Adoption, DeadLetters, LinkStatus, modbus, sparkplug};
use crate::clock::Clock;
use crate::engine::EngineHandle;
use crate::lifecycle::Tasks;
use crate::site::{Connection, Protocol, Site};

/// The hub's links; clones share them.
#[derive(Clone, Debug)]
pub struct Links(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sites: watch::Sender<Arc<Site>>,
    feed: Feed,
    clock: Clock,
    dead: DeadLetters,
    adoption: Adoption,
    shapes: modbus::Shapes,
    tasks: Tasks,
    broker: Option<SocketAddr>,
    /// By name and protocol. Never shrinks: the task of a link that a reload took away sleeps until one brings it back.
    started: Mutex<BTreeMap<(String, &'static str), Started>>,
}

#[derive(Debug)]
struct Started {
    status: LinkStatus,
    publisher: Option<Publisher>,
    writes: mpsc::Sender<Write>,
}

/// Starts all links of the site. `broker` is where the embedded broker listens: an MQTT connection to port 0 means it.
pub fn start(
    site: &Arc<Site>,
    engine: EngineHandle,
    clock: Clock,
    dead: DeadLetters,
    tasks: &Tasks,
    broker: Option<SocketAddr>,
) -> Links {
    let links = Links(Arc::new(Inner {
        sites: watch::channel(site.clone()).0,
        feed: Feed::new(engine, site.clone()),
        clock,
        dead,
        adoption: Adoption::default(),
        shapes: modbus::Shapes::default(),
        tasks: tasks.clone(),
        broker,
        started: Mutex::default(),
    }));
    links.start_missing();
    links
}

impl Links {
    /// State and counters of the present site's links, in its order.
    pub fn statuses(&self) -> Vec<LinkStatus> {
        self.present(|_, s| Some(s.status.clone()))
    }

    /// Ways out for the hub's own messages: one a connection with `publish = true`. Ask again after a reload.
    pub fn publishers(&self) -> Vec<Publisher> {
        self.present(|protocol, s| match protocol {
            Protocol::Mqtt(settings) if settings.publish => s.publisher.clone(),
            _ => None,
        })
    }

    /// What edge nodes speak of and the site does not know.
    pub fn adoption(&self) -> Adoption {
        self.0.adoption.clone()
    }

    /// Hands a write to the link of the point's asset, or answers at once why not.
    pub fn write(&self, write: Write) {
        let site = self.0.sites.borrow().clone();
        let target = (site.registry.generation == write.generation).then(|| {
            let point = site.registry.points.get(write.point.index())?;
            let connection = site.registry.assets.get(point.asset.index())?.connection?;
            let connection = site.connections.get(connection.index())?;
            let started = self.0.started.lock().unwrap_or_else(PoisonError::into_inner);
            Some(started.get(&(connection.name.clone(), word(&connection.protocol)))?.writes.clone())
        });
        let (write, error) = match target {
            None => (write, WriteError::Outdated),
            Some(None) => (write, WriteError::NotWritable("its asset has no connection".to_owned())),
            Some(Some(link)) => match link.try_send(write) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(write) | mpsc::error::TrySendError::Closed(write)) => {
                    (write, WriteError::Busy)
                }
            },
        };
        // whoever asked may have gone away
        let _ = write.answer.send(Err(error));
    }

    /// Carries the links over to a new site. Holds them, waits until the engine has worked off what they sent, runs
    /// `apply`, which gives the engine the new site, and lets them go on; a link whose settings are the same keeps its
    /// connection. If `apply` fails everything stays as it was.
    pub async fn reload<T, E>(
        &self,
        site: Arc<Site>,
        apply: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let announce = || {
            self.0.sites.send_replace(site.clone());
        };
        let done = self.0.feed.reload(&site, apply, announce).await?;
        self.start_missing();
        Ok(done)
    }

    fn present<T>(&self, pick: impl Fn(&Protocol, &Started) -> Option<T>) -> Vec<T> {
        let site = self.0.sites.borrow().clone();
        let started = self.0.started.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |c: &Connection| pick(&c.protocol, started.get(&(c.name.clone(), word(&c.protocol)))?);
        site.connections.iter().filter_map(find).collect()
    }

    fn start_missing(&self) {
        let site = self.0.sites.borrow().clone();
        let mut started = self.0.started.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in &site.connections {
            let key = (connection.name.clone(), word(&connection.protocol));
            started.entry(key).or_insert_with_key(|(name, protocol)| self.start(name, protocol));
        }
    }

    fn start(&self, name: &str, protocol: &'static str) -> Started {
        let inner = &self.0;
        let status = LinkStatus::new(name, protocol, inner.clock.now());
        let (writes, waiting) = write::channel();
        let link = Link {
            name: name.into(),
            site: inner.sites.subscribe(),
            feed: inner.feed.of_link(),
            clock: inner.clock.clone(),
            dead: inner.dead.clone(),
            status: status.clone(),
            protocol,
            broker: inner.broker,
            told: None,
            shapes: inner.shapes.clone(),
            writes: waiting,
        };
        let publisher = (protocol == "mqtt").then(|| self.start_publisher(&link));
        if protocol == "mqtt" {
            let (link, adoption, stop) = (link.clone(), inner.adoption.clone(), inner.tasks.stopping());
            let host = move || sparkplug::run(link.clone(), adoption.clone(), stop.clone());
            inner.tasks.supervise(format!("sparkplug {name}"), host);
        }
        if protocol == "mqtt" {
            // few, and one that brings a great deal rests for moments in which nothing may wake it
            inner.tasks.supervise_on_thread(format!("link {name}"), move || receive(link.clone()));
        } else {
            inner.tasks.supervise_droppable(format!("link {name}"), move || receive(link.clone()));
        }
        Started { status, publisher, writes }
    }

    fn start_publisher(&self, link: &Link) -> Publisher {
        let (publisher, ends) = mqtt::channel(&link.name);
        let (link, ends, stop) = (link.clone(), Arc::new(AsyncMutex::new(ends)), self.0.tasks.stopping());
        self.0.tasks.supervise(format!("publisher {}", link.name), move || {
            let (link, ends, stop) = (link.clone(), ends.clone(), stop.clone());
            async move { mqtt::publish(link, &mut *ends.lock().await, &stop).await }
        });
        publisher
    }
}

/// One link, whatever the site makes of it.
async fn receive(mut link: Link) {
    loop {
        let ended = match link.settings().1 {
            Some((_, Protocol::Modbus(settings))) => modbus::run(&mut link, &settings).await,
            Some((_, Protocol::Mqtt(settings))) => mqtt::run(&mut link, &settings).await,
            None => {
                link.told = None;
                link.changed().await
            }
        };
        if ended == Err(FeedError::Closed) {
            // The engine is gone, so the hub stops.
            std::future::pending::<()>().await;
        }
    }
}
