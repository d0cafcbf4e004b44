//! Points that are not read from the field: calculated ones, totals, those that people enter. Their keys, and whom they read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linepack_core::calc::Formula;
use linepack_core::registry::{PointSource, PointType, TotalBy, TotalSpec};
use linepack_core::{Millis, calc};

use super::assets::Assets;
use super::hub::EVER;
use super::section::{Section, Value, millis};
use super::source::Source;
use super::template::Templates;
use super::words::hint;

/// A point that reads others, for the checks when all are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    /// Index into the template's points.
    pub(super) slot: usize,
    /// Place of the formula's text or of the point's name.
    at: usize,
    /// A rate without a `max_gap` of its own.
    usual_gap: bool,
}

/// The time units of a rate.
const PER: [(&str, i64); 4] = [("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads `calc`, `total`, `counter` and `manual`. `addressed`: the point has an address in the field.
pub(super) fn read(s: &mut Section<'_>, slot: usize, addressed: bool) -> (PointSource, Option<Draft>) {
    let mut found: Vec<(Value<'_>, PointSource, Option<Draft>)> = Vec::new();
    if let Some(value) = s.get("calc")
        && let Some(text) = value.filled()
    {
        let at = value.at() + 1;
        match Formula::parse(text) {
            Ok(formula) => {
                let draft = Draft { slot, at, usual_gap: false };
                found.push((value, PointSource::Calc(Arc::new(formula)), Some(draft)));
            }
            Err(e) => s.source().error(at + e.at, format!("calc: {e}")),
        }
    }
    if let Some(value) = s.get("total")
        && let Some(mut rate) = value.section("total")
    {
        let of = rate.need("of").and_then(|v| Some((v.at(), v.identifier()?)));
        let per = rate.need("per").and_then(|v| v.word(&PER));
        let gap = rate.get("max_gap").and_then(|v| v.millis(Duration::from_millis(10)..=EVER));
        rate.finish();
        if let (Some((at, of)), Some(per)) = (of, per) {
            let by = TotalBy::Rate { per: Millis(per), max_gap: gap.unwrap_or(Millis(i64::MAX)) };
            let draft = Draft { slot, at, usual_gap: gap.is_none() };
            found.push((value, PointSource::Total(TotalSpec { of: of.into(), by }), Some(draft)));
        }
    }
    if let Some(value) = s.get("counter")
        && let Some(mut counter) = value.section("counter")
    {
        let of = counter.need("of").and_then(|v| Some((v.at(), v.identifier()?)));
        let rollover = counter.get("rollover").and_then(Value::positive);
        counter.finish();
        if let Some((at, of)) = of {
            let spec = TotalSpec { of: of.into(), by: TotalBy::Counter { rollover } };
            found.push((value, PointSource::Total(spec), Some(Draft { slot, at, usual_gap: false })));
        }
    }
    if let Some(value) = s.get("manual")
        && value.boolean() == Some(true)
    {
        found.push((value, PointSource::Manual, None));
    }
    for (value, ..) in found.iter().skip(1) {
        value.error("a point has one source: an address, calc, total, counter or manual");
    }
    match found.into_iter().next() {
        None => (PointSource::Device, None),
        Some((value, ..)) if addressed => {
            value.error("the point is read from the field already");
            (PointSource::Device, None)
        }
        Some((_, source, draft)) => (source, draft),
    }
}

/// `states = { "0" = "closed", "1" = "open" }`, ascending.
pub(super) fn states(s: Section<'_>) -> Vec<(i64, Arc<str>)> {
    let mut states = BTreeMap::new();
    for (at, value) in s.all() {
        let Ok(number) = value.name().parse::<i64>() else {
            s.source().error(at, format!("\"{}\" is not a whole number", value.name()));
            continue;
        };
        if let Some(word) = value.filled() {
            states.insert(number, Arc::from(word));
        }
    }
    states.into_iter().collect()
}

/// Checks what the points of one template read of each other, and fills in gaps that were left to the rule.
pub(super) fn check_template(
    source: &Source,
    points: &mut [PointType],
    every: &[Option<Duration>],
    template_every: Option<Duration>,
    drafts: &[Draft],
) {
    let slots: HashMap<Arc<str>, usize> = points.iter().enumerate().map(|(i, p)| (p.name.clone(), i)).collect();
    for draft in drafts {
        for (at, name) in own_inputs(&points[draft.slot].source, draft.at) {
            if !slots.contains_key(&name) {
                let hint = hint(&name, slots.keys().map(|n| &**n));
                source.error(at, format!("the template has no point \"{name}\"{hint}"));
            }
        }
        if let PointSource::Calc(formula) = &points[draft.slot].source {
            check_units(source, points, &slots, formula, draft);
        }
        let PointSource::Total(spec) = &points[draft.slot].source else { continue };
        let (of, by) = (spec.of.clone(), spec.by);
        if let (TotalBy::Rate { per, .. }, true) = (by, draft.usual_gap) {
            let own = slots.get(&of).and_then(|&i| every.get(i).copied().flatten());
            match own.or(template_every) {
                Some(every) => {
                    let by = TotalBy::Rate { per, max_gap: Millis(millis(every).0.saturating_mul(3)) };
                    points[draft.slot].source = PointSource::Total(TotalSpec { of, by });
                }
                None => source.error(draft.at, format!("total: nothing tells how often \"{of}\" comes; give max_gap")),
            }
        }
    }
    for draft in drafts {
        if let Some(circle) = circle(points, &slots, draft.slot) {
            source.error(draft.at, format!("the point reads itself: {}", circle.join(" reads ")));
        }
    }
}

/// Checks full names in formulas against the assets there are.
pub(super) fn check_site(source: &Source, templates: &Templates, assets: &Assets) {
    let mut crossing = false;
    for (template, drafts) in templates.list.iter().zip(&templates.derived) {
        for draft in drafts {
            let PointSource::Calc(formula) = &template.points[draft.slot].source else { continue };
            for input in formula.inputs() {
                let Some(name) = &input.asset else { continue };
                crossing = true;
                let at = draft.at + input.at;
                let Some(row) = assets.ids.get(name).and_then(|&n| assets.list.get(n as usize)) else {
                    source.error(at, format!("calc: assets.csv has no asset \"{name}\""));
                    continue;
                };
                let of = templates.list.get(row.template as usize);
                if !of.is_some_and(|t| t.points.iter().any(|p| p.name == input.point)) {
                    source.error(at, format!("calc: the asset \"{name}\" has no point \"{}\"", input.point));
                }
            }
        }
    }
    if crossing {
        check_circles(source, templates, assets);
    }
}

/// The own points a source reads, each with its place.
fn own_inputs(from: &PointSource, at: usize) -> Vec<(usize, Arc<str>)> {
    match from {
        PointSource::Calc(formula) => {
            let own = formula.inputs().iter().filter(|i| i.asset.is_none());
            own.map(|i| (at + i.at, i.point.clone())).collect()
        }
        PointSource::Total(spec) => vec![(at, spec.of.clone())],
        PointSource::Device | PointSource::Manual => vec![],
    }
}

fn check_units(
    source: &Source,
    points: &[PointType],
    slots: &HashMap<Arc<str>, usize>,
    formula: &calc::Formula,
    draft: &Draft,
) {
    let unit = |i: usize| {
        let input = formula.inputs().get(i).filter(|i| i.asset.is_none());
        let point = input.and_then(|i| slots.get(&i.point)).and_then(|&slot| points.get(slot));
        point.map(|p| p.unit.clone()).unwrap_or_default()
    };
    let own = &points[draft.slot].unit;
    match formula.unit(unit) {
        Ok(Some(result)) if !own.is_empty() && result != *own => {
            source.warn(draft.at, format!("calc: the result is in {result}, the point says {own}"));
        }
        Ok(_) => {}
        Err(e) => source.warn(draft.at + e.at, format!("calc: {e}")),
    }
}

/// The way from a point back to itself, if there is one.
fn circle(points: &[PointType], slots: &HashMap<Arc<str>, usize>, start: usize) -> Option<Vec<String>> {
    let mut seen = HashSet::new();
    // each with the way that led to it
    let mut open = vec![vec![start]];
    while let Some(way) = open.pop() {
        let at = *way.last()?;
        for (_, name) in own_inputs(&points.get(at)?.source, 0) {
            let Some(&next) = slots.get(&name) else { continue };
            let mut on = way.clone();
            on.push(next);
            if next == start {
                return Some(on.into_iter().filter_map(|i| points.get(i)).map(|p| p.name.to_string()).collect());
            }
            if seen.insert(next) {
                open.push(on);
            }
        }
    }
    None
}

/// Circles by way of other assets; each formula is named once.
fn check_circles(source: &Source, templates: &Templates, assets: &Assets) {
    let rows = &assets.list;
    let slot =
        |template: u32, name: &str| templates.list.get(template as usize)?.points.iter().position(|p| &*p.name == name);
    let drafts = |template: u32| templates.derived.get(template as usize).map_or(&[][..], Vec::as_slice);
    let mut waits: HashMap<(usize, usize), usize> = HashMap::new();
    let mut readers: HashMap<(usize, usize), Vec<(usize, usize)>> = HashMap::new();
    for (n, row) in rows.iter().enumerate() {
        for draft in drafts(row.template) {
            waits.insert((n, draft.slot), 0);
        }
    }
    for (n, row) in rows.iter().enumerate() {
        for draft in drafts(row.template) {
            let from = &templates.list[row.template as usize].points[draft.slot].source;
            let own = own_inputs(from, 0).into_iter().filter_map(|(_, name)| Some((n, slot(row.template, &name)?)));
            let others = match from {
                PointSource::Calc(formula) => formula.inputs(),
                _ => &[],
            };
            let others = others.iter().filter_map(|i| {
                let other = *assets.ids.get(i.asset.as_ref()?)? as usize;
                Some((other, slot(rows.get(other)?.template, &i.point)?))
            });
            for input in own.chain(others).collect::<Vec<_>>() {
                if waits.contains_key(&input) {
                    *waits.entry((n, draft.slot)).or_default() += 1;
                    readers.entry(input).or_default().push((n, draft.slot));
                }
            }
        }
    }
    let mut ready: Vec<(usize, usize)> = waits.iter().filter(|(_, n)| **n == 0).map(|(k, _)| *k).collect();
    while let Some(node) = ready.pop() {
        waits.remove(&node);
        for reader in readers.remove(&node).unwrap_or_default() {
            if let Some(n) = waits.get_mut(&reader) {
                *n -= 1;
                if *n == 0 {
                    ready.push(reader);
                }
            }
        }
    }
    let mut told = HashSet::new();
    let mut left: Vec<(usize, usize)> = waits.into_keys().collect();
    left.sort_unstable();
    for (n, slot) in left {
        let Some(row) = rows.get(n) else { continue };
        let Some(draft) = drafts(row.template).iter().find(|d| d.slot == slot) else { continue };
        if told.insert(draft.at) {
            source
                .error(draft.at, format!("calc: the point reads itself by way of others, as in asset \"{}\"", row.id));
        }
    }
}
