//! The city as a site folder.

use std::fmt::Write;
use std::net::SocketAddr;

use linepack_core::LonLat;
use linepack_core::registry::NodeKind;
use serde_json::{Value, json};

use super::catalogue::{self, Alarm, Measured, Style, Template};
use super::{City, GATEWAYS, backdrop};
use crate::plant::{ByteOrder, Framing, Link, Register, RegisterType, Table};

/// What a site folder needs to know beyond the city.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// Where the Modbus servers listen, as `Simulation::modbus_addresses` says.
    pub modbus: Vec<SocketAddr>,
    /// Where the broker listens; the hub's own one.
    pub mqtt: SocketAddr,
    /// Where the web server shall listen.
    pub listen: SocketAddr,
    /// `en` or `zh-CN`.
    pub language: String,
    /// `sqlite://…` or `postgres://…`.
    pub store_url: String,
}

impl Default for SiteOptions {
    /// The usual ports on loopback, English, SQLite in the site folder.
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            modbus: (0..GATEWAYS.len() as u16).map(|g| loopback(1502 + g)).collect(),
            mqtt: loopback(1883),
            listen: loopback(8080),
            language: "en".to_owned(),
            store_url: "sqlite://data/hub.db".to_owned(),
        }
    }
}

pub(super) fn files(city: &City, options: &SiteOptions) -> Vec<(String, String)> {
    let file = |name: &str, content: String| (name.to_owned(), content);
    vec![
        file("hub.toml", hub(options)),
        file("assets.csv", assets(city)),
        file("crews.csv", crews(city)),
        file("customers.csv", customers(city)),
        file("network.geojson", network(city)),
        file("roads.geojson", roads(city)),
        file("backdrop.geojson", backdrop::geojson(city)),
    ]
}

fn hub(options: &SiteOptions) -> String {
    let chinese = options.language.starts_with("zh");
    let q = quoted;
    let mut out = format!(
        "# The simulated city.\n\n[hub]\nname = {}\ntimezone = \"Asia/Shanghai\"\nlanguage = {}\n\n\
         [server]\nlisten = {}\n\n[store]\nurl = {}\n\n[broker]\nlisten = {}\n",
        q(if chinese { "两江燃气热力" } else { "Two Rivers Gas & Heat" }),
        q(&options.language),
        q(&options.listen.to_string()),
        q(&options.store_url),
        q(&options.mqtt.to_string()),
    );
    for ((name, framing), address) in GATEWAYS.iter().zip(&options.modbus) {
        let protocol = match framing {
            Framing::Tcp => "modbus-tcp",
            Framing::Rtu => "modbus-rtu-tcp",
        };
        out += &format!(
            "\n[[connection]]\nname = {}\nprotocol = {}\naddress = {}\ntimeout = \"800ms\"\nretry_max = \"10s\"\n",
            q(name),
            q(protocol),
            q(&address.to_string())
        );
    }
    out += &format!(
        "\n[[connection]]\nname = {}\nprotocol = \"mqtt\"\naddress = {}\nqos = 1\nsubscribe = [\n",
        q(MQTT),
        q(&format!("mqtt://{}", options.mqtt))
    );
    out += "  { topic = \"linepack/v1/telemetry/#\", format = \"linepack\" },\n";
    out += "  { topic = \"linepack/v1/crews/+/status\", format = \"linepack\" },\n";
    out += "  { topic = \"owntracks/+/+\", format = \"owntracks\" },\n";
    out += "  { topic = \"spBv1.0/#\", format = \"sparkplug-b\" },\n";
    for template in catalogue::ALL {
        if let Some(Style::Json(topic, pointers)) = template.mqtt {
            let values = template.points.iter().zip(pointers).map(|(p, at)| format!("{} = {}", p.name, q(at)));
            let values = values.collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                out,
                "  {{ topic = {}, format = \"json\", ts = \"/time\", values = {{ {values} }} }},",
                q(topic)
            );
        }
    }
    out += "]\n";
    for template in catalogue::ALL {
        out += &template_toml(template, usize::from(chinese));
    }
    out += "\n[dispatch]\naccept = \"60s\"\n\n[sla]\nturnout = \"3min\"\narrival = \"20min\"\n\
            # a real crew stays 30 minutes after gas is back; here nobody shall wait so long\nhold = \"15s\"\n";
    out
}

/// Name of the MQTT connection.
const MQTT: &str = "field-mqtt";

