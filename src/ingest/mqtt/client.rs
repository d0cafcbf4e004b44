//! One face for the client library's two protocols, MQTT 3.1.1 and 5: the rest of the code does not care which is spoken.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::v5;

use super::fault;
use crate::site::MqttVersion;

/// Silence after which the broker is asked whether it lives; it is given up after twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Seconds a connect, or writing a packet, may take.
const DEADLINE_S: u64 = 5;
/// Largest packet that MQTT knows. A smaller limit would end the connection on each delivery of a large message, for
/// ever at QoS 1.
const PACKET: u32 = 268_435_455;

/// Quality of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QoS {
    /// At most once.
    AtMostOnce,
    /// At least once.
    AtLeastOnce,
}

/// What a client is made with.
#[derive(Clone)]
pub(crate) struct Options {
    /// Name or address; an IPv6 address in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) client_id: String,
    pub(crate) version: MqttVersion,
    /// None: plain TCP.
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
    /// User and password.
    pub(crate) credentials: Option<(String, String)>,
    /// Begin anew instead of going on with the session the broker keeps.
    pub(crate) clean: bool,
    /// How long the broker keeps the session of a client that is away; version 5 only.
    pub(crate) session_expiry: Duration,
    /// Own messages on their way at once, at most.
    pub(crate) in_flight: u16,
    /// Messages are acknowledged by [`Client::acknowledge`] alone.
    pub(crate) manual_acks: bool,
    pub(crate) will: Option<Will>,
}

/// What the broker says, retained and at QoS 1, when the connection breaks.
#[derive(Clone, Debug)]
pub(crate) struct Will {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
}

/// Asks things of the connection. Never waits: what cannot be taken is refused.
#[derive(Clone)]
pub(crate) enum Client {
    V3(rumqttc::AsyncClient),
    V5(v5::AsyncClient),
}

/// The connection; it lives while it is polled.
pub(crate) enum Events {
    V3(Box<rumqttc::EventLoop>),
    V5(Box<v5::EventLoop>),
}

/// What happens on a connection.
#[derive(Debug)]
pub(crate) enum Event {
    /// The broker let us in.
    Connected,
    /// Somebody's message.
    Message(Message),
    /// Answer to a subscription: for each filter, in order, why it was refused.
    Subscribed(Vec<Option<String>>),
    /// A message of ours was written; its packet number, 0 at QoS 0.
    Written(u16),
    /// The broker has a message of ours.
    Acknowledged(u16),
    /// Our farewell was written.
    Parted,
    /// Nothing of interest.
    Other,
}

/// A message that came.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// The broker had kept it: old news.
    pub(crate) retained: bool,
    /// To be acknowledged under this number; none at QoS 0.
    pub(crate) packet: Option<u16>,
}

/// The request was not taken: the queue is full, or the topic is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client does not take this")]
pub(crate) struct NotTaken;

/// A client and its connection. `requests`: how many requests may wait until they are written.
pub(crate) fn open(options: Options, requests: usize) -> (Client, Events) {
    match options.version {
        MqttVersion::V3 => open_v3(options, requests),
        MqttVersion::V5 => open_v5(options, requests),
    }
}

fn open_v3(options: Options, requests: usize) -> (Client, Events) {
    let mut o = rumqttc::MqttOptions::new(options.client_id, options.host, options.port);
    o.set_keep_alive(KEEP_ALIVE).set_max_packet_size(PACKET as usize, PACKET as usize);
    o.set_manual_acks(options.manual_acks).set_clean_session(options.clean).set_inflight(options.in_flight);
    if let Some((user, password)) = options.credentials {
        o.set_credentials(user, password);
    }
    if let Some(tls) = options.tls {
        o.set_transport(rumqttc::Transport::tls_with_config(rumqttc::TlsConfiguration::Rustls(tls)));
    }
    if let Some(will) = options.will {
        o.set_last_will(will.v3());
    }
    let (client, mut events) = rumqttc::AsyncClient::new(o, requests);
    let mut network = events.network_options();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(DEADLINE_S);
    events.set_network_options(network);
    (Client::V3(client), Events::V3(Box::new(events)))
}

