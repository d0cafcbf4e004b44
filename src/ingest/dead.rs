//! Input that could not be read: counted, kept (the last 1,000, with the reason), never in the way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::Ts;

use crate::wire::DeadLetter;

const KEPT: usize = 1000;
/// Bytes of the payload that are kept.
const PAYLOAD: usize = 1024;

/// The dead-letter view; clones share it.
#[derive(Clone, Debug, Default)]
pub struct DeadLetters(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    kept: VecDeque<DeadLetter>,
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
            topic: topic.to_owned(),
            payload: text(&payload[..payload.len().min(PAYLOAD)]),
            reason: reason.to_owned(),
        };
        if inner.kept.len() == KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(letter);
    }

    /// Newest first.
    pub fn list(&self) -> Vec<DeadLetter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().rev().cloned().collect()
    }

    /// How many there were since the start.
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next
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
