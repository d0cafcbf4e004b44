//! Writes on their way: sent once, read back until the device agrees, answered exactly once.

use std::time::Duration;

use linepack_core::PointId;
use tokio::time::Instant;

use super::encode::Command;
use super::plan::Value;
use crate::ingest::write::{Write, WriteError};

/// Pause between two read-backs.
const AGAIN: Duration = Duration::from_millis(100);

/// A write that waits, is out, or is being verified.
#[derive(Debug)]
pub(crate) struct Control {
    /// Running number on this connection.
    pub(crate) id: u64,
    /// The device.
    pub(crate) unit: u8,
    /// Where it stands, and how to decode it.
    pub(crate) value: Value,
    /// What to send.
    pub(crate) command: Command,
    /// Where it is in its life.
    pub(crate) phase: Phase,
    /// How often a busy device was asked.
    tries: u16,
    found: f64,
    write: Write,
}

/// Where a write is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// To be sent from a moment on.
    Waiting(Instant),
    /// Out.
    Sent,
    /// To be read back from a moment on, in vain after another.
    Verify {
        /// Next look.
        at: Instant,
        /// Last look.
        end: Instant,
    },
    /// Being read back.
    Looking(Instant),
}

impl Control {
    /// A write that waits for its turn.
    pub(crate) fn new(id: u64, unit: u8, value: Value, command: Command, write: Write, now: Instant) -> Self {
        Self { id, unit, value, command, phase: Phase::Waiting(now), tries: 0, found: f64::NAN, write }
    }

    /// Whose.
    pub(crate) fn point(&self) -> PointId {
        self.write.point
    }

    /// When something has to happen next, unless it is out.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting(at) => Some(at.min(self.write.expires)),
            Phase::Verify { at, .. } => Some(at),
            Phase::Sent | Phase::Looking(_) => None,
        }
    }

    /// Whether it may not be sent any more.
    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        matches!(self.phase, Phase::Waiting(_)) && self.write.expires <= now
    }

    /// The device took it: look whether it holds.
    pub(crate) fn written(&mut self, now: Instant) {
        self.phase = Phase::Verify { at: now, end: now + self.write.verify_within };
    }

    /// The device is busy: once more later. False: often enough.
    pub(crate) fn again(&mut self, at: Instant, most: u16) -> bool {
        self.tries += 1;
        self.phase = Phase::Waiting(at);
        self.tries <= most
    }

    /// What it reads now; NaN where nothing could be read. Gives the outcome when there is one.
    pub(crate) fn reads(&mut self, found: f64, now: Instant) -> Option<Result<(), WriteError>> {
        let (Phase::Looking(end) | Phase::Verify { end, .. }) = self.phase else { return None };
        if (found - self.command.value).abs() <= self.command.step {
            return Some(Ok(()));
        }
        if !found.is_nan() || now >= end {
            self.found = if found.is_nan() { self.found } else { found };
        }
        if now >= end {
            return Some(Err(WriteError::Unverified { found: self.found }));
        }
        self.phase = Phase::Verify { at: (now + AGAIN).min(end), end };
        None
    }

    /// Tells whoever asked.
    pub(crate) fn finish(self, outcome: Result<(), WriteError>) {
        // whoever asked may have gone away
        let _ = self.write.answer.send(outcome);
    }
}