fn open_v5(options: Options, requests: usize) -> (Client, Events) {
    let mut o = v5::MqttOptions::new(options.client_id, options.host, options.port);
    o.set_keep_alive(KEEP_ALIVE).set_max_packet_size(Some(PACKET)).set_connection_timeout(DEADLINE_S);
    o.set_manual_acks(options.manual_acks).set_clean_start(options.clean);
    o.set_outgoing_inflight_upper_limit(options.in_flight);
    let expiry = if options.clean { 0 } else { u32::try_from(options.session_expiry.as_secs()).unwrap_or(u32::MAX) };
    o.set_session_expiry_interval(Some(expiry));
    if let Some((user, password)) = options.credentials {
        o.set_credentials(user, password);
    }
    if let Some(tls) = options.tls {
        o.set_transport(rumqttc::Transport::tls_with_config(rumqttc::TlsConfiguration::Rustls(tls)));
    }
    if let Some(will) = options.will {
        o.set_last_will(will.v5());
    }
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    o.set_network_options(network);
    let (client, events) = v5::AsyncClient::new(o, requests);
    (Client::V5(client), Events::V5(Box::new(events)))
}

impl Client {
    /// Asks for messages. The answer is [`Event::Subscribed`].
    pub(crate) fn subscribe(&self, filters: &[String], qos: QoS) -> Result<(), NotTaken> {
        let filters = filters.iter().cloned();
        match self {
            Self::V3(client) => {
                let filters = filters.map(|path| rumqttc::SubscribeFilter { path, qos: qos.v3() });
                client.try_subscribe_many(filters).map_err(|_| NotTaken)
            }
            Self::V5(client) => {
                let filters = filters.map(|path| v5::mqttbytes::v5::Filter::new(path, qos.v5()));
                client.try_subscribe_many(filters).map_err(|_| NotTaken)
            }
        }
    }

    /// Asks for no more of it.
    pub(crate) fn unsubscribe(&self, filter: &str) -> Result<(), NotTaken> {
        match self {
            Self::V3(client) => client.try_unsubscribe(filter).map_err(|_| NotTaken),
            Self::V5(client) => client.try_unsubscribe(filter).map_err(|_| NotTaken),
        }
    }

    /// Sends a message. [`Event::Written`] follows, and [`Event::Acknowledged`] at QoS 1.
    pub(crate) fn publish(&self, topic: String, payload: Bytes, qos: QoS, retain: bool) -> Result<(), NotTaken> {
        match self {
            Self::V3(client) => client.try_publish(topic, qos.v3(), retain, payload).map_err(|_| NotTaken),
            Self::V5(client) => client.try_publish(topic, qos.v5(), retain, payload).map_err(|_| NotTaken),
        }
    }

    /// Tells the broker that a message will not be lost.
    pub(crate) fn acknowledge(&self, packet: u16) -> Result<(), NotTaken> {
        match self {
            Self::V3(client) => {
                let mut publish = rumqttc::Publish::new("", rumqttc::QoS::AtLeastOnce, Vec::new());
                publish.pkid = packet;
                client.try_ack(&publish).map_err(|_| NotTaken)
            }
            Self::V5(client) => {
                let qos = v5::mqttbytes::QoS::AtLeastOnce;
                let mut publish = v5::mqttbytes::v5::Publish::new("", qos, Bytes::new(), None);
                publish.pkid = packet;
                client.try_ack(&publish).map_err(|_| NotTaken)
            }
        }
    }

    /// Says farewell, so that the last will is not told. [`Event::Parted`] follows.
    pub(crate) fn part(&self) -> Result<(), NotTaken> {
        match self {
            Self::V3(client) => client.try_disconnect().map_err(|_| NotTaken),
            Self::V5(client) => client.try_disconnect().map_err(|_| NotTaken),
        }
    }
}

impl Events {
    /// The next event, or why the connection is gone; polling again connects again. Do not drop the future before it is
    /// ready while the connection is to live on: a packet could be half handled.
    pub(crate) async fn poll(&mut self) -> Result<Event, String> {
        match self {
            Self::V3(events) => match events.poll().await {
                Ok(event) => Ok(from_v3(event)),
                Err(e) => {
                    // what was read and not seen yet comes again over the next connection
                    events.state.events.clear();
                    Err(fault::words_v3(&e))
                }
            },
            Self::V5(events) => match events.poll().await {
                Ok(event) => Ok(from_v5(event)),
                Err(e) => {
                    events.state.events.clear();
                    Err(fault::words_v5(&e))
                }
            },
        }
    }

