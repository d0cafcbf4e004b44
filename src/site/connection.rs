//! `[[connection]]`: the links to the field.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::hub::file;
use super::modbus;
use super::section::{Section, Value};
use super::settings::{Connection, MqttSettings, Protocol};
use super::subscription;
use super::template::Templates;

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

const MQTT_KEYS: [&str; 8] = ["qos", "subscribe", "client_id", "publish", "user", "password_file", "shared", "ca"];
const LATER: &str = "is not available in this version";

/// Reads the entries; `hub` is the site's name, for client ids.
pub(super) fn read(sections: Vec<Section<'_>>, hub: &str, dir: &Path, templates: &Templates) -> Connections {
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
        let protocol = match kind {
            Some(Kind::Mqtt) => {
                let settings = read_mqtt(&mut s, retry_max, hub, &name, dir, templates);
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
                s.refuse(&MQTT_KEYS, "belongs to mqtt connections");
                Protocol::Modbus(modbus::read(&mut s, wire, retry_max))
            }
            None => {
                // the protocol is reported; its keys cannot be told apart
                for key in modbus::KEYS.into_iter().chain(MQTT_KEYS).chain(["address"]) {
                    s.get(key);
                }
                Protocol::Mqtt(MqttSettings::default())
            }
        };
        s.finish();
        all.list.push(Connection { name, protocol });
    }
    all
}

fn read_mqtt(
    s: &mut Section<'_>,
    retry_max: Duration,
    hub: &str,
    name: &str,
    dir: &Path,
    templates: &Templates,
) -> MqttSettings {
    s.refuse(&modbus::KEYS, "belongs to modbus connections");
    s.refuse(&["shared"], LATER);
    let address = s.need("address").and_then(broker_address);
    if let Some(ca) = s.get("ca") {
        ca.error("is for mqtts:// addresses, which this version does not have");
    }
    let mut subscribe = Vec::new();
    for value in s.get("subscribe").and_then(Value::list).unwrap_or_default() {
        subscribe.extend(value.section("subscribe").and_then(|s| subscription::read(s, templates)));
    }
    let client_id = s.get("client_id").and_then(|v| {
        let text = v.filled()?;
        if text.len() <= 128 && !text.contains(char::is_control) {
            Some(text.to_owned())
        } else {
            v.fail("expected at most 128 bytes")
        }
    });
    let user = s.get("user").and_then(Value::filled).map(str::to_owned);
    let password_file = s.get("password_file").and_then(|v| {
        if user.is_none() {
            v.error("needs the key \"user\" beside it");
        }
        file(v, dir)
    });
    let qos = s.get("qos").and_then(|v| v.integer(0..=1)).map_or(1, |n| u8::from(n == 1));
    MqttSettings {
        address: address.unwrap_or_default(),
        client_id: client_id.unwrap_or_else(|| format!("{}-{name}", hub.replace(char::is_whitespace, "-"))),
        qos,
        user,
        password_file,
        publish: s.get("publish").and_then(Value::boolean).unwrap_or(true),
        subscribe,
        retry_max,
    }
}

/// `mqtt://host[:port]`; the port is 1883 where left out.
fn broker_address(value: Value<'_>) -> Option<String> {
    let text = value.filled()?;
    if text.contains('@') {
        // not echoed: there may be a password in it
        return value.fail("user and password belong in the keys \"user\" and \"password_file\"");
    }
    let expected = || value.fail(format!("expected \"mqtt://host:1883\", found \"{text}\""));
    if text.starts_with("mqtts://") {
        return value.fail(format!("mqtts:// {LATER}"));
    }
    let Some(rest) = text.strip_prefix("mqtt://") else { return expected() };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let with_port = if rest.rsplit_once(':').is_some_and(|(_, p)| !p.contains(']')) {
        rest.to_owned()
    } else {
        format!("{rest}:1883")
    };
    if is_host_port(&with_port) { Some(format!("mqtt://{with_port}")) } else { expected() }
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
