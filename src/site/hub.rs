//! `hub.toml`: its tables, each checked key by key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use linepack_core::Millis;
use linepack_core::control::ControlPolicy;
use linepack_core::registry::{ClockPolicy, DispatchPolicy, Sla};
use toml::de::DeTable;

use super::alarms::{self, Alarms};
use super::connection::{self, Connections};
use super::guidance;
use super::ingest::Times;
use super::overrides::{self, Override};
use super::position;
use super::section::{Section, Value, millis};
use super::settings::{Broker, Hub, Server, StoreSettings};
use super::source::Source;
use super::suppress;
use super::template::{self, Templates};
use super::words::Span;

/// A second.
const SECOND: Duration = Duration::from_secs(1);
/// Longest a command may hold its point before it is sent, or wait for its value to be read back.
const LONGEST_SELECTION: Duration = Duration::from_secs(600);
/// A day.
const DAY: Duration = Duration::from_secs(86_400);
/// A thousand years, the longest time there is here.
pub(super) const EVER: Duration = Duration::from_secs(1000 * 365 * 86_400);

/// All of `hub.toml`.
#[derive(Debug)]
pub(super) struct HubFile {
    /// `[hub]`.
    pub(super) hub: Hub,
    /// `[server]`.
    pub(super) server: Server,
    /// `[store]`.
    pub(super) store: StoreSettings,
    /// `[store] late_after`.
    pub(super) late_after: Millis,
    /// `[broker]`.
    pub(super) broker: Option<Broker>,
    /// `[[connection]]`.
    pub(super) connections: Connections,
    /// `[[template]]`.
    pub(super) templates: Templates,
    /// `[dispatch]`.
    pub(super) dispatch: DispatchPolicy,
    /// `[sla]`.
    pub(super) sla: Sla,
    /// `[ingest]`.
    pub(super) clock: ClockPolicy,
    /// `[commands]`.
    pub(super) control: ControlPolicy,
    /// `[[override]]`.
    pub(super) overrides: Vec<Override>,
    /// `[alarms]`.
    pub(super) alarms: Alarms,
    /// `[[position]]`.
    pub(super) positions: Vec<position::Draft>,
    /// `[[suppress]]`.
    pub(super) suppress: Vec<suppress::Table>,
}

/// Reads the file; nothing where it is not TOML.
pub(super) fn read(source: &Source, dir: &Path) -> Option<HubFile> {
    let (root, errors) = DeTable::parse_recoverable(source.text());
    let mut last_line = None;
    for e in &errors {
        let at = e.span().map_or(source.text().len(), |s| s.start);
        let line = source.text()[..source.text().floor_char_boundary(at)].matches('\n').count();
        // what follows on the line of a syntax error is the parser trying to recover
        if last_line.replace(line) != Some(line) {
            source.error(at, e.message());
        }
    }
    if !errors.is_empty() {
        return None;
    }
    let mut root = Section::new(source, "hub.toml", 0, root.get_ref());
    let hub = read_hub(root.section("hub", "[hub]"));
    let server = read_server(root.section("server", "[server]"), dir);
    let (store, late_after) = read_store(root.section("store", "[store]"));
    let broker = root.section("broker", "[broker]").map(|s| read_broker(s, dir));
    let mut templates = template::read(root.sections("template", "[[template]]"));
    guidance::apply_classes(root.sections("class", "[[class]]"), &mut templates.rules);
    let times = Times::default().with(root.section("ingest", "[ingest]"));
    let connections =
        connection::read(root.sections("connection", "[[connection]]"), &hub.name, dir, &templates, times);
    let overrides = overrides::read(root.sections("override", "[[override]]"));
    let alarms = alarms::read(root.section("alarms", "[alarms]"));
    let positions = position::read(root.sections("position", "[[position]]"));
    let suppress = suppress::read(root.sections("suppress", "[[suppress]]"));
    let dispatch = read_dispatch(root.section("dispatch", "[dispatch]"));
    let sla = read_sla(root.section("sla", "[sla]"));
    let control = read_commands(root.section("commands", "[commands]"));
    root.finish();
    Some(HubFile {
        hub,
        server,
        store,
        late_after,
        broker,
        connections,
        templates,
        dispatch,
        sla,
        clock: times.policy,
        control,
        overrides,
        alarms,
        positions,
        suppress,
    })
}

