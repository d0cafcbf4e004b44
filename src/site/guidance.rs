//! Rationalization (ISA-18.2) that alarms share: of a point, a template, a class. Each of the four parts for itself, the
//! nearest that says something holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::registry::{Rationalization, Rule};

use super::rule::LONGEST;
use super::section::{Section, Value};

/// The four keys of a table that may have them.
pub(super) fn read(s: &mut Section<'_>) -> Rationalization {
    let mut text = |key| -> Arc<str> { s.get(key).and_then(Value::text).unwrap_or_default().trim().into() };
    let (cause, consequence, action) = (text("cause"), text("consequence"), text("action"));
    let respond_within = s.get("respond_within").and_then(|v| v.millis(Duration::from_secs(1)..=LONGEST));
    Rationalization { cause, consequence, action, respond_within }
}

/// What is missing comes from further away.
pub(super) fn inherit(own: &Rationalization, further: &Rationalization) -> Rationalization {
    let text = |own: &Arc<str>, further: &Arc<str>| if own.is_empty() { further.clone() } else { own.clone() };
    Rationalization {
        cause: text(&own.cause, &further.cause),
        consequence: text(&own.consequence, &further.consequence),
        action: text(&own.action, &further.action),
        respond_within: own.respond_within.or(further.respond_within),
    }
}

/// `[[class]]`: what alarms of a class have in common.
pub(super) fn apply_classes(sections: Vec<Section<'_>>, rules: &mut [Rule]) {
    let mut classes: HashMap<&str, Rationalization> = HashMap::new();
    for mut s in sections {
        let name = s.need("name");
        let shared = read(&mut s);
        s.finish();
        let Some((name, value)) = name.and_then(|v| v.identifier().map(|name| (name, v))) else { continue };
        if classes.insert(name, shared).is_some() {
            value.error(format!("a second class is called \"{name}\""));
        }
    }
    for rule in rules {
        if let Some(shared) = classes.get(&*rule.handling.class) {
            rule.rationalization = Arc::new(inherit(&rule.rationalization, shared));
        }
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::Millis;

    use super::*;

    #[test]
    fn each_part_comes_from_the_nearest_that_has_it() {
        let of = |cause: &str, action: &str, within: Option<i64>| Rationalization {
            cause: cause.into(),
            consequence: "".into(),
            action: action.into(),
            respond_within: within.map(Millis::mins),
        };
        let own = inherit(&of("own", "", None), &of("point", "look", Some(5)));
        assert_eq!(own, of("own", "look", Some(5)));
        assert_eq!(inherit(&own, &of("class", "call", Some(9))), own);
        assert_eq!(inherit(&of("", "", None), &of("class", "call", Some(9))), of("class", "call", Some(9)));
    }
}
