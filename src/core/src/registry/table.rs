//! A table whose clones share what is the same: a change copies the part it is in, not the site.

use std::ops::{Index, IndexMut};
use std::slice;
use std::sync::Arc;

/// Entries of a part.
const PART: usize = 1024;

/// A list of anything; reads and changes as a `Vec` does, clones in the time its parts take.
#[derive(Debug)]
pub struct Table<T> {
    /// All full but the last.
    parts: Vec<Arc<Vec<T>>>,
}

/// Entries in order.
pub type Entries<'a, T> = std::iter::FlatMap<slice::Iter<'a, Arc<Vec<T>>>, slice::Iter<'a, T>, Part<'a, T>>;
type Part<'a, T> = fn(&'a Arc<Vec<T>>) -> slice::Iter<'a, T>;

impl<T> Table<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len())
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// One of them.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.parts.get(at / PART)?.get(at % PART)
    }

    /// All, in order.
    pub fn iter(&self) -> Entries<'_, T> {
        self.parts.iter().flat_map((|part| part.iter()) as Part<'_, T>)
    }
}

impl<T: Clone> Table<T> {
    /// Adds one at the end.
    pub fn push(&mut self, entry: T) {
        match self.parts.last_mut().filter(|last| last.len() < PART) {
            Some(last) => Arc::make_mut(last).push(entry),
            None => self.parts.push(Arc::new(vec![entry])),
        }
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        Arc::make_mut(self.parts.get_mut(at / PART)?).get_mut(at % PART)
    }

    /// All, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.parts.iter_mut().flat_map(|part| Arc::make_mut(part).iter_mut())
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone() }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { parts: vec![] }
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.parts[at / PART][at % PART]
    }
}

impl<T: Clone> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.parts[at / PART])[at % PART]
    }
}

impl<T: Clone> Extend<T> for Table<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        for entry in entries {
            self.push(entry);
        }
    }
}

impl<T: Clone> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut table = Self::default();
        table.extend(entries);
        table
    }
}

impl<T: Clone> From<Vec<T>> for Table<T> {
    fn from(entries: Vec<T>) -> Self {
        entries.into_iter().collect()
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = Entries<'a, T>;

    fn into_iter(self) -> Entries<'a, T> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_as_the_list_it_was_made_of() {
        for n in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
            let list: Vec<usize> = (0..n).collect();
            let mut table = Table::from(list.clone());
            assert_eq!((table.len(), table.is_empty()), (n, n == 0));
            assert!(table.iter().eq(&list) && (0..n).all(|i| table[i] == i), "{n}");
            assert!(table.get(n).is_none() && table.get_mut(n).is_none());
            table.iter_mut().for_each(|entry| *entry += 1);
            table.push(n + 1);
            assert!(table.into_iter().copied().eq(1..n + 2), "{n}");
        }
    }

    #[test]
    fn a_change_copies_its_part_and_leaves_the_clone_as_it_was() {
        let before: Table<usize> = (0..3 * PART).collect();
        let mut after = before.clone();
        after[PART + 5] = 7;
        after.push(9);
        assert_eq!((before[PART + 5], before.len()), (PART + 5, 3 * PART));
        assert_eq!((after[PART + 5], after.len()), (7, 3 * PART + 1));
        let shared = before.parts.iter().zip(&after.parts).map(|(a, b)| Arc::ptr_eq(a, b));
        assert_eq!(shared.collect::<Vec<_>>(), [true, false, true]);
    }
}
