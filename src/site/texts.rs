//! The characters behind text points, whose samples only carry a checksum.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::PointId;

/// Texts that are kept; further points show their checksum only.
const MOST: usize = 100_000;

/// The present texts of a site's points. They live and die with the site, as the points' numbers do.
#[derive(Debug, Default)]
pub struct Texts(Mutex<HashMap<PointId, Arc<str>>>);

impl Texts {
    /// Keeps a point's text.
    pub fn set(&self, point: PointId, text: String) {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() < MOST || texts.contains_key(&point) {
            texts.insert(point, text.into());
        }
    }

    /// A point's text, where it has one.
    pub fn get(&self, point: PointId) -> Option<Arc<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&point).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_is_kept_and_there_is_an_end_to_it() {
        let texts = Texts::default();
        texts.set(PointId(3), "V1.2".into());
        texts.set(PointId(3), "V1.3".into());
        assert_eq!((texts.get(PointId(3)).as_deref(), texts.get(PointId(4))), (Some("V1.3"), None));
        (0..u32::try_from(MOST).unwrap() + 5).for_each(|i| texts.set(PointId(i), String::new()));
        assert_eq!(texts.get(PointId(u32::try_from(MOST).unwrap() + 1)), None);
    }
}
