//! How far long work is: one line on a terminal's stderr, nothing elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use tokio::time::Instant;

/// How often the line changes.
const EVERY: Duration = Duration::from_millis(200);

/// The line.
pub(super) struct Progress {
    what: &'static str,
    shown: Option<Instant>,
    on: bool,
}

impl Progress {
    /// `what` is counted.
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, shown: None, on: std::io::stderr().is_terminal() }
    }

    /// `done` of `all` parts of the work are behind; `count` is what came of them.
    pub(super) fn at(&mut self, done: u64, all: u64, count: u64) {
        if !self.on || self.shown.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        self.shown = Some(Instant::now());
        let percent = (done.saturating_mul(100)).checked_div(all).unwrap_or(0).min(100);
        let bar = "#".repeat(usize::try_from(percent / 4).unwrap_or(0));
        // a terminal that is gone needs no progress
        let _ = write!(std::io::stderr(), "\r\x1b[K[{bar:<25}] {percent:3} %  {count} {}", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
