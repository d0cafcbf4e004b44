//! The validated, immutable description of a site: what exists. Built by the shell from the site folder;
//! a new one arrives as an input, so a reload is ordered with the data.
//!
//! What thousands of assets share stands once: points refer to a [`PointType`], alarms to a [`Rule`]. Settings changed
//! while the hub runs make another registry, which shares all but a few [`Table`] parts with the one before.

mod asset;
mod calendar;
mod clock;
mod crew;
mod detector;
mod handling;
mod local;
mod network;
mod position;
mod rule;
mod source;
mod suppress;
mod table;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub use asset::{Asset, Connection, Point, PointType, Template};
pub use calendar::Calendar;
pub(crate) use clock::AHEAD;
pub use clock::ClockPolicy;
pub use crew::{Crew, Shift};
pub use detector::{DetectorRule, OtherPoint, Season};
pub use handling::{AlarmPolicy, Chatter, FloodLimits, Grouping, Handling};
pub use local::LocalTime;
pub use network::{Network, Node, NodeKind, Pipe};
pub use position::{CONTROL_ROOM, Position, PositionId};
pub use rule::{AlarmInstance, AlarmKind, AlarmSource, DispatchRule, OperatorMay, Priority, Rationalization, Rule};
pub use source::{PointSource, TotalBy, TotalSpec};
pub use suppress::{Suppression, Watched};
pub use table::{Entries, Table};

use crate::control::ControlPolicy;
use crate::kpi::{Rules, Targets};
use crate::{AlarmId, AssetId, ConnectionId, CrewId, Millis, PointId};

/// Everything the core needs to know about the site. A clone shares all that is large.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// +1 with every reload: numbers of one generation mean nothing in another. Set by the shell.
    pub generation: u64,
    /// The site's name.
    pub name: Arc<str>,
    /// Local time of the site, for shifts.
    pub local: LocalTime,
    /// Working days and others, for detectors of habits.
    pub calendar: Calendar,
    /// Point and alarm types, shared by assets.
    pub templates: Vec<Template>,
    /// Stations, regulators, valves, meters.
    pub assets: Table<Asset>,
    /// Points, each asset's contiguous and in template order.
    pub points: Table<Point>,
    /// Rules that alarm instances refer to.
    pub rules: Table<Rule>,
    /// Alarms, each point's contiguous.
    pub alarms: Table<AlarmInstance>,
    /// Alarms about the store (`AlarmSource::Store`), as indexes into `alarms`.
    pub store_alarms: Range<u32>,
    /// Links to the field.
    pub connections: Vec<Connection>,
    /// Crews that can be sent.
    pub crews: Vec<Crew>,
    /// Pipes and nodes.
    pub network: Arc<Network>,
    /// How dispatch works here.
    pub dispatch: DispatchPolicy,
    /// Deadlines of service.
    pub sla: Sla,
    /// How long control waits.
    pub control: ControlPolicy,
    /// How long operators may shelve.
    pub shelving: Shelving,
    /// What the figures of the alarm system should be.
    pub targets: Targets,
    /// What counts as chattering, fleeting, stale and a flood in them.
    pub figures: Rules,
    /// How alarms are damped, grouped and counted.
    pub alarm_policy: AlarmPolicy,
    /// Conditions that hide alarms.
    pub suppressions: Table<Suppression>,
    /// Operator positions; after [`Registry::index`] at least one, and every alarm belongs to one.
    pub positions: Vec<Position>,
    /// A sample older than this on arrival is historical.
    pub late_after: Millis,
    /// What is thought of source times that cannot be.
    pub clock: ClockPolicy,
    asset_by_name: Arc<HashMap<Arc<str>, AssetId>>,
    crew_by_name: HashMap<Arc<str>, CrewId>,
    connection_by_name: HashMap<Arc<str>, ConnectionId>,
    connection_areas: Vec<Arc<str>>,
}

