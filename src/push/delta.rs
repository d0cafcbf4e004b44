//! What changed, for one group of screens.

use std::collections::BTreeSet;

use linepack_core::{AlarmId, AssetId, CrewId, IncidentNo, Registry};

use super::encode::{Encoder, List, json};
use super::group::{Group, State};
use super::ids::Dirty;
use super::interest::Scope;
use crate::wire::Removed;

/// What goes to everybody at once.
#[derive(Debug, Default)]
pub(super) struct Urgent {
    pub(super) alarms: BTreeSet<AlarmId>,
    pub(super) incidents: BTreeSet<IncidentNo>,
    pub(super) crews: BTreeSet<CrewId>,
    pub(super) assets: BTreeSet<AssetId>,
}

impl Urgent {
    pub(super) fn is_empty(&self) -> bool {
        self.alarms.is_empty() && self.incidents.is_empty() && self.crews.is_empty() && self.assets.is_empty()
    }
}

/// What goes with the next frame of values.
#[derive(Debug)]
pub(super) struct Regular {
    pub(super) points: Dirty,
    pub(super) crews: Dirty,
    pub(super) assets: Dirty,
}

impl Regular {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            points: Dirty::new(registry.points.len()),
            crews: Dirty::new(registry.crews.len()),
            assets: Dirty::new(registry.assets.len()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty() && self.crews.is_empty() && self.assets.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.crews.clear();
        self.assets.clear();
    }
}

/// The shared part of a delta; none when nothing of it is the group's.
pub(super) fn compose(
    group: &Group,
    state: &mut State,
    encoder: &mut Encoder,
    urgent: Option<&Urgent>,
    regular: Option<&Regular>,
) -> Option<String> {
    let interest = &group.interest;
    let mut out = String::new();
    let mut removed = Removed::default();
    if let Some(urgent) = urgent.filter(|_| interest.alarms) {
        let mut alarms = List::new(&mut out, "alarms");
        for &id in &urgent.alarms {
            match encoder.alarm(id) {
                Some(alarm) => alarms.push(alarm),
                None if id.index() < group.registry.alarms.len() => removed.alarms.push(group.registry.alarm_key(id)),
                None => {}
            }
        }
    }
    if let Some(urgent) = urgent.filter(|_| interest.incidents) {
        let mut incidents = List::new(&mut out, "incidents");
        for &no in &urgent.incidents {
            if group.shows_incident(encoder.picture(), no) {
                encoder.incident(no).into_iter().for_each(|i| incidents.push(i));
                state.incidents.insert(no);
            } else if state.incidents.remove(&no) {
                removed.incidents.push(no.to_string());
            }
        }
    }
    if interest.crews {
        let mut crews = List::new(&mut out, "crews");
        let mut crew = |id: CrewId| {
            if group.shows_crew(encoder.picture(), id) {
                encoder.crew(id).into_iter().for_each(|c| crews.push(c));
                state.crews.insert(id);
            } else if state.crews.remove(&id)
                && let Some(c) = group.registry.crews.get(id.index())
            {
                removed.crews.push(c.id.to_string());
            }
        };
        urgent.into_iter().flat_map(|u| &u.crews).for_each(|&id| crew(id));
        if let Some(regular) = regular {
            regular.crews.within(&group.all_crews(), |id| crew(CrewId(id)));
        }
    }
    if interest.assets {
        let mut assets = List::new(&mut out, "assets");
        let mut asset = |id: AssetId| encoder.asset(id).into_iter().for_each(|a| assets.push(a));
        urgent.into_iter().flat_map(|u| &u.assets).filter(|&&id| group.shows_asset(id)).for_each(|&id| asset(id));
        if let Some(regular) = regular {
            regular.assets.within(&group.assets, |id| asset(AssetId(id)));
        }
    }
    if let Some(regular) = regular.filter(|_| interest.scope == Scope::All) {
        let mut values = List::new(&mut out, "values");
        regular.points.within(&group.points, |point| values.push(encoder.row(point)));
    }
    if removed != Removed::default() {
        out.push_str(",\"removed\":");
        out.push_str(&json(&removed));
    }
    if out.is_empty() {
        return None;
    }
    out.push('}');
    Some(out)
}
