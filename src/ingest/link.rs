//! What every link has: its name, its way to the engine, and where it tells how it is.

use std::net::SocketAddr;
use std::sync::Arc;

use linepack_core::{ConnectionId, Input};
use tokio::sync::watch;

use super::feed::{Feed, FeedError};
use super::limits::Conflated;
use super::modbus::Shapes;
use super::write::Writes;
use super::{DeadLetters, LinkState, LinkStatus};
use crate::clock::Clock;
use crate::site::{Protocol, Site};

/// What a link's task works with.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The connection's identifier; it keeps it over reloads.
    pub(crate) name: Arc<str>,
    /// The present site.
    pub(crate) site: watch::Receiver<Arc<Site>>,
    /// Into the engine.
    pub(crate) feed: Feed,
    /// Time of receipt.
    pub(crate) clock: Clock,
    /// Where unreadable input goes.
    pub(crate) dead: DeadLetters,
    /// Shown to people.
    pub(crate) status: LinkStatus,
    /// What it speaks; a site that gives the name to something else starts another link.
    pub(crate) protocol: &'static str,
    /// Where the embedded broker listens.
    pub(crate) broker: Option<SocketAddr>,
    /// What the engine was told: the link is up, down, or nothing yet.
    pub(crate) told: Option<bool>,
    /// What answers look like, shared by all links.
    pub(crate) shapes: Shapes,
    /// What people want written.
    pub(crate) writes: Writes,
}

impl Link {
    /// The present site, marked as seen, with this link's number and settings in it; none when it has no such link.
    pub(crate) fn settings(&mut self) -> (Arc<Site>, Option<(ConnectionId, Protocol)>) {
        let site = self.site.borrow_and_update().clone();
        let here = site.registry.find_connection(&self.name);
        let named = here.and_then(|c| site.connections.get(c.index()));
        let protocol = named.map(|c| c.protocol.clone()).filter(|p| word(p) == self.protocol);
        (site, here.zip(protocol))
    }

    /// Waits for another site.
    pub(crate) async fn changed(&mut self) -> Result<(), FeedError> {
        self.site.changed().await.map_err(|_| FeedError::Closed)?;
        self.site.mark_changed();
        Ok(())
    }

    /// A source sends more than it may: values gave way to newer ones.
    pub(crate) fn limited(&self, source: &str, conflated: Conflated) {
        let connection = &*self.name;
        metrics::counter!("linepack_conflated_total", "connection" => connection.to_owned())
            .increment(conflated.values);
        self.status.limited(source, conflated.values);
        if let Some(values) = conflated.tell {
            tracing::warn!(connection, source, values, "{source} sends more over {connection} than `max_rate` allows");
        }
    }

    /// Tells the engine, and people, that the link is up or down. Says it to the engine only when it changed.
    pub(crate) async fn tell(
        &mut self,
        site: &Arc<Site>,
        connection: ConnectionId,
        up: bool,
        detail: &str,
    ) -> Result<(), FeedError> {
        let state = if up { LinkState::Connected } else { LinkState::Waiting };
        self.status.set(state, self.clock.now(), detail);
        metrics::gauge!("linepack_link_up", "connection" => self.name.to_string()).set(f64::from(u8::from(up)));
        if self.told == Some(up) {
            return Ok(());
        }
        if up {
            tracing::info!(connection = &*self.name, "link {} is up", self.name);
        } else {
            tracing::warn!(connection = &*self.name, detail, "link {} is down: {detail}", self.name);
        }
        self.feed.feed(site, Input::Link { connection, up }).await?;
        self.told = Some(up);
        Ok(())
    }
}

/// The site folder's word for a protocol.
pub(crate) const fn word(protocol: &Protocol) -> &'static str {
    match protocol {
        Protocol::Modbus(m) => m.transport.word(),
        Protocol::Mqtt(_) => "mqtt",
    }
}
