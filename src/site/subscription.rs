//! Entries of `subscribe`: what an MQTT connection listens to.

use super::section::{Section, Value};
use super::settings::{MqttFormat, Subscription};
use super::sparkplug;
use super::template::Templates;

#[derive(Clone, Copy)]
enum Format {
    Linepack,
    Json,
    Owntracks,
    Sparkplug,
}

/// Reads one.
pub(super) fn read(mut s: Section<'_>, templates: &Templates) -> Option<Subscription> {
    let format = s.need("format").and_then(|v| {
        let words = [
            ("linepack", Format::Linepack),
            ("json", Format::Json),
            ("owntracks", Format::Owntracks),
            ("sparkplug-b", Format::Sparkplug),
        ];
        v.word(&words)
    });
    let json = matches!(format, Some(Format::Json));
    let topic = s.need("topic").and_then(|v| read_topic(v, format.is_some().then_some(json)));
    let mut values = Vec::new();
    let mut ts = None;
    if json {
        ts = s.get("ts").and_then(pointer);
        let table = s.need("values").and_then(|v| v.section("values"));
        for (at, value) in table.iter().flat_map(Section::all) {
            if !templates.has_point(value.name()) {
                s.source().warn(
                    at,
                    format!("no template has a point \"{}\"{}", value.name(), templates.point_hint(value.name())),
                );
            }
            values.extend(pointer(value).map(|p| (value.name().to_owned(), p)));
        }
        if let Some(table) = table
            && table.all().next().is_none()
        {
            s.source().error(table.at(), "values: expected at least one, such as { flow = \"/flow\" }");
        }
    } else if format.is_some() {
        s.refuse(&["ts", "values"], "belongs to format \"json\"");
    } else {
        // the format is reported; its keys cannot be told apart
        let _known = (s.get("ts"), s.get("values"));
    }
    let asset = if matches!(format, Some(Format::Sparkplug)) {
        if let Some(value) = s.get("topic") {
            sparkplug::check_topic(value);
        }
        s.get("asset").and_then(sparkplug::pattern)
    } else {
        None
    };
    s.finish();
    let format = match format? {
        Format::Linepack => MqttFormat::Linepack,
        Format::Owntracks => MqttFormat::Owntracks,
        Format::Sparkplug => MqttFormat::Sparkplug { asset },
        Format::Json => MqttFormat::Json { ts, values },
    };
    Some(Subscription { topic: topic?.to_owned(), format })
}

/// An MQTT topic filter; `json` tells whether one level must be `{asset}`, where known.
fn read_topic<'a>(value: Value<'a>, json: Option<bool>) -> Option<&'a str> {
    let topic = value.filled()?;
    let levels: Vec<&str> = topic.split('/').collect();
    let assets = levels.iter().filter(|l| **l == "{asset}").count();
    if topic.len() > 1024 || topic.contains(char::is_control) {
        return value.fail("expected a topic of at most 1024 bytes without control characters");
    }
    for (i, level) in levels.iter().enumerate() {
        if level.contains('#') && (*level != "#" || i + 1 != levels.len()) {
            return value.fail("\"#\" must be the last level, alone");
        }
        if level.contains('+') && *level != "+" {
            return value.fail("\"+\" must be a level alone");
        }
        if level.contains(['{', '}']) && *level != "{asset}" {
            return value.fail(format!("\"{level}\": the only placeholder is {{asset}}, a level alone"));
        }
    }
    match json {
        Some(true) if assets != 1 => {
            value.fail("format \"json\" needs exactly one level {asset}, which names the asset")
        }
        Some(false) if assets != 0 => value.fail("{asset} belongs to format \"json\"; use + here"),
        _ => Some(topic),
    }
}

/// A JSON pointer (RFC 6901).
fn pointer(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let escapes_ok = text.split('~').skip(1).all(|part| part.starts_with(['0', '1']));
    if (text.is_empty() || text.starts_with('/')) && escapes_ok {
        Some(text.to_owned())
    } else {
        value.fail(format!("expected a JSON pointer such as \"/q/std\", found \"{text}\""))
    }
}
