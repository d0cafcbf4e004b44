//! Entries of `subscribe`: what an MQTT connection listens to.

use std::time::Duration;

use linepack_core::{Quality, Reason};

use super::section::{Section, Value};
use super::settings::{JsonMapping, MqttFormat, QualityAt, Subscription, ValueAt};
use super::sparkplug;
use super::template::Templates;

#[derive(Clone, Copy)]
enum Format {
    Linepack,
    Json,
    Owntracks,
    Sparkplug,
}

/// Keys that only format `json` has.
const JSON_KEYS: [&str; 9] = ["each", "asset", "point", "ts", "step", "quality", "qualities", "values", "value"];

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
    let names: &[&str] = if matches!(format, Some(Format::Json) | None) { &["{asset}", "{point}"] } else { &[] };
    let topic = s.need("topic").and_then(|v| filter(v, names).map(|text| (v, text)));
    let format = match format {
        Some(Format::Json) => Some(MqttFormat::Json(json(&mut s, topic, templates))),
        Some(Format::Sparkplug) => {
            if let Some((value, _)) = topic {
                sparkplug::check_topic(value);
            }
            let asset = s.get("asset").and_then(sparkplug::pattern);
            for key in JSON_KEYS.into_iter().filter(|k| *k != "asset") {
                s.refuse(&[key], "belongs to format \"json\"");
            }
            Some(MqttFormat::Sparkplug { asset })
        }
        Some(other) => {
            s.refuse(&JSON_KEYS, "belongs to format \"json\"");
            Some(if matches!(other, Format::Linepack) { MqttFormat::Linepack } else { MqttFormat::Owntracks })
        }
        None => {
            // the format is reported; its keys cannot be told apart
            for key in JSON_KEYS {
                s.get(key);
            }
            None
        }
    };
    s.finish();
    Some(Subscription { topic: topic?.1.to_owned(), format: format? })
}

fn json(s: &mut Section<'_>, topic: Option<(Value<'_>, &str)>, templates: &Templates) -> JsonMapping {
    let mapping = JsonMapping {
        each: s.get("each").and_then(pointer),
        asset: s.get("asset").and_then(pointer),
        point: s.get("point").and_then(pointer),
        ts: s.get("ts").and_then(pointer),
        step: s.get("step").and_then(|v| v.duration(Duration::from_millis(1)..=Duration::from_secs(86_400))),
        quality: quality(s),
        values: values(s, templates),
        value: s.get("value").and_then(value_at),
    };
    let Some((at, topic)) = topic else { return mapping };
    let levels = |name| topic.split('/').filter(|l| *l == name).count();
    match (levels("{asset}"), mapping.asset.is_some()) {
        (1, false) | (0, true) => {}
        (0, false) => at.error("needs one level {asset}, or the key \"asset\" with a pointer to the asset's id"),
        (1, true) => at.error("the asset is named twice: by a level {asset} and by the key \"asset\""),
        _ => at.error("has more than one level {asset}"),
    }
    let named = levels("{point}") + usize::from(mapping.point.is_some());
    if named > 1 {
        at.error("the point is named more than once");
    } else if named == 1 && mapping.value.is_none() {
        at.error("names one point: needs the key \"value\" with a pointer to its value");
    } else if named == 0 && mapping.value.is_some() {
        at.error("\"value\" needs a level {point} in the topic or the key \"point\"; or use \"values\"");
    }
    if mapping.value.is_some() != mapping.values.is_empty() {
        at.error("needs either \"values\", such as { flow = \"/flow\" }, or \"value\"");
    }
    mapping
}

fn values(s: &mut Section<'_>, templates: &Templates) -> Vec<(String, ValueAt)> {
    let Some(table) = s.get("values").and_then(|v| v.section("values")) else { return Vec::new() };
    let mut all = Vec::new();
    for (at, value) in table.all() {
        if !templates.has_point(value.name()) {
            let hint = templates.point_hint(value.name());
            table.source().warn(at, format!("no template has a point \"{}\"{hint}", value.name()));
        }
        all.extend(value_at(value).map(|v| (value.name().to_owned(), v)));
    }
    all
}

/// A pointer, or `{ at = "/p", scale = 0.1, offset = 0.0 }`.
fn value_at(value: Value<'_>) -> Option<ValueAt> {
    if value.as_text().is_some() {
        return Some(ValueAt { at: pointer(value)?, scale: 1.0, offset: 0.0 });
    }
    let mut s = value.section("a value")?;
    let at = s.need("at").and_then(pointer);
    let scale = s.get("scale").and_then(Value::number).unwrap_or(1.0);
    let offset = s.get("offset").and_then(Value::number).unwrap_or(0.0);
    s.finish();
    Some(ValueAt { at: at?, scale, offset })
}

fn quality(s: &mut Section<'_>) -> Option<QualityAt> {
    let at = s.get("quality").and_then(pointer);
    let table = s.get("qualities");
    if let (None, Some(table)) = (&at, table) {
        table.error("needs the key \"quality\" beside it, a pointer to the word");
    }
    let meanings = [
        ("good", Quality::Good),
        ("uncertain", Quality::Uncertain(Reason::Unspecified)),
        ("bad", Quality::Bad(Reason::Unspecified)),
    ];
    let mut words = Vec::new();
    if let Some(table) = table.and_then(|v| v.section("qualities")) {
        words.extend(table.all().filter_map(|(_, v)| Some((v.name().to_owned(), v.word(&meanings)?))));
    }
    Some(QualityAt { at: at?, words })
}

/// An MQTT topic filter; levels may be one of `names`.
pub(super) fn filter<'a>(value: Value<'a>, names: &[&str]) -> Option<&'a str> {
    let topic = value.filled()?;
    let levels: Vec<&str> = topic.split('/').collect();
    if topic.len() > 1024 || topic.contains(char::is_control) {
        return value.fail("expected a topic of at most 1024 bytes without control characters");
    }
    if levels[0] == "$share" {
        return value.fail("leave \"$share\" out; give the group as the connection's key \"shared\"");
    }
    for (i, level) in levels.iter().enumerate() {
        if level.contains('#') && (*level != "#" || i + 1 != levels.len()) {
            return value.fail("\"#\" must be the last level, alone");
        }
        if level.contains('+') && *level != "+" {
            return value.fail("\"+\" must be a level alone");
        }
        if level.contains(['{', '}']) && !names.contains(level) {
            return value.fail(match (names, *level) {
                ([], "{asset}" | "{point}") => format!("{level} belongs to format \"json\"; use + here"),
                ([], _) => format!("\"{level}\": there are no placeholders here"),
                _ => format!("\"{level}\": expected {}, a level alone", names.join(" or ")),
            });
        }
    }
    Some(topic)
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
