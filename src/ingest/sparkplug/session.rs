//! The task that is the host application on one broker. It has a session of its own beside the connection's others: the
//! specification wants a clean one, with the death of the host application as last will.

mod clerk;

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use linepack_core::Ts;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::Adoption;
use super::host::Event as Happening;
use super::state;
use super::topic;
use crate::ingest::backoff::Backoff;
use crate::ingest::feed::FeedError;
use crate::ingest::link::Link;
use crate::ingest::mqtt::client::{self, Client, Event, Events, QoS, Will};
use crate::ingest::mqtt::options::options;
use crate::ingest::write::{Write, WriteError};
use crate::site::{MqttFormat, MqttSettings, Protocol};
use clerk::Clerk;

/// Messages taken together at most.
const BATCH: usize = 512;
/// Requests that may wait to be written. Full: what cannot be taken is tried again, or answered as busy.
const REQUESTS: usize = 1024;
/// How often the host looks at its clock.
const TICK: Duration = Duration::from_millis(100);
/// A connection that lived this long was a good one: after it the waits begin anew.
const GOOD: Duration = Duration::from_secs(5);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// Least time between two answers to somebody who says that we are offline: the first comes at once.
const CONTRADICT: Duration = Duration::from_millis(100);

/// Is the host application wherever the site says so, until the hub stops. Writes to other MQTT connections are refused.
pub(crate) async fn run(mut link: Link, adoption: Adoption, stop: CancellationToken) {
    let writes = link.writes.clone();
    let mut writes = writes.lock().await;
    let mut living = Vec::new();
    while !stop.is_cancelled() {
        let settings = match link.settings().1 {
            Some((_, Protocol::Mqtt(settings))) if speaks(&settings) => settings,
            _ => {
                adoption.forget(&link.name);
                if idle(&mut link, &mut writes, &stop, "its connection has no sparkplug-b subscription").await.is_err()
                {
                    return stop.cancelled().await;
                }
                continue;
            }
        };
        let client_id = match settings.client_id.as_str() {
            "" => format!("linepack-{}-sparkplug", link.name),
            id => format!("{id}-sparkplug"),
        };
        let mut options = match options(&settings, &client_id, link.broker) {
            Ok(options) => options,
            // told by the link that receives the other formats
            Err(_) => {
                if idle(&mut link, &mut writes, &stop, "the connection's settings are wrong").await.is_err() {
                    return stop.cancelled().await;
                }
                continue;
            }
        };
        (options.clean, options.manual_acks) = (true, false);
        let (client, mut events) = client::open(options, REQUESTS);
        let mut session = Session {
            clerk: Clerk::new(&link, &settings, adoption.clone(), std::mem::take(&mut living)),
            backoff: Backoff::new(settings.retry_max),
            topic: topic::state(&settings.sparkplug.host_id),
            retry: Some(Instant::now()),
            born: Ts(0),
            since: None,
            online: false,
            said: None,
            contradict: false,
            client,
            link: &mut link,
            settings: &settings,
        };
        if session.run(&mut events, &mut writes, &stop).await.is_err() {
            // the engine is gone, so the hub stops
            return stop.cancelled().await;
        }
        living = session.clerk.living();
    }
}

/// Whether the connection has anything to do with Sparkplug.
fn speaks(settings: &MqttSettings) -> bool {
    settings.subscribe.iter().any(|s| matches!(s.format, MqttFormat::Sparkplug { .. }))
}

/// Refuses writes until the settings change or the hub stops.
async fn idle(
    link: &mut Link,
    writes: &mut mpsc::Receiver<Write>,
    stop: &CancellationToken,
    why: &str,
) -> Result<(), FeedError> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = link.changed() => return changed,
            Some(write) = writes.recv() => {
                // whoever asked may have gone away
                let _ = write.answer.send(Err(WriteError::NotWritable(why.to_owned())));
            }
        }
    }
}

