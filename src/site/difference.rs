//! What a re-read of the folder changed, for the answer to a reload.

use std::collections::{BTreeMap, HashMap};

use linepack_core::registry::{Asset, Crew, Node, Pipe, Point, Rule, Template};
use linepack_core::{AlarmId, Registry};

use super::Site;

/// Things by kind and name, e.g. `asset rs-0042`, in the order of the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New ones.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// Those that are described otherwise than before. A name in brackets is a table of `hub.toml`.
    pub changed: Vec<String>,
}

/// Compares two readings of the folder. A changed template stands for all its assets.
pub fn difference(old: &Site, new: &Site) -> Difference {
    let mut d = Difference::default();
    let tables = [
        ("[hub]", old.hub == new.hub),
        ("[server]", old.server == new.server),
        ("[store]", old.store == new.store && old.registry.late_after == new.registry.late_after),
        ("[broker]", old.broker == new.broker),
        ("[dispatch]", old.registry.dispatch == new.registry.dispatch),
        ("[ingest]", old.registry.clock == new.registry.clock),
        (
            "[alarms]",
            old.registry.alarm_policy == new.registry.alarm_policy && old.registry.shelving == new.registry.shelving,
        ),
        ("[[position]]", old.registry.positions == new.registry.positions),
        ("[alarms.targets]", targets(&old.registry) == targets(&new.registry)),
        ("[[override]]", overrides(&old.registry) == overrides(&new.registry)),
        ("[sla]", old.registry.sla == new.registry.sla),
        ("holidays.csv", old.registry.calendar == new.registry.calendar),
    ];
    d.changed.extend(tables.iter().filter(|(_, same)| !same).map(|(name, _)| (*name).to_owned()));

    let (o, n) = (&*old.registry, &*new.registry);
    d.compare("connection", &old.connections, &new.connections, |c| c.name.as_str(), |(_, a), (_, b)| a == b);
    d.compare(
        "template",
        &o.templates,
        &n.templates,
        |t| &t.name,
        |(i, a), (j, b)| {
            old.every[i] == new.every[j]
                && old.modbus[i] == new.modbus[j]
                && old.addresses[i] == new.addresses[j]
                && points(o, a).eq(points(n, b))
        },
    );
    d.compare(
        "asset",
        &o.assets,
        &n.assets,
        |a| &a.id,
        |(i, a), (j, b)| old.units[i] == new.units[j] && asset(o, a) == asset(n, b),
    );
    d.compare("crew", &o.crews, &n.crews, |c| &c.id, |(_, a), (_, b)| crew(a) == crew(b));
    d.compare("node", &o.network.nodes, &n.network.nodes, |x| &x.id, |(_, a), (_, b)| node(o, a) == node(n, b));
    d.compare("pipe", &o.network.pipes, &n.network.pipes, |p| &p.id, |(_, a), (_, b)| pipe(o, a) == pipe(n, b));
    if old.backdrop != new.backdrop {
        d.changed.push("backdrop".into());
    }
    d
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    fn compare<'a, T: 'a>(
        &mut self,
        kind: &str,
        old: impl IntoIterator<Item = &'a T>,
        new: impl IntoIterator<Item = &'a T>,
        name: impl Fn(&'a T) -> &'a str,
        same: impl Fn((usize, &'a T), (usize, &'a T)) -> bool,
    ) {
        let mut before: HashMap<&str, (usize, &T)> =
            old.into_iter().enumerate().map(|(i, t)| (name(t), (i, t))).collect();
        for (j, item) in new.into_iter().enumerate() {
            match before.remove(name(item)) {
                None => self.added.push(format!("{kind} {}", name(item))),
                Some(was) if !same(was, (j, item)) => self.changed.push(format!("{kind} {}", name(item))),
                Some(_) => {}
            }
        }
        let gone: BTreeMap<usize, &str> = before.into_iter().map(|(name, (i, _))| (i, name)).collect();
        self.removed.extend(gone.into_values().map(|name| format!("{kind} {name}")));
    }
}

// What follows names things instead of numbering them: numbers move when a row is put in above.

fn asset<'a>(r: &'a Registry, a: &'a Asset) -> impl PartialEq + use<'a> {
    let connection = a.connection.map(|c| &*r.connections[c.index()].name);
    (&a.name, &a.kind, &a.area, a.position, &*r.templates[a.template as usize].name, connection, &a.attributes)
}

fn points<'a>(r: &'a Registry, t: &'a Template) -> impl Iterator<Item = impl PartialEq + use<'a>> {
    t.points.iter().map(|p| {
        let rules: Vec<_> = p.rules.iter().map(|rule| self::rule(&r.rules[*rule as usize])).collect();
        (&p.name, &p.unit, p.deadband, p.range, p.stale_after, &p.source, &p.states, rules)
    })
}

fn rule(r: &Rule) -> impl PartialEq + use<'_> {
    let numbers = (r.limit, r.deadband, r.on_delay, r.off_delay);
    (
        &r.key,
        r.kind,
        numbers,
        r.priority,
        &r.dispatch,
        &r.rationalization,
        r.latching,
        r.enabled,
        &r.operator_may,
        &r.detector,
        &r.handling,
    )
}

fn targets(r: &Registry) -> impl PartialEq + use<> {
    (r.targets, r.figures.stale)
}

/// Alarms that are not as their template says.
fn overrides(r: &Registry) -> Vec<(String, impl PartialEq + use<'_>)> {
    let own = |p: &Point| -> Vec<AlarmId> {
        let shared = &r.point_type(p).rules;
        p.alarms
            .clone()
            .zip(shared)
            .filter(|(a, s)| r.alarms[*a as usize].rule != **s)
            .map(|(a, _)| AlarmId(a))
            .collect()
    };
    r.points.iter().flat_map(own).map(|a| (r.alarm_key(a), rule(r.rule(a)))).collect()
}

fn crew(c: &Crew) -> impl PartialEq + use<'_> {
    (&c.name, &c.phone, &c.skills, c.base, c.shift, &c.area)
}

fn node<'a>(r: &'a Registry, n: &'a Node) -> impl PartialEq + use<'a> {
    let asset = n.asset.map(|a| &*r.assets[a.index()].id);
    (n.kind, n.position, n.elevation_m, n.closed, n.operable, asset)
}

fn pipe<'a>(r: &'a Registry, p: &'a Pipe) -> impl PartialEq + use<'a> {
    let ends = [p.from, p.to].map(|n| &*r.network.nodes[n as usize].id);
    (ends, p.diameter_mm, p.length_m, &p.pressure_class, &p.material, p.roughness_mm, &p.path)
}