fn read_hub(section: Option<Section<'_>>) -> Hub {
    let mut hub = Hub { name: "Linepack".into(), timezone: "UTC".into(), language: "en".into() };
    let Some(mut s) = section else { return hub };
    if let Some(name) = s.get("name").and_then(Value::filled) {
        hub.name = name.into();
    }
    if let Some(value) = s.get("timezone")
        && let Some(name) = value.filled()
    {
        hub.timezone = name.into();
        if jiff::tz::TimeZone::get(name).is_err() {
            value.error(format!("unknown time zone \"{name}\"; expected an IANA name such as \"Asia/Shanghai\""));
        }
    }
    if let Some(language) = s.get("language").and_then(|v| v.word(&[("en", "en"), ("zh-CN", "zh-CN")])) {
        hub.language = language.into();
    }
    s.finish();
    hub
}

fn read_server(section: Option<Section<'_>>, dir: &Path) -> Server {
    let listen = ([127, 0, 0, 1], 8080).into();
    let mut server = Server { listen, tls: None, trusted_proxies: Vec::new(), metrics_token: None };
    let Some(mut s) = section else { return server };
    if let Some(listen) = s.get("listen").and_then(address) {
        server.listen = listen;
    }
    if let Some(mut tls) = s.section("tls", "[server] tls") {
        let cert = tls.need("cert").and_then(|v| file(v, dir));
        let key = tls.need("key").and_then(|v| file(v, dir));
        server.tls = cert.zip(key);
        tls.finish();
    }
    for value in s.get("trusted_proxies").and_then(Value::list).unwrap_or_default() {
        server.trusted_proxies.extend(network(value));
    }
    server.metrics_token = s.get("metrics_token").and_then(Value::filled).map(Into::into);
    s.finish();
    server
}

fn read_store(section: Option<Section<'_>>) -> (StoreSettings, Millis) {
    let mut store = StoreSettings {
        url: "sqlite://data/hub.db".into(),
        spool_mib: 1024,
        retain_raw: 90 * DAY,
        retain_minute: 3 * 365 * DAY,
        retain_hour: 30 * 365 * DAY,
        retain_commands: 10 * 365 * DAY,
    };
    let mut late_after = Millis::secs(60);
    let Some(mut s) = section else { return (store, late_after) };
    if let Some(value) = s.get("url")
        && let Some(url) = value.filled()
    {
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|p| url.strip_prefix(p).is_some_and(|r| !r.is_empty()))
        {
            value.error("expected sqlite://PATH or postgres://USER@HOST/DATABASE");
        }
        store.url = url.into();
    }
    if let Some(n) = s.get("spool_mib").and_then(|v| v.integer(16..=16_777_216)) {
        store.spool_mib = n.unsigned_abs();
    }
    if let Some(mut retention) = s.section("retention", "[store] retention") {
        for (key, kept) in [
            ("raw", &mut store.retain_raw),
            ("minute", &mut store.retain_minute),
            ("hour", &mut store.retain_hour),
            ("commands", &mut store.retain_commands),
        ] {
            if let Some(d) = retention.get(key).and_then(|v| v.duration(Duration::from_secs(3600)..=EVER)) {
                *kept = d;
            }
        }
        retention.finish();
    }
    if let Some(d) = s.get("late_after").and_then(|v| v.millis(SECOND..=365 * DAY)) {
        late_after = d;
    }
    s.finish();
    (store, late_after)
}

