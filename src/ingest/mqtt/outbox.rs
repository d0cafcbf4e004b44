//! The task that sends the hub's own messages to one broker, over a connection of its own, so that a broker that is slow
//! to take them never holds up acknowledgements. It also keeps `linepack/v1/hub/status`, with `offline` as last will.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::client::{self, Client, Event, Events, QoS, Will};
use super::options::options;
use super::publisher::{Ends, Outgoing};
use crate::ingest::backoff::Backoff;
use crate::ingest::link::Link;
use crate::site::{MqttSettings, Protocol};

/// Where the hub says that it lives.
const STATUS: &str = "linepack/v1/hub/status";
/// The hub's own retained alarms.
const ALARMS: &str = "linepack/v1/alarms/+/+";
/// Messages on the way to the broker; more wait in the publisher's queue.
const IN_FLIGHT: u16 = 100;
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Publishes while the site says so. When the hub stops it says `offline` and ends.
pub(crate) async fn run(mut link: Link, ends: &mut Ends, stop: &CancellationToken) {
    let mut generation = 0;
    while !stop.is_cancelled() {
        let (_, present) = link.settings();
        let settings = match present {
            Some((_, Protocol::Mqtt(settings))) if settings.publish => Some(settings),
            _ => None,
        };
        // What is wrong with the settings is told by the link that receives.
        let made = settings.as_ref().and_then(|s| options(s, &client_id(s, &link.name), link.broker).ok());
        let (Some(mut options), Some(settings)) = (made, settings) else {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = link.changed() => if changed.is_err() { return },
            }
            continue;
        };
        (options.clean, options.manual_acks, options.in_flight) = (true, false, IN_FLIGHT);
        options.will = Some(Will { topic: STATUS.to_owned(), payload: Bytes::from_static(b"offline") });
        // Full: cannot be, no more than `IN_FLIGHT` messages are handed over at once.
        let (client, mut events) = client::open(options, usize::from(IN_FLIGHT) + 16);
        let mut outbox = Outbox {
            backoff: Backoff::new(settings.retry_max),
            written: VecDeque::new(),
            unconfirmed: HashMap::new(),
            listening: false,
            client,
            ends,
            generation,
        };
        outbox.run(&mut events, &mut link, &settings, stop).await;
        generation = outbox.generation;
    }
}

fn client_id(settings: &MqttSettings, name: &str) -> String {
    match settings.client_id.as_str() {
        "" => format!("linepack-{name}-out"),
        id => format!("{id}-out"),
    }
}

struct Outbox<'a> {
    client: Client,
    ends: &'a mut Ends,
    backoff: Backoff,
    /// Number of connections so far.
    generation: u64,
    /// Handed to the client, not yet written, in order.
    written: VecDeque<(QoS, oneshot::Sender<()>)>,
    /// Written at QoS 1, not yet acknowledged, by packet id.
    unconfirmed: HashMap<u16, oneshot::Sender<()>>,
    /// Retained alarms are still coming in.
    listening: bool,
}

impl Outbox<'_> {
    /// Until the settings change or the hub stops.
    async fn run(&mut self, events: &mut Events, link: &mut Link, settings: &MqttSettings, stop: &CancellationToken) {
        loop {
            let event = {
                // Not dropped before it is ready while the connection is to live on: a packet could be half written.
                let mut poll = pin!(events.poll());
                loop {
                    let room = self.written.len() + self.unconfirmed.len() < usize::from(IN_FLIGHT);
                    tokio::select! {
                        event = &mut poll => break Some(event),
                        Some(message) = self.ends.queue.recv(), if room => self.hand_over(message),
                        () = stop.cancelled() => break None,
                        changed = link.changed() => match changed {
                            Ok(()) if same(link, settings) => {}
                            _ => break None,
                        },
                    }
                }
            };
            match event {
                None => {
                    let up = self.ends.connected.borrow().is_some();
                    self.down();
                    if up {
                        // Late or not at all: the last will says the same.
                        let _ = tokio::time::timeout(FAREWELL, self.farewell(events)).await;
                    }
                    return;
                }
                Some(Ok(event)) => self.handle(event),
                Some(Err(e)) => {
                    tracing::debug!(connection = &*link.name, error = %e, "publisher disconnected");
                    self.down();
                    tokio::select! {
                        () = tokio::time::sleep(self.backoff.next()) => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Connected => {
                self.backoff.reset();
                self.generation += 1;
                self.say("online");
                self.listening = self.client.subscribe(&[ALARMS.to_owned()], QoS::AtMostOnce).is_ok();
                self.ends.connected.send_replace(Some(self.generation));
            }
            Event::Acknowledged(packet) => {
                if let Some(done) = self.unconfirmed.remove(&packet) {
                    // Nobody may be waiting for it.
                    let _ = done.send(());
                }
            }
            Event::Written(packet) => match self.written.pop_front() {
                Some((QoS::AtLeastOnce, done)) => {
                    self.unconfirmed.insert(packet, done);
                }
                Some((QoS::AtMostOnce, done)) => {
                    let _ = done.send(());
                }
                None => {}
            },
            Event::Message(message) if message.retained => self.retained(message.topic),
            // The first of our own that comes back: the retained ones were sent before it.
            Event::Message(_) if self.listening => self.listening = self.client.unsubscribe(ALARMS).is_err(),
            _ => {}
        }
    }

    fn retained(&mut self, topic: String) {
        if self.ends.retained.try_send(topic).is_err() {
            metrics::counter!("linepack_retained_alarms_dropped_total").increment(1);
        }
    }

    fn hand_over(&mut self, message: Outgoing) {
        match self.client.publish(message.topic, message.payload, message.qos, message.retain) {
            Ok(()) => self.written.push_back((message.qos, message.done)),
            // Only a topic that is none; whoever waits for it is told by the dropped sender.
            Err(e) => tracing::error!(error = %e, "a message was not published"),
        }
    }

    fn say(&mut self, status: &'static str) {
        let (done, _) = oneshot::channel();
        let payload = Bytes::from_static(status.as_bytes());
        self.hand_over(Outgoing { topic: STATUS.to_owned(), payload, qos: QoS::AtLeastOnce, retain: true, done });
    }

    /// The connection is gone: whoever waits for a confirmation is told by the dropped sender.
    fn down(&mut self) {
        self.ends.connected.send_replace(None);
        self.written.clear();
        self.unconfirmed.clear();
        while self.ends.queue.try_recv().is_ok() {}
    }

    async fn farewell(&mut self, events: &mut Events) {
        self.say("offline");
        if self.client.part().is_err() {
            return;
        }
        loop {
            match events.poll().await {
                Ok(Event::Parted) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

fn same(link: &mut Link, settings: &MqttSettings) -> bool {
    matches!(link.settings().1, Some((_, Protocol::Mqtt(s))) if s == *settings)
}
