//! Which assets have to do with each other: parent and child, and the next ones along the pipes.

use std::collections::VecDeque;

use super::Place;
use crate::registry::{AlarmKind, Asset, NodeKind, Registry};
use crate::{AlarmId, AssetId};

/// Nodes looked at from one asset: a district, not the city.
const NODES: usize = 200;
/// Neighbours of one asset.
const ASSETS: usize = 16;
/// Assets in a row that have no process alarm and are passed through: a row of valves, not a quarter of the town.
const SILENT: u32 = 4;

/// By asset.
#[derive(Debug)]
pub(super) struct Neighbours(Vec<Box<[AssetId]>>);

impl Neighbours {
    pub(super) fn new(registry: &Registry) -> Self {
        let mut all: Vec<Vec<AssetId>> = vec![vec![]; registry.assets.len()];
        for (i, asset) in registry.assets.iter().enumerate() {
            let Some(parent) = asset.parent else { continue };
            all[i].push(parent);
            if let (Some(children), Ok(i)) = (all.get_mut(parent.index()), u32::try_from(i)) {
                children.push(AssetId(i));
            }
        }
        along_pipes(registry, &mut all);
        for list in &mut all {
            list.sort_unstable();
            list.dedup();
        }
        Self(all.into_iter().map(Vec::into_boxed_slice).collect())
    }

    /// Where an upset may have been seen that an alarm has to do with.
    pub(super) fn places(&self, registry: &Registry, id: AlarmId) -> impl Iterator<Item = Place> + '_ {
        let asset = registry.alarm_asset(id).and_then(|a| self.0.get(a.index()));
        asset.into_iter().flat_map(|list| list.iter().map(|a| Place::Asset(*a)))
    }
}

/// The nearest assets in every direction. The search ends at a closed valve and at an asset that tells of an upset; one
/// that has no alarm about the process would part what belongs together, so it is a neighbour and is passed through.
fn along_pipes(registry: &Registry, all: &mut [Vec<AssetId>]) {
    let network = &registry.network;
    let mut next: Vec<Vec<u32>> = vec![vec![]; network.nodes.len()];
    for pipe in &network.pipes {
        for (from, to) in [(pipe.from, pipe.to), (pipe.to, pipe.from)] {
            if let Some(list) = next.get_mut(from as usize) {
                list.push(to);
            }
        }
    }
    let tells: Vec<bool> = registry.assets.iter().map(|asset| tells_of_process(registry, asset)).collect();
    // which search a node was last seen by, so that nothing is cleared between two
    let mut seen = vec![u32::MAX; network.nodes.len()];
    let (mut open, mut later) = (VecDeque::new(), VecDeque::new());
    for (start, node) in (0u32..).zip(&network.nodes) {
        let Some(list) = node.asset.and_then(|a| all.get_mut(a.index())) else { continue };
        seen[start as usize] = start;
        open.clear();
        later.clear();
        open.push_back(start);
        let (mut looked, mut silent, known) = (0, 0, list.len());
        while looked < NODES && list.len() - known < ASSETS {
            let Some(at) = open.pop_front() else {
                // what lies behind the next silent asset of every way
                silent += 1;
                if later.is_empty() || silent > SILENT {
                    break;
                }
                std::mem::swap(&mut open, &mut later);
                continue;
            };
            looked += 1;
            for &to in &next[at as usize] {
                let Some(there) = network.nodes.get(to as usize) else { continue };
                if std::mem::replace(&mut seen[to as usize], start) == start {
                    continue;
                }
                let other = there.asset.filter(|a| Some(*a) != node.asset);
                list.extend(other);
                match other {
                    _ if there.kind == NodeKind::Valve && there.closed => {}
                    Some(asset) if tells.get(asset.index()).copied().unwrap_or(true) => {}
                    Some(_) => later.push_back(to),
                    None => open.push_back(to),
                }
            }
        }
    }
}

/// Some alarm of its points is about what flows, not about how it is measured.
fn tells_of_process(registry: &Registry, asset: &Asset) -> bool {
    let points = asset.points.clone().filter_map(|p| registry.points.get(p as usize));
    let mut alarms = points.flat_map(|p| p.alarms.clone()).map(AlarmId);
    alarms.any(|id| {
        let kind = registry.rule(id).kind;
        !matches!(kind, AlarmKind::Stale | AlarmKind::BadQuality | AlarmKind::NoReport | AlarmKind::Clock)
    })
}
