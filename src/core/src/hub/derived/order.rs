//! Which derived point is worked out before which.

use std::collections::{BTreeMap, VecDeque};

use crate::registry::PointSource;
use crate::{PointId, Registry};

/// A derived point with what it reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) point: PointId,
    pub(super) inputs: Vec<PointId>,
    /// It reads a point that is not there, or itself in a circle.
    pub(super) broken: bool,
}

/// All derived points of a site; whoever reads another one stands after it.
pub(super) fn in_order(registry: &Registry) -> Vec<Draft> {
    let drafts = drafts(registry);
    let number: BTreeMap<PointId, usize> = drafts.iter().enumerate().map(|(i, d)| (d.point, i)).collect();
    let mut waits = vec![0usize; drafts.len()];
    let mut readers = vec![vec![]; drafts.len()];
    for (i, draft) in drafts.iter().enumerate() {
        for &before in draft.inputs.iter().filter_map(|p| number.get(p)) {
            waits[i] += 1;
            readers[before].push(i);
        }
    }
    let mut ready: VecDeque<usize> = (0..drafts.len()).filter(|&i| waits[i] == 0).collect();
    let mut order = Vec::with_capacity(drafts.len());
    while let Some(i) = ready.pop_front() {
        order.push(i);
        for &reader in &readers[i] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.push_back(reader);
            }
        }
    }
    let mut rank = vec![usize::MAX; drafts.len()];
    for (place, &i) in order.iter().enumerate() {
        rank[i] = place;
    }
    let mut ranked: Vec<(usize, Draft)> = rank.into_iter().zip(drafts).collect();
    ranked.sort_by_key(|(place, d)| (*place, d.point));
    let circle = |(place, draft)| if place == usize::MAX { Draft { broken: true, ..draft } } else { draft };
    ranked.into_iter().map(circle).collect()
}

fn drafts(registry: &Registry) -> Vec<Draft> {
    let derived: Vec<Vec<usize>> = registry
        .templates
        .iter()
        .map(|t| {
            let is_derived = |s: &PointSource| matches!(s, PointSource::Calc(_) | PointSource::Total(_));
            (0..t.points.len()).filter(|&slot| is_derived(&t.points[slot].source)).collect()
        })
        .collect();
    let mut drafts = vec![];
    for asset in &registry.assets {
        let points = &registry.templates[asset.template as usize].points;
        let own = |name: &str| {
            let slot = points.iter().position(|p| &*p.name == name)?;
            Some(PointId(asset.points.start + u32::try_from(slot).ok()?))
        };
        for &slot in &derived[asset.template as usize] {
            let found: Vec<Option<PointId>> = match &points[slot].source {
                PointSource::Calc(formula) => {
                    let find = |i: &crate::calc::Operand| match &i.asset {
                        None => own(&i.point),
                        Some(other) => registry.find_point_of(registry.find_asset(other)?, &i.point),
                    };
                    formula.inputs().iter().map(find).collect()
                }
                PointSource::Total(spec) => vec![own(&spec.of)],
                PointSource::Device | PointSource::Manual => continue,
            };
            let point = PointId(asset.points.start + u32::try_from(slot).unwrap_or(u32::MAX));
            let inputs: Option<Vec<PointId>> = found.into_iter().collect();
            let broken = inputs.is_none();
            drafts.push(Draft { point, inputs: inputs.unwrap_or_default(), broken });
        }
    }
    drafts
}
