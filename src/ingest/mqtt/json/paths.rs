//! JSON pointers (RFC 6901) made one tree, so that a single walk through a message finds what they lead to.

use std::borrow::Cow;

use crate::ingest::mqtt::scan::{DEPTH, Item, NotJson, Scan};

/// Members of an object that are told apart; those of a mapping are far fewer.
const MARKS: usize = 64;

/// The tree; each pointer has a slot for what is found there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paths {
    /// The root is the first.
    nodes: Vec<Node>,
    slots: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    slot: Option<usize>,
    children: Vec<(Box<str>, usize)>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], slots: 0 }
    }
}

impl Paths {
    /// The slot of a pointer; the same one for the same pointer.
    pub(super) fn add(&mut self, pointer: &str) -> usize {
        let mut at = 0;
        for token in pointer.split('/').skip(1) {
            let token =
                if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { Cow::from(token) };
            let known = self.nodes[at].children.iter().find(|(name, _)| **name == *token).map(|(_, node)| *node);
            at = known.unwrap_or_else(|| {
                self.nodes.push(Node::default());
                let node = self.nodes.len() - 1;
                self.nodes[at].children.push((token.into(), node));
                node
            });
        }
        *self.nodes[at].slot.get_or_insert_with(|| {
            self.slots += 1;
            self.slots - 1
        })
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Reads over one value, and notes for each slot where its value begins. Of members with one name the first counts.
    pub(super) fn walk<'a>(&self, scan: &mut Scan<'a>, found: &mut [Option<Scan<'a>>]) -> Result<(), NotJson> {
        found.fill(None);
        self.walk_at(0, scan, found, DEPTH)
    }

    fn walk_at<'a>(
        &self,
        node: usize,
        scan: &mut Scan<'a>,
        found: &mut [Option<Scan<'a>>],
        depth: u32,
    ) -> Result<(), NotJson> {
        let node = &self.nodes[node];
        if let Some(slot) = node.slot {
            found[slot] = Some(*scan);
        }
        let item = scan.pass()?;
        let Some(deeper) = depth.checked_sub(1).filter(|_| !node.children.is_empty()) else {
            return scan.finish_at(&item, depth);
        };
        let (mut first, mut seen) = (true, 0_u64);
        match item {
            Item::Object => {
                while let Some(key) = scan.key(&mut first)? {
                    let child = node.children.iter().position(|(name, _)| **name == *key);
                    self.step(node, child, &mut seen, scan, found, deeper)?;
                }
            }
            Item::Array => {
                let mut index = 0;
                while scan.element(&mut first)? {
                    let child = node.children.iter().position(|(name, _)| name.parse() == Ok(index));
                    self.step(node, child, &mut seen, scan, found, deeper)?;
                    index += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Into a member that a pointer leads through, or over any other.
    fn step<'a>(
        &self,
        node: &Node,
        child: Option<usize>,
        seen: &mut u64,
        scan: &mut Scan<'a>,
        found: &mut [Option<Scan<'a>>],
        depth: u32,
    ) -> Result<(), NotJson> {
        if let Some(child) = child {
            let mark = if child < MARKS { 1_u64 << child } else { 0 };
            if *seen & mark == 0 {
                *seen |= mark;
                return self.walk_at(node.children[child].1, scan, found, depth);
            }
        }
        let item = scan.pass()?;
        scan.finish_at(&item, depth)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_pointer_has_one_slot_and_another_its_own() {
        let mut paths = Paths::default();
        assert_eq!(["/a/b", "/a", "/a/b", ""].map(|p| paths.add(p)), [0, 1, 0, 2]);
        assert_eq!(paths.slots(), 3);
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof!["-?[0-9]{1,3}", Just("\"x\"".to_owned()), Just("null".to_owned())];
        leaf.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
                prop::collection::vec(("[ab~]", inner), 0..4).prop_map(|v| {
                    let members: Vec<_> = v.into_iter().map(|(k, v)| format!("\"{k}\": {v}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn one_walk_finds_what_each_pointer_alone_finds(
            text in json(),
            pointers in prop::collection::vec("(/(a|b|~0|0|1)){0,3}", 1..6),
        ) {
            let start = Scan::new(text.as_bytes()).unwrap();
            let alone: Vec<_> = pointers.iter().map(|p| start.find(p)).collect();
            let mut paths = Paths::default();
            let slots: Vec<_> = pointers.iter().map(|p| paths.add(p)).collect();
            let mut found = vec![None; paths.slots()];
            let mut scan = start;
            if paths.walk(&mut scan, &mut found).is_ok() {
                for (slot, alone) in slots.iter().zip(alone) {
                    let together = found[*slot].map(|mut s: Scan<'_>| s.item()).transpose();
                    prop_assert_eq!(together, alone);
                }
            }
        }
    }
}
