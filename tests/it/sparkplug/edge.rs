//! A Sparkplug edge node on a real broker, with an encoder and a reader of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linepack::clock::Clock;
use rumqttc::{AsyncClient, Event, LastWill, MqttOptions, Packet, QoS};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::mosquitto::PATIENCE;

/// What the node measures and what it was told.
pub(crate) struct State {
    id: String,
    seq: u8,
    bd_seq: u64,
    devices: Vec<String>,
    /// By device and name: value and time.
    values: BTreeMap<(String, String), (f64, i64)>,
    /// Rebirths it was asked for.
    pub(crate) rebirths: u32,
    /// Commands it got: topic and payload.
    pub(crate) commands: Vec<(String, Vec<u8>)>,
    /// All commands came at QoS 0 and not retained.
    pub(crate) plain: bool,
    /// Does what commands say.
    pub(crate) obeys: bool,
}

/// A node that is connected; dropped, its last will tells its death.
pub(crate) struct EdgeNode {
    pub(crate) state: Arc<Mutex<State>>,
    client: AsyncClient,
    _task: JoinSet<()>,
}

impl EdgeNode {
    /// Connects and tells its births. Devices have `Outlet/Pressure` and `flow`.
    pub(crate) async fn start(port: u16, id: &str, bd_seq: u64, devices: &[&str]) -> Self {
        let now = Clock::System.now().ms();
        let mut values = BTreeMap::from([((String::new(), "load".to_owned()), (1.0, now))]);
        for device in devices {
            for name in ["Outlet/Pressure", "flow", "Unlisted/Count"] {
                values.insert(((*device).to_owned(), name.to_owned()), (1.0, now));
            }
        }
        let state = State {
            id: id.to_owned(),
            seq: 0,
            bd_seq,
            devices: devices.iter().map(|d| (*d).to_owned()).collect(),
            values,
            rebirths: 0,
            commands: vec![],
            plain: true,
            obeys: true,
        };
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_clean_session(true);
        let will = [varint(1, now as u64), message(2, &bd_seq_metric(bd_seq))].concat();
        options.set_last_will(LastWill::new(format!("spBv1.0/plant/NDEATH/{id}"), will, QoS::AtLeastOnce, false));
        let (client, mut events) = AsyncClient::new(options, 1000);
        match timeout(PATIENCE, events.poll()).await {
            Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => {}
            other => panic!("{other:?}"),
        }
        for topic in [format!("spBv1.0/plant/NCMD/{id}"), format!("spBv1.0/plant/DCMD/{id}/+")] {
            client.subscribe(topic, QoS::AtLeastOnce).await.expect("taken");
        }
        let this = Self { state: Arc::new(Mutex::new(state)), client: client.clone(), _task: JoinSet::new() };
        let (task_state, mut task) = (this.state.clone(), JoinSet::new());
        task.spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(Packet::Publish(p)) = event {
                    let mut state = task_state.lock().unwrap();
                    state.plain &= p.qos == QoS::AtMostOnce && !p.retain;
                    for (topic, payload) in state.obey(&p.topic, &p.payload) {
                        client.try_publish(topic, QoS::AtMostOnce, false, payload).expect("room");
                    }
                }
            }
        });
        let this = Self { _task: task, ..this };
        let births = this.state.lock().unwrap().births();
        this.send(births).await;
        this
    }

    async fn send(&self, all: Vec<(String, Vec<u8>)>) {
        for (topic, payload) in all {
            self.client.publish(topic, QoS::AtMostOnce, false, payload).await.expect("taken");
        }
    }

    /// A value changes and is reported.
    pub(crate) async fn set(&self, device: &str, name: &str, value: f64) {
        let message = self.state.lock().unwrap().set(device, name, value);
        self.send(vec![message]).await;
    }

    /// A value changes, and the message is lost.
    pub(crate) fn lose(&self, device: &str, name: &str, value: f64) {
        self.state.lock().unwrap().set(device, name, value);
    }

    /// The device is gone.
    pub(crate) async fn device_dies(&self, device: &str) {
        let message = {
            let mut state = self.state.lock().unwrap();
            let payload = [varint(1, Clock::System.now().ms() as u64), varint(3, u64::from(state.next()))].concat();
            (format!("spBv1.0/plant/DDEATH/{}/{device}", state.id), payload)
        };
        self.send(vec![message]).await;
    }

    /// A value that was measured a while ago and only now comes through.
    pub(crate) async fn report_old(&self, device: &str, name: &str, value: f64, age: Duration) {
        let message = {
            let mut state = self.state.lock().unwrap();
            let now = Clock::System.now().ms();
            let alias = state.alias(device, name);
            let at = now - age.as_millis() as i64;
            let mut metric = [varint(2, alias), varint(3, at as u64), varint(5, 1), vec![13 << 3 | 1]].concat();
            metric.extend(value.to_le_bytes());
            let payload = [varint(1, now as u64), message(2, &metric), varint(3, u64::from(state.next()))].concat();
            (format!("spBv1.0/plant/DDATA/{}/{device}", state.id), payload)
        };
        self.send(vec![message]).await;
    }
}

