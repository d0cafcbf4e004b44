//! First-out: alarms of one upset stand under the one that came first, by source time.
//!
//! Two alarms are of one upset when they come close in time and have to do with each other: the same asset, a parent or
//! child of it, the next asset up or down the pipes, the same connection (alarms about communication), or the same
//! area and class.

mod neighbours;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::registry::{AlarmKind, AlarmSource, Grouping, Registry};
use crate::{AlarmId, AssetId, ConnectionId, Event, Ts};

use super::Step;
use super::field::Field;
use neighbours::Neighbours;

/// Most alarms of one group: when an earlier one comes in late, all of them are told anew.
const MOST: usize = 500;

/// Where an upset has been seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Asset(AssetId),
    Link(ConnectionId),
    /// Area and class.
    Like(Arc<str>, Arc<str>),
}

/// Running number of an upset since the start of the program.
type UpsetNo = u64;

#[derive(Debug)]
struct Upset {
    /// The first alarm, though it may be over.
    first: AlarmId,
    onset: Ts,
    /// Source time of the latest.
    last: Ts,
    /// Alarms that are not normal.
    members: BTreeSet<AlarmId>,
    /// It has had more than one.
    shared: bool,
}

impl Upset {
    fn takes(&self, onset: Ts, limits: &Grouping) -> bool {
        self.members.len() < MOST
            && onset.0 >= self.onset.0.saturating_sub(limits.within.0)
            && onset.0 <= self.last.0.saturating_add(limits.within.0)
            && onset.0 <= self.onset.0.saturating_add(limits.at_most.0)
    }
}

/// All upsets that have alarms.
#[derive(Debug)]
pub(super) struct Groups {
    limits: Grouping,
    neighbours: Neighbours,
    upsets: BTreeMap<UpsetNo, Upset>,
    of: BTreeMap<AlarmId, UpsetNo>,
    /// The upset seen last at each place.
    seen: BTreeMap<Place, UpsetNo>,
    last: UpsetNo,
}

impl Groups {
    pub(super) fn new(registry: &Registry) -> Self {
        let (upsets, of, seen) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { limits: registry.alarm_policy.group, neighbours: Neighbours::new(registry), upsets, of, seen, last: 0 }
    }

    /// Puts alarms from before a restart or reload back into their groups: when they came, and the first of the group;
    /// none for one that stood alone.
    pub(super) fn restore(&mut self, registry: &Registry, mut alarms: Vec<(AlarmId, Ts, Option<AlarmId>)>) {
        alarms.sort_by_key(|(id, onset, _)| (*onset, *id));
        let mut by_first: BTreeMap<AlarmId, UpsetNo> = BTreeMap::new();
        for (id, onset, first) in alarms {
            let no = match first.and_then(|first| by_first.get(&first).copied()) {
                Some(no) => no,
                None => {
                    self.last += 1;
                    let (members, shared) = (BTreeSet::new(), first.is_some());
                    let upset = Upset { first: first.unwrap_or(id), onset, last: onset, members, shared };
                    self.upsets.insert(self.last, upset);
                    by_first.extend(first.map(|first| (first, self.last)));
                    self.last
                }
            };
            if let Some(upset) = self.upsets.get_mut(&no) {
                upset.last = upset.last.max(onset);
                upset.members.insert(id);
            }
            self.of.insert(id, no);
            self.mark(registry, id, no);
        }
    }

    fn mark(&mut self, registry: &Registry, id: AlarmId, no: UpsetNo) {
        for place in own_places(registry, id) {
            self.seen.insert(place, no);
        }
    }

