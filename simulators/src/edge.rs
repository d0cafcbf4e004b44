//! Edge nodes that speak Sparkplug B for the devices behind them: births, data by alias, a death as the broker's will.

mod payload;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, Publish, QoS};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::error::SimError;
use crate::mqtt;
use crate::plant::Link;
use crate::simulation::Shared;
use payload::{Metric, Payload};

/// How often the devices' values are sent.
const EVERY: Duration = Duration::from_secs(2);
/// Pause before the broker is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Messages that wait for the socket; more than a node has in two seconds. When full, the newest is lost and the host
/// finds a gap.
const REQUESTS: usize = 4_096;
/// What the broker sends; when full, the socket is not read.
const INBOX: usize = 64;
/// Asks for all births anew.
const REBIRTH: &str = "Node Control/Rebirth";

/// Topic and payload.
type Message = (String, Vec<u8>);

/// What a node hears.
enum Heard {
    /// The broker took the connection, whose number this is.
    Up(u64),
    Down,
    Command(Publish),
}

/// Starts all edge nodes.
pub(crate) fn start(shared: &Arc<Shared>, url: &str) -> Result<(), SimError> {
    let mut nodes: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (number, asset) in shared.plant.assets.iter().enumerate() {
        if let Link::Sparkplug { group, node } = &asset.link {
            nodes.entry((group, node)).or_default().push(number);
        }
    }
    for ((group, node), devices) in nodes {
        let (host, port) = mqtt::address(url)?;
        let mut options = MqttOptions::new(format!("sim-{group}-{node}"), host, port);
        options.set_keep_alive(Duration::from_secs(20)).set_clean_session(true);
        let edge = Edge { shared: shared.clone(), group: group.into(), node: node.into(), devices, seq: 0, bd_seq: 0 };
        options.set_last_will(edge.will(0));
        let (client, events) = AsyncClient::new(options, REQUESTS);
        let (heard, inbox) = mpsc::channel(INBOX);
        let wills = Wills { topic: edge.topic("NDEATH", None), now: shared.options.now };
        shared.tasks.spawn(listen(events, wills, heard));
        shared.tasks.spawn(run(edge, client, inbox));
    }
    Ok(())
}

/// Makes the will of each connection.
struct Wills {
    topic: String,
    now: fn() -> i64,
}

impl Wills {
    fn will(&self, bd_seq: u64) -> LastWill {
        let death = Payload::new((self.now)(), None, vec![Metric::count("bdSeq", bd_seq)]);
        LastWill::new(self.topic.as_str(), death.bytes(), QoS::AtLeastOnce, false)
    }
}

/// Keeps the connection; each has a number that its birth and its death share.
async fn listen(mut events: EventLoop, wills: Wills, heard: mpsc::Sender<Heard>) {
    let mut bd_seq = 0;
    loop {
        let told = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => Heard::Up(bd_seq),
            Ok(Event::Incoming(Packet::Publish(message))) => Heard::Command(message),
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "simulated edge node is not connected");
                bd_seq = (bd_seq + 1) % 256;
                events.mqtt_options.set_last_will(wills.will(bd_seq));
                tokio::time::sleep(AGAIN).await;
                Heard::Down
            }
        };
        if heard.send(told).await.is_err() {
            return;
        }
    }
}

async fn run(mut edge: Edge, client: AsyncClient, mut inbox: mpsc::Receiver<Heard>) {
    let send = |(topic, payload): Message| {
        if client.try_publish(topic.as_str(), QoS::AtMostOnce, false, payload).is_err() {
            tracing::warn!(topic, "simulated edge node cannot send");
        }
    };
    let mut clock = tokio::time::interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut up = false;
    loop {
        tokio::select! {
            heard = inbox.recv() => match heard {
                None => return,
                Some(Heard::Down) => up = false,
                Some(Heard::Up(bd_seq)) => {
                    up = true;
                    edge.bd_seq = bd_seq;
                    for topic in [edge.topic("NCMD", None), edge.topic("DCMD", Some("+"))] {
                        if client.try_subscribe(topic.as_str(), QoS::AtLeastOnce).is_err() {
                            tracing::warn!(topic, "simulated edge node cannot subscribe");
                        }
                    }
                    edge.births().into_iter().for_each(send);
                }
                Some(Heard::Command(message)) => edge.command(&message).into_iter().for_each(send),
            },
            _ = clock.tick(), if up => edge.all_data().into_iter().for_each(send),
        }
    }
}