/// `[alarms] shelve_max` of the site: the longest time an alarm may be shelved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelving {
    /// Of priority critical.
    pub critical: Millis,
    /// Of priority high.
    pub high: Millis,
    /// Of priority medium.
    pub medium: Millis,
    /// Of priority low.
    pub low: Millis,
}

impl Default for Shelving {
    fn default() -> Self {
        let hours = |n: i64| Millis::mins(n * 60);
        Self { critical: hours(1), high: hours(8), medium: hours(24), low: hours(7 * 24) }
    }
}

impl Shelving {
    /// The longest time for alarms of a priority.
    pub const fn longest(&self, priority: Priority) -> Millis {
        match priority {
            Priority::Critical => self.critical,
            Priority::High => self.high,
            Priority::Medium => self.medium,
            Priority::Low => self.low,
        }
    }
}

/// `[dispatch]` of the site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DispatchPolicy {
    /// A page not accepted by then goes to the next crew.
    pub accept: Millis,
    /// Older positions count from the base, and say so.
    pub position_max_age: Millis,
    /// Straight line × this is the road, where no roads are loaded.
    pub road_factor: f64,
    /// Mean speed on such a road, km/h.
    pub speed_kmh: f64,
}

impl Default for DispatchPolicy {
    fn default() -> Self {
        Self { accept: Millis::secs(60), position_max_age: Millis::mins(10), road_factor: 1.4, speed_kmh: 40.0 }
    }
}

/// `[sla]` of the site: the clocks this version runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sla {
    /// Opening → crew en route.
    pub turnout: Millis,
    /// Offer → on scene.
    pub arrival: Millis,
    /// Restored → crew may leave, not before.
    pub hold: Millis,
}

impl Default for Sla {
    fn default() -> Self {
        Self { turnout: Millis::mins(3), arrival: Millis::mins(20), hold: Millis::mins(30) }
    }
}

impl Registry {
    /// Builds the name indexes; call once after filling the tables. Names are unique by the site parser's validation.
    pub fn index(&mut self) {
        let ids = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
        let assets: HashMap<_, _> =
            self.assets.iter().enumerate().map(|(i, a)| (a.id.clone(), AssetId(ids(i)))).collect();
        self.asset_by_name = assets.into();
        self.crew_by_name = self.crews.iter().enumerate().map(|(i, c)| (c.id.clone(), CrewId(ids(i)))).collect();
        self.connection_by_name =
            self.connections.iter().enumerate().map(|(i, c)| (c.name.clone(), ConnectionId(ids(i)))).collect();
        self.complete_positions();
    }

    /// What is thought of the times that come with a point's samples.
    pub fn clock_of(&self, point: PointId) -> &ClockPolicy {
        let asset = self.points.get(point.index()).and_then(|p| self.assets.get(p.asset.index()));
        let connection = asset.and_then(|a| a.connection).and_then(|c| self.connections.get(c.index()));
        connection.and_then(|c| c.clock.as_ref()).unwrap_or(&self.clock)
    }

    /// Whether the times of any source may be refused.
    pub fn refuses_times(&self) -> bool {
        let all = self.connections.iter().filter_map(|c| c.clock.as_ref()).chain([&self.clock]);
        all.into_iter().any(|c| c.refuse_future || c.refuse_before.is_some())
    }

    /// Asset by its id.
    pub fn find_asset(&self, id: &str) -> Option<AssetId> {
        self.asset_by_name.get(id).copied()
    }

    /// Crew by its id.
    pub fn find_crew(&self, id: &str) -> Option<CrewId> {
        self.crew_by_name.get(id).copied()
    }

    /// Connection by its name.
    pub fn find_connection(&self, name: &str) -> Option<ConnectionId> {
        self.connection_by_name.get(name).copied()
    }

    /// Point by asset and own name.
    pub fn find_point_of(&self, asset: AssetId, point: &str) -> Option<PointId> {
        let a = self.assets.get(asset.index())?;
        let at = self.templates[a.template as usize].points.iter().position(|p| &*p.name == point)?;
        Some(PointId(a.points.start + u32::try_from(at).ok()?))
    }

