//! Points as they stand in a snapshot. What all points of a type have in common is encoded once a snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::registry::Point;
use linepack_core::{PointId, Registry, Ts};

use super::encode::{float, integer, json};
use super::names::Names;
use crate::view::Picture;
use crate::wire;

/// Encodes points out of one picture.
pub(super) struct Whole<'a> {
    picture: &'a Picture,
    names: Arc<Names>,
    /// By template and slot.
    types: HashMap<(u32, u16), Type>,
}

/// The parts of a point that are the same for all of its type, and where words or a text depend on the value: none.
struct Type {
    unit: String,
    /// From `range` on to before `writable`.
    ranges: String,
    /// What follows `writable`, before a substitute.
    rest: String,
    has_words: bool,
}

impl<'a> Whole<'a> {
    pub(super) fn new(picture: &'a Picture, names: Arc<Names>) -> Self {
        Self { picture, names, types: HashMap::new() }
    }

    /// Appends a point, the same as the wire's struct would be.
    pub(super) fn point(&mut self, out: &mut String, id: u32) {
        let picture = self.picture;
        let point = PointId(id);
        let Some(p) = picture.registry.points.get(point.index()) else { return };
        let Some(asset) = picture.registry.assets.get(p.asset.index()) else { return };
        if has_own_limits(&picture.registry, p) {
            out.push_str(&json(&picture.value(point)));
            return;
        }
        let key = (asset.template, p.slot);
        let of_type = self.types.entry(key).or_insert_with(|| Type::new(&picture.value(point)));
        let substitute = picture.board.substitutes.contains_key(&point);
        if of_type.has_words || substitute || picture.site.texts.get(point).is_some() {
            out.push_str(&json(&picture.value(point)));
            return;
        }
        let now = picture.values.get(point);
        out.push_str("{\"point\":");
        out.push_str(self.names.json(id));
        out.push_str(",\"value\":");
        float(out, now.value);
        out.push_str(&of_type.unit);
        out.push_str(",\"quality\":\"");
        out.push_str(now.quality.class());
        out.push_str("\",\"reason\":");
        match now.quality.reason() {
            Some(reason) => {
                out.push('"');
                out.push_str(reason.name());
                out.push('"');
            }
            None => out.push_str("null"),
        }
        out.push_str(",\"status_code\":");
        integer(out, now.quality.status_code().into());
        for (name, ts) in [(",\"ts_ms\":", now.ts), (",\"received_ms\":", now.received)] {
            out.push_str(name);
            if now.received == Ts(0) {
                out.push_str("null");
            } else {
                integer(out, ts.ms());
            }
        }
        out.push_str(&of_type.ranges);
        out.push_str(if picture.site.is_writable(point) { ",\"writable\":true" } else { ",\"writable\":false" });
        out.push_str(&of_type.rest);
    }
}

/// Whether a person changed settings of its alarms, so that they are not those of its type.
fn has_own_limits(registry: &Registry, point: &Point) -> bool {
    let rules = point.alarms.clone().filter_map(|alarm| registry.alarms.get(alarm as usize)).map(|alarm| alarm.rule);
    rules.ne(registry.point_type(point).rules.iter().copied())
}

impl Type {
    fn new(value: &wire::Value) -> Self {
        Self {
            unit: format!(",\"unit\":{}", json(&value.unit)),
            ranges: format!(",\"range\":{},\"limits\":{}", json(&value.range), json(&value.limits)),
            rest: value.entry.as_ref().map_or("}".into(), |entry| format!(",\"entry\":{}}}", json(entry))),
            has_words: value.states.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::registry::PointSource;
    use linepack_core::{AlarmId, Current, Quality, Reason, Substitute};

    use super::*;
    use crate::push::fixture;

    #[test]
    fn a_point_is_written_as_the_wire_has_it() {
        let mut picture = fixture::picture(3);
        {
            let registry = Arc::make_mut(&mut picture.registry);
            let template = &mut registry.templates[0].points;
            template[0].range = Some((0.0, 1e6));
            template[1].unit = "m³/h \"".into();
            template[1].source = PointSource::Manual;
            registry.own_rule(AlarmId(0)).limit = 130.0;
        }
        let set = |point, value, quality| {
            picture.values.set(PointId(point), Current { value, quality, ts: Ts(5), received: Ts(1_732_233_600_123) });
        };
        set(0, 98.5, Quality::Good);
        set(1, f64::NAN, Quality::Bad(Reason::Stale));
        set(2, -1e300, Quality::Uncertain(Reason::LastKnown));
        let substitute = Substitute {
            point: PointId(3),
            value: 1.0,
            by: "op".into(),
            reason: "broken".into(),
            since: Ts(7),
            until: None,
        };
        Arc::make_mut(&mut picture.board).substitutes.insert(PointId(3), Arc::new(substitute));
        let mut whole = Whole::new(&picture, Arc::new(Names::of(&picture.registry)));
        for point in 0..6 {
            let mut out = String::new();
            whole.point(&mut out, point);
            assert_eq!(out, json(&picture.value(PointId(point))));
        }
        let mut out = String::new();
        whole.point(&mut out, 6);
        assert_eq!(out, "");
    }
}
