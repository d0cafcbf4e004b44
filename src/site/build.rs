//! The registry: assets, points and alarms laid out side by side as the core wants them.

use std::sync::Arc;

use linepack_core::kpi::Rules;
use linepack_core::registry::{
    AlarmInstance, AlarmKind, AlarmPolicy, AlarmSource, Asset, ClockPolicy, Connection, Crew, Handling, Network, Point,
    Priority, Rationalization, Rule,
};
use linepack_core::{AssetId, ConnectionId, Millis, PointId, Registry, Ts};

use super::assets::AssetRow;
use super::hub::HubFile;
use super::local;
use super::settings::{MqttFormat, Protocol};
use super::suppress;

/// More points or alarms than this is an error: numbers are 32 bits.
pub(super) const MOST: u64 = 100_000_000;

/// How many points and alarms there will be.
pub(super) fn size(hub: &HubFile, assets: &[AssetRow]) -> u64 {
    let of_template =
        |t: &linepack_core::registry::Template| t.points.iter().map(|p| 1 + p.rules.len() as u64).sum::<u64>() + 1;
    let sizes: Vec<u64> = hub.templates.list.iter().map(of_template).collect();
    assets.iter().map(|a| sizes.get(a.template as usize).copied().unwrap_or(0)).sum()
}

/// Builds it from valid parts.
pub(super) fn registry(hub: &HubFile, assets: Vec<AssetRow>, crews: Vec<Crew>, network: Network, now: Ts) -> Registry {
    let mut registry = Registry::default();
    registry.name = hub.hub.name.as_str().into();
    registry.local = local::offsets(&hub.hub.timezone, now);
    registry.templates = hub.templates.list.clone();
    registry.rules = hub.templates.rules.iter().cloned().collect();
    registry.crews = crews;
    registry.network = network.into();
    registry.dispatch = hub.dispatch;
    registry.sla = hub.sla;
    registry.control = hub.control;
    registry.shelving = hub.alarms.shelving;
    registry.alarm_policy = hub.alarms.policy;
    (registry.targets, registry.figures) = (hub.alarms.targets.0, figures(&hub.alarms.policy, hub.alarms.targets.1));
    registry.positions = hub.positions.iter().map(|p| p.position.clone()).collect();
    registry.late_after = hub.late_after;
    registry.clock = hub.clock;
    let device_rule = number(registry.rules.len());
    registry.rules.push(communication(Priority::Medium, device_texts(&hub.hub.language)));
    let link_rule = number(registry.rules.len());
    registry.rules.push(communication(Priority::High, link_texts(&hub.hub.language)));
    let store_rule = number(registry.rules.len());
    registry.rules.push(built_in(AlarmKind::Spool, Priority::High, store_texts(&hub.hub.language)));

    let mut clock_rule = |policy: ClockPolicy| {
        policy.tolerance.map(|tolerance| {
            registry.rules.push(Rule {
                key: AlarmKind::Clock.name().into(),
                kind: AlarmKind::Clock,
                limit: tolerance.as_secs_f64(),
                deadband: 0.0,
                on_delay: CLOCK_DELAY,
                off_delay: CLOCK_DELAY,
                ..built_in(AlarmKind::Clock, Priority::Low, clock_texts(&hub.hub.language))
            });
            number(registry.rules.len() - 1)
        })
    };
    let of_site = clock_rule(hub.clock);
    let of_connection: Vec<Option<u32>> =
        hub.connections.list.iter().map(|c| c.clock.map_or(of_site, &mut clock_rule)).collect();
    for rule in registry.rules.iter_mut() {
        hub.alarms.apply(rule);
    }
    let knows: Vec<Knows> = hub.connections.list.iter().map(|c| knows(&c.protocol)).collect();
    for row in assets {
        let clock_rule = row.connection.map_or(of_site, |c| of_connection.get(c as usize).copied().flatten());
        add_asset(&mut registry, row, &knows, device_rule, clock_rule);
    }
    for (i, connection) in hub.connections.list.iter().enumerate() {
        let first = number(registry.alarms.len());
        let source = AlarmSource::Link(ConnectionId(number(i)));
        registry.alarms.push(AlarmInstance { source, rule: link_rule });
        let protocol = match connection.protocol {
            Protocol::Modbus(ref m) => m.transport.word(),
            Protocol::Mqtt(_) => "mqtt",
        };
        registry.connections.push(Connection {
            name: connection.name.as_str().into(),
            protocol: protocol.into(),
            alarms: first..first + 1,
            clock: connection.clock,
        });
    }
    let first = number(registry.alarms.len());
    registry.alarms.push(AlarmInstance { source: AlarmSource::Store, rule: store_rule });
    registry.store_alarms = first..first + 1;
    registry.index();
    suppress::attach(&mut registry, hub);
    registry
}

fn knows(protocol: &Protocol) -> Knows {
    match protocol {
        Protocol::Modbus(_) => Knows { life: true, clock: false },
        Protocol::Mqtt(settings) => {
            let sparkplug = settings.subscribe.iter().any(|s| matches!(s.format, MqttFormat::Sparkplug { .. }));
            Knows { life: sparkplug || !settings.offline.is_empty(), clock: true }
        }
    }
}

