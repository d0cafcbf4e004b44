//! Small sites for tests, built as the site folder's parser would.

use linepack_core::registry::{
    AlarmInstance, AlarmKind, AlarmSource, Asset, Connection, Crew, DispatchRule, Pipe, Point, PointSource, PointType,
    Priority, Rationalization, Registry, Rule, Shift, Template,
};
use linepack_core::{AssetId, ConnectionId, LonLat, Millis, PointId};

/// A rule without deadband, delays or crew; change what matters with struct update.
pub(crate) fn rule(kind: AlarmKind, limit: f64) -> Rule {
    Rule {
        key: kind.name().into(),
        kind,
        limit,
        deadband: 0.0,
        on_delay: Millis(0),
        off_delay: Millis(0),
        priority: Priority::High,
        dispatch: None,
        rationalization: Rationalization::default().into(),
        latching: false,
        enabled: true,
        operator_may: None,
        detector: None,
        handling: Default::default(),
    }
}

/// A crew is sent by itself.
pub(crate) fn sends(skill: &str) -> Option<DispatchRule> {
    Some(DispatchRule { skill: skill.into(), auto: true })
}

/// A point type with its rules.
pub(crate) struct PointSpec {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) deadband: f64,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) stale_after: Option<Millis>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) source: PointSource,
}

/// A point that is never stale, with any range.
pub(crate) fn point(name: &'static str, rules: Vec<Rule>) -> PointSpec {
    PointSpec { name, unit: "kPa", deadband: 0.0, range: None, stale_after: None, rules, source: PointSource::Device }
}

/// A crew with a base, on shift all day.
pub(crate) fn crew(id: &str, skills: &[&str], lon: f64, lat: f64) -> Crew {
    Crew {
        id: id.into(),
        name: id.to_uppercase().into(),
        phone: "".into(),
        skills: skills.iter().map(|&s| s.into()).collect(),
        base: LonLat { lon, lat },
        shift: Shift::Always,
        area: "".into(),
    }
}

/// A site of one template. Assets are `(id, connection)`; asset `n` stands `n` × 0.01° east of (106.5, 29.5). Links
/// and devices behind them have a communication alarm.
pub(crate) fn site(points: Vec<PointSpec>, assets: &[(&str, Option<&str>)], crews: Vec<Crew>) -> Registry {
    let mut r = Registry::default();
    (r.crews, r.late_after) = (crews, Millis::secs(60));
    let mut types = vec![];
    for p in points {
        let first = r.rules.len() as u32;
        r.rules.extend(p.rules);
        types.push(PointType {
            name: p.name.into(),
            unit: p.unit.into(),
            deadband: p.deadband,
            range: p.range,
            stale_after: p.stale_after,
            rules: (first..r.rules.len() as u32).collect(),
            source: p.source,
            ..PointType::default()
        });
    }
    let communication = r.rules.len() as u32;
    r.rules.push(rule(AlarmKind::Communication, 0.0));
    for (n, (id, connection)) in assets.iter().enumerate() {
        let connection = connection.map(|name| connection_id(&mut r, name, communication));
        let asset = AssetId(n as u32);
        let first_point = r.points.len() as u32;
        for (slot, kind) in types.iter().enumerate() {
            let source = AlarmSource::Point(PointId(r.points.len() as u32));
            let first = r.alarms.len() as u32;
            r.alarms.extend(kind.rules.iter().map(|&rule| AlarmInstance { source, rule }));
            r.points.push(Point { asset, slot: slot as u16, alarms: first..r.alarms.len() as u32 });
        }
        let first = r.alarms.len() as u32;
        if connection.is_some() {
            r.alarms.push(AlarmInstance { source: AlarmSource::Device(asset), rule: communication });
        }
        r.assets.push(Asset {
            id: (*id).into(),
            name: format!("Station {id}").into(),
            kind: "district-regulator".into(),
            area: "".into(),
            position: LonLat { lon: 106.5 + 0.01 * n as f64, lat: 29.5 },
            template: 0,
            connection,
            points: first_point..r.points.len() as u32,
            alarms: first..r.alarms.len() as u32,
            attributes: vec![],
            parent: None,
        });
    }
    r.templates = vec![Template { name: "regulator".into(), points: types }];
    r.index();
    r
}

fn connection_id(r: &mut Registry, name: &str, rule: u32) -> ConnectionId {
    if let Some(known) = r.connections.iter().position(|c| &*c.name == name) {
        return ConnectionId(known as u32);
    }
    let id = ConnectionId(r.connections.len() as u32);
    let alarm = r.alarms.len() as u32;
    r.alarms.push(AlarmInstance { source: AlarmSource::Link(id), rule });
    let (name, protocol) = (name.into(), "modbus-tcp".into());
    r.connections.push(Connection { name, protocol, alarms: alarm..alarm + 1, clock: None });
    id
}

/// A pipe between two nodes.
pub(crate) fn pipe(from: u32, to: u32) -> Pipe {
    Pipe {
        id: format!("{from}-{to}").into(),
        from,
        to,
        diameter_mm: 100.0,
        length_m: 100.0,
        pressure_class: "".into(),
        material: "".into(),
        roughness_mm: 0.1,
        path: vec![],
    }
}