    /// The last will of the next connection.
    pub(crate) fn set_will(&mut self, will: Will) {
        match self {
            Self::V3(events) => drop(events.mqtt_options.set_last_will(will.v3())),
            Self::V5(events) => drop(events.options.set_last_will(will.v5())),
        }
    }

    /// Drops the connection.
    pub(crate) fn clean(&mut self) {
        match self {
            Self::V3(events) => {
                events.clean();
                events.state.events.clear();
            }
            Self::V5(events) => {
                events.clean();
                events.state.events.clear();
            }
        }
    }
}

fn from_v3(event: rumqttc::Event) -> Event {
    use rumqttc::{Outgoing, Packet};
    match event {
        rumqttc::Event::Incoming(Packet::ConnAck(_)) => Event::Connected,
        rumqttc::Event::Incoming(Packet::Publish(p)) => Event::Message(Message {
            packet: (p.qos == rumqttc::QoS::AtLeastOnce).then_some(p.pkid),
            topic: p.topic,
            payload: p.payload,
            retained: p.retain,
        }),
        rumqttc::Event::Incoming(Packet::SubAck(ack)) => {
            let refused = |code: &_| match code {
                rumqttc::SubscribeReasonCode::Success(_) => None,
                rumqttc::SubscribeReasonCode::Failure => Some("not allowed".to_owned()),
            };
            Event::Subscribed(ack.return_codes.iter().map(refused).collect())
        }
        rumqttc::Event::Incoming(Packet::PubAck(ack)) => Event::Acknowledged(ack.pkid),
        rumqttc::Event::Outgoing(Outgoing::Publish(packet)) => Event::Written(packet),
        rumqttc::Event::Outgoing(Outgoing::Disconnect) => Event::Parted,
        _ => Event::Other,
    }
}

fn from_v5(event: v5::Event) -> Event {
    use v5::mqttbytes::v5::{Packet, SubscribeReasonCode};
    match event {
        v5::Event::Incoming(Packet::ConnAck(_)) => Event::Connected,
        v5::Event::Incoming(Packet::Publish(p)) => Event::Message(Message {
            packet: (p.qos == v5::mqttbytes::QoS::AtLeastOnce).then_some(p.pkid),
            topic: String::from_utf8_lossy(&p.topic).into_owned(),
            payload: p.payload,
            retained: p.retain,
        }),
        v5::Event::Incoming(Packet::SubAck(ack)) => {
            let refused = |code: &_| match code {
                SubscribeReasonCode::Success(_) => None,
                SubscribeReasonCode::NotAuthorized => Some("not allowed".to_owned()),
                other => Some(format!("{other:?}")),
            };
            Event::Subscribed(ack.return_codes.iter().map(refused).collect())
        }
        v5::Event::Incoming(Packet::PubAck(ack)) => Event::Acknowledged(ack.pkid),
        v5::Event::Outgoing(rumqttc::Outgoing::Publish(packet)) => Event::Written(packet),
        v5::Event::Outgoing(rumqttc::Outgoing::Disconnect) => Event::Parted,
        _ => Event::Other,
    }
}

impl Will {
    fn v3(self) -> rumqttc::LastWill {
        rumqttc::LastWill::new(self.topic, self.payload, rumqttc::QoS::AtLeastOnce, true)
    }

    fn v5(self) -> v5::mqttbytes::v5::LastWill {
        let qos = v5::mqttbytes::QoS::AtLeastOnce;
        v5::mqttbytes::v5::LastWill::new(self.topic, self.payload, qos, true, None)
    }
}

impl QoS {
    const fn v3(self) -> rumqttc::QoS {
        match self {
            Self::AtMostOnce => rumqttc::QoS::AtMostOnce,
            Self::AtLeastOnce => rumqttc::QoS::AtLeastOnce,
        }
    }

    const fn v5(self) -> v5::mqttbytes::QoS {
        match self {
            Self::AtMostOnce => v5::mqttbytes::QoS::AtMostOnce,
            Self::AtLeastOnce => v5::mqttbytes::QoS::AtLeastOnce,
        }
    }
}