fn read_broker(mut s: Section<'_>, dir: &Path) -> Broker {
    let listen = s.get("listen").and_then(address).unwrap_or(([127, 0, 0, 1], 1883).into());
    let users = s.get("users").and_then(|v| file(v, dir));
    s.finish();
    Broker { listen, users }
}

fn read_dispatch(section: Option<Section<'_>>) -> DispatchPolicy {
    let mut policy = DispatchPolicy::default();
    let Some(mut s) = section else { return policy };
    if let Some(d) = s.get("accept").and_then(|v| v.millis(SECOND..=DAY)) {
        policy.accept = d;
    }
    if let Some(d) = s.get("position_max_age").and_then(|v| v.millis(SECOND..=7 * DAY)) {
        policy.position_max_age = d;
    }
    if let Some(value) = s.get("road_factor")
        && let Some(factor) = value.number()
    {
        if !(1.0..=10.0).contains(&factor) {
            value.error(format!("expected a factor from 1 to 10, found {factor}"));
        }
        policy.road_factor = factor;
    }
    if let Some(value) = s.get("speed_kmh")
        && let Some(speed) = value.number()
    {
        if !(1.0..=200.0).contains(&speed) {
            value.error(format!("expected a speed from 1 to 200 km/h, found {speed}"));
        }
        policy.speed_kmh = speed;
    }
    s.finish();
    policy
}

fn read_sla(section: Option<Section<'_>>) -> Sla {
    let mut sla = Sla::default();
    let Some(mut s) = section else { return sla };
    for (key, clock) in [("turnout", &mut sla.turnout), ("arrival", &mut sla.arrival), ("hold", &mut sla.hold)] {
        if let Some(d) = s.get(key).and_then(|v| v.duration(SECOND..=365 * DAY)) {
            *clock = millis(d);
        }
    }
    for key in ["reinspection", "repair_visit", "repair", "complaint", "serious_complaint"] {
        let Some(value) = s.get(key) else { continue };
        match value.span() {
            Some(Span::Time(Duration::ZERO) | Span::WorkingDays(0)) => value.error("expected more than 0"),
            Some(_) => s.source().warn(value.at(), format!("{key} has no effect in this version")),
            None => {}
        }
    }
    s.finish();
    sla
}

fn read_commands(section: Option<Section<'_>>) -> ControlPolicy {
    let mut policy = ControlPolicy::default();
    let Some(mut s) = section else { return policy };
    if let Some(d) = s.get("select_timeout").and_then(|v| v.millis(SECOND..=LONGEST_SELECTION)) {
        policy.select_timeout = d;
    }
    if let Some(d) = s.get("verify_within").and_then(|v| v.millis(SECOND..=LONGEST_SELECTION)) {
        policy.verify_within = d;
    }
    s.finish();
    policy
}

/// A listening address; port 0 picks a free one.
fn address(value: Value<'_>) -> Option<std::net::SocketAddr> {
    let text = value.text()?;
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) => value.fail(format!("expected an address such as \"127.0.0.1:8080\", found \"{text}\"")),
    }
}

/// An IP network, `10.0.0.0/8`, or one address.
fn network(value: Value<'_>) -> Option<(std::net::IpAddr, u8)> {
    let text = value.text()?;
    let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, p)| (ip, Some(p)));
    let parsed = ip.parse::<std::net::IpAddr>().ok().and_then(|ip| {
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(most), |p| p.parse().ok())?;
        (prefix <= most).then_some((ip, prefix))
    });
    parsed.or_else(|| value.fail(format!("expected a network such as \"10.0.0.0/8\", found \"{text}\"")))
}

/// A file that exists, relative to the site folder.
pub(super) fn file(value: Value<'_>, dir: &Path) -> Option<PathBuf> {
    let text = value.filled()?;
    let path = dir.join(text);
    if path.is_file() { Some(path) } else { value.fail(format!("the file {} is missing", path.display())) }
}
