//! Suppression by design: `[[suppress]]`, `suppress_when` and `parent` of rules, `parent` of assets, and what the hub
//! itself knows: behind a dead link or device nothing can be told.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::calc::{Formula, Operand};
use linepack_core::registry::{AlarmKind, AlarmSource, Suppression, Watched};
use linepack_core::{AlarmId, AssetId, ConnectionId, Millis, Registry, glob};

use super::assets::Assets;
use super::hub::HubFile;
use super::section::{Section, Value};
use super::source::Source;

/// Longest hold and linger.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// After a link or device is back, its values have this long to come before what they would tell is shown.
const RECOVERY: Millis = Millis::secs(10);

/// A condition and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    name: Arc<str>,
    reason: Arc<str>,
    when: Arc<Formula>,
    at: usize,
    hold: Millis,
    linger: Millis,
}

/// A condition of one rule, for every alarm the rule has.
#[derive(Debug)]
pub(super) struct OfRule {
    pub(super) template: usize,
    pub(super) rule: u32,
    pub(super) condition: Condition,
}

/// `[[suppress]]`.
#[derive(Debug)]
pub(super) struct Table {
    condition: Condition,
    assets: Vec<String>,
    points: Vec<String>,
    areas: Vec<String>,
    classes: Vec<String>,
    kinds: Vec<String>,
}

/// `suppress_when`, `suppress_hold`, `suppress_linger` and `parent` of a rule.
pub(super) fn of_rule(s: &mut Section<'_>) -> Vec<Condition> {
    let (hold, linger) = times(s, ["suppress_hold", "suppress_linger"]);
    let mut found = vec![];
    if let Some((when, at)) = s.get("suppress_when").and_then(formula) {
        let (name, reason) = ("suppress_when".into(), when.text().into());
        found.push(Condition { name, reason, when, at, hold, linger });
    }
    if let Some(value) = s.get("parent")
        && let Some(parent) = value.filled()
    {
        // an alarm, or an asset that must answer
        let text = if parent.contains(':') { format!("{{{parent}}}") } else { format!("{{{parent}/device}} == 0") };
        match Formula::condition(&text) {
            Ok(when) => found.push(Condition {
                name: "parent".into(),
                reason: parent.into(),
                when: when.into(),
                at: value.at(),
                hold,
                linger,
            }),
            Err(_) => {
                value.error(format!("expected an asset, \"point:kind\" or \"asset/point:kind\", found \"{parent}\""))
            }
        }
    }
    found
}

/// Reads the tables.
pub(super) fn read(sections: Vec<Section<'_>>) -> Vec<Table> {
    let mut tables: Vec<Table> = vec![];
    for mut s in sections {
        let name = s.need("name");
        let text = name.and_then(Value::name_text).unwrap_or_default();
        if let Some(name) = name
            && tables.iter().any(|t| *t.condition.name == *text)
        {
            name.error(format!("a second suppression is called \"{text}\""));
        }
        let when = s.need("when").and_then(formula);
        let (hold, linger) = times(&mut s, ["hold", "linger"]);
        let reason = s.get("reason").and_then(Value::filled);
        let mut words = |key| -> Vec<String> {
            let items = s.get(key).and_then(Value::list).unwrap_or_default();
            items.into_iter().filter_map(Value::filled).map(str::to_owned).collect()
        };
        let (assets, points) = (words("assets"), words("points"));
        let (areas, classes, kinds) = (words("areas"), words("classes"), words("kinds"));
        if [&assets, &points, &areas, &classes, &kinds].iter().all(|l| l.is_empty()) {
            s.source().error(s.at(), "[[suppress]] needs at least one of assets, points, areas, classes, kinds");
        }
        s.finish();
        let Some((when, at)) = when else { continue };
        let reason = reason.unwrap_or(when.text()).into();
        let condition = Condition { name: text.into(), reason, when, at, hold, linger };
        tables.push(Table { condition, assets, points, areas, classes, kinds });
    }
    tables
}

