//! Links and devices: one alarm for what is dead, quiet for what hangs on it.

use crate::alarm::{Outcome, Seen};
use crate::point::flag;
use crate::registry::{AlarmKind, AlarmSource, Rule, Watched};
use crate::{AlarmId, AssetId, ConnectionId, Event, PointId, Quality, Reason, Registry, Ts};

use super::Step;
use super::field::Field;

/// What answers. Unknown counts as up: who never reports is only ever stale.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// By connection.
    pub(super) link_down: Vec<bool>,
    /// By asset.
    pub(super) device_down: Vec<bool>,
    /// The store.
    pub(super) store_down: bool,
    /// Assets by connection.
    assets: Vec<Vec<AssetId>>,
}

impl Links {
    pub(super) fn new(registry: &Registry) -> Self {
        let mut assets = vec![vec![]; registry.connections.len()];
        for (i, asset) in registry.assets.iter().enumerate() {
            if let Some(connection) = asset.connection {
                assets[connection.index()].push(AssetId(u32::try_from(i).unwrap_or(u32::MAX)));
            }
        }
        let link_down = vec![false; registry.connections.len()];
        Self { link_down, device_down: vec![false; registry.assets.len()], store_down: false, assets }
    }

    /// Whether an asset's link is down.
    fn is_cut_off(&self, registry: &Registry, asset: AssetId) -> bool {
        registry.assets[asset.index()].connection.is_some_and(|c| self.link_down[c.index()])
    }

    /// Whether an asset's points have nothing to say.
    pub(super) fn is_silent(&self, registry: &Registry, asset: AssetId) -> bool {
        self.device_down[asset.index()] || self.is_cut_off(registry, asset)
    }
}

const DEAD: Quality = Quality::Bad(Reason::CommFailure);

fn seen(down: bool, now: Ts) -> Seen {
    Seen { value: f64::NAN, quality: if down { DEAD } else { Quality::Good }, source: now }
}

impl Field {
    /// A connection came up or went down.
    pub(super) fn link(&mut self, connection: ConnectionId, up: bool, step: &mut Step<'_>) {
        let Some(down) = self.links.link_down.get_mut(connection.index()) else { return };
        if std::mem::replace(down, !up) != up {
            return;
        }
        for id in step.registry.connections[connection.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            let outcome = self.book.observe(id, rule, !up, step.now.0, 0);
            self.carry_out(id, rule, outcome, seen(!up, step.now), step);
        }
        self.suppressions.note(Watched::Link(connection));
        let assets = std::mem::take(&mut self.links.assets[connection.index()]);
        for &asset in &assets {
            self.suppressions.note(Watched::Device(asset));
            self.device_alarms(asset, step);
            self.reach(asset, step);
        }
        self.links.assets[connection.index()] = assets;
    }

    /// The store is well or not.
    pub(super) fn store(&mut self, up: bool, step: &mut Step<'_>) {
        if std::mem::replace(&mut self.links.store_down, !up) != up {
            return;
        }
        for id in step.registry.store_alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            let outcome = self.book.observe(id, rule, !up, step.now.0, 0);
            self.carry_out(id, rule, outcome, seen(!up, step.now), step);
        }
    }

    /// A device began or ceased to answer.
    pub(super) fn device(&mut self, asset: AssetId, up: bool, step: &mut Step<'_>) {
        let Some(down) = self.links.device_down.get_mut(asset.index()) else { return };
        if std::mem::replace(down, !up) != up {
            return;
        }
        self.suppressions.note(Watched::Device(asset));
        self.device_alarms(asset, step);
        self.reach(asset, step);
    }

    /// Alarms of a device; behind a dead link nothing new is raised or cleared.
    fn device_alarms(&mut self, asset: AssetId, step: &mut Step<'_>) {
        let down = self.links.device_down[asset.index()];
        let cut_off = self.links.is_cut_off(step.registry, asset);
        for id in step.registry.assets[asset.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            if rule.kind != AlarmKind::Communication {
                continue;
            }
            let outcome =
                if cut_off { self.book.give_up(id) } else { self.book.observe(id, rule, down, step.now.0, 0) };
            self.carry_out(id, rule, outcome, seen(down, step.now), step);
        }
    }

    /// Tells an asset's points whether anything can be heard of them.
    fn reach(&mut self, asset: AssetId, step: &mut Step<'_>) {
        let silent = self.links.is_silent(step.registry, asset);
        for point in step.registry.assets[asset.index()].points.clone().map(PointId) {
            let record = &mut self.records[point.index()];
            if record.is(flag::DOWN) == silent || record.is(flag::APART) {
                continue;
            }
            record.set(flag::DOWN, silent);
            if !silent {
                // its values stay comm-failure until it speaks, and it has its whole time for that
                record.heard = step.now.0;
                self.time(point.index());
                continue;
            }
            if record.is(flag::SUBSTITUTED) {
                self.substituted.requalify(point, DEAD);
                continue;
            }
            record.quality = DEAD.code();
            step.out.changed.push(point);
            let (feeds, watched) = (record.is(flag::FEEDS), record.is(flag::WATCH));
            if feeds {
                self.fed(point, None);
            }
            if watched {
                self.hush(point, step);
            }
        }
    }

    /// Gives up the delays of alarms that a dead parent explains.
    fn hush(&mut self, point: PointId, step: &mut Step<'_>) {
        for id in step.registry.points[point.index()].alarms.clone().map(AlarmId) {
            let explained =
                matches!(step.registry.rule(id).kind, AlarmKind::Stale | AlarmKind::BadQuality | AlarmKind::NoReport);
            if explained && self.book.give_up(id) == Outcome::Pending {
                step.out.events.push(Event::Alarm { alarm: self.book.alarm(id), transition: None });
            }
        }
        self.rewatch(point, step.registry);
    }

    /// The delay of a link's or device's alarm may be over; `over` is hub time.
    pub(super) fn link_delay_over(&mut self, id: AlarmId, rule: &Rule, over: Ts, step: &mut Step<'_>) {
        let down = match step.registry.alarms[id.index()].source {
            AlarmSource::Link(c) => self.links.link_down[c.index()],
            AlarmSource::Device(a) if rule.kind == AlarmKind::Clock => {
                self.clock_delay_over(id, a, rule, over, step);
                return;
            }
            AlarmSource::Store => self.links.store_down,
            AlarmSource::Device(a) if !self.links.is_cut_off(step.registry, a) => self.links.device_down[a.index()],
            AlarmSource::Device(_) | AlarmSource::Point(_) => return,
        };
        if step.now < over {
            self.book.arm(id, over.0);
            return;
        }
        let outcome = self.book.observe(id, rule, down, step.now.0, 0);
        self.carry_out(id, rule, outcome, seen(down, over), step);
    }
}
