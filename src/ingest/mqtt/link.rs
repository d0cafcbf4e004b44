//! The task that receives from one MQTT broker.
//!
//! It has a thread of its own. The session is persistent and acknowledgements are sent by hand: a QoS 1 message is
//! acknowledged once it is durable. Messages that are ready at once become one input, because each turn of the engine costs.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use linepack_core::{ConnectionId, Ts};
use tokio::time::Instant;

use super::acks::{Acks, REQUESTS};
use super::batch::{Batch, Receipt};
use super::client::{self, Client, Event, Events, Message, QoS};
use super::options::options;
use super::rest::{self, Rest};
use super::route::Reader;
use crate::ingest::LinkState;
use crate::ingest::backoff::Backoff;
use crate::ingest::feed::FeedError;
use crate::ingest::limits::Limits;
use crate::ingest::link::Link;
use crate::site::{MqttSettings, Protocol, Site};

/// Messages taken together at most.
const BATCH: usize = 512;
/// A connection that lived this long was a good one: after it the waits begin anew.
const GOOD: Duration = Duration::from_secs(5);

/// Receives until the link's settings change.
pub(crate) async fn run(link: &mut Link, settings: &MqttSettings) -> Result<(), FeedError> {
    let (site, present) = link.settings();
    let Some((connection, _)) = present else { return Ok(()) };
    let client_id = match settings.client_id.as_str() {
        "" => format!("linepack-{}", link.name),
        id => id.to_owned(),
    };
    let options = match options(settings, &client_id, link.broker) {
        Ok(options) => options,
        Err(detail) => {
            link.tell(&site, connection, false, &detail).await?;
            return link.changed().await;
        }
    };
    let (client, mut events) = client::open(options, REQUESTS);
    let session = Session {
        reader: Reader::new(site.registry.clone(), settings),
        backoff: Backoff::new(settings.retry_max),
        acks: Acks::default(),
        limits: Limits::new(settings.max_rate, site.registry.late_after),
        ready: Vec::new(),
        rest: Rest::new(Instant::now()),
        since: None,
        client,
        link,
        settings,
        site,
        connection,
    };
    session.run(&mut events).await
}

struct Session<'a> {
    link: &'a mut Link,
    settings: &'a MqttSettings,
    site: Arc<Site>,
    connection: ConnectionId,
    client: Client,
    reader: Reader,
    backoff: Backoff,
    acks: Acks,
    limits: Limits,
    /// Messages that were ready together, with their time of receipt.
    ready: Vec<(Ts, Message)>,
    rest: Rest,
    /// When the present connection began.
    since: Option<Instant>,
}

/// What ended the wait.
enum Woken {
    Event(Result<Event, String>),
    /// The site has other settings for this link, or no such link.
    Settings,
    /// Something that was handed over will not become durable.
    Abandoned,
}

