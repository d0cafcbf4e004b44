//! A client of the broker, for devices and phones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;

use crate::error::SimError;
use crate::tasks::Tasks;

/// Requests that wait for the socket; when full, the newest is not sent (devices send again soon).
const REQUESTS: usize = 256;
/// Messages that wait for their reader; when full, the socket is not read and the broker holds them.
const INBOX: usize = 64;

/// A connected-or-trying client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    client: AsyncClient,
    up: Arc<AtomicBool>,
}

impl Client {
    /// Starts to connect to `mqtt://host:port`; what arrives on `subscribe` comes out of the receiver.
    pub(crate) fn start(
        url: &str,
        id: &str,
        subscribe: Vec<String>,
        tasks: &Tasks,
    ) -> Result<(Self, mpsc::Receiver<rumqttc::Publish>), SimError> {
        let (host, port) = address(url)?;
        let mut options = MqttOptions::new(id, host, port);
        options.set_keep_alive(Duration::from_secs(20));
        let (client, mut events) = AsyncClient::new(options, REQUESTS);
        let up = Arc::new(AtomicBool::new(false));
        let (inbox, messages) = mpsc::channel(INBOX);
        let this = Self { client, up };
        let link = this.clone();
        let id = id.to_owned();
        tasks.spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        for topic in &subscribe {
                            if let Err(error) = link.client.try_subscribe(topic, QoS::AtLeastOnce) {
                                tracing::warn!(%error, id, topic, "simulated client cannot subscribe");
                            }
                        }
                        link.up.store(true, Ordering::Release);
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        if inbox.send(message).await.is_err() && !subscribe.is_empty() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        link.up.store(false, Ordering::Release);
                        tracing::debug!(%error, id, "simulated client is not connected");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Ok((this, messages))
    }

    /// Sends with QoS 1 if connected and not too much is waiting; whether it was taken.
    pub(crate) fn send(&self, topic: &str, payload: Vec<u8>) -> bool {
        self.up.load(Ordering::Acquire) && self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).is_ok()
    }

    /// Whether the broker has taken the connection.
    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }
}

/// Host and port of `mqtt://host:port`.
pub(crate) fn address(url: &str) -> Result<(String, u16), SimError> {
    let bad = || SimError::Address { given: url.to_owned(), expected: "mqtt://host:port" };
    let rest = url.strip_prefix("mqtt://").ok_or_else(bad)?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| bad())?),
        None => (rest, 1883),
    };
    if host.is_empty() { Err(bad()) } else { Ok((host.trim_matches(['[', ']']).to_owned(), port)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        assert_eq!(address("mqtt://127.0.0.1:1884").unwrap(), ("127.0.0.1".into(), 1884));
        assert_eq!(address("mqtt://broker").unwrap(), ("broker".into(), 1883));
        for bad in ["127.0.0.1:1883", "mqtts://x:1", "mqtt://:1", "mqtt://x:y"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
