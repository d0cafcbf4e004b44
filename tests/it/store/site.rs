//! A small registry for the store's tests: two assets with two points each, one alarm a point, two crews.

use std::sync::Arc;

use linepack_core::registry::{
    AlarmInstance, AlarmKind, AlarmSource, Asset, Crew, Point, PointType, Priority, Rationalization, Rule, Shift,
    Template,
};
use linepack_core::{AssetId, LonLat, PointId, Registry};

/// The registry with assets of these names.
pub(crate) fn registry(assets: &[&str]) -> Arc<Registry> {
    let point =
        |name: &str| PointType { name: name.into(), unit: "kPa".into(), rules: vec![0], ..PointType::default() };
    let at = LonLat { lon: 106.5, lat: 29.5 };
    let mut registry = Registry::default();
    registry.templates = vec![Template { name: "station".into(), points: vec![point("inlet"), point("outlet")] }];
    registry.rules.push(Rule {
        key: "high".into(),
        kind: AlarmKind::High,
        limit: 120.0,
        deadband: 1.0,
        on_delay: Default::default(),
        off_delay: Default::default(),
        priority: Priority::High,
        dispatch: None,
        rationalization: Arc::new(Rationalization::default()),
        latching: false,
        enabled: true,
        operator_may: None,
        detector: None,
        handling: Default::default(),
    });
    let crew = |id: &str| Crew {
        id: id.into(),
        name: id.into(),
        phone: "".into(),
        skills: vec![],
        base: at,
        shift: Shift::Always,
        area: "".into(),
    };
    registry.crews = vec![crew("c-01"), crew("c-02")];
    for (i, id) in (0u32..).zip(assets) {
        registry.assets.push(Asset {
            id: (*id).into(),
            name: (*id).into(),
            kind: "station".into(),
            area: "".into(),
            position: at,
            template: 0,
            connection: None,
            points: i * 2..i * 2 + 2,
            alarms: 0..0,
            attributes: vec![],
            parent: None,
        });
        for slot in 0..2u16 {
            let n = i * 2 + u32::from(slot);
            registry.points.push(Point { asset: AssetId(i), slot, alarms: n..n + 1 });
            registry.alarms.push(AlarmInstance { source: AlarmSource::Point(PointId(n)), rule: 0 });
        }
    }
    registry.index();
    Arc::new(registry)
}