    /// An alarm came at `onset`. The alarms whose group is another one now, with it.
    fn join(&mut self, registry: &Registry, id: AlarmId, onset: Ts) -> Vec<(AlarmId, Option<AlarmId>)> {
        if let Some(no) = self.of.get(&id) {
            if self.upsets.get(no).is_some_and(|u| u.takes(onset, &self.limits)) {
                let no = *no;
                return self.put(registry, id, onset, no, vec![]);
            }
            self.leave(id);
        }
        let places = own_places(registry, id).chain(self.neighbours.places(registry, id));
        let mut found: Vec<UpsetNo> = places
            .filter_map(|place| self.seen.get(&place).copied())
            .filter(|no| self.upsets.get(no).is_some_and(|u| u.takes(onset, &self.limits)))
            .collect();
        found.sort_by_key(|no| (self.upsets.get(no).map(|u| u.onset), *no));
        found.dedup();
        let Some(&no) = found.first() else {
            self.last += 1;
            let members = BTreeSet::from([id]);
            self.upsets.insert(self.last, Upset { first: id, onset, last: onset, members, shared: false });
            self.of.insert(id, self.last);
            self.mark(registry, id, self.last);
            return vec![(id, None)];
        };
        let others = found.split_off(1);
        self.put(registry, id, onset, no, others)
    }

    /// Adds an alarm to an upset, and folds others into it that it now has to do with.
    fn put(
        &mut self,
        registry: &Registry,
        id: AlarmId,
        onset: Ts,
        no: UpsetNo,
        others: Vec<UpsetNo>,
    ) -> Vec<(AlarmId, Option<AlarmId>)> {
        let mut joined = vec![id];
        for other in others {
            let size = |n: &UpsetNo| self.upsets.get(n).map_or(0, |u| u.members.len());
            if size(&no) + size(&other) >= MOST {
                continue;
            }
            if let (Some(theirs), Some(ours)) = (self.upsets.remove(&other), self.upsets.get_mut(&no)) {
                ours.last = ours.last.max(theirs.last);
                joined.extend(theirs.members.iter().copied());
            }
        }
        let Some(upset) = self.upsets.get_mut(&no) else { return vec![] };
        let earlier = onset < upset.onset;
        if earlier {
            (upset.first, upset.onset) = (id, onset);
        }
        upset.last = upset.last.max(onset);
        upset.members.extend(joined.iter().copied());
        let fresh = !upset.shared && (upset.members.len() > 1 || upset.first != id);
        upset.shared |= fresh;
        let group = upset.shared.then_some(upset.first);
        let told: Vec<AlarmId> =
            if earlier || fresh { upset.members.iter().copied().collect() } else { joined.clone() };
        for member in joined {
            self.of.insert(member, no);
            self.mark(registry, member, no);
        }
        told.into_iter().map(|member| (member, group)).collect()
    }

    /// An alarm is over.
    fn leave(&mut self, id: AlarmId) {
        let Some(no) = self.of.remove(&id) else { return };
        if let Some(upset) = self.upsets.get_mut(&no) {
            upset.members.remove(&id);
            if upset.members.is_empty() {
                self.upsets.remove(&no);
            }
        }
    }
}

fn own_places(registry: &Registry, id: AlarmId) -> impl Iterator<Item = Place> + use<> {
    let rule = registry.rule(id);
    let asset = registry.alarm_asset(id);
    let link = match registry.alarms[id.index()].source {
        AlarmSource::Link(c) => Some(c),
        _ if matches!(rule.kind, AlarmKind::Communication | AlarmKind::Stale | AlarmKind::BadQuality) => {
            asset.and_then(|a| registry.assets[a.index()].connection)
        }
        _ => None,
    };
    let area = asset.map(|a| registry.assets[a.index()].area.clone()).filter(|a| !a.is_empty());
    // links and the hub's own alarms have a class that says nothing of a cause
    let class = Some(rule.handling.class.clone()).filter(|c| !c.is_empty() && link.is_none());
    let like = area.zip(class).map(|(area, class)| Place::Like(area, class));
    asset.map(Place::Asset).into_iter().chain(link.map(Place::Link)).chain(like)
}

impl Field {
    /// An alarm was annunciated: finds the upset it belongs to.
    pub(super) fn join(&mut self, id: AlarmId, step: &mut Step<'_>) {
        let onset = self.book.onset(id).unwrap_or(step.now);
        for (member, group) in self.groups.join(step.registry, id, onset) {
            if self.book.set_group(member, group) && member != id {
                step.out.events.push(Event::Alarm { alarm: self.book.alarm(member), transition: None });
            }
        }
    }

    /// An alarm is normal: it belongs to no upset any more.
    pub(super) fn leave(&mut self, id: AlarmId) {
        self.groups.leave(id);
        self.book.set_group(id, None);
    }
}
