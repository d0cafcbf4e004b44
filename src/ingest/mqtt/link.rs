//! The task that receives from one MQTT broker.
//!
//! The session is persistent and acknowledgements are sent by hand: a QoS 1 message is acknowledged once it is durable.
//! Messages that are ready at once become one input, because each turn of the engine costs.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use linepack_core::{ConnectionId, Ts};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Packet, Publish, QoS, SubscribeFilter, SubscribeReasonCode,
};
use tokio::time::Instant;

use super::acks::{Acks, REQUESTS};
use super::batch::{Batch, Receipt};
use super::options::{options, tune};
use super::route::Reader;
use crate::ingest::LinkState;
use crate::ingest::backoff::Backoff;
use crate::ingest::feed::FeedError;
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
    let mut options = match options(settings, &client_id, &site.dir, link.broker) {
        Ok(options) => options,
        Err(detail) => {
            link.tell(&site, connection, false, &detail).await?;
            return link.changed().await;
        }
    };
    options.set_clean_session(false);
    let (client, mut events) = AsyncClient::new(options, REQUESTS);
    tune(&mut events);
    let session = Session {
        reader: Reader::new(site.registry.clone(), settings.subscribe.clone()),
        backoff: Backoff::new(settings.retry_max),
        acks: Acks::default(),
        ready: Vec::new(),
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
    client: AsyncClient,
    reader: Reader,
    backoff: Backoff,
    acks: Acks,
    /// Messages that were ready together, with their time of receipt.
    ready: Vec<(Ts, Publish)>,
    /// When the present connection began.
    since: Option<Instant>,
}

/// What ended the wait.
enum Woken {
    Event(Box<Result<Event, ConnectionError>>),
    /// The site has other settings for this link, or no such link.
    Settings,
    /// Something that was handed over will not become durable.
    Abandoned,
}

impl Session<'_> {
    async fn run(mut self, events: &mut EventLoop) -> Result<(), FeedError> {
        loop {
            match self.next(events).await? {
                Woken::Event(event) => match *event {
                    Ok(Event::Incoming(Packet::Publish(publish))) => self.ready.push((self.link.clock.now(), publish)),
                    Ok(Event::Incoming(Packet::ConnAck(_))) => self.connected().await?,
                    Ok(Event::Incoming(Packet::SubAck(ack))) => self.subscribed(&ack.return_codes),
                    Ok(_) => {}
                    Err(e) => self.broke(&e.to_string()).await?,
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
    async fn next(&mut self, events: &mut EventLoop) -> Result<Woken, FeedError> {
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
            return Ok(Woken::Event(Box::new(event)));
        }
        if !self.flush().await? {
            return Ok(Woken::Settings);
        }
        loop {
            tokio::select! {
                event = &mut poll => return Ok(Woken::Event(Box::new(event))),
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
        let filters: Vec<_> = self.reader.filters().into_iter().map(|path| SubscribeFilter { path, qos }).collect();
        let asked = filters.is_empty() || self.client.try_subscribe_many(filters).is_ok();
        let detail = if asked { "" } else { "the subscriptions are not valid topic filters" };
        self.link.tell(&self.site, self.connection, true, detail).await
    }

    fn subscribed(&mut self, codes: &[SubscribeReasonCode]) {
        let refused: Vec<_> = codes
            .iter()
            .zip(self.reader.filters())
            .filter(|(code, _)| matches!(code, SubscribeReasonCode::Failure))
            .map(|(_, filter)| filter)
            .collect();
        if !refused.is_empty() {
            let detail = format!("the broker refused to subscribe {}", refused.join(", "));
            tracing::warn!(connection = &*self.link.name, detail, "link {}: {detail}", self.link.name);
            self.link.status.error();
            self.link.status.set(LinkState::Connected, self.link.clock.now(), &detail);
        }
    }

    /// The connection is gone. After a good one the next attempt is made at once, before anybody is alarmed.
    async fn broke(&mut self, detail: &str) -> Result<(), FeedError> {
        self.flush().await?;
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

    /// Reads what is ready and hands it over. False: the site has other settings for this link.
    async fn flush(&mut self) -> Result<bool, FeedError> {
        if self.ready.is_empty() {
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
        for (at, publish) in self.ready.drain(..) {
            self.reader.read(&publish.topic, &publish.payload, Receipt { at, retained: publish.retain }, &mut batch);
            if publish.qos == QoS::AtLeastOnce {
                packets.push(publish.pkid);
            }
            if batch.refused.is_empty() {
                self.link.status.good(at);
            } else {
                self.link.status.error();
                let reason = std::mem::take(&mut batch.refused).join("; ");
                self.link.dead.add(at, &self.link.name, &publish.topic, &publish.payload, &reason);
            }
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
        self.reader = Reader::new(site.registry.clone(), self.settings.subscribe.clone());
        (self.site, self.connection) = (site, connection);
        if let Some(up) = self.link.told.take() {
            self.link.tell(&self.site, connection, up, "").await?;
        }
        Ok(true)
    }
}
