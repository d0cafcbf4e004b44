//! Sets of registry numbers: which ones a screen follows, and which ones changed.

use std::ops::Range;

/// Registry numbers somebody follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdSet {
    /// Every number below this.
    All(u32),
    /// Few: ascending.
    Sparse(Box<[u32]>),
    /// Many: one bit each.
    Dense(Box<[u64]>),
}

impl IdSet {
    /// None of them.
    pub(super) fn none() -> Self {
        Self::Sparse(Box::new([]))
    }

    /// Of ascending numbers below `size`.
    pub(super) fn of(ids: Vec<u32>, size: usize) -> Self {
        if ids.len() == size && size > 0 {
            return Self::All(u32::try_from(size).unwrap_or(u32::MAX));
        }
        // A bit map costs size/8 bytes, a list four a number.
        if ids.len() <= size / 32 {
            return Self::Sparse(ids.into());
        }
        let mut bits = vec![0u64; size.div_ceil(64)];
        for &id in &ids {
            if let Some(word) = bits.get_mut(id as usize / 64) {
                *word |= 1 << (id % 64);
            }
        }
        Self::Dense(bits.into())
    }

    pub(super) fn contains(&self, id: u32) -> bool {
        match self {
            Self::All(size) => id < *size,
            Self::Sparse(ids) => ids.binary_search(&id).is_ok(),
            Self::Dense(bits) => bits.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1),
        }
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(size) => *size as usize,
            Self::Sparse(ids) => ids.len(),
            Self::Dense(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// Ascending.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = u32> + Send + '_> {
        match self {
            Self::All(size) => Box::new(0..*size),
            Self::Sparse(ids) => Box::new(ids.iter().copied()),
            Self::Dense(bits) => Box::new((0u32..).zip(bits.iter()).flat_map(|(at, &word)| {
                let bits: Range<u32> = 0..64;
                bits.filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
            })),
        }
    }
}

/// What changed since the last frame, each once.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    ids: Vec<u32>,
    /// One bit each.
    marked: Vec<u64>,
}

impl Dirty {
    /// For numbers below `size`.
    pub(super) fn new(size: usize) -> Self {
        Self { ids: vec![], marked: vec![0; size.div_ceil(64)] }
    }

    /// A number out of range belongs to a registry that is gone, and is nobody's.
    pub(super) fn mark(&mut self, id: u32) {
        if let Some(word) = self.marked.get_mut(id as usize / 64)
            && *word >> (id % 64) & 1 == 0
        {
            *word |= 1 << (id % 64);
            self.ids.push(id);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn clear(&mut self) {
        for id in self.ids.drain(..) {
            if let Some(word) = self.marked.get_mut(id as usize / 64) {
                *word = 0;
            }
        }
    }

    /// The changed ones out of a set; walks whichever is smaller.
    pub(super) fn within(&self, set: &IdSet, mut each: impl FnMut(u32)) {
        match set {
            IdSet::Sparse(ids) if ids.len() < self.ids.len() => {
                let marked = |id: u32| self.marked.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
                ids.iter().filter(|&&id| marked(id)).for_each(|&id| each(id));
            }
            _ => self.ids.iter().filter(|&&id| set.contains(id)).for_each(|&id| each(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_form_of_a_set_holds_the_same(ids in proptest::collection::btree_set(0u32..500, 0..500)) {
            let list: Vec<u32> = ids.iter().copied().collect();
            for size in [500, 100_000] {
                let set = IdSet::of(list.clone(), size);
                prop_assert_eq!(set.iter().collect::<Vec<_>>(), list.clone());
                for id in 0..520 {
                    prop_assert_eq!(set.contains(id), ids.contains(&id));
                }
            }
        }

        #[test]
        fn changed_ones_within_a_set_are_found_once(
            set in proptest::collection::btree_set(0u32..300, 0..300),
            changed in proptest::collection::vec(0u32..400, 0..300),
        ) {
            let follows = IdSet::of(set.iter().copied().collect(), 300);
            let mut dirty = Dirty::new(300);
            changed.iter().for_each(|&id| dirty.mark(id));
            let mut found = vec![];
            dirty.within(&follows, |id| found.push(id));
            found.sort_unstable();
            let expected: Vec<u32> = set.iter().copied().filter(|id| changed.contains(id)).collect();
            prop_assert_eq!(found, expected);
            dirty.clear();
            prop_assert!(dirty.is_empty());
            dirty.within(&IdSet::All(300), |_| unreachable!());
        }
    }

    #[test]
    fn all_is_all() {
        assert_eq!(IdSet::of((0..64).collect(), 64), IdSet::All(64));
        assert_eq!(IdSet::none().iter().next(), None);
        assert!(!IdSet::All(3).contains(3));
    }
}
