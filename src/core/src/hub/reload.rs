//! What outlives a restart and a reload, and how it finds its place again.

use crate::alarm::{Alarm, State};
use crate::point::{Record, flag};
use crate::registry::{AlarmKind, AlarmSource, Rule};
use crate::{AlarmId, AssetId, Current, Event, Output, PointId, Quality, Reason, Registry, Ts};

use super::field::Field;
use super::{Flood, Step, Substitute};

impl Field {
    /// A field with what was saved. A link or device whose alarm stood counts as down until it is heard of.
    pub(super) fn restored(
        registry: &Registry,
        values: &[(PointId, Current)],
        alarms: Vec<Alarm>,
        substitutes: Vec<Substitute>,
        floods: Vec<Flood>,
    ) -> Self {
        let mut field = Self::new(registry);
        for &(point, current) in values {
            if let Some(record) = field.records.get_mut(point.index()) {
                record.restore(current);
            }
        }
        field.derived.resume(&field.records);
        for substitute in substitutes {
            field.put_substitute(substitute);
        }
        for alarm in alarms {
            let Some(instance) = registry.alarms.get(alarm.id.index()) else { continue };
            let instance_id = alarm.id;
            let down = alarm.is_raised() != alarm.pending.is_some();
            match instance.source {
                AlarmSource::Link(c) => field.links.link_down[c.index()] = down,
                AlarmSource::Device(a) if registry.rule(alarm.id).kind == AlarmKind::Communication => {
                    field.links.device_down[a.index()] = down;
                }
                AlarmSource::Device(_) => {}
                AlarmSource::Store => field.links.store_down = down,
                AlarmSource::Point(_) => {}
            }
            field.book.restore(alarm, registry.rule(instance_id));
        }
        for flood in floods {
            field.floods.restore(flood, None);
        }
        field.regroup(registry, None);
        field.settle(registry);
        field
    }

    /// Moves everything that still exists to the numbers of a new registry; alarms that do not are reported by key.
    /// Answers the points that have other rules than before, to be looked at.
    pub(super) fn reload(&mut self, old: &Registry, new: &Registry, now: Ts, out: &mut Output) -> Vec<PointId> {
        let mut next = Self::new(new);
        let mut ruled_otherwise = vec![];
        next.links.store_down = self.links.store_down;
        for (i, connection) in new.connections.iter().enumerate() {
            if let Some(was) = old.find_connection(&connection.name) {
                next.links.link_down[i] = self.links.link_down[was.index()];
            }
        }
        for (i, asset) in new.assets.iter().enumerate() {
            let Some(was) = old.find_asset(&asset.id) else { continue };
            next.links.device_down[i] = self.links.device_down[was.index()];
            next.clocks[i] = self.clocks[was.index()];
            let types = &new.templates[asset.template as usize].points;
            for (point, kind) in asset.points.clone().zip(types) {
                if let Some(was_at) = old.find_point_of(was, &kind.name) {
                    let to = &mut next.records[point as usize];
                    let from = self.records[was_at.index()];
                    let flags = (from.flags & flag::DOWN) | (to.flags & flag::FIXED);
                    *to = Record { kind: to.kind, flags, ..from };
                    if rules(old, was_at).ne(rules(new, PointId(point))) {
                        ruled_otherwise.push(PointId(point));
                    }
                }
            }
        }
        next.derived.inherit(&self.derived, |point| old.find_point(&new.point_name(point)));
        next.detectors.inherit(&mut self.detectors, new, |alarm| {
            let was = old.find_alarm(&new.alarm_key(alarm))?;
            Some((was, old.rule(was).detector.as_deref()?))
        });
        for (substitute, live) in self.substituted.all() {
            let Some(point) = new.find_point(&old.point_name(substitute.point)) else {
                out.events.push(Event::SubstituteDropped(old.point_name(substitute.point)));
                continue;
            };
            let record = &mut next.records[point.index()];
            *record = Record { kind: record.kind, flags: record.flags, ..live };
            let substitute = Substitute { point, ..substitute.clone() };
            out.events.push(Event::Substitute(substitute.clone()));
            next.put_substitute(substitute);
        }
        for id in self.book.touched() {
            let key = old.alarm_key(id);
            if let Some(id_now) = new.find_alarm(&key) {
                let alarm = self.book.alarm(id);
                let group = alarm.group.and_then(|first| new.find_alarm(&old.alarm_key(first)));
                next.book.restore(Alarm { id: id_now, group, ..alarm }, new.rule(id_now));
            } else if self.book.state(id) != State::Normal || self.book.pending(id).is_some() {
                out.dropped_alarms.push(key);
            }
        }
        for flood in self.floods.open() {
            next.floods.restore(flood.clone(), Some(now));
        }
        next.regroup(new, Some(now));
        next.settle(new);
        next.start(now, new);
        out.events.extend(next.book.active().map(|alarm| Event::Alarm { alarm, transition: None }));
        *self = next;
        ruled_otherwise
    }

    /// Present good values of points with other rules are put to these rules: a slow meter's next value may be hours away.
    pub(super) fn look_again(&mut self, points: &[PointId], step: &mut Step<'_>) {
        for &point in points {
            if self.records[point.index()].quality().is_good() {
                self.evaluate(point, None, step);
            }
        }
    }

    /// Finds again what hides alarms by design, and which upsets they belong to.
    fn regroup(&mut self, registry: &Registry, now: Option<Ts>) {
        let mut standing = vec![];
        for id in self.book.touched() {
            let state = self.book.state(id);
            if state.is_hidden() {
                self.suppressions.restore(registry, id, self.book.designs(id), now);
            }
            if let Some(onset) = self.book.onset(id).filter(|_| state != State::Normal) {
                standing.push((id, onset, self.book.group(id)));
            }
        }
        self.groups.restore(registry, standing);
    }

    /// Makes the records agree with links and alarms.
    fn settle(&mut self, registry: &Registry) {
        for (i, asset) in registry.assets.iter().enumerate() {
            let silent = self.links.is_silent(registry, AssetId(u32::try_from(i).unwrap_or(u32::MAX)));
            for point in asset.points.clone() {
                let record = &mut self.records[point as usize];
                if record.is(flag::APART) {
                    continue;
                }
                if silent && record.is(flag::SUBSTITUTED) {
                    self.substituted.requalify(PointId(point), Quality::Bad(Reason::CommFailure));
                } else if silent {
                    record.quality = Quality::Bad(Reason::CommFailure).code();
                } else if record.is(flag::DOWN) {
                    record.heard = 0;
                }
                record.set(flag::DOWN, silent);
            }
        }
        let touched: Vec<AlarmId> = self.book.touched().collect();
        for id in touched {
            if let AlarmSource::Point(point) = registry.alarms[id.index()].source {
                self.rewatch(point, registry);
            }
        }
    }
}

/// What of a point's rules decides whether its alarms stand.
fn rules(registry: &Registry, point: PointId) -> impl Iterator<Item = (AlarmKind, [u64; 2], [i64; 2], bool)> + '_ {
    let of = |rule: &Rule| {
        let numbers = [rule.limit.to_bits(), rule.deadband.to_bits()];
        (rule.kind, numbers, [rule.on_delay.0, rule.off_delay.0], rule.enabled)
    };
    registry.points[point.index()].alarms.clone().map(move |a| of(registry.rule(AlarmId(a))))
}