struct Session<'a> {
    link: &'a mut Link,
    settings: &'a MqttSettings,
    client: Client,
    clerk: Clerk,
    backoff: Backoff,
    /// Where the host application says that it is online.
    topic: String,
    /// When to connect; none: connected, or about to be.
    retry: Option<Instant>,
    /// The time in the last will, and so in the birth that belongs to it.
    born: Ts,
    /// When the present connection began.
    since: Option<Instant>,
    /// The broker has taken our subscriptions.
    online: bool,
    /// When STATE was last published.
    said: Option<Instant>,
    /// Somebody says that we are offline.
    contradict: bool,
}

/// What ended the wait.
enum Woken {
    Event(Result<Event, String>),
    /// What is ready has been handed over; begin anew.
    Again,
    /// The site has other settings for this link, or the hub stops.
    End,
}

impl Session<'_> {
    /// Until the settings change or the hub stops.
    async fn run(
        &mut self,
        events: &mut Events,
        writes: &mut mpsc::Receiver<Write>,
        stop: &CancellationToken,
    ) -> Result<(), FeedError> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let woken = match self.retry {
                Some(at) => self.wait(at, &mut ticks, writes, stop).await?,
                None => self.next(events, &mut ticks, writes, stop).await?,
            };
            match woken {
                Woken::Again if self.retry.is_some_and(|at| at <= Instant::now()) => self.prepare(events),
                Woken::Again => {}
                Woken::End => {
                    if self.online {
                        // late or not at all: the last will says the same
                        let _ = tokio::time::timeout(FAREWELL, self.farewell(events)).await;
                    }
                    self.clerk.end();
                    return Ok(());
                }
                Woken::Event(Ok(Event::Connected)) => self.subscribe(),
                Woken::Event(Ok(Event::Subscribed(refusals))) => self.subscribed(&refusals).await?,
                Woken::Event(Ok(Event::Message(m))) if m.topic == self.topic => {
                    self.contradict |= self.settings.sparkplug.primary_host && state::denies(&m.payload);
                    self.speak_up();
                }
                Woken::Event(Ok(Event::Message(m))) => self.clerk.ready.push((self.link.clock.now(), m)),
                Woken::Event(Ok(_)) => {}
                Woken::Event(Err(detail)) => self.broke(&detail).await?,
            }
        }
    }

    /// The next event. What has been read so far is handed over as soon as nothing more is ready.
    async fn next(
        &mut self,
        events: &mut Events,
        ticks: &mut tokio::time::Interval,
        writes: &mut mpsc::Receiver<Write>,
        stop: &CancellationToken,
    ) -> Result<Woken, FeedError> {
        // Not dropped before it is ready while the connection is to live on: a packet could be half handled.
        let mut poll = pin!(events.poll());
        if self.clerk.ready.len() < BATCH
            && let Poll::Ready(event) = std::future::poll_fn(|cx| Poll::Ready(poll.as_mut().poll(cx))).await
        {
            return Ok(Woken::Event(event));
        }
        if !self.clerk.flush(self.link, &self.client, None).await? {
            return Ok(Woken::End);
        }
        loop {
            let happening = tokio::select! {
                event = &mut poll => return Ok(Woken::Event(event)),
                _ = ticks.tick() => Some(Happening::Tick),
                Some(write) = writes.recv() => self.clerk.wanted(self.link, write),
                changed = self.link.changed() => {
                    changed?;
                    None
                }
                () = stop.cancelled() => return Ok(Woken::End),
            };
            if !self.clerk.flush(self.link, &self.client, happening).await? {
                return Ok(Woken::End);
            }
            self.speak_up();
        }
    }

    /// The same while there is no connection.
    async fn wait(
        &mut self,
        until: Instant,
        ticks: &mut tokio::time::Interval,
        writes: &mut mpsc::Receiver<Write>,
        stop: &CancellationToken,
    ) -> Result<Woken, FeedError> {
        let happening = tokio::select! {
            () = tokio::time::sleep_until(until) => return Ok(Woken::Again),
            _ = ticks.tick() => Some(Happening::Tick),
            Some(write) = writes.recv() => self.clerk.wanted(self.link, write),
            changed = self.link.changed() => {
                changed?;
                None
            }
            () = stop.cancelled() => return Ok(Woken::End),
        };
        let same = self.clerk.flush(self.link, &self.client, happening).await?;
        Ok(if same { Woken::Again } else { Woken::End })
    }

    /// Before a connect: the last will holds its time.
    fn prepare(&mut self, events: &mut Events) {
        self.retry = None;
        self.born = self.link.clock.now();
        if self.settings.sparkplug.primary_host {
            let payload = Bytes::from(state::payload(false, self.born));
            events.set_will(Will { topic: self.topic.clone(), payload });
        }
    }

    /// STATE first, so that nothing of it is missed.
    fn subscribe(&mut self) {
        self.since = Some(Instant::now());
        let mut filters = Vec::new();
        if self.settings.sparkplug.primary_host {
            filters.push(self.topic.clone());
        }
        filters.extend(self.clerk.filters(self.settings));
        if self.client.subscribe(&filters, QoS::AtLeastOnce).is_err() {
            tracing::error!(connection = &*self.link.name, "the Sparkplug subscriptions are no topic filters");
        }
    }

    async fn subscribed(&mut self, refusals: &[Option<String>]) -> Result<(), FeedError> {
        if let Some(why) = refusals.iter().flatten().next() {
            tracing::warn!(connection = &*self.link.name, why, "the broker refused a Sparkplug subscription: {why}");
            self.link.status.error();
        }
        self.online = true;
        if self.settings.sparkplug.primary_host {
            self.say(true, self.born);
        }
        self.clerk.flush(self.link, &self.client, Some(Happening::Connected)).await?;
        Ok(())
    }

    /// Contradicts whoever says that we are offline, though not in an endless quarrel.
    fn speak_up(&mut self) {
        let due = self.said.is_none_or(|said| said.elapsed() >= CONTRADICT);
        if std::mem::take(&mut self.contradict) && self.online {
            if due {
                self.say(true, self.born);
            } else {
                self.contradict = true;
            }
        }
    }

    fn say(&mut self, online: bool, at: Ts) {
        self.said = Some(Instant::now());
        let payload = Bytes::from(state::payload(online, at));
        if self.client.publish(self.topic.clone(), payload, QoS::AtLeastOnce, true).is_err() {
            // the queue is full: the next tick tries again
            self.contradict = online;
        }
    }

    /// The connection is gone. After a good one the next attempt is made at once.
    async fn broke(&mut self, detail: &str) -> Result<(), FeedError> {
        tracing::debug!(connection = &*self.link.name, detail, "the Sparkplug session ended");
        (self.online, self.contradict) = (false, false);
        let wait = if self.since.take().is_some_and(|since| since.elapsed() > GOOD) {
            self.backoff.reset();
            Duration::ZERO
        } else {
            self.backoff.next()
        };
        self.retry = Some(Instant::now() + wait);
        self.clerk.flush(self.link, &self.client, Some(Happening::Disconnected)).await?;
        Ok(())
    }

    async fn farewell(&mut self, events: &mut Events) {
        if self.settings.sparkplug.primary_host {
            self.say(false, self.link.clock.now());
        }
        if self.client.part().is_err() {
            return;
        }
        while !matches!(events.poll().await, Ok(Event::Parted) | Err(_)) {}
    }
}

/// The present site, where it has the same settings for the link.
fn present(link: &mut Link, settings: &MqttSettings) -> Option<Arc<crate::site::Site>> {
    let (site, present) = link.settings();
    matches!(present, Some((_, Protocol::Mqtt(s))) if s == *settings).then_some(site)
}