fn template_toml(template: &Template, language: usize) -> String {
    let every = if template.mqtt.is_some() { "2s" } else { "1s" };
    let mut out = format!("\n[[template]]\nname = {}\nevery = \"{every}\"\n", quoted(template.name));
    for (slot, point) in template.points.iter().enumerate() {
        out += &point_toml(point, template.metric(slot), language);
        for alarm in point.alarms {
            out += &alarm_toml(alarm, language);
        }
    }
    out
}

fn point_toml(point: &Measured, metric: Option<&str>, language: usize) -> String {
    let mut out = format!("[[template.point]]\nname = {}\n", quoted(point.name));
    if !point.unit.is_empty() {
        let _ = writeln!(out, "unit = {}", quoted(point.unit));
    }
    if let Some(register) = &point.register {
        let _ = writeln!(out, "modbus = {}", register_toml(register, point.writable));
    }
    if let Some(metric) = metric {
        let _ = writeln!(out, "sparkplug = {}\nsparkplug_write = {}", quoted(metric), point.writable);
    }
    let _ = writeln!(out, "deadband = {:?}\nrange = [{:?}, {:?}]", point.deadband, point.range.0, point.range.1);
    out += "stale_after = \"15s\"\n";
    if !point.states.is_empty() {
        let states: Vec<String> =
            point.states.iter().map(|(n, words)| format!("\"{n}\" = {}", quoted(words[language]))).collect();
        let _ = writeln!(out, "states = {{ {} }}", states.join(", "));
    }
    out
}

fn register_toml(r: &Register, writable: bool) -> String {
    let table = match r.table {
        Table::Coil => "coil",
        Table::Discrete => "discrete",
        Table::Input => "input",
        Table::Holding => "holding",
    };
    let ty = match r.ty {
        RegisterType::U16 => "u16",
        RegisterType::I16 => "i16",
        RegisterType::U32 => "u32",
        RegisterType::I32 => "i32",
        RegisterType::U64 => "u64",
        RegisterType::I64 => "i64",
        RegisterType::F32 => "f32",
        RegisterType::F64 => "f64",
        RegisterType::Bit(_) | RegisterType::Bits { .. } => "bit",
        RegisterType::Bcd(_) => "bcd",
        RegisterType::Text(_) => "string",
    };
    let order = match r.order {
        ByteOrder::Abcd => "ABCD",
        ByteOrder::Cdab => "CDAB",
        ByteOrder::Badc => "BADC",
        ByteOrder::Dcba => "DCBA",
        ByteOrder::Cdabghef => "CDABGHEF",
        ByteOrder::Efghabcd => "EFGHABCD",
    };
    let bit = match (r.table, r.ty) {
        (Table::Input | Table::Holding, RegisterType::Bit(bit)) => format!(", bit = {bit}"),
        (_, RegisterType::Bits { first, count }) => format!(", bit = {first}, bits = {count}"),
        (_, RegisterType::Bcd(registers)) => format!(", registers = {registers}"),
        (_, RegisterType::Text(registers)) => format!(", length = {}", 2 * u16::from(registers)),
        _ => String::new(),
    };
    let numbers = if matches!(r.ty, RegisterType::Bit(_)) {
        String::new()
    } else {
        format!(", order = \"{order}\", scale = {:?}, offset = {:?}", r.scale, r.offset)
    };
    let write = if writable { ", write = true" } else { "" };
    format!("{{ table = \"{table}\", address = {}, type = \"{ty}\"{bit}{numbers}{write} }}", r.address)
}

fn alarm_toml(alarm: &Alarm, language: usize) -> String {
    let mut out = format!("[[template.point.alarm]]\nkind = {}\n", quoted(alarm.kind));
    if let Some(limit) = alarm.limit {
        let _ = writeln!(out, "limit = {limit:?}\ndeadband = {:?}", alarm.deadband);
    }
    for (name, seconds) in [("on_delay", alarm.on_delay_s), ("off_delay", alarm.off_delay_s)] {
        if seconds > 0 {
            let _ = writeln!(out, "{name} = \"{seconds}s\"");
        }
    }
    if !alarm.detector.is_empty() {
        let _ = writeln!(out, "{}", alarm.detector);
    }
    let _ = writeln!(out, "priority = {}", quoted(alarm.priority));
    if let Some(skill) = alarm.dispatch {
        let _ = writeln!(out, "dispatch = {{ skill = {}, auto = true }}", quoted(skill));
    }
    let texts = [("cause", alarm.text.cause), ("consequence", alarm.text.consequence), ("action", alarm.text.action)];
    for (name, text) in texts {
        let _ = writeln!(out, "{name} = {}", quoted(text[language]));
    }
    let _ = writeln!(out, "respond_within = {}", quoted(alarm.respond_within));
    out
}

