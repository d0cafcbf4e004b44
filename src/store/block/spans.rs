//! Spans of one length, made of finer aggregates.

use super::{Bucket, floor};

/// Spans of `every` ms from `from` on, made of parts in time order.
#[derive(Debug)]
pub(in crate::store) struct Spans {
    from: i64,
    every: i64,
    made: Vec<Bucket>,
}

impl Spans {
    /// None yet.
    pub(in crate::store) fn new(from: i64, every: i64) -> Self {
        Self { from, every, made: vec![] }
    }

    /// Takes in what begins later.
    pub(in crate::store) fn extend<'a>(&mut self, parts: impl IntoIterator<Item = &'a Bucket>) {
        for part in parts {
            let ts = floor(part.ts.saturating_sub(self.from), self.every).saturating_add(self.from);
            match self.made.last_mut() {
                Some(last) if last.ts == ts => last.absorb(part),
                _ => {
                    let mut bucket = Bucket::new(ts);
                    bucket.absorb(part);
                    self.made.push(bucket);
                }
            }
        }
    }

    /// Those in which something was.
    pub(in crate::store) fn made(self) -> Vec<Bucket> {
        self.made
    }
}