impl State {
    fn next(&mut self) -> u8 {
        let seq = self.seq;
        self.seq = seq.wrapping_add(1);
        seq
    }

    fn alias(&self, device: &str, name: &str) -> u64 {
        100 + self.values.keys().position(|(d, n)| d == device && n == name).expect("a metric") as u64
    }

    /// NBIRTH and all DBIRTHs.
    pub(crate) fn births(&mut self) -> Vec<(String, Vec<u8>)> {
        let rebirth = [text(1, "Node Control/Rebirth"), varint(4, 11), varint(14, 0)].concat();
        let own = [message(2, &bd_seq_metric(self.bd_seq)), message(2, &rebirth)].concat();
        self.seq = 0;
        let mut all = vec![self.say("NBIRTH", "", own)];
        for device in self.devices.clone() {
            all.push(self.say("DBIRTH", &device, vec![]));
        }
        all
    }

    fn set(&mut self, device: &str, name: &str, value: f64) -> (String, Vec<u8>) {
        let held = self.values.get_mut(&(device.to_owned(), name.to_owned())).expect("a metric");
        *held = (value, Clock::System.now().ms().max(held.1 + 1));
        let metric = self.metric(device, name, false);
        self.say(if device.is_empty() { "NDATA" } else { "DDATA" }, device, message(2, &metric))
    }

    fn metric(&self, device: &str, name: &str, birth: bool) -> Vec<u8> {
        let (value, at) = self.values[&(device.to_owned(), name.to_owned())];
        let mut metric = if birth { [text(1, name), varint(4, 10)].concat() } else { vec![] };
        metric.extend(varint(2, self.alias(device, name)));
        metric.extend(varint(3, at as u64));
        metric.push(13 << 3 | 1);
        metric.extend(value.to_le_bytes());
        metric
    }

    fn say(&mut self, verb: &str, device: &str, metrics: Vec<u8>) -> (String, Vec<u8>) {
        let mut payload = varint(1, Clock::System.now().ms() as u64);
        if verb.ends_with("BIRTH") {
            let names: Vec<_> = self.values.keys().filter(|(d, _)| d == device).map(|(_, n)| n.clone()).collect();
            for name in names {
                payload.extend(message(2, &self.metric(device, &name, true)));
            }
        }
        payload.extend(metrics);
        payload.extend(varint(3, u64::from(self.next())));
        let device = if device.is_empty() { String::new() } else { format!("/{device}") };
        (format!("spBv1.0/plant/{verb}/{}{device}", self.id), payload)
    }

    /// What a command brings.
    fn obey(&mut self, topic: &str, payload: &[u8]) -> Vec<(String, Vec<u8>)> {
        let rebirth = b"Node Control/Rebirth";
        if payload.windows(rebirth.len()).any(|w| w == rebirth) {
            assert!(payload.ends_with(&[14 << 3, 1]), "the value true, and no sequence number: {payload:x?}");
            self.rebirths += 1;
            return self.births();
        }
        self.commands.push((topic.to_owned(), payload.to_vec()));
        let Some((_, device)) = topic.split_once(&format!("/DCMD/{}/", self.id)) else { return vec![] };
        // the one metric of a command: alias, then a double
        let at = payload.iter().rposition(|b| *b == 13 << 3 | 1).expect("a double");
        let value = f64::from_le_bytes(payload[at + 1..at + 9].try_into().expect("eight bytes"));
        let alias = payload.windows(2).find(|w| w[0] == 2 << 3).expect("an alias")[1];
        let name = self.values.keys().nth(usize::from(alias) - 100).expect("a metric").1.clone();
        if self.obeys { vec![self.set(device, &name, value)] } else { vec![] }
    }
}

fn bd_seq_metric(bd_seq: u64) -> Vec<u8> {
    [text(1, "bdSeq"), varint(4, 4), varint(11, bd_seq)].concat()
}

/// A field that holds a number.
pub(crate) fn varint(field: u64, value: u64) -> Vec<u8> {
    let mut out = vec![];
    for mut v in [field << 3, value] {
        while v >= 0x80 {
            out.push(v as u8 | 0x80);
            v >>= 7;
        }
        out.push(v as u8);
    }
    out
}

/// A field that holds a text.
pub(crate) fn text(field: u64, value: &str) -> Vec<u8> {
    message(field, value.as_bytes())
}

/// A field that holds bytes.
pub(crate) fn message(field: u64, value: &[u8]) -> Vec<u8> {
    let mut out = varint(field, value.len() as u64);
    out[0] |= 2;
    out.extend(value);
    out
}
