//! Sparkplug keys of MQTT connections and subscriptions.

use std::time::Duration;

use super::section::{Section, Value};
use super::settings::SparkplugSettings;

/// Keys of the connection.
pub(super) const KEYS: [&str; 3] = ["host_id", "primary_host", "reorder_timeout"];

/// Reads the keys of a connection; `hub` is the site's name.
pub(super) fn read(s: &mut Section<'_>, hub: &str) -> SparkplugSettings {
    let host_id = s.get("host_id").and_then(|v| {
        let text = v.filled()?;
        if text.len() <= 128 && !text.contains(['+', '#', '/']) && !text.contains(char::is_control) {
            Some(text.to_owned())
        } else {
            v.fail("expected at most 128 bytes without + # /")
        }
    });
    SparkplugSettings {
        host_id: host_id.unwrap_or_else(|| hub.replace(|c: char| c.is_whitespace() || "+#/".contains(c), "-")),
        primary_host: s.get("primary_host").and_then(Value::boolean).unwrap_or(true),
        reorder_timeout: s
            .get("reorder_timeout")
            .and_then(|v| v.duration(Duration::ZERO..=Duration::from_secs(60)))
            .unwrap_or(Duration::from_secs(5)),
    }
}

/// Takes the keys for known where nothing can be said about them.
pub(super) fn skip(s: &mut Section<'_>) {
    for key in KEYS {
        s.get(key);
    }
}

/// The topic of a `sparkplug-b` subscription.
pub(super) fn check_topic(value: Value<'_>) {
    if value.text().is_some_and(|t| !t.starts_with("spBv1.0/")) {
        value.error("format \"sparkplug-b\" needs a topic such as \"spBv1.0/#\"");
    }
}

/// How the id of an asset is made.
pub(super) fn pattern(value: Value<'_>) -> Option<String> {
    let text = value.filled()?;
    let rest = ["{group}", "{node}", "{device}"].iter().fold(text.to_owned(), |t, word| t.replace(word, ""));
    if rest.len() == text.len() || rest.contains(['{', '}']) {
        return value.fail("expected a pattern such as \"{node}-{device}\", with {group}, {node} or {device}");
    }
    Some(text.to_owned())
}
