//! Stable numbers of points: what samples are stored under, whatever the registry's numbers are.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use linepack_core::{PointId, Registry};

/// Number by full name, as in table `point`. Only grows.
#[derive(Debug, Default)]
pub(super) struct Points(RwLock<HashMap<String, u32>>);

impl Points {
    /// The number of a point.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// Learns numbers.
    pub(super) fn learn(&self, rows: impl IntoIterator<Item = (u32, String)>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(rows.into_iter().map(|(id, name)| (name, id)));
    }

    /// Numbers of a registry's points, 0 where there is none.
    pub(super) fn numbers(&self, registry: &Registry) -> Vec<u32> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut numbers = Vec::with_capacity(registry.points.len());
        each_name(registry, |name| numbers.push(known.get(name).copied().unwrap_or(0)));
        numbers
    }

    /// Names of a registry's points that have no number yet.
    pub(super) fn missing(&self, registry: &Registry) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut missing = vec![];
        each_name(registry, |name| {
            if !known.contains_key(name) {
                missing.push(name.to_owned());
            }
        });
        missing
    }
}

/// In order, without a string for each.
fn each_name(registry: &Registry, mut each: impl FnMut(&str)) {
    let mut name = String::new();
    for point in (0..registry.points.len()).filter_map(|i| u32::try_from(i).ok()).map(PointId) {
        name.clear();
        registry.write_point_name(&mut name, point);
        each(&name);
    }
}
