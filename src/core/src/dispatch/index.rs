//! Crews by place: who is nearest and may go, exactly, without looking at everybody.

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::{Candidate, CrewState, CrewStatus, EtaBy, LeftOut, Ranking};
use crate::registry::Crew;
use crate::{CrewId, LonLat, Registry, Ts};

/// R-tree over unit vectors, so that straight-line order is great-circle order everywhere, and the crews' states.
///
/// Every crew stands in the tree at its base and, if it has one, at its last fix. A search takes a crew only where it
/// counts from at that moment (the fix while it is young enough, else the base), so the answer is exact at any time
/// without touching the tree as fixes grow old.
#[derive(Clone, Debug, Default)]
pub struct CrewIndex {
    tree: RTree<Place>,
    crews: Vec<CrewState>,
}

type Place = GeomWithData<[f64; 3], Spot>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spot {
    crew: CrewId,
    by_fix: bool,
}

/// Where a crew counts from.
struct Origin {
    position: LonLat,
    age_s: Option<f64>,
    remark: Option<String>,
}

impl CrewState {
    /// A crew nobody has heard of: by its roster it can be sent while on shift.
    pub const fn initial(id: CrewId) -> Self {
        Self { id, status: CrewStatus::Available, since: Ts(0), fix: None, assignment: None }
    }

    /// Available and not asked to anything.
    pub fn is_free(&self) -> bool {
        self.status == CrewStatus::Available && self.assignment.is_none()
    }
}

impl CrewIndex {
    /// All crews of the registry, those of `states` as given, the others as [`CrewState::initial`].
    pub fn new<'a>(registry: &Registry, states: impl Iterator<Item = &'a CrewState>) -> Self {
        let ids = (0..registry.crews.len()).map(|i| CrewId(u32::try_from(i).unwrap_or(u32::MAX)));
        let mut crews: Vec<CrewState> = ids.map(CrewState::initial).collect();
        for state in states {
            if let Some(crew) = crews.get_mut(state.id.index()) {
                *crew = state.clone();
            }
        }
        // one by one: a tree that was bulk-loaded may have leaves on different depths, and a later insert then panics
        let mut tree = RTree::new();
        for state in &crews {
            tree.insert(place(state.id, registry.crews[state.id.index()].base, false));
            if let Some(fix) = state.fix {
                tree.insert(place(state.id, fix.position, true));
            }
        }
        Self { tree, crews }
    }

    /// A crew's state.
    pub fn get(&self, crew: CrewId) -> Option<&CrewState> {
        self.crews.get(crew.index())
    }

    /// All crews, by number.
    pub fn iter(&self) -> impl Iterator<Item = &CrewState> + '_ {
        self.crews.iter()
    }

    /// Takes a crew's new state.
    pub fn set(&mut self, state: CrewState) {
        let Some(crew) = self.crews.get_mut(state.id.index()) else { return };
        let (before, after) = (crew.fix.map(|f| f.position), state.fix.map(|f| f.position));
        if before != after {
            if let Some(at) = before {
                self.tree.remove(&place(state.id, at, true));
            }
            if let Some(at) = after {
                self.tree.insert(place(state.id, at, true));
            }
        }
        *crew = state;
    }

    /// The `k` crews that can be there first, and everybody who cannot go, with the reasons. `skill` empty: any.
    /// `exclude`: crews that have been asked and will not come.
    pub fn rank(&self, registry: &Registry, now: Ts, at: LonLat, skill: &str, exclude: &[CrewId], k: usize) -> Ranking {
        let minute = registry.local.minute_of_day(now);
        let left_out = self
            .crews
            .iter()
            .map(|c| LeftOut { crew: c.id, reasons: obstacles(registry, minute, c, skill, exclude) })
            .filter(|l| !l.reasons.is_empty())
            .collect();
        Ranking { items: self.nearest(registry, now, at, skill, exclude, k), left_out }
    }

    /// The first part of [`CrewIndex::rank`]: costs what it looks at, not what exists.
    pub fn nearest(
        &self,
        registry: &Registry,
        now: Ts,
        at: LonLat,
        skill: &str,
        exclude: &[CrewId],
        k: usize,
    ) -> Vec<Candidate> {
        // travel time grows with distance alone where no roads are loaded, so nearest first is soonest first
        let minute = registry.local.minute_of_day(now);
        let mut found: Vec<Candidate> = vec![];
        let mut last = f64::INFINITY;
        for (spot, chord2) in self.tree.nearest_neighbor_iter_with_distance_2(&at.unit_vector()) {
            // a hair further than the k-th, so that equals are ordered by number and not by the tree
            if k == 0 || (found.len() >= k && chord2 > last * (1.0 + 1e-9) + 1e-24) {
                break;
            }
            let Some(crew) = self.crews.get(spot.data.crew.index()) else { continue };
            if spot.data.by_fix == fresh_fix(registry, now, crew).is_some()
                && crew.is_free()
                && is_fit(&registry.crews[crew.id.index()], minute, skill)
                && !exclude.contains(&crew.id)
            {
                found.push(candidate(registry, now, at, skill, crew));
                if found.len() == k {
                    last = chord2;
                }
            }
        }
        found.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.crew.cmp(&b.crew)));
        found.truncate(k);
        found
    }

    /// How long one crew would take, whether or not it can go.
    pub fn estimate(&self, registry: &Registry, now: Ts, at: LonLat, crew: CrewId) -> Option<Candidate> {
        Some(candidate(registry, now, at, "", self.get(crew)?))
    }
}