fn times(s: &mut Section<'_>, keys: [&'static str; 2]) -> (Millis, Millis) {
    let mut time = |key| s.get(key).and_then(|v| v.millis(Duration::ZERO..=LONGEST)).unwrap_or_default();
    (time(keys[0]), time(keys[1]))
}

fn formula(value: Value<'_>) -> Option<(Arc<Formula>, usize)> {
    let text = value.filled()?;
    match Formula::condition(text) {
        // the text stands after a quotation mark
        Ok(formula) => Some((formula.into(), value.at() + 1)),
        Err(e) => {
            value.error(format!("{} (character {})", e.message, e.at + 1));
            None
        }
    }
}

/// Whether everything that conditions read exists.
pub(super) fn check(source: &Source, hub: &HubFile, assets: &Assets) {
    for of in &hub.templates.conditions {
        for input in of.condition.when.inputs() {
            if let Err(message) = exists(hub, assets, Some(of.template), input) {
                source.error(of.condition.at + input.at, format!("{}: {message}", of.condition.name));
            }
        }
    }
    for table in &hub.suppress {
        for input in table.condition.when.inputs() {
            if let Err(message) = exists(hub, assets, None, input) {
                source.error(table.condition.at + input.at, format!("when: {message}"));
            }
        }
    }
}

fn exists(hub: &HubFile, assets: &Assets, own: Option<usize>, input: &Operand) -> Result<(), String> {
    let template = match input.asset.as_deref() {
        Some("link") => {
            let known = hub.connections.by_name.contains_key(&*input.point);
            return known.then_some(()).ok_or_else(|| format!("there is no connection \"{}\"", input.point));
        }
        Some(name) => {
            let row = assets.ids.get(name).and_then(|&n| assets.list.get(n as usize));
            row.ok_or_else(|| format!("assets.csv has no asset \"{name}\""))?.template as usize
        }
        None => own.ok_or_else(|| format!("write {{asset/{0}}}: \"{0}\" is of no asset", input.point))?,
    };
    let (point, key) = input.point.split_once(':').map_or((&*input.point, None), |(p, k)| (p, Some(k)));
    if point == "device" {
        return Ok(());
    }
    let points = hub.templates.list.get(template).map_or(&[][..], |t| &t.points);
    let of = points.iter().find(|p| *p.name == *point).ok_or_else(|| format!("there is no point \"{point}\""))?;
    let has = |key: &str| of.rules.iter().any(|r| *hub.templates.rules[*r as usize].key == *key);
    match key {
        Some(key) if !has(key) => Err(format!("the point \"{point}\" has no alarm \"{key}\"")),
        _ => Ok(()),
    }
}

/// Fills in what hides what.
pub(super) fn attach(registry: &mut Registry, hub: &HubFile) {
    let mut all = vec![];
    for (n, asset) in (0u32..).zip(&registry.assets) {
        let own = AssetId(n);
        for of in hub.templates.conditions.iter().filter(|c| c.template == asset.template as usize) {
            let alarms: Vec<AlarmId> = of_asset(registry, own).filter(|a| rule_no(registry, *a) == of.rule).collect();
            all.extend(of.condition.suppression(registry, Some(own), alarms));
        }
    }
    for table in &hub.suppress {
        let alarms = (0..registry.alarms.len()).filter_map(|a| u32::try_from(a).ok()).map(AlarmId);
        let alarms = alarms.filter(|a| table.takes(registry, *a)).collect();
        all.extend(table.condition.suppression(registry, None, alarms));
    }
    built_in(registry, &mut all);
    registry.suppressions = all.into();
}

