//! A small site for tests and fuzzing of the parsers.

use linepack_core::registry::{Asset, Crew, Point, PointType, Shift, Template};
use linepack_core::{AssetId, LonLat, Registry};

const HERE: LonLat = LonLat { lon: 106.5, lat: 29.5 };

/// Asset `rs-1` with `outlet_pressure` (0), `flow` (1); `v-1` with `open` (2); crew `c-07`.
pub(crate) fn registry() -> Registry {
    let kind = |name: &str| PointType { name: name.into(), unit: "".into(), ..PointType::default() };
    let asset = |id: &str, template, points| Asset {
        id: id.into(),
        name: id.into(),
        kind: "".into(),
        area: "".into(),
        position: HERE,
        template,
        connection: None,
        points,
        alarms: 0..0,
        attributes: Vec::new(),
        parent: None,
    };
    let point = |asset, slot| Point { asset: AssetId(asset), slot, alarms: 0..0 };
    let mut registry = Registry::default();
    registry.templates = vec![
        Template { name: "regulator".into(), points: vec![kind("outlet_pressure"), kind("flow")] },
        Template { name: "valve".into(), points: vec![kind("open")] },
    ];
    registry.assets = vec![asset("rs-1", 0, 0..2), asset("v-1", 1, 2..3)].into();
    registry.points = vec![point(0, 0), point(0, 1), point(1, 0)].into();
    registry.crews = vec![Crew {
        id: "c-07".into(),
        name: "Seven".into(),
        phone: "".into(),
        skills: Vec::new(),
        base: HERE,
        shift: Shift::Always,
        area: "".into(),
    }];
    registry.index();
    registry
}
