//! What the field speaks of and the site does not know: listed, so that a person can take it into the site folder.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::Ts;

use super::datatype::DataType;
use super::plant;

/// Entries kept. Full: further ones are only counted.
const KEPT: usize = 10_000;
/// Bytes kept of a name or a value.
const TEXT: usize = 256;

/// A metric that is no point.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// Group id.
    pub group: String,
    /// Edge node id.
    pub node: String,
    /// Device id; none: a metric of the edge node itself.
    pub device: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// The specification's word.
    pub datatype: &'static str,
    /// The last value, as text.
    pub last: String,
    /// Its time.
    pub ts: Ts,
    /// The id an asset would have to have.
    pub asset: String,
    /// Whether the site has that asset.
    pub asset_known: bool,
}

impl Unknown {
    /// Whether its values could be those of a point.
    pub fn is_number(&self) -> bool {
        DataType::of_name(self.datatype).is_number()
    }

    /// An id for the site folder, made of any text.
    pub fn identifier(text: &str) -> String {
        plant::identifier(text)
    }
}

/// Where an entry stands: connection, group, node, device, metric.
type Key = (Arc<str>, String, String, Option<String>, String);

/// The list; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Adoption(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    known: BTreeMap<Key, Unknown>,
    left_out: u64,
}

impl Adoption {
    /// Adds them, or renews their values.
    pub(crate) fn add(&self, connection: &Arc<str>, all: Vec<Unknown>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for mut unknown in all {
            for text in [&mut unknown.metric, &mut unknown.last] {
                text.truncate(text.floor_char_boundary(TEXT));
            }
            let u = &unknown;
            let key = (connection.clone(), u.group.clone(), u.node.clone(), u.device.clone(), u.metric.clone());
            if inner.known.len() < KEPT || inner.known.contains_key(&key) {
                inner.known.insert(key, unknown);
            } else {
                inner.left_out += 1;
                metrics::counter!("linepack_adoption_left_out_total").increment(1);
            }
        }
    }

    /// Keeps of what a connection told only what is still unknown.
    pub(crate) fn keep(&self, connection: &str, unknown: impl Fn(&Unknown) -> bool) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.retain(|key, u| *key.0 != *connection || unknown(u));
    }

    /// Forgets what a connection told.
    pub(crate) fn forget(&self, connection: &str) {
        self.keep(connection, |_| false);
    }

    /// All, by connection, group, node, device and metric; and how many found no place.
    pub fn list(&self) -> (Vec<(Arc<str>, Unknown)>, u64) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.known.iter().map(|(key, unknown)| (key.0.clone(), unknown.clone())).collect(), inner.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(metric: &str, last: &str) -> Unknown {
        Unknown {
            group: "g".to_owned(),
            node: "n".to_owned(),
            device: None,
            metric: metric.to_owned(),
            datatype: "Double",
            last: last.to_owned(),
            ts: Ts(1),
            asset: "n".to_owned(),
            asset_known: false,
        }
    }

    #[test]
    fn an_entry_stands_once_with_its_last_value_and_the_list_is_bounded() {
        let (list, name) = (Adoption::default(), Arc::from("field"));
        list.add(&name, vec![unknown("a", "1"), unknown("a", "2")]);
        let (all, left_out) = list.list();
        assert_eq!((all.len(), all[0].1.last.as_str(), left_out), (1, "2", 0));
        list.add(&name, (0..KEPT).map(|n| unknown(&n.to_string(), "0")).collect());
        assert_eq!((list.list().0.len(), list.list().1), (KEPT, 1));
        list.forget("other");
        assert_eq!(list.list().0.len(), KEPT);
        list.forget("field");
        assert!(list.list().0.is_empty());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let list = Adoption::default();
        list.add(&Arc::from("field"), vec![unknown(&"é".repeat(300), "")]);
        assert_eq!(list.list().0[0].1.metric, "é".repeat(128));
    }
}
