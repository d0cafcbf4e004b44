//! From a site folder to what the simulators need to know of it: a neutral description, so that the simulators never
//! share the hub's codecs and an encoding bug cannot cancel itself out.

mod roads;

use std::net::ToSocketAddrs;

use linepack_core::registry::AlarmKind;
use linepack_sim::plant::{
    Asset, ByteOrder, Crew, Framing, Limits, Link, MqttStyle, Plant, Point, Register, RegisterType, Server, Table,
};

use crate::clock::Clock;
use crate::site::{self, ModbusTransport, MqttFormat, Protocol, Site};

pub use roads::roads;

/// The simulators' clock.
pub fn now_ms() -> i64 {
    Clock::System.now().ms()
}

/// Offset of the site's local time now, for demand and weather.
pub fn utc_offset_s(site: &Site) -> i32 {
    let now = Clock::System.now();
    site.registry.local.offsets.iter().rev().find(|(from, _)| *from <= now).map_or(0, |(_, offset)| *offset)
}

/// Describes a site's devices, network, crews and roads.
pub fn plant(site: &Site) -> anyhow::Result<Plant> {
    let mut servers: Vec<Server> = vec![];
    // the simulated gateway of each connection, by connection index
    let mut gateway = vec![None; site.connections.len()];
    for (i, connection) in site.connections.iter().enumerate() {
        if let Protocol::Modbus(modbus) = &connection.protocol
            && let Some(framing) = framing(modbus.transport)
        {
            let address = modbus.address.to_socket_addrs()?.next();
            let address = address.ok_or_else(|| anyhow::anyhow!("{} has no address", connection.name))?;
            gateway[i] = Some(servers.len());
            servers.push(Server { address, framing });
        }
    }
    let registry = &site.registry;
    let assets = registry
        .assets
        .iter()
        .enumerate()
        .map(|(i, asset)| {
            let (unit, offset) = site.units[i];
            let template = asset.template as usize;
            let types = &registry.templates[template].points;
            let connection = asset.connection.map(|c| c.index());
            let base = connection.map_or(0, |c| match &site.connections[c].protocol {
                Protocol::Modbus(modbus) => modbus.base,
                Protocol::Mqtt(_) => 0,
            });
            let link = match connection {
                None => Link::Silent,
                Some(c) => match (&site.connections[c].protocol, gateway[c]) {
                    (Protocol::Modbus(_), Some(server)) => Link::Modbus { server, unit },
                    (Protocol::Mqtt(mqtt), _) if speaks_sparkplug(site, mqtt, template) => {
                        Link::Sparkplug { group: "sim".to_owned(), node: format!("{}-edge", site.connections[c].name) }
                    }
                    (Protocol::Mqtt(mqtt), _) => Link::Mqtt(style(mqtt, &asset.id, types.iter().map(|t| &*t.name))),
                    (Protocol::Modbus(_), None) => Link::Silent,
                },
            };
            let points = types
                .iter()
                .enumerate()
                .map(|(slot, ty)| Point {
                    name: ty.name.to_string(),
                    unit: ty.unit.to_string(),
                    range: ty.range,
                    limits: limits(site, &ty.rules),
                    register: site.addresses[template][slot].modbus.as_ref().and_then(|m| register(m, base, offset)),
                    metric: site.addresses[template][slot].sparkplug.clone(),
                })
                .collect();
            Asset {
                id: asset.id.to_string(),
                name: asset.name.to_string(),
                kind: asset.kind.to_string(),
                position: asset.position,
                link,
                points,
            }
        })
        .collect();
    let crews = registry
        .crews
        .iter()
        .map(|c| Crew {
            id: c.id.to_string(),
            skills: c.skills.iter().map(ToString::to_string).collect(),
            base: c.base,
        })
        .collect();
    Ok(Plant { servers, assets, network: (*registry.network).clone(), crews, roads: roads(&site.dir)? })
}

/// How a simulated server speaks; none: it cannot be simulated.
fn framing(transport: ModbusTransport) -> Option<Framing> {
    match transport {
        ModbusTransport::Tcp => Some(Framing::Tcp),
        ModbusTransport::RtuTcp => Some(Framing::Rtu),
        ModbusTransport::Rtu(_) => None,
    }
}