impl Session<'_> {
    async fn run(mut self, events: &mut Events) -> Result<(), FeedError> {
        loop {
            match self.next(events).await? {
                Woken::Event(event) => match event {
                    Ok(Event::Message(message)) => self.ready.push((self.link.clock.now(), message)),
                    Ok(Event::Connected) => self.connected().await?,
                    Ok(Event::Subscribed(refusals)) => self.subscribed(&refusals),
                    Ok(_) => {}
                    Err(detail) => self.broke(&detail).await?,
                },
                Woken::Settings => return Ok(()),
                Woken::Abandoned => {
                    // The broker delivers anew, after a reconnect, what was not acknowledged.
                    events.clean();
                    self.broke("messages could not be made durable").await?;
                }
            }
        }
    }

    /// The next event. What has been read so far is handed over as soon as nothing more is ready.
    async fn next(&mut self, events: &mut Events) -> Result<Woken, FeedError> {
        while self.acks.is_full() {
            if self.acks.send(&self.client).await.is_err() {
                return Ok(Woken::Abandoned);
            }
        }
        // Not dropped before it is ready while the connection is to live on: a packet could be half handled.
        let mut poll = pin!(events.poll());
        if self.ready.len() < BATCH
            && let Poll::Ready(event) = std::future::poll_fn(|cx| Poll::Ready(poll.as_mut().poll(cx))).await
        {
            return Ok(Woken::Event(event));
        }
        let full = self.ready.len() >= BATCH;
        let may_rest = self.rest.after(Instant::now(), self.ready.len()) && !full;
        if !self.flush(false).await? {
            return Ok(Woken::Settings);
        }
        if may_rest {
            rest::sleep();
        }
        loop {
            let held = self.limits.wait();
            tokio::select! {
                () = tokio::time::sleep(held.unwrap_or_default()), if held.is_some() => {
                    if !self.flush(false).await? {
                        return Ok(Woken::Settings);
                    }
                }
                event = &mut poll => return Ok(Woken::Event(event)),
                sent = self.acks.send(&self.client) => if sent.is_err() {
                    return Ok(Woken::Abandoned);
                },
                changed = self.link.changed() => {
                    changed?;
                    if !self.adopt().await? {
                        return Ok(Woken::Settings);
                    }
                }
            }
        }
    }

    async fn connected(&mut self) -> Result<(), FeedError> {
        self.since = Some(Instant::now());
        let qos = if self.settings.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let filters = self.reader.filters();
        let asked = filters.is_empty() || self.client.subscribe(&filters, qos).is_ok();
        let detail = if asked { "" } else { "the subscriptions are not valid topic filters" };
        self.link.tell(&self.site, self.connection, true, detail).await
    }

    fn subscribed(&mut self, refusals: &[Option<String>]) {
        let filters = self.reader.filters();
        let pairs = refusals.iter().zip(filters);
        let refused: Vec<_> = pairs.filter_map(|(why, filter)| Some(format!("{filter} ({})", why.as_ref()?))).collect();
        if !refused.is_empty() {
            let detail = format!("the broker refused to subscribe {}", refused.join(", "));
            tracing::warn!(connection = &*self.link.name, detail, "link {}: {detail}", self.link.name);
            self.link.status.error();
            self.link.status.set(LinkState::Connected, self.link.clock.now(), &detail);
        }
    }

    /// The connection is gone. After a good one the next attempt is made at once, before anybody is alarmed.
    async fn broke(&mut self, detail: &str) -> Result<(), FeedError> {
        self.flush(true).await?;
        self.acks.clear();
        self.link.status.error();
        if self.since.take().is_some_and(|since| since.elapsed() > GOOD) {
            self.backoff.reset();
            return Ok(());
        }
        self.link.tell(&self.site, self.connection, false, detail).await?;
        tokio::select! {
            () = tokio::time::sleep(self.backoff.next()) => Ok(()),
            changed = self.link.changed() => changed,
        }
    }

    /// Reads what is ready and hands it over, with what was held back and may go now, or with `all` of it. False: the
    /// site has other settings for this link.
    async fn flush(&mut self, all: bool) -> Result<bool, FeedError> {
        if self.ready.is_empty() && self.limits.wait().is_none() {
            return Ok(true);
        }
        let feed = self.link.feed.clone();
        let mut entry = feed.enter().await;
        while !entry.is_of(&self.site) {
            drop(entry);
            if !self.adopt().await? {
                return Ok(false);
            }
            entry = feed.enter().await;
        }
        let (mut batch, mut packets) = (Batch::default(), Vec::new());
        for (at, message) in self.ready.drain(..) {
            let receipt = Receipt { at, retained: message.retained };
            let (samples, others) = (batch.samples.len(), batch.others.len());
            self.reader.read(&message.topic, &message.payload, receipt, &mut batch);
            let (samples, others) = ((&mut batch.samples, samples), (&mut batch.others, others));
            self.limits.pass(&self.site.registry, at, samples, others);
            packets.extend(message.packet);
            if batch.refused.is_empty() {
                self.link.status.good(at);
            } else {
                self.link.status.error();
                let reason = std::mem::take(&mut batch.refused).join("; ");
                self.link.dead.add(at, &self.link.name, &message.topic, &message.payload, &reason);
            }
        }
        let now = self.link.clock.now();
        // a message is acknowledged only once its values are durable, and those behind it wait for that
        self.limits.release(now, all || !packets.is_empty(), &mut batch.samples, &mut batch.others);
        for conflated in self.limits.reports(now) {
            self.link.limited(&conflated.source.name(&self.site.registry), conflated);
        }
        if packets.is_empty() {
            entry.feed(batch.take()).await?;
        } else {
            let safe = entry.feed_durable(batch.take()).await?;
            self.acks.push(packets, safe);
        }
        Ok(true)
    }

    /// Takes over a new site. False: this link has other settings there, or is gone.
    async fn adopt(&mut self) -> Result<bool, FeedError> {
        let (site, present) = self.link.settings();
        let connection = match present {
            Some((connection, Protocol::Mqtt(settings))) if settings == *self.settings => connection,
            _ => return Ok(false),
        };
        self.reader = Reader::new(site.registry.clone(), self.settings);
        self.limits = Limits::new(self.settings.max_rate, site.registry.late_after);
        (self.site, self.connection) = (site, connection);
        if let Some(up) = self.link.told.take() {
            self.link.tell(&self.site, connection, up, "").await?;
        }
        Ok(true)
    }
}
