//! Between the pure host and the rest of the hub: hands over what it brings, in step with reloads.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::Ts;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::host::{Counts, Event as Happening, Host, Out, Wanted};
use super::super::plant::Plant;
use super::super::topic::{self, Topic};
use super::super::{Adoption, Unknown};
use super::present;
use crate::ingest::WriteError;
use crate::ingest::feed::FeedError;
use crate::ingest::link::Link;
use crate::ingest::mqtt::client::{Client, Message, QoS};
use crate::ingest::write::Write;
use crate::site::{MqttFormat, MqttSettings, Site};

type Answer = oneshot::Sender<Result<(), WriteError>>;

pub(super) struct Clerk {
    host: Host,
    out: Out,
    settings: MqttSettings,
    site: Arc<Site>,
    adoption: Adoption,
    /// Messages that were ready together, with their time of receipt.
    pub(super) ready: Vec<(Ts, Message)>,
    /// Writes on their way, by number.
    answers: HashMap<u64, Answer>,
    writes: u64,
}

impl Clerk {
    /// With a host that knows no more than which nodes lived under the settings before.
    pub(super) fn new(
        link: &Link,
        settings: &MqttSettings,
        adoption: Adoption,
        living: Vec<(Box<str>, Box<str>)>,
    ) -> Self {
        let site = link.site.borrow().clone();
        let reorder = i64::try_from(settings.sparkplug.reorder_timeout.as_millis()).unwrap_or(i64::MAX);
        let mut host = Host::new(Plant::new(&site, settings), reorder);
        host.expect(link.clock.now(), living);
        Self {
            host,
            out: Out::default(),
            settings: settings.clone(),
            site,
            adoption,
            ready: Vec::new(),
            answers: HashMap::new(),
            writes: 0,
        }
    }

    /// Nodes that live.
    pub(super) fn living(&self) -> Vec<(Box<str>, Box<str>)> {
        self.host.living()
    }

    /// What to subscribe to beside STATE.
    pub(super) fn filters(&self, settings: &MqttSettings) -> Vec<String> {
        let own = settings.subscribe.iter().filter(|s| matches!(s.format, MqttFormat::Sparkplug { .. }));
        own.map(|s| s.topic.clone()).collect()
    }

    /// Takes a write in, or answers at once why not.
    pub(super) fn wanted(&mut self, link: &Link, write: Write) -> Option<Happening<'static>> {
        let refused = if write.generation != self.site.registry.generation {
            Some(WriteError::Outdated)
        } else if write.expires <= Instant::now() {
            Some(WriteError::Expired)
        } else {
            None
        };
        if let Some(error) = refused {
            // whoever asked may have gone away
            let _ = write.answer.send(Err(error));
            return None;
        }
        self.writes += 1;
        self.answers.insert(self.writes, write.answer);
        let within = i64::try_from(write.verify_within.as_millis()).unwrap_or(i64::MAX);
        let until = Ts(link.clock.now().0.saturating_add(within));
        Some(Happening::Write(Wanted { id: self.writes, point: write.point, value: write.value, until }))
    }

    /// Works off what is ready, then `happening`, and hands over what came of it. False: the site has other settings
    /// for this link.
    pub(super) async fn flush(
        &mut self,
        link: &mut Link,
        client: &Client,
        happening: Option<Happening<'_>>,
    ) -> Result<bool, FeedError> {
        let feed = link.feed.clone();
        let mut entry = feed.enter().await;
        while !entry.is_of(&self.site) {
            drop(entry);
            if !self.adopt(link) {
                return Ok(false);
            }
            entry = feed.enter().await;
        }
        for (at, message) in std::mem::take(&mut self.ready) {
            self.message(link, at, &message);
        }
        let tick = matches!(happening, Some(Happening::Tick));
        if let Some(happening) = happening {
            self.host.step(link.clock.now(), happening, &mut self.out);
        }
        self.tell(link, client);
        if tick {
            self.measure(link);
        }
        entry.feed(self.out.take()).await?;
        Ok(true)
    }

    fn message(&mut self, link: &Link, at: Ts, message: &Message) {
        match topic::parse(&message.topic) {
            Ok(Topic::Edge(edge)) => {
                let happening = Happening::Message { edge, payload: &message.payload, retained: message.retained };
                self.host.step(at, happening, &mut self.out);
            }
            // other host applications
            Ok(Topic::State(_)) => {}
            Err(reason) => self.out.refused.push(reason.to_owned()),
        }
        if self.out.refused.is_empty() {
            link.status.good(at);
        } else {
            link.status.error();
            let reason = std::mem::take(&mut self.out.refused).join("; ");
            link.dead.add(at, &link.name, &message.topic, &message.payload, &reason);
        }
    }

    /// Everything but what the engine gets.
    fn tell(&mut self, link: &Link, client: &Client) {
        for (topic, payload) in self.out.publish.drain(..) {
            if client.publish(topic, payload.into(), QoS::AtMostOnce, false).is_err() {
                // a rebirth is asked for again, a write is told to have brought nothing
                metrics::counter!("linepack_sparkplug_unsent_total", "connection" => link.name.to_string())
                    .increment(1);
            }
        }
        for (id, outcome) in self.out.written.drain(..) {
            if let Some(answer) = self.answers.remove(&id) {
                // whoever asked may have gone away
                let _ = answer.send(outcome);
            }
        }
        if !self.out.unknown.is_empty() {
            self.adoption.add(&link.name, std::mem::take(&mut self.out.unknown));
        }
        count(&link.name, std::mem::take(&mut self.out.counts));
    }

    fn measure(&self, link: &Link) {
        let (all, alive) = self.host.sources();
        let name = |kind| metrics::gauge!("linepack_sparkplug_sources", "connection" => link.name.to_string(), "state" => kind);
        name("known").set(all as f64);
        name("online").set(alive as f64);
    }

    /// Takes over a new site. False: this link has other settings there, or is gone.
    fn adopt(&mut self, link: &mut Link) -> bool {
        let Some(site) = present(link, &self.settings) else { return false };
        self.host.adopt(link.clock.now(), Plant::new(&site, &self.settings), &mut self.out);
        let host = &self.host;
        self.adoption.keep(&link.name, |u: &Unknown| !host.knows(&u.asset, &u.metric));
        self.site = site;
        true
    }

    /// The session ends: whoever waits is told.
    pub(super) fn end(&mut self) {
        for (_, answer) in self.answers.drain() {
            let error = WriteError::NoAnswer("the connection was ended".to_owned());
            // whoever asked may have gone away
            let _ = answer.send(Err(error));
        }
    }
}

fn count(connection: &str, counts: Counts) {
    for (name, count) in [
        ("linepack_sparkplug_gaps_total", counts.gaps),
        ("linepack_sparkplug_rebirths_total", counts.rebirths),
        ("linepack_sparkplug_repeated_total", counts.repeated),
        ("linepack_sparkplug_dropped_total", counts.dropped),
    ] {
        if count > 0 {
            metrics::counter!(name, "connection" => connection.to_owned()).increment(count);
        }
    }
}