/// Whether devices of a template are behind an edge node: its points have names of metrics.
fn speaks_sparkplug(site: &Site, mqtt: &site::MqttSettings, template: usize) -> bool {
    mqtt.subscribe.iter().any(|s| matches!(s.format, MqttFormat::Sparkplug { .. }))
        && site.addresses[template].iter().any(|a| a.sparkplug.is_some())
}

/// A generic subscription that knows one of the asset's points wins over the hub's own format.
fn style<'a>(mqtt: &site::MqttSettings, asset: &str, mut points: impl Iterator<Item = &'a str>) -> MqttStyle {
    let any = points.next().unwrap_or_default();
    let foreign = mqtt.subscribe.iter().find_map(|s| match &s.format {
        MqttFormat::Json(m) if m.each.is_none() && m.values.iter().any(|(point, _)| point == any) => {
            let topic = s.topic.contains("{asset}").then(|| s.topic.replace("{asset}", asset))?;
            let values = m.values.iter().map(|(point, value)| (point.clone(), value.at.clone())).collect();
            Some(MqttStyle::Json { topic, ts: m.ts.clone(), values })
        }
        _ => None,
    });
    foreign.unwrap_or(MqttStyle::Linepack)
}

fn limits(site: &Site, rules: &[u32]) -> Limits {
    let mut limits = Limits::default();
    for rule in rules.iter().map(|&r| &site.registry.rules[r as usize]) {
        match rule.kind {
            AlarmKind::HighHigh => limits.high_high = Some(rule.limit),
            AlarmKind::High => limits.high = Some(rule.limit),
            AlarmKind::Low => limits.low = Some(rule.limit),
            AlarmKind::LowLow => limits.low_low = Some(rule.limit),
            _ => {}
        }
    }
    limits
}

fn register(point: &site::ModbusPoint, base: u16, shift: u16) -> Option<Register> {
    let bits = |byte| RegisterType::Bits { first: if byte == site::Byte::High { 8 } else { 0 }, count: 8 };
    // a curve is as good as the line between its ends: the device is not there to be calibrated
    let (scale, offset) = match point.curve.as_deref() {
        Some(&[(raw, value), .., (last_raw, last)]) if last != value => {
            let scale = (last - value) / (last_raw - raw);
            (scale, value - raw * scale)
        }
        _ => (point.scale, point.offset),
    };
    Some(Register {
        table: match point.table {
            site::Table::Coil => Table::Coil,
            site::Table::Discrete => Table::Discrete,
            site::Table::Input => Table::Input,
            site::Table::Holding => Table::Holding,
        },
        address: point.wire_address(base, shift)?,
        ty: match point.ty {
            site::RegisterType::U16 => RegisterType::U16,
            site::RegisterType::I16 => RegisterType::I16,
            site::RegisterType::U32 => RegisterType::U32,
            site::RegisterType::I32 => RegisterType::I32,
            site::RegisterType::U64 => RegisterType::U64,
            site::RegisterType::I64 => RegisterType::I64,
            site::RegisterType::F32 => RegisterType::F32,
            site::RegisterType::F64 => RegisterType::F64,
            site::RegisterType::U8(byte) | site::RegisterType::I8(byte) => bits(byte),
            site::RegisterType::Bit(b) => RegisterType::Bit(b),
            site::RegisterType::Bits { first, count } => RegisterType::Bits { first, count },
            site::RegisterType::Bcd(registers) => RegisterType::Bcd(registers),
            site::RegisterType::Text { .. } => RegisterType::Text(u8::try_from(point.ty.size()).unwrap_or(u8::MAX)),
        },
        order: match point.order {
            site::RegisterOrder::Abcd => ByteOrder::Abcd,
            site::RegisterOrder::Cdab => ByteOrder::Cdab,
            site::RegisterOrder::Badc => ByteOrder::Badc,
            site::RegisterOrder::Dcba => ByteOrder::Dcba,
            site::RegisterOrder::Cdabghef => ByteOrder::Cdabghef,
            site::RegisterOrder::Efghabcd => ByteOrder::Efghabcd,
        },
        scale,
        offset,
    })
}
