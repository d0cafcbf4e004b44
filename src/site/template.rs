//! `[[template]]`: points with their register addresses, and the alarm rules all such points share.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linepack_core::Millis;
use linepack_core::registry::{OtherPoint, PointType, Rationalization, Rule, Template};

use super::derive::{self, Draft};
use super::detector::At;
use super::guidance;
use super::hub::EVER;
use super::limits;
use super::modbus;
use super::register;
use super::rule;
use super::section::{Section, Value, millis};
use super::settings::{ModbusTemplate, PointAddress};
use super::words::hint;
use super::{suppress, watch};

/// All templates, by number and by name.
#[derive(Debug, Default)]
pub(super) struct Templates {
    /// In the order of the file.
    pub(super) list: Vec<Template>,
    /// By template, then slot.
    pub(super) addresses: Vec<Vec<PointAddress>>,
    /// By template.
    pub(super) every: Vec<Option<Duration>>,
    /// By template.
    pub(super) modbus: Vec<ModbusTemplate>,
    /// By template: its points that read others.
    pub(super) derived: Vec<Vec<Draft>>,
    /// Rules the points refer to.
    pub(super) rules: Vec<Rule>,
    /// Every name of the file.
    pub(super) by_name: HashMap<String, u32>,
    /// By template: points that detectors of other points look at.
    pub(super) watched: Vec<Vec<Watched>>,
    /// Conditions that hide alarms of a rule.
    pub(super) conditions: Vec<suppress::OfRule>,
    /// Skills that alarms ask for, with the place of each.
    pub(super) skills: Vec<(usize, Arc<str>)>,
}

/// A point that a detector looks at beside its own.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// Place of its name.
    pub(super) at: usize,
    /// The detector's own point.
    pub(super) by: Arc<str>,
    pub(super) other: OtherPoint,
}

/// Fastest reading.
const FASTEST: Duration = Duration::from_millis(10);

impl Templates {
    /// Whether any template has such a point.
    pub(super) fn has_point(&self, name: &str) -> bool {
        self.list.iter().flat_map(|t| &t.points).any(|p| &*p.name == name)
    }

    /// A point that may have been meant.
    pub(super) fn point_hint(&self, name: &str) -> String {
        hint(name, self.list.iter().flat_map(|t| &t.points).map(|p| &*p.name))
    }
}

/// Reads the entries.
pub(super) fn read(sections: Vec<Section<'_>>) -> Templates {
    let mut all = Templates::default();
    for mut s in sections {
        let value = s.need("name");
        let name = value.and_then(Value::name_text).unwrap_or_default();
        if let Some(value) = value {
            let number = u32::try_from(all.list.len()).unwrap_or(u32::MAX);
            if all.by_name.insert(name.to_owned(), number).is_some() {
                value.error(format!("a second template is called \"{name}\""));
            }
        }
        let every = s.get("every").and_then(|v| v.duration(FASTEST..=EVER));
        let modbus = s.section("modbus", "modbus of a template").map(modbus::template).unwrap_or_default();
        let shared = guidance::read(&mut s);
        let mut points = Vec::new();
        let mut addresses = Vec::new();
        let mut drafts = Vec::new();
        let mut seen = HashSet::new();
        let mut watched = Vec::new();
        for point in s.sections("point", "[[template.point]]") {
            if points.len() >= usize::from(u16::MAX) {
                point.source().error(point.at(), "a template holds at most 65535 points");
                break;
            }
            let (point, address, draft) =
                read_point(point, (points.len(), every, modbus.base), &shared, &mut seen, &mut watched, &mut all);
            points.push(point);
            addresses.push(address);
            drafts.extend(draft);
        }
        let rates: Vec<Option<Duration>> = addresses.iter().map(|a| a.every).collect();
        derive::check_template(s.source(), &mut points, &rates, every, &drafts);
        watch::check_template(s.source(), &points, &watched);
        all.watched.push(watched);
        s.finish();
        all.derived.push(drafts);
        all.list.push(Template { name: name.into(), points });
        all.addresses.push(addresses);
        all.every.push(every);
        all.modbus.push(modbus);
    }
    all
}