/// One edge node.
struct Edge {
    shared: Arc<Shared>,
    group: String,
    node: String,
    /// Its devices, by asset.
    devices: Vec<usize>,
    /// Of the last message.
    seq: u8,
    /// Of the present connection.
    bd_seq: u64,
}

impl Edge {
    fn topic(&self, kind: &str, device: Option<&str>) -> String {
        let node = format!("spBv1.0/{}/{kind}/{}", self.group, self.node);
        device.map_or(node.clone(), |device| format!("{node}/{device}"))
    }

    fn now_ms(&self) -> i64 {
        (self.shared.options.now)()
    }

    fn will(&self, bd_seq: u64) -> LastWill {
        Wills { topic: self.topic("NDEATH", None), now: self.shared.options.now }.will(bd_seq)
    }

    fn next(&mut self) -> Option<u8> {
        self.seq = self.seq.wrapping_add(1);
        Some(self.seq)
    }

    /// The node's birth and its devices'.
    fn births(&mut self) -> Vec<Message> {
        self.seq = 0;
        let now_ms = self.now_ms();
        let own = vec![Metric::count("bdSeq", self.bd_seq), Metric::flag(REBIRTH, false)];
        let mut all = vec![(self.topic("NBIRTH", None), Payload::new(now_ms, Some(0), own).bytes())];
        for asset in self.devices.clone() {
            let values = self.shared.world().values(asset).to_vec();
            let points = &self.shared.plant.assets[asset].points;
            let born = |((alias, point), value): ((u64, &crate::plant::Point), &f64)| {
                Metric::born(point.metric.as_deref().unwrap_or(&point.name), alias, *value)
            };
            let metrics = (0..).zip(points).zip(&values).map(born).collect();
            let topic = self.topic("DBIRTH", Some(&self.shared.plant.assets[asset].id));
            all.push((topic, Payload::new(now_ms, self.next(), metrics).bytes()));
        }
        all
    }

    fn all_data(&mut self) -> Vec<Message> {
        self.devices.clone().into_iter().map(|asset| self.data(asset)).collect()
    }

    /// A device's values, by their aliases.
    fn data(&mut self, asset: usize) -> Message {
        let values = self.shared.world().values(asset).to_vec();
        let metrics = (0..).zip(&values).map(|(alias, value)| Metric::data(alias, *value)).collect();
        let topic = self.topic("DDATA", Some(&self.shared.plant.assets[asset].id));
        (topic, Payload::new(self.now_ms(), self.next(), metrics).bytes())
    }

    /// What follows from a command.
    fn command(&mut self, message: &Publish) -> Vec<Message> {
        let Some(payload) = Payload::read(&message.payload) else { return vec![] };
        let mut levels = message.topic.split('/').skip(2);
        match (levels.next(), levels.nth(1)) {
            (Some("NCMD"), None) => {
                let rebirth = |m: &Metric| m.name.as_deref() == Some(REBIRTH) && m.number() == Some(1.0);
                if payload.metrics.iter().any(rebirth) { self.births() } else { vec![] }
            }
            (Some("DCMD"), Some(device)) => {
                let found = self.devices.iter().find(|a| self.shared.plant.assets[**a].id == device);
                found.copied().map(|asset| self.obey(asset, &payload)).into_iter().collect()
            }
            _ => vec![],
        }
    }

    /// Takes set points over and reports what the device has now.
    fn obey(&mut self, asset: usize, payload: &Payload) -> Message {
        {
            let mut world = self.shared.world();
            let points = &self.shared.plant.assets[asset].points;
            for metric in &payload.metrics {
                let named = |p: &crate::plant::Point| metric.name.is_some() && p.metric == metric.name;
                let slot = match metric.alias {
                    Some(alias) => usize::try_from(alias).ok().filter(|slot| *slot < points.len()),
                    None => points.iter().position(named),
                };
                if let (Some(slot), Some(value)) = (slot, metric.number()) {
                    world.command(asset, slot, value);
                }
            }
            world.step((self.shared.options.now)());
        }
        self.data(asset)
    }
}
