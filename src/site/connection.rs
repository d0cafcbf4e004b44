//! `[[connection]]`: the links to the field.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::ingest::Times;
use super::section::{Section, Value};
use super::settings::{Connection, MqttSettings, Protocol};
use super::template::Templates;
use super::{modbus, mqtt, sparkplug};

/// All connections, by number and by name.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// In the order of the file.
    pub(super) list: Vec<Connection>,
    /// Every name of the file, those of broken entries too, so that one error does not bring others.
    pub(super) by_name: HashMap<String, u32>,
}

#[derive(Clone, Copy)]
enum Kind {
    Modbus(modbus::Wire),
    Mqtt,
}

/// Reads the entries; `hub` is the site's name, for client ids, `times` what holds where a connection says nothing else.
pub(super) fn read(
    sections: Vec<Section<'_>>,
    hub: &str,
    dir: &Path,
    templates: &Templates,
    times: Times,
) -> Connections {
    let mut all = Connections::default();
    let mut sessions: HashMap<(String, String), ()> = HashMap::new();
    for mut s in sections {
        let at = s.at();
        let source = s.source();
        let name_value = s.need("name");
        let name = name_value.and_then(Value::name_text).unwrap_or_default().to_owned();
        if let Some(value) = name_value {
            let number = u32::try_from(all.list.len()).unwrap_or(u32::MAX);
            if all.by_name.insert(name.clone(), number).is_some() {
                value.error(format!("a second connection is called \"{name}\""));
            }
        }
        let kind = s.need("protocol").and_then(|v| {
            v.word(&[
                ("modbus-tcp", Kind::Modbus(modbus::Wire::Tcp)),
                ("modbus-rtu-tcp", Kind::Modbus(modbus::Wire::RtuTcp)),
                ("modbus-rtu", Kind::Modbus(modbus::Wire::Rtu)),
                ("mqtt", Kind::Mqtt),
            ])
        });
        let retry_max = s
            .get("retry_max")
            .and_then(|v| v.duration(Duration::from_millis(100)..=Duration::from_secs(86_400)))
            .unwrap_or(Duration::from_secs(30));
        let mut clock = None;
        let protocol = match kind {
            Some(Kind::Mqtt) => {
                s.refuse(&modbus::KEYS, "belongs to modbus connections");
                clock = s.section("time", "[[connection]] time").map(|time| times.with(Some(time)).policy);
                let settings = mqtt::read(&mut s, retry_max, hub, &name, dir, templates);
                let session = (settings.address.clone(), settings.client_id.clone());
                if !settings.address.is_empty() && sessions.insert(session, ()).is_some() {
                    source.error(
                        at,
                        "two connections to one broker need different client_id; they would push each other out",
                    );
                }
                Protocol::Mqtt(settings)
            }
            Some(Kind::Modbus(wire)) => {
                s.refuse(&mqtt::KEYS, "belongs to mqtt connections");
                s.refuse(&sparkplug::KEYS, "belongs to mqtt connections");
                s.refuse(&["time"], "belongs to mqtt connections: Modbus knows no time, the hub stamps what it reads");
                Protocol::Modbus(modbus::read(&mut s, wire, retry_max))
            }
            None => {
                // the protocol is reported; its keys cannot be told apart
                for key in modbus::KEYS.into_iter().chain(mqtt::KEYS).chain(["address", "time"]) {
                    s.get(key);
                }
                sparkplug::skip(&mut s);
                Protocol::Mqtt(MqttSettings::default())
            }
        };
        s.finish();
        all.list.push(Connection { name, protocol, clock });
    }
    all
}

/// Whether the text is `name:port`, `1.2.3.4:port` or `[v6]:port`.
pub(super) fn is_host_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host_ok = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    host_ok && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
}