/// How long a clock must be off, or right again, before its alarm moves.
const CLOCK_DELAY: Millis = Millis::secs(60);

/// What a connection knows of its assets.
#[derive(Clone, Copy)]
struct Knows {
    /// Whether a device answers or has died.
    life: bool,
    /// The device's own times.
    clock: bool,
}

fn add_asset(registry: &mut Registry, row: AssetRow, knows: &[Knows], device_rule: u32, clock_rule: Option<u32>) {
    let asset = AssetId(number(registry.assets.len()));
    let first_point = number(registry.points.len());
    if let Some(template) = registry.templates.get(row.template as usize) {
        for (slot, point) in (0u16..).zip(&template.points) {
            let source = AlarmSource::Point(PointId(number(registry.points.len())));
            let first = number(registry.alarms.len());
            registry.alarms.extend(point.rules.iter().map(|&rule| AlarmInstance { source, rule }));
            registry.points.push(Point { asset, slot, alarms: first..number(registry.alarms.len()) });
        }
    }
    let first_alarm = number(registry.alarms.len());
    let known = row.connection.and_then(|c| knows.get(c as usize));
    if known.is_some_and(|k| k.life) {
        registry.alarms.push(AlarmInstance { source: AlarmSource::Device(asset), rule: device_rule });
    }
    if known.is_none_or(|k| k.clock)
        && let Some(rule) = clock_rule
    {
        registry.alarms.push(AlarmInstance { source: AlarmSource::Device(asset), rule });
    }
    registry.assets.push(Asset {
        id: row.id,
        name: row.name,
        kind: row.kind,
        area: row.area,
        position: row.position,
        template: row.template,
        connection: row.connection.map(ConnectionId),
        points: first_point..number(registry.points.len()),
        alarms: first_alarm..number(registry.alarms.len()),
        attributes: row.attributes,
        parent: row.parent.map(AssetId),
    });
}

/// Class of the alarms every site has.
pub(super) const SYSTEM: &str = "system";

/// The built-in rule about silence of a device or a connection.
fn communication(priority: Priority, texts: [&str; 3]) -> Rule {
    built_in(AlarmKind::Communication, priority, texts)
}

fn built_in(kind: AlarmKind, priority: Priority, [cause, consequence, action]: [&str; 3]) -> Rule {
    Rule {
        key: kind.name().into(),
        kind,
        limit: 0.0,
        deadband: 0.0,
        on_delay: Millis(0),
        off_delay: Millis(0),
        priority,
        dispatch: None,
        rationalization: Arc::new(Rationalization {
            cause: cause.into(),
            consequence: consequence.into(),
            action: action.into(),
            respond_within: None,
        }),
        latching: false,
        enabled: true,
        operator_may: None,
        detector: None,
        handling: Handling { class: SYSTEM.into(), ..Handling::default() },
    }
}

fn device_texts(language: &str) -> [&'static str; 3] {
    match language {
        "zh-CN" => {
            ["设备断电、线路中断或单元号错误", "该站点的数值不再更新", "检查设备电源与通信线路；必要时派人到现场"]
        }
        _ => [
            "The device has no power, its line is cut, or its unit id is wrong",
            "Its values are no longer known",
            "Check power and line of the device; send somebody where it does not come back",
        ],
    }
}

fn clock_texts(language: &str) -> [&'static str; 3] {
    match language {
        "zh-CN" => [
            "设备时钟未校时，或消息在途中滞留",
            "数值的时间不可信，趋势和报警顺序可能有误",
            "检查设备的对时（NTP、GPS）和时区",
        ],
        _ => [
            "The device's clock is not set, or its messages wait on the way",
            "The times of its values cannot be trusted, nor the order of its alarms",
            "Check how the device gets its time (NTP, GPS) and its time zone",
        ],
    }
}

fn link_texts(language: &str) -> [&'static str; 3] {
    match language {
        "zh-CN" => ["网络中断、网关断电或服务停止", "该连接上的所有站点都没有数据", "检查网络、网关和对端服务"],
        _ => [
            "The network is cut, the gateway has no power, or the far service has stopped",
            "Nothing is known of any station behind it",
            "Check the network, the gateway and the far service",
        ],
    }
}

fn store_texts(language: &str) -> [&'static str; 3] {
    match language {
        "zh-CN" => {
            ["数据库或其网络中断，或磁盘队列已满", "历史数据延迟，最旧的采样可能丢失", "检查数据库与网络；检查磁盘空间"]
        }
        _ => [
            "The database or the network to it is away, or the queue on disk is full",
            "History is behind, and the oldest samples may be lost",
            "Check the database, the network to it and the space on the disk",
        ],
    }
}

/// What counts as what in the figures is what the engine goes by.
fn figures(policy: &AlarmPolicy, stale: Millis) -> Rules {
    Rules {
        chatter_count: policy.chatter.count as usize,
        chatter_within: policy.chatter.within,
        fleeting: policy.fleeting,
        fleeting_quiet: policy.fleeting_quiet,
        stale,
        flood_start: policy.flood.start as usize,
        flood_end: policy.flood.end as usize,
        flood_within: policy.flood.within,
    }
}

/// A table index; sizes were checked against [`MOST`] before.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