fn read_point<'a>(
    mut s: Section<'a>,
    (slot, template_every, base): (usize, Option<Duration>, Option<u16>),
    shared: &Rationalization,
    seen: &mut HashSet<&'a str>,
    watched: &mut Vec<Watched>,
    all: &mut Templates,
) -> (PointType, PointAddress, Option<Draft>) {
    let value = s.need("name");
    let name = value.and_then(Value::identifier).unwrap_or_default();
    if let Some(value) = value
        && !name.is_empty()
    {
        if name == "device" {
            value.error("\"device\" is reserved for the alarm of a silent device");
        }
        if !seen.insert(name) {
            value.error(format!("a second point of this template is called \"{name}\""));
        }
    }
    let unit = s.get("unit").and_then(Value::text).unwrap_or_default().trim();
    let modbus = s.section("modbus", "modbus").and_then(|s| register::read(s, base)).map(Arc::new);
    let sparkplug = s.get("sparkplug").and_then(Value::filled).map(str::to_owned);
    let sparkplug_write = s.get("sparkplug_write").and_then(Value::boolean).unwrap_or(false);
    let (source, draft) = derive::read(&mut s, slot, modbus.is_some() || sparkplug.is_some());
    let states = s.section("states", "states").map(derive::states).unwrap_or_default();
    let every = s.get("every").and_then(|v| v.duration(FASTEST..=EVER));
    let range = s.get("range").and_then(read_range);
    let deadband = s.get("deadband").and_then(|v| {
        let deadband = v.not_negative()?;
        match range {
            Some((low, high)) if deadband >= high - low => {
                v.fail(format!("{deadband} is as wide as the range {low} to {high}; nothing would ever be reported"))
            }
            _ => Some(deadband),
        }
    });
    let stale_after = s.get("stale_after").and_then(|v| v.millis(FASTEST..=EVER)).or_else(|| {
        every.or(template_every).filter(|_| source.is_device()).map(|e| Millis(millis(e).0.saturating_mul(3)))
    });
    let shared = guidance::inherit(&guidance::read(&mut s), shared);
    let at = At { name, unit, source: &source };
    let mut drafts = rule::read(s.sections("alarm", "[[template.point.alarm]]"), stale_after, at);
    limits::check(s.source(), &drafts, range);
    for draft in &mut drafts {
        draft.rule.rationalization = Arc::new(guidance::inherit(&draft.rule.rationalization, &shared));
    }
    let first = all.rules.len();
    for draft in drafts {
        watched.extend(draft.others.into_iter().map(|(at, other)| Watched { at, by: name.into(), other }));
        if let (Some(value), Some(skill)) = (draft.skill_at, &draft.rule.dispatch) {
            all.skills.push((value, skill.skill.clone()));
        }
        let (template, rule) = (all.list.len(), u32::try_from(all.rules.len()).unwrap_or(u32::MAX));
        let of_rule = |condition| suppress::OfRule { template, rule, condition };
        all.conditions.extend(draft.suppress.into_iter().map(of_rule));
        all.rules.push(draft.rule);
    }
    let rules = (first..all.rules.len()).filter_map(|i| u32::try_from(i).ok()).collect();
    s.finish();
    let point = PointType {
        name: name.into(),
        unit: unit.into(),
        deadband: deadband.unwrap_or(0.0),
        range,
        stale_after,
        rules,
        source,
        states,
    };
    (point, PointAddress { modbus, sparkplug, sparkplug_write, every }, draft)
}

/// `[low, high]`.
fn read_range(value: Value<'_>) -> Option<(f64, f64)> {
    let items = value.list()?;
    let [low, high] = items.as_slice() else {
        return value.fail("expected two numbers, the lowest and the highest, such as [0.0, 600.0]");
    };
    let (low, high) = low.number().zip(high.number())?;
    if low < high {
        Some((low, high))
    } else {
        value.fail(format!("the lowest value {low} must be below the highest {high}"))
    }
}