/// Why a crew cannot be paged by the hub itself; empty: it can.
fn obstacles(registry: &Registry, minute: u16, crew: &CrewState, skill: &str, exclude: &[CrewId]) -> Vec<String> {
    let mut reasons = qualms(&registry.crews[crew.id.index()], minute, skill);
    match crew.assignment {
        Some(no) => reasons.push(format!("on assignment {no}")),
        None if crew.status == CrewStatus::Available => {}
        None => reasons.push(crew.status.name().to_owned()),
    }
    if exclude.contains(&crew.id) {
        reasons.push("asked before: declined or did not answer".to_owned());
    }
    reasons
}

/// On shift and with the skill.
fn is_fit(crew: &Crew, minute: u16, skill: &str) -> bool {
    crew.shift.covers(minute) && has_skill(crew, skill)
}

fn has_skill(crew: &Crew, skill: &str) -> bool {
    skill.is_empty() || crew.skills.iter().any(|s| &**s == skill)
}

/// What speaks against a crew by roster and skill; a person may send it all the same.
pub(super) fn qualms(crew: &Crew, minute: u16, skill: &str) -> Vec<String> {
    let mut reasons = vec![];
    if !crew.shift.covers(minute) {
        reasons.push("off shift".to_owned());
    }
    if !has_skill(crew, skill) {
        reasons.push(format!("no {skill} skill"));
    }
    reasons
}

fn place(crew: CrewId, at: LonLat, by_fix: bool) -> Place {
    GeomWithData::new(at.unit_vector(), Spot { crew, by_fix })
}

/// The fix, while it is young enough to count from.
fn fresh_fix(registry: &Registry, now: Ts, crew: &CrewState) -> Option<crate::input::Fix> {
    crew.fix.filter(|f| now - f.ts <= registry.dispatch.position_max_age)
}

fn counts_from(registry: &Registry, now: Ts, crew: &CrewState) -> Origin {
    if let Some(fix) = fresh_fix(registry, now, crew) {
        let age_s = Some((now - fix.ts).as_secs_f64().max(0.0));
        return Origin { position: fix.position, age_s, remark: None };
    }
    let remark = match crew.fix {
        Some(fix) => format!("last seen {} min ago, from base", (now - fix.ts).0 / 60_000),
        None => "no position yet, from base".to_owned(),
    };
    Origin { position: registry.crews[crew.id.index()].base, age_s: None, remark: Some(remark) }
}

fn candidate(registry: &Registry, now: Ts, at: LonLat, skill: &str, crew: &CrewState) -> Candidate {
    let from = counts_from(registry, now, crew);
    let distance_m = from.position.distance_m(at);
    let policy = &registry.dispatch;
    let eta_s = distance_m * policy.road_factor / (policy.speed_kmh / 3.6);
    let mut reasons: Vec<String> = from.remark.into_iter().collect();
    if !skill.is_empty() {
        reasons.push(format!("skill {skill}"));
    }
    Candidate { crew: crew.id, distance_m, eta_s, eta_by: EtaBy::Straight, position_age_s: from.age_s, reasons }
}
