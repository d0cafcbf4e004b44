//! The client library as the session needs it.

use bytes::Bytes;
use rumqttc::{AsyncClient, EventLoop, LastWill, MqttOptions, Outgoing, Packet, SubscribeFilter, SubscribeReasonCode};

use crate::ingest::mqtt::tune;

#[derive(Clone, Copy, Debug)]
pub(super) enum QoS {
    AtMostOnce,
    AtLeastOnce,
}

pub(super) struct Will {
    pub(super) topic: String,
    pub(super) payload: Bytes,
}

pub(super) struct Client(AsyncClient);

pub(super) struct Events(EventLoop);

pub(super) enum Event {
    Connected,
    Message(Message),
    Subscribed(Vec<Option<String>>),
    Parted,
    Other,
}

pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) retained: bool,
}

pub(super) fn open(options: MqttOptions, requests: usize) -> (Client, Events) {
    let (client, mut events) = AsyncClient::new(options, requests);
    tune(&mut events);
    (Client(client), Events(events))
}

impl Client {
    pub(super) fn subscribe(&self, filters: &[String], qos: QoS) -> Result<(), ()> {
        let filters = filters.iter().map(|f| SubscribeFilter::new(f.clone(), qos.v3()));
        self.0.try_subscribe_many(filters).map_err(|_| ())
    }

    pub(super) fn publish(&self, topic: String, payload: Bytes, qos: QoS, retain: bool) -> Result<(), ()> {
        self.0.try_publish(topic, qos.v3(), retain, payload).map_err(|_| ())
    }

    pub(super) fn part(&self) -> Result<(), ()> {
        self.0.try_disconnect().map_err(|_| ())
    }
}

impl Events {
    pub(super) async fn poll(&mut self) -> Result<Event, String> {
        match self.0.poll().await {
            Ok(rumqttc::Event::Incoming(Packet::ConnAck(_))) => Ok(Event::Connected),
            Ok(rumqttc::Event::Incoming(Packet::Publish(p))) => {
                Ok(Event::Message(Message { topic: p.topic, payload: p.payload, retained: p.retain }))
            }
            Ok(rumqttc::Event::Incoming(Packet::SubAck(ack))) => {
                let refused = |code: &_| matches!(code, SubscribeReasonCode::Failure).then(|| "not allowed".to_owned());
                Ok(Event::Subscribed(ack.return_codes.iter().map(refused).collect()))
            }
            Ok(rumqttc::Event::Outgoing(Outgoing::Disconnect)) => Ok(Event::Parted),
            Ok(_) => Ok(Event::Other),
            Err(e) => {
                self.0.state.events.clear();
                Err(e.to_string())
            }
        }
    }

    pub(super) fn set_will(&mut self, Will { topic, payload }: Will) {
        self.0.mqtt_options.set_last_will(LastWill::new(topic, payload, rumqttc::QoS::AtLeastOnce, true));
    }
}

impl QoS {
    const fn v3(self) -> rumqttc::QoS {
        match self {
            Self::AtMostOnce => rumqttc::QoS::AtMostOnce,
            Self::AtLeastOnce => rumqttc::QoS::AtLeastOnce,
        }
    }
}
