//! A small site for tests: assets `rs-0`, `rs-1` … along a line, each with `pressure` and `flow`, one alarm a
//! pressure; crews `c-0` … at the same places.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::alarm::{Alarm, State};
use linepack_core::dispatch::{CrewState, CrewStatus};
use linepack_core::registry::*;
use linepack_core::*;

use crate::site::{Hub, Server, Site, StoreSettings};
use crate::view::{Board, Picture, Values};

/// Degrees between two assets.
pub(super) const STEP: f64 = 0.1;

pub(super) fn registry(assets: u32) -> Registry {
    let point = |name: &str, rules| PointType {
        name: name.into(),
        unit: "kPa".into(),
        range: Some((0.0, 600.0)),
        rules,
        ..PointType::default()
    };
    let rule = Rule {
        key: "high".into(),
        kind: AlarmKind::High,
        limit: 120.0,
        deadband: 2.0,
        on_delay: Millis(0),
        off_delay: Millis(0),
        priority: Priority::High,
        dispatch: None,
        rationalization: Arc::default(),
        latching: false,
        enabled: true,
        operator_may: None,
        detector: None,
        handling: Default::default(),
    };
    let place = |n: u32| LonLat { lon: 106.0 + f64::from(n) * STEP, lat: 29.5 };
    let mut registry = Registry::default();
    registry.templates =
        vec![Template { name: "regulator".into(), points: vec![point("pressure", vec![0]), point("flow", vec![])] }];
    registry.rules.push(rule);
    for n in 0..assets {
        registry.assets.push(Asset {
            id: format!("rs-{n}").into(),
            name: format!("Regulator {n}").into(),
            kind: "district-regulator".into(),
            area: "".into(),
            position: place(n),
            template: 0,
            connection: None,
            points: n * 2..n * 2 + 2,
            alarms: 0..0,
            attributes: vec![],
            parent: None,
        });
        registry.points.push(Point { asset: AssetId(n), slot: 0, alarms: n..n + 1 });
        registry.points.push(Point { asset: AssetId(n), slot: 1, alarms: 0..0 });
        registry.alarms.push(AlarmInstance { source: AlarmSource::Point(PointId(n * 2)), rule: 0 });
        registry.crews.push(Crew {
            id: format!("c-{n}").into(),
            name: format!("Crew {n}").into(),
            phone: "".into(),
            skills: vec!["regulator".into()],
            base: place(n),
            shift: Shift::Always,
            area: "".into(),
        });
    }
    registry.index();
    registry
}

pub(super) fn picture(assets: u32) -> Picture {
    let registry = Arc::new(registry(assets));
    let site = Site {
        dir: ".".into(),
        hub: Hub { name: "Test".into(), timezone: "UTC".into(), language: "en".into() },
        server: Server { listen: ([127, 0, 0, 1], 0).into(), tls: None, trusted_proxies: vec![], metrics_token: None },
        store: StoreSettings {
            url: "sqlite::memory:".into(),
            spool_mib: 1,
            retain_raw: Duration::from_secs(1),
            retain_minute: Duration::from_secs(1),
            retain_hour: Duration::from_secs(1),
            retain_commands: Duration::from_secs(1),
        },
        broker: None,
        connections: vec![],
        registry: registry.clone(),
        addresses: vec![],
        behind: vec![],
        units: vec![],
        modbus: Vec::new(),
        texts: crate::site::Texts::default(),
        every: vec![],
        customers: 0,
        backdrop: None,
    };
    let mut board = Board::default();
    for (n, _) in (0..).zip(&registry.crews) {
        board.crews.insert(CrewId(n), Arc::new(crew(n, None)));
    }
    let values = Arc::new(Values::new(&registry));
    Picture { site: Arc::new(site), registry, values, board: Arc::new(board) }
}

pub(super) fn crew(n: u32, at: Option<LonLat>) -> CrewState {
    let fix = at.map(|position| input::Fix { crew: CrewId(n), position, ts: Ts(1), accuracy_m: None });
    CrewState { id: CrewId(n), status: CrewStatus::Available, since: Ts(0), fix, assignment: None }
}

pub(super) fn alarm(n: u32, state: State) -> Alarm {
    Alarm { seq: 1, state, value: 130.0, raised: Some(Ts(1)), ..Alarm::at_rest(AlarmId(n)) }
}
