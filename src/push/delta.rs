//! What changed, for one group of screens.

use std::collections::BTreeSet;

use bytes::Bytes;
use linepack_core::{AlarmId, AssetId, ControlNo, CrewId, IncidentNo, PointId, Registry};

use super::encode::{Encoder, List, json};
use super::group::{Group, Shown};
use super::ids::Dirty;
use super::interest::Scope;
use super::ring::About;
use crate::view::flood as flood_of;
use crate::wire::Removed;

/// Room for a row of values, bytes.
const ROW: usize = 56;

/// What goes to everybody at once.
#[derive(Debug, Default)]
pub(super) struct Urgent {
    pub(super) alarms: BTreeSet<AlarmId>,
    pub(super) incidents: BTreeSet<IncidentNo>,
    pub(super) crews: BTreeSet<CrewId>,
    pub(super) assets: BTreeSet<AssetId>,
    pub(super) commands: BTreeSet<ControlNo>,
    /// Of which a limit changed.
    pub(super) points: BTreeSet<PointId>,
    pub(super) floods: bool,
}

impl Urgent {
    pub(super) fn is_empty(&self) -> bool {
        self.alarms.is_empty()
            && self.incidents.is_empty()
            && self.crews.is_empty()
            && self.assets.is_empty()
            && self.commands.is_empty()
            && self.points.is_empty()
            && !self.floods
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

/// What of the changes is the group's.
pub(super) fn select(group: &Group, urgent: &Urgent, regular: Option<&Regular>) -> About {
    let interest = &group.interest;
    let mut about = About::default();
    if interest.alarms {
        about.alarms.extend(urgent.alarms.iter().copied());
        about.floods = urgent.floods;
    }
    if interest.incidents {
        about.incidents.extend(urgent.incidents.iter().copied());
    }
    if interest.crews {
        about.crews.extend(urgent.crews.iter().map(|id| id.0));
        if let Some(regular) = regular {
            regular.crews.within(&group.all_crews(), |id| about.crews.push(id));
        }
        about.crews.sort_unstable();
        about.crews.dedup();
    }
    if interest.assets {
        about.assets.extend(urgent.assets.iter().filter(|&&id| group.shows_asset(id)).map(|id| id.0));
        if let Some(regular) = regular {
            regular.assets.within(&group.assets, |id| about.assets.push(id));
        }
        about.assets.sort_unstable();
        about.assets.dedup();
    }
    if interest.commands {
        about.commands.extend(urgent.commands.iter().copied());
    }
    if interest.scope == Scope::All {
        about.whole.extend(urgent.points.iter().filter(|p| group.points.contains(p.0)).map(|p| p.0));
        if let Some(regular) = regular {
            regular.points.within(&group.points, |point| about.points.push(point));
        }
    }
    about
}

/// The shared part of a delta about these things; none when nothing of it is the group's.
pub(super) fn write(group: &Group, shown: &mut Shown, encoder: &mut Encoder, about: &About) -> Option<Bytes> {
    let mut out = String::with_capacity(about.points.len() * ROW + 16);
    let mut removed = Removed::default();
    {
        let mut alarms = List::new(&mut out, "alarms");
        for &id in &about.alarms {
            match encoder.alarm(id, group.interest.alarm_form) {
                Some(alarm) => alarms.push(alarm),
                None if id.index() < group.registry.alarms.len() => removed.alarms.push(group.registry.alarm_key(id)),
                None => {}
            }
        }
    }
    {
        let mut incidents = List::new(&mut out, "incidents");
        for &no in &about.incidents {
            if group.shows_incident(encoder.picture(), no) {
                encoder.incident(no).into_iter().for_each(|i| incidents.push(i));
                shown.incidents.insert(no);
            } else if shown.incidents.remove(&no) || encoder.is_for_one() {
                removed.incidents.push(no.to_string());
            }
        }
    }
    {
        let mut crews = List::new(&mut out, "crews");
        for id in about.crews.iter().copied().map(CrewId) {
            if group.shows_crew(encoder.picture(), id) {
                encoder.crew(id).into_iter().for_each(|c| crews.push(c));
                shown.crews.insert(id);
            } else if (shown.crews.remove(&id) || encoder.is_for_one())
                && let Some(c) = group.registry.crews.get(id.index())
            {
                removed.crews.push(c.id.to_string());
            }
        }
    }
    {
        let mut assets = List::new(&mut out, "assets");
        for id in about.assets.iter().copied().map(AssetId) {
            encoder.asset(id).into_iter().for_each(|a| assets.push(a));
        }
    }
    {
        let mut values = List::new(&mut out, "values");
        about.points.iter().for_each(|&point| values.push(encoder.row(point)));
    }
    {
        let mut points = List::new(&mut out, "points");
        for &point in about.whole.iter().filter(|&&point| (point as usize) < group.registry.points.len()) {
            points.push(&json(&encoder.picture().value(PointId(point))));
        }
    }
    {
        let mut commands = List::new(&mut out, "commands");
        for &no in &about.commands {
            encoder.command(no).into_iter().for_each(|c| commands.push(c));
        }
    }
    if about.floods {
        let mut floods = List::always(&mut out, "floods");
        for flood in encoder.picture().board.floods.values() {
            floods.push(&json(&flood_of(flood)));
        }
    }
    if removed != Removed::default() {
        out.push_str(",\"removed\":");
        out.push_str(&json(&removed));
    }
    if out.is_empty() {
        return None;
    }
    out.push('}');
    Some(out.into())
}
