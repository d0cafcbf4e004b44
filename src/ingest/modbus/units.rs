//! Something for each unit of a connection: few, and in one piece, because a turn of a link among thousands finds it cold.

/// By unit id.
#[derive(Debug)]
pub(super) struct Units<T>(Vec<(u8, T)>);

impl<T> Default for Units<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Units<T> {
    #[inline]
    pub(super) fn get(&self, unit: u8) -> Option<&T> {
        let at = self.0.binary_search_by_key(&unit, |(id, _)| *id).ok()?;
        self.0.get(at).map(|(_, t)| t)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, unit: u8) -> Option<&mut T> {
        let at = self.0.binary_search_by_key(&unit, |(id, _)| *id).ok()?;
        self.0.get_mut(at).map(|(_, t)| t)
    }

    /// In the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(u8, T)> {
        self.0.iter()
    }

    /// All of them, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, t)| t)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Of two for the same unit the first stays.
impl<T> FromIterator<(u8, T)> for Units<T> {
    fn from_iter<I: IntoIterator<Item = (u8, T)>>(all: I) -> Self {
        let mut all: Vec<(u8, T)> = all.into_iter().collect();
        all.sort_by_key(|(id, _)| *id);
        all.dedup_by_key(|(id, _)| *id);
        all.shrink_to_fit();
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_its_own() {
        let mut units: Units<&str> = [(7, "seven"), (1, "one"), (255, "last"), (7, "again")].into_iter().collect();
        assert_eq!(units.len(), 3);
        assert_eq!([1, 7, 255, 2].map(|id| units.get(id).copied()), [Some("one"), Some("seven"), Some("last"), None]);
        *units.get_mut(7).expect("it is there") = "changed";
        assert_eq!(
            units.iter().map(|(id, t)| (*id, *t)).collect::<Vec<_>>(),
            [(1, "one"), (7, "changed"), (255, "last")]
        );
        assert_eq!(units.get_mut(0), None);
    }
}
