//! `[[position]]`: the desks of the control room and whose alarm is whose.

use std::sync::Arc;

use linepack_core::registry::{CONTROL_ROOM, Position};

use super::alarms::priorities;
use super::section::{Section, Value};
use super::source::Source;
use super::words::hint;

/// A position and where its words stand.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) position: Position,
    areas_at: usize,
    classes_at: usize,
}

/// Reads the tables.
pub(super) fn read(sections: Vec<Section<'_>>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = vec![];
    for mut s in sections {
        let name = s.need("name");
        let (areas, classes) = (s.get("areas"), s.get("classes"));
        let position = Position {
            name: name.and_then(Value::name_text).unwrap_or_default().into(),
            areas: words(areas),
            classes: words(classes),
            priorities: priorities(s.get("priorities")),
        };
        if let Some(name) = name {
            if drafts.iter().any(|d| d.position.name == position.name) {
                name.error(format!("a second position is called \"{}\"", position.name));
            }
            if drafts.iter().any(|d| d.position.takes_all()) {
                name.error("a position above takes every alarm; this one would never get any");
            }
            if *position.name == *CONTROL_ROOM && !position.takes_all() {
                name.error(format!("\"{CONTROL_ROOM}\" takes what no other position does; it has no conditions"));
            }
        }
        let at = |v: Option<Value<'_>>| v.map_or(s.at(), |v| v.at());
        drafts.push(Draft { position, areas_at: at(areas), classes_at: at(classes) });
        s.finish();
    }
    drafts
}

/// Words that no asset and no rule has: the position would get less than was meant.
pub(super) fn check<'a>(
    source: &Source,
    drafts: &[Draft],
    areas: impl Iterator<Item = &'a str> + Clone,
    classes: impl Iterator<Item = &'a str> + Clone,
) {
    for d in drafts {
        for area in d.position.areas.iter().filter(|w| !areas.clone().any(|a| a == &***w)) {
            let hint = hint(area, areas.clone());
            source.warn(d.areas_at, format!("areas: no asset of assets.csv is in area \"{area}\"{hint}"));
        }
        for class in d.position.classes.iter().filter(|w| !classes.clone().any(|c| c == &***w)) {
            let hint = hint(class, classes.clone());
            source.warn(d.classes_at, format!("classes: no alarm rule has the class \"{class}\"{hint}"));
        }
    }
}

fn words(list: Option<Value<'_>>) -> Vec<Arc<str>> {
    let items = list.and_then(Value::list).unwrap_or_default();
    items.into_iter().filter_map(Value::filled).map(Arc::from).collect()
}