/// A TOML basic string: JSON's escapes are TOML's too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn assets(city: &City) -> String {
    let mut out = String::from("id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n");
    for (asset, sheet) in city.plant.assets.iter().zip(&city.sheets) {
        let (connection, unit) = match asset.link {
            Link::Modbus { server, unit } => (GATEWAYS[server].0, unit.to_string()),
            Link::Mqtt(_) | Link::Sparkplug { .. } => (MQTT, String::new()),
            Link::Silent => ("", String::new()),
        };
        row(
            &mut out,
            &[
                &asset.id,
                &asset.name,
                &asset.kind,
                sheet.template.name,
                connection,
                &unit,
                "",
                &asset.position.lon.to_string(),
                &asset.position.lat.to_string(),
                sheet.area,
            ],
        );
    }
    out
}

fn crews(city: &City) -> String {
    let mut out = String::from("id,name,phone,skills,base_lon,base_lat,shift,area\n");
    for c in &city.crews {
        let (lon, lat) = (c.base.lon.to_string(), c.base.lat.to_string());
        row(&mut out, &[&c.id, &c.name, &c.phone, &c.skills.join(";"), &lon, &lat, c.shift, &c.area]);
    }
    out
}

fn customers(city: &City) -> String {
    let mut out = String::from("id,name,kind,lon,lat,pipe,phone,priority\n");
    for c in &city.customers {
        let (lon, lat) = (c.position.lon.to_string(), c.position.lat.to_string());
        row(&mut out, &[&c.id, &c.name, c.kind, &lon, &lat, &c.pipe, &c.phone, &c.priority.to_string()]);
    }
    out
}

fn row(out: &mut String, fields: &[&str]) {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n']) {
            let _ = write!(out, "\"{}\"", field.replace('"', "\"\""));
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}

fn network(city: &City) -> String {
    let network = &city.plant.network;
    let mut features = Vec::new();
    for node in &network.nodes {
        let kind = match node.kind {
            NodeKind::Source => "source",
            NodeKind::Regulator => "regulator",
            NodeKind::Valve => "valve",
            NodeKind::Joint => "joint",
            NodeKind::Customer => "customer",
            NodeKind::Sensor => "sensor",
            NodeKind::Compressor => "compressor",
        };
        let mut properties = json!({ "id": &*node.id, "kind": kind });
        if node.kind == NodeKind::Valve {
            properties["state"] = json!(if node.closed { "closed" } else { "open" });
            properties["operable"] = json!(node.operable);
        }
        if let Some(asset) = node.asset {
            properties["asset"] = json!(city.plant.assets[asset.index()].id);
        }
        features.push(feature(json!({ "type": "Point", "coordinates": pair(node.position) }), properties));
    }
    for pipe in &network.pipes {
        let properties = json!({
            "id": &*pipe.id,
            "from": &*network.nodes[pipe.from as usize].id,
            "to": &*network.nodes[pipe.to as usize].id,
            "diameter_mm": pipe.diameter_mm,
            "length_m": pipe.length_m,
            "pressure_class": &*pipe.pressure_class,
            "material": &*pipe.material,
            "roughness_mm": pipe.roughness_mm,
        });
        features.push(feature(line(pipe.path.iter().copied()), properties));
    }
    collection(features)
}

fn roads(city: &City) -> String {
    let features = city.streets.iter().zip(&city.plant.roads).map(|(street, road)| {
        let (highway, maxspeed) = street.class.highway();
        let properties = json!({ "name": street.name, "highway": highway, "maxspeed": maxspeed, "oneway": false });
        feature(line(road.path.iter().copied()), properties)
    });
    collection(features.collect())
}

pub(super) fn pair(p: LonLat) -> Value {
    json!([p.lon, p.lat])
}

pub(super) fn line(path: impl Iterator<Item = LonLat>) -> Value {
    json!({ "type": "LineString", "coordinates": path.map(pair).collect::<Vec<_>>() })
}

pub(super) fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// One feature a line, so that an error message can point at it.
pub(super) fn collection(features: Vec<Value>) -> String {
    let rows: Vec<String> = features.iter().map(Value::to_string).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", rows.join(",\n"))
}