/// What the hub knows by itself.
fn built_in(registry: &Registry, all: &mut Vec<Suppression>) {
    let Ok(when) = Formula::condition("{device} == 0").map(Arc::new) else { return };
    let add = |all: &mut Vec<Suppression>, name: String, reason: String, watched, alarms: Vec<AlarmId>, standing| {
        if !alarms.is_empty() {
            all.push(Suppression {
                name: name.into(),
                reason: reason.into(),
                when: when.clone(),
                inputs: [watched].into(),
                alarms: alarms.into(),
                hold: Millis(0),
                linger: RECOVERY,
                standing,
            });
        }
    };
    let mut behind: Vec<Vec<AlarmId>> = vec![vec![]; registry.connections.len()];
    for (n, asset) in (0u32..).zip(&registry.assets) {
        let id = AssetId(n);
        let of_kind = |kinds: &[AlarmKind]| -> Vec<AlarmId> {
            of_asset(registry, id).filter(|a| kinds.contains(&registry.rule(*a).kind)).collect()
        };
        if let Some(behind) = asset.connection.and_then(|c| behind.get_mut(c.index())) {
            behind.extend(of_kind(&[AlarmKind::Communication]));
        }
        if asset.connection.is_some() {
            let alarms = of_kind(&[AlarmKind::Stale, AlarmKind::BadQuality]);
            let reason = format!("{} does not answer", asset.id);
            add(all, format!("device:{}", asset.id), reason, Watched::Device(id), alarms, true);
        }
        if let Some(parent) = asset.parent {
            let name = &registry.assets[parent.index()].id;
            let alarms = of_asset(registry, id).collect();
            add(
                all,
                format!("parent:{name}"),
                format!("{name} does not answer"),
                Watched::Device(parent),
                alarms,
                false,
            );
        }
    }
    for ((n, connection), alarms) in (0u32..).zip(&registry.connections).zip(behind) {
        let reason = format!("connection {} is down", connection.name);
        add(all, format!("link:{}", connection.name), reason, Watched::Link(ConnectionId(n)), alarms, false);
    }
}

impl Condition {
    fn suppression(&self, registry: &Registry, own: Option<AssetId>, alarms: Vec<AlarmId>) -> Option<Suppression> {
        let inputs: Option<Vec<Watched>> = self.when.inputs().iter().map(|i| watched(registry, own, i)).collect();
        if alarms.is_empty() {
            return None;
        }
        Some(Suppression {
            name: self.name.clone(),
            reason: self.reason.clone(),
            when: self.when.clone(),
            inputs: inputs?.into(),
            alarms: alarms.into(),
            hold: self.hold,
            linger: self.linger,
            standing: false,
        })
    }
}

impl Table {
    fn takes(&self, registry: &Registry, alarm: AlarmId) -> bool {
        let among = |list: &[String], word: &str| list.is_empty() || list.iter().any(|g| glob::matches(g, word));
        let rule = registry.rule(alarm);
        let asset = registry.alarm_asset(alarm).map_or("", |a| &registry.assets[a.index()].id);
        let point = match registry.alarms[alarm.index()].source {
            AlarmSource::Point(p) => registry.point_name(p),
            _ => String::new(),
        };
        among(&self.assets, asset)
            && among(&self.points, &point)
            && among(&self.areas, registry.alarm_area(alarm))
            && among(&self.classes, &rule.handling.class)
            && among(&self.kinds, rule.kind.name())
    }
}

fn watched(registry: &Registry, own: Option<AssetId>, input: &Operand) -> Option<Watched> {
    let asset = match input.asset.as_deref() {
        Some("link") => return registry.find_connection(&input.point).map(Watched::Link),
        Some(name) => registry.find_asset(name)?,
        None => own?,
    };
    match input.point.split_once(':') {
        None if *input.point == *"device" => Some(Watched::Device(asset)),
        None => registry.find_point_of(asset, &input.point).map(Watched::Point),
        Some((point, key)) => {
            let key = format!("{}:{point}:{key}", registry.assets[asset.index()].id);
            registry.find_alarm(&key).map(Watched::Alarm)
        }
    }
}

fn rule_no(registry: &Registry, alarm: AlarmId) -> u32 {
    registry.alarms[alarm.index()].rule
}

/// All alarms of an asset.
fn of_asset(registry: &Registry, asset: AssetId) -> impl Iterator<Item = AlarmId> + '_ {
    let asset = &registry.assets[asset.index()];
    let points = asset.points.clone().flat_map(|p| registry.points[p as usize].alarms.clone());
    points.chain(asset.alarms.clone()).map(AlarmId)
}
