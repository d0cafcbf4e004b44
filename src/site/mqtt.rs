//! MQTT connections of `hub.toml`.

use std::path::Path;
use std::time::Duration;

use super::connection::is_host_port;
use super::hub::file;
use super::section::{Section, Value};
use super::settings::{MqttSettings, MqttTls, MqttVersion, OfflineTopic, Rate};
use super::sparkplug;
use super::subscription;
use super::template::Templates;

/// Keys of MQTT connections alone.
pub(super) const KEYS: [&str; 16] = [
    "version",
    "qos",
    "subscribe",
    "client_id",
    "publish",
    "user",
    "user_file",
    "password_file",
    "shared",
    "session_expiry",
    "ca",
    "cert",
    "key",
    "server_name",
    "offline",
    "max_rate",
];

const TLS_KEYS: [&str; 4] = ["ca", "cert", "key", "server_name"];
const DAY: Duration = Duration::from_secs(86_400);

/// Reads one; `hub` is the site's name, for the client id.
pub(super) fn read(
    s: &mut Section<'_>,
    retry_max: Duration,
    hub: &str,
    name: &str,
    dir: &Path,
    templates: &Templates,
) -> MqttSettings {
    let address = s.need("address").and_then(broker_address);
    let secure = address.as_ref().is_some_and(|a| a.starts_with("mqtts://"));
    let tls = if secure {
        Some(read_tls(s, dir))
    } else {
        if address.is_some() {
            s.refuse(&TLS_KEYS, "belongs to mqtts:// addresses");
        } else {
            // the address is reported
            for key in TLS_KEYS {
                s.get(key);
            }
        }
        None
    };
    let version = s
        .get("version")
        .and_then(|v| v.word(&[("3.1.1", MqttVersion::V3), ("5", MqttVersion::V5)]))
        .unwrap_or_default();
    let session_expiry = s.get("session_expiry").and_then(|v| {
        if version == MqttVersion::V3 {
            v.error("needs version = \"5\"; with 3.1.1 the broker decides how long it keeps a session");
        }
        v.duration(Duration::from_secs(1)..=DAY * 365)
    });
    let shared = s.get("shared").and_then(|v| {
        let text = v.filled()?;
        if text.contains(['/', '+', '#']) || text.contains(char::is_control) {
            return v.fail("expected a group name without / + #");
        }
        Some(text.to_owned())
    });
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
    let user_file = s.get("user_file").and_then(|v| {
        if user.is_some() {
            v.error("stands beside \"user\"; give one of them");
        }
        file(v, dir)
    });
    let password_file = s.get("password_file").and_then(|v| {
        if user.is_none() && user_file.is_none() {
            v.error("needs the key \"user\" beside it");
        }
        file(v, dir)
    });
    MqttSettings {
        address: address.unwrap_or_default(),
        version,
        tls,
        client_id: client_id.unwrap_or_else(|| format!("{}-{name}", hub.replace(char::is_whitespace, "-"))),
        session_expiry: session_expiry.unwrap_or(DAY),
        shared,
        qos: s.get("qos").and_then(|v| v.integer(0..=1)).map_or(1, |n| u8::from(n == 1)),
        user,
        user_file,
        password_file,
        publish: s.get("publish").and_then(Value::boolean).unwrap_or(true),
        subscribe,
        sparkplug: sparkplug::read(s, hub),
        offline: read_offline(s),
        max_rate: s.get("max_rate").and_then(read_rate).unwrap_or_default(),
        retry_max,
    }
}

fn read_tls(s: &mut Section<'_>, dir: &Path) -> MqttTls {
    let mut pem = |key| s.get(key).map(|v| (v, file(v, dir)));
    let (ca, cert, key) = (pem("ca"), pem("cert"), pem("key"));
    let identity = match (cert, key) {
        (Some((_, cert)), Some((_, key))) => cert.zip(key),
        (Some((alone, _)), None) => alone.fail("needs \"key\" beside it"),
        (None, Some((alone, _))) => alone.fail("needs \"cert\" beside it"),
        (None, None) => None,
    };
    let server_name = s.get("server_name").and_then(Value::filled).map(str::to_owned);
    MqttTls { ca: ca.and_then(|(_, file)| file), identity, server_name }
}

fn read_offline(s: &mut Section<'_>) -> Vec<OfflineTopic> {
    let mut all = Vec::new();
    for value in s.get("offline").and_then(Value::list).unwrap_or_default() {
        let Some(mut one) = value.section("offline") else { continue };
        let topic = one.need("topic").and_then(|v| subscription::filter(v, &["{asset}"]).map(|t| (v, t)));
        if let Some((value, topic)) = topic
            && topic.split('/').filter(|l| *l == "{asset}").count() != 1
        {
            value.error("needs exactly one level {asset}, which names the asset");
        }
        let payload = one.get("payload").and_then(Value::text).unwrap_or("offline");
        one.finish();
        all.extend(topic.map(|(_, t)| OfflineTopic { topic: t.to_owned(), payload: payload.to_owned() }));
    }
    all
}

fn read_rate(value: Value<'_>) -> Option<Rate> {
    let mut s = value.section("max_rate")?;
    let mut number = |key, least| s.get(key).and_then(|v| v.integer(least..=1_000_000)).and_then(|n| n.try_into().ok());
    let usual = Rate::default();
    let rate: u32 = number("rate", 1).unwrap_or(usual.rate);
    let burst: u32 = number("burst", 1).unwrap_or_else(|| rate.saturating_mul(5));
    s.finish();
    Some(Rate { rate, burst })
}

/// `mqtt://host[:port]` or `mqtts://host[:port]`; the port is 1883 or 8883 where left out.
fn broker_address(value: Value<'_>) -> Option<String> {
    let text = value.filled()?;
    if text.contains('@') {
        // not echoed: there may be a password in it
        return value.fail("user and password belong in the keys \"user\" and \"password_file\"");
    }
    let expected = || value.fail(format!("expected \"mqtt://host:1883\" or \"mqtts://host:8883\", found \"{text}\""));
    let Some((scheme, rest)) = text.split_once("://") else { return expected() };
    let usual = match scheme {
        "mqtt" => 1883,
        "mqtts" => 8883,
        _ => return expected(),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if scheme == "mqtts" && rest.starts_with('[') {
        return value.fail("a certificate needs a name or an IPv4 address here");
    }
    let with_port = if rest.rsplit_once(':').is_some_and(|(_, p)| !p.contains(']')) {
        rest.to_owned()
    } else {
        format!("{rest}:{usual}")
    };
    if is_host_port(&with_port) { Some(format!("{scheme}://{with_port}")) } else { expected() }
}
