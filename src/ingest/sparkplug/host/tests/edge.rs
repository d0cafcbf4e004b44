//! An edge node for the tests, with an encoder of its own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use linepack_core::Ts;

use crate::site::{MqttSettings, Protocol, Site};

/// The hub's clock at the start.
pub(super) const T0: i64 = 1_795_305_600_000;

const HUB: &str = r#"
[[connection]]
name = "field"
protocol = "mqtt"
address = "mqtt://127.0.0.1:1883"
subscribe = [{ topic = "spBv1.0/#", format = "sparkplug-b" }]
[[template]]
name = "node"
[[template.point]]
name = "load"
[[template]]
name = "device"
[[template.point]]
name = "outlet_pressure"
sparkplug = "Outlet/Pressure"
sparkplug_write = true
[[template.point]]
name = "flow.total"
"#;

pub(super) fn site() -> (&'static Site, &'static MqttSettings) {
    static SITE: OnceLock<Site> = OnceLock::new();
    let site = SITE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("hub.toml"), HUB).unwrap();
        std::fs::write(dir.path().join("crews.csv"), "id,base_lon,base_lat\n").unwrap();
        let assets = "id,template,connection,lon,lat\n\
            e1,node,field,106.5,29.5\nd1,device,field,106.5,29.5\nd2,device,field,106.5,29.5\n";
        std::fs::write(dir.path().join("assets.csv"), assets).unwrap();
        Site::load(dir.path(), Ts(T0)).unwrap_or_else(|e| panic!("{e:#?}")).0
    });
    let Protocol::Mqtt(settings) = &site.connections[0].protocol else { panic!() };
    (site, settings)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) at: i64,
}

/// The node: metrics by device (`""`: its own) and name.
pub(super) struct Edge {
    pub(super) id: String,
    pub(super) seq: u8,
    pub(super) bd_seq: u64,
    pub(super) clock: i64,
    pub(super) values: BTreeMap<(String, String), Value>,
    devices: Vec<String>,
    /// Of this birth; another birth gives others.
    shift: u64,
}

impl Edge {
    pub(super) fn new(id: &str, devices: &[&str]) -> Self {
        let start = Value { value: 1.0, at: T0 };
        let mut values = BTreeMap::from([((String::new(), "load".to_owned()), start)]);
        for device in devices {
            for name in ["Outlet/Pressure", "flow/total"] {
                values.insert(((*device).to_owned(), name.to_owned()), start);
            }
        }
        let devices = devices.iter().map(|d| (*d).to_owned()).collect();
        Self { id: id.to_owned(), seq: 0, bd_seq: 3, clock: T0, values, devices, shift: 0 }
    }

    pub(super) fn reconnect(&mut self) {
        self.bd_seq = (self.bd_seq + 1) % 256;
        self.seq = 0;
    }

    pub(super) fn next_seq(&mut self) -> u8 {
        let seq = self.seq;
        self.seq = seq.wrapping_add(1);
        seq
    }

    pub(super) fn set(&mut self, device: &str, name: &str, value: f64) {
        self.clock += 1;
        let value = Value { value, at: self.clock };
        *self.values.get_mut(&(device.to_owned(), name.to_owned())).unwrap() = value;
    }

    pub(super) fn alias(&self, device: &str, name: &str) -> u64 {
        let at = self.values.keys().position(|(d, n)| d == device && n == name).unwrap() as u64;
        (at + self.shift) % self.values.len() as u64 + 1
    }

    /// NBIRTH, then DBIRTHs, with other aliases than before.
    pub(super) fn births(&mut self) -> Vec<(String, Vec<u8>)> {
        self.clock += 1;
        self.shift += 1;
        let mut own = Vec::new();
        bytes(2, &[text(1, "bdSeq"), varint(4, 4), varint(11, self.bd_seq)].concat(), &mut own);
        bytes(2, &[text(1, "Node Control/Rebirth"), varint(4, 11), varint(14, 0)].concat(), &mut own);
        let mut all = vec![self.message("NBIRTH", "", own)];
        for device in self.devices.clone() {
            let mut extra = Vec::new();
            bytes(2, &[text(1, "Extra"), varint(4, 3), varint(10, 5)].concat(), &mut extra);
            bytes(2, &[text(1, "Text"), varint(4, 12), text(15, "hi")].concat(), &mut extra);
            all.push(self.message("DBIRTH", &device, extra));
        }
        all
    }

    /// All values of a device, by alias.
    pub(super) fn data(&mut self, device: &str) -> (String, Vec<u8>) {
        self.clock += 1;
        self.message(if device.is_empty() { "NDATA" } else { "DDATA" }, device, Vec::new())
    }

    pub(super) fn ddeath(&mut self, device: &str) -> (String, Vec<u8>) {
        self.clock += 1;
        let seq = self.next_seq();
        let payload = [varint(1, self.clock as u64), varint(3, u64::from(seq))].concat();
        (format!("spBv1.0/g/DDEATH/{}/{device}", self.id), payload)
    }

    /// Data carry what has changed since the message before; births carry all.
    fn message(&mut self, verb: &str, device: &str, extra: Vec<u8>) -> (String, Vec<u8>) {
        let birth = verb.ends_with("BIRTH");
        let mut payload = varint(1, self.clock as u64);
        for ((of, name), value) in &self.values {
            if of != device || (!birth && value.at < self.clock - 1) {
                continue;
            }
            let mut metric = varint(2, self.alias(of, name));
            if birth {
                metric.extend(text(1, name));
                metric.extend(varint(4, 10));
            }
            metric.extend(varint(3, value.at as u64));
            metric.push(13 << 3 | 1);
            metric.extend(value.value.to_le_bytes());
            bytes(2, &metric, &mut payload);
        }
        payload.extend(extra);
        payload.extend(varint(3, u64::from(self.next_seq())));
        let device = if device.is_empty() { String::new() } else { format!("/{device}") };
        (format!("spBv1.0/g/{verb}/{}{device}", self.id), payload)
    }
}

/// A death of a node.
pub(super) fn ndeath(node: &str, bd_seq: Option<u64>) -> (String, Vec<u8>) {
    let mut payload = varint(1, T0 as u64);
    if let Some(bd_seq) = bd_seq {
        bytes(2, &[text(1, "bdSeq"), varint(4, 4), varint(11, bd_seq)].concat(), &mut payload);
    }
    (format!("spBv1.0/g/NDEATH/{node}"), payload)
}

/// A message with one metric made by hand.
pub(super) fn data(node: &str, device: &str, at: u64, seq: u8, metric: &[u8]) -> (String, Vec<u8>) {
    let mut payload = varint(1, at);
    bytes(2, metric, &mut payload);
    payload.extend(varint(3, u64::from(seq)));
    (format!("spBv1.0/g/DDATA/{node}/{device}"), payload)
}

pub(super) fn varint(field: u64, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for mut v in [field << 3, value] {
        while v >= 0x80 {
            out.push(v as u8 | 0x80);
            v >>= 7;
        }
        out.push(v as u8);
    }
    out
}

pub(super) fn text(field: u64, value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    bytes(field, value.as_bytes(), &mut out);
    out
}

pub(super) fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    let head = varint(field, value.len() as u64);
    // the first byte is the key: wire type 2
    out.push(head[0] | 2);
    out.extend(&head[1..]);
    out.extend(value);
}
