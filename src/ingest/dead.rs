//! Input that could not be read: counted, kept (the last 1,000, with the reason), never in the way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::Ts;

use crate::wire::{DeadLetter, DeadTopic};

const KEPT: usize = 1000;
/// Topics counted by name; those beyond are counted together.
const TOPICS: usize = 1000;
/// Bytes of the payload, of the topic and of the reason that are kept.
const PAYLOAD: usize = 1024;

/// The dead-letter view; clones share it.
#[derive(Clone, Debug, Default)]
pub struct DeadLetters(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    kept: VecDeque<DeadLetter>,
    /// By connection and topic.
    topics: HashMap<(String, String), DeadTopic>,
}

impl DeadLetters {
    /// Keeps one.
    pub fn add(&self, now: Ts, connection: &str, topic: &str, payload: &[u8], reason: &str) {
        metrics::counter!("linepack_dead_letters_total", "connection" => connection.to_owned()).increment(1);
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.next += 1;
        let letter = DeadLetter {
            id: inner.next,
            ts_ms: now.ms(),
            connection: connection.to_owned(),
            topic: text(&topic.as_bytes()[..topic.len().min(PAYLOAD)]),
            payload: text(&payload[..payload.len().min(PAYLOAD)]),
            reason: reason.chars().take(PAYLOAD).collect(),
        };
        inner.count(&letter);
        if inner.kept.len() == KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(letter);
    }

    /// Newest first.
    pub fn list(&self) -> Vec<DeadLetter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().rev().cloned().collect()
    }

    /// How many of each topic since the start, most first.
    pub fn topics(&self) -> Vec<DeadTopic> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = inner.topics.values().cloned().collect();
        all.sort_by(|a, b| (b.count, &a.connection, &a.topic).cmp(&(a.count, &b.connection, &b.topic)));
        all
    }

    /// How many there were since the start.
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next
    }
}

impl Inner {
    fn count(&mut self, letter: &DeadLetter) {
        let mut key = (letter.connection.clone(), letter.topic.clone());
        if self.topics.len() >= TOPICS && !self.topics.contains_key(&key) {
            key.1 = "…".to_owned();
        }
        let topic = self.topics.entry(key).or_insert_with_key(|(connection, topic)| DeadTopic {
            connection: connection.clone(),
            topic: topic.clone(),
            count: 0,
            last_ms: 0,
            reason: String::new(),
        });
        topic.count += 1;
        topic.last_ms = letter.ts_ms;
        topic.reason.clone_from(&letter.reason);
    }
}

fn text(payload: &[u8]) -> String {
    let mut out = String::with_capacity(payload.len());
    for chunk in payload.utf8_chunks() {
        out.push_str(chunk.valid());
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_counted_and_a_sender_of_random_topics_eats_no_memory() {
        let dead = DeadLetters::default();
        for n in 0..3 {
            dead.add(Ts(n), "field", "a/b", b"x", &format!("reason {n}"));
        }
        for n in 0..5000 {
            dead.add(Ts(9), "field", &format!("random/{n}"), b"", "no");
        }
        let topics = dead.topics();
        assert_eq!((topics[0].topic.as_str(), topics[0].count), ("…", 4001));
        let expect = ("a/b", 3, 2, "reason 2");
        assert_eq!((topics[1].topic.as_str(), topics[1].count, topics[1].last_ms, topics[1].reason.as_str()), expect);
        assert_eq!((topics.len(), dead.total(), dead.list().len()), (1001, 5003, 1000));
        dead.add(Ts(1), "c", &"t".repeat(5000), &[255; 5000], &"r".repeat(5000));
        let last = &dead.list()[0];
        assert!(last.topic.len() == 1024 && last.reason.len() == 1024 && last.payload.len() == 4096);
    }
}
