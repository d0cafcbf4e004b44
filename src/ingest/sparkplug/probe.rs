//! A host without a broker: for measuring and fuzzing from outside the crate.

use std::time::Duration;

use linepack_core::{Input, Ts};

use super::host::{Event, Host, Out};
use super::plant::Plant;
use super::topic::{self, Topic};
use crate::site::{Protocol, Site};

/// A host application that is fed by hand.
#[derive(Debug)]
pub struct Probe {
    host: Host,
    out: Out,
}

impl Probe {
    /// With the site's first MQTT connection; none when there is none.
    pub fn new(site: &Site, reorder_timeout: Duration) -> Option<Self> {
        let settings = site.connections.iter().find_map(|c| match &c.protocol {
            Protocol::Mqtt(settings) => Some(settings),
            Protocol::Modbus(_) => None,
        })?;
        let reorder = i64::try_from(reorder_timeout.as_millis()).unwrap_or(i64::MAX);
        let mut host = Host::new(Plant::new(site, settings), reorder);
        let mut out = Out::default();
        host.step(Ts(0), Event::Connected, &mut out);
        Some(Self { host, out })
    }

    /// One message; what the engine would have been given.
    pub fn message(&mut self, now: Ts, topic: &str, payload: &[u8]) -> Vec<Input> {
        if let Ok(Topic::Edge(edge)) = topic::parse(topic) {
            self.host.step(now, Event::Message { edge, payload, retained: false }, &mut self.out);
        }
        self.take()
    }

    /// Time passed; also what would have been published: topics and payloads.
    pub fn tick(&mut self, now: Ts) -> (Vec<Input>, Vec<(String, Vec<u8>)>) {
        self.host.step(now, Event::Tick, &mut self.out);
        let published = std::mem::take(&mut self.out.publish);
        (self.take(), published)
    }

    fn take(&mut self) -> Vec<Input> {
        let inputs = self.out.take();
        self.out.refused.clear();
        self.out.unknown.clear();
        inputs
    }
}