    /// Point by full name, `asset/point`.
    pub fn find_point(&self, full: &str) -> Option<PointId> {
        let (asset, point) = full.split_once('/')?;
        self.find_point_of(self.find_asset(asset)?, point)
    }

    /// The point, if devices and programs speak for it; else who does.
    pub fn fed(&self, point: PointId) -> Result<PointId, &'static str> {
        let source = self.points.get(point.index()).and_then(|p| self.point_type(p).source.other_voice());
        source.map_or(Ok(point), Err)
    }

    /// Alarm by its key, `asset:point:kind` (see [`Registry::alarm_key`]).
    pub fn find_alarm(&self, key: &str) -> Option<AlarmId> {
        let mut parts = key.split(':');
        let (asset, point, rule) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let candidates = if (asset, point) == ("hub", "store") {
            self.store_alarms.clone()
        } else if asset == "link" {
            self.connections.get(self.find_connection(point)?.index())?.alarms.clone()
        } else {
            let asset = self.find_asset(asset)?;
            if point == "device" {
                self.assets[asset.index()].alarms.clone()
            } else {
                self.points[self.find_point_of(asset, point)?.index()].alarms.clone()
            }
        };
        candidates.map(AlarmId).find(|&a| &*self.rule(a).key == rule)
    }

    /// The name an alarm goes by outside: `asset:point:kind`, `asset:device:communication` for a silent device,
    /// `link:connection:communication` for a dead link, `hub:store:spool` for the store. Colons cannot occur in the parts.
    pub fn alarm_key(&self, alarm: AlarmId) -> String {
        let rule = &self.rule(alarm).key;
        match self.alarms[alarm.index()].source {
            AlarmSource::Point(p) => {
                let p = &self.points[p.index()];
                format!("{}:{}:{rule}", self.assets[p.asset.index()].id, self.point_type(p).name)
            }
            AlarmSource::Device(a) => format!("{}:device:{rule}", self.assets[a.index()].id),
            AlarmSource::Link(c) => format!("link:{}:{rule}", self.connections[c.index()].name),
            AlarmSource::Store => format!("hub:store:{rule}"),
        }
    }

    /// `asset/point`.
    pub fn point_name(&self, point: PointId) -> String {
        let mut name = String::new();
        self.write_point_name(&mut name, point);
        name
    }

    /// Appends the same; where a million are wanted.
    pub fn write_point_name(&self, out: &mut String, point: PointId) {
        let p = &self.points[point.index()];
        let (asset, own) = (&self.assets[p.asset.index()].id, &self.point_type(p).name);
        out.reserve(asset.len() + 1 + own.len());
        out.push_str(asset);
        out.push('/');
        out.push_str(own);
    }

    /// What the point shares with its like.
    pub fn point_type(&self, point: &Point) -> &PointType {
        let asset = &self.assets[point.asset.index()];
        &self.templates[asset.template as usize].points[point.slot as usize]
    }

    /// Gives an alarm a rule that it shares with no other.
    pub fn own_rule(&mut self, alarm: AlarmId) -> &mut Rule {
        let last = self.rules.len();
        let rule = self.rule(alarm).clone();
        self.rules.push(rule);
        self.alarms[alarm.index()].rule = u32::try_from(last).unwrap_or(u32::MAX);
        &mut self.rules[last]
    }

    /// The rule of an alarm.
    pub fn rule(&self, alarm: AlarmId) -> &Rule {
        &self.rules[self.alarms[alarm.index()].rule as usize]
    }

    /// The asset an alarm is about; a link and the store have none.
    pub fn alarm_asset(&self, alarm: AlarmId) -> Option<AssetId> {
        match self.alarms[alarm.index()].source {
            AlarmSource::Point(p) => Some(self.points[p.index()].asset),
            AlarmSource::Device(a) => Some(a),
            AlarmSource::Link(_) | AlarmSource::Store => None,
        }
    }
}
