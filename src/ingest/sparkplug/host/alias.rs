//! From aliases to metrics. Nearly all edge nodes count them up from a small number: then a table is enough.

use crate::ingest::hash::FastMap;

/// Largest alias in the table, and how many of them a metric may cost.
const DENSE: u64 = 1 << 20;
const PER_METRIC: usize = 16;
const NONE: u32 = u32::MAX;

/// The aliases of one birth.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    table: Vec<u32>,
    /// Those too large for the table.
    others: FastMap<u64, u32>,
}

impl Aliases {
    /// Forgets all; the birth has so many metrics.
    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.others.clear();
    }

    /// Notes whose an alias is; `count` metrics were before it. False: it is another's already, and now nobody's.
    pub(super) fn insert(&mut self, alias: u64, metric: u32, count: usize) -> bool {
        if let Some(slot) = self.slot(alias, count) {
            let free = *slot == NONE;
            *slot = if free { metric } else { NONE };
            return free;
        }
        let free = self.others.insert(alias, metric).is_none();
        if !free {
            self.others.remove(&alias);
        }
        free
    }

    /// Whose an alias is.
    #[inline]
    pub(super) fn get(&self, alias: u64) -> Option<u32> {
        let at = usize::try_from(alias).ok();
        match at.and_then(|at| self.table.get(at)) {
            Some(&NONE) | None if self.others.is_empty() => None,
            Some(&NONE) | None => self.others.get(&alias).copied(),
            Some(&metric) => Some(metric),
        }
    }

    /// Its place in the table, which grows only as far as the metrics are worth it.
    fn slot(&mut self, alias: u64, count: usize) -> Option<&mut u32> {
        let at = usize::try_from(alias).ok().filter(|_| alias < DENSE)?;
        if at >= self.table.len() {
            if at >= (count + 64).saturating_mul(PER_METRIC) || self.others.contains_key(&alias) {
                return None;
            }
            self.table.resize(at + 1, NONE);
            // what did not fit before stays where it is
        }
        if self.others.contains_key(&alias) { None } else { self.table.get_mut(at) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn large_aliases_cost_no_table() {
        let mut all = Aliases::default();
        for (n, alias) in [5, u64::MAX, 1 << 40, 1 << 20, 900_000, 6].into_iter().enumerate() {
            assert!(all.insert(alias, n as u32, n), "{alias}");
        }
        assert!(all.table.len() < 2000, "{}", all.table.len());
        let found = [5, u64::MAX, 1 << 40, 1 << 20, 900_000, 6, 7].map(|a| all.get(a));
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), None]);
    }

    proptest! {
        #[test]
        fn it_is_a_map_in_which_what_is_used_twice_is_gone(
            aliases in prop::collection::vec(prop_oneof![0u64..40, 1000u64..1010, 1_048_570u64..1_048_580, any::<u64>()], 0..80)
        ) {
            let (mut ours, mut plain) = (Aliases::default(), HashMap::new());
            for (n, &alias) in aliases.iter().enumerate() {
                let free = plain.insert(alias, n as u32).is_none();
                if !free {
                    plain.remove(&alias);
                }
                prop_assert_eq!(ours.insert(alias, n as u32, n), free);
            }
            for alias in aliases {
                prop_assert_eq!(ours.get(alias), plain.get(&alias).copied());
            }
        }
    }
}
