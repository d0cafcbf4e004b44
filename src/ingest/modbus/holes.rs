//! Addresses that a device will not read, found by halving the reads they spoil, and left alone for a time.
//!
//! A read that was refused is cut in two, and both halves are asked at once, until what spoils it stands alone: a value of
//! its own, or the gap between two halves that are fine each. So neighbours are read in the same scan. A refused value is
//! asked again alone, ever more rarely; a gap is forgotten when its time is over.

use std::time::Duration;

use super::plan::{Barrier, Read};

/// First rest of a refused value; it doubles up to the expiry.
const FIRST_REST: Duration = Duration::from_secs(60);
/// Holes that are remembered; beyond them the oldest is forgotten.
const MOST: usize = 4096;

/// The holes of one connection. Times count from the start of the link.
#[derive(Debug, Default)]
pub(crate) struct Holes {
    known: Vec<Hole>,
    trials: Vec<Trial>,
    expiry: Duration,
}

/// A hole that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// Where.
    pub(crate) barrier: Barrier,
    /// Left alone until then.
    pub(crate) until: Duration,
    rest: Duration,
}

/// A refused read that is being taken apart.
#[derive(Debug)]
struct Trial {
    unit: u8,
    every: Duration,
    cuts: Vec<Cut>,
    /// Pieces nobody knows about yet.
    open: Vec<Piece>,
    found: Vec<Barrier>,
}

#[derive(Debug)]
struct Cut {
    barrier: Barrier,
    /// The pieces on both sides, and whether they could be read whole.
    sides: [(Piece, bool); 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    first: u32,
    end: u32,
    /// It was not refused, it was not answered.
    silent: bool,
}

impl Holes {
    /// None known; they will be remembered for `expiry`.
    pub(crate) fn new(expiry: Duration) -> Self {
        Self { expiry, ..Self::default() }
    }

    /// What the plan has to mind.
    pub(crate) fn barriers(&self) -> Vec<Barrier> {
        let cuts = self.trials.iter().flat_map(|t| t.cuts.iter().map(|c| c.barrier));
        let found = self.trials.iter().flat_map(|t| t.found.iter().copied());
        self.known.iter().map(|h| h.barrier).chain(cuts).chain(found).collect()
    }

    /// All that are known.
    pub(crate) fn known(&self) -> &[Hole] {
        &self.known
    }

    /// Whether an answer to a read may teach anything.
    pub(crate) fn concern(&self, read: &Read) -> bool {
        read.refused || self.on_trial()
    }

    /// Whether refused reads are being taken apart.
    pub(crate) fn on_trial(&self) -> bool {
        !self.trials.is_empty()
    }

    /// The device refused the addresses of a read. True: plan anew.
    pub(crate) fn refused(&mut self, read: &Read, now: Duration) -> bool {
        if read.refused {
            for hole in self.known.iter_mut().filter(|h| covers(&h.barrier, read)) {
                hole.rest = hole.rest.saturating_mul(2).min(self.expiry);
                hole.until = now.saturating_add(hole.rest);
            }
            return false;
        }
        let at = match self.trial(read) {
            Some(at) => at,
            None if read.middle().is_none() => {
                self.remember(whole(read), now);
                return true;
            }
            None => {
                let open = vec![piece(read)];
                let (unit, every) = (read.unit, read.every);
                self.trials.push(Trial { unit, every, cuts: Vec::new(), open, found: Vec::new() });
                self.trials.len() - 1
            }
        };
        self.trials[at].split(read);
        self.conclude(at, now);
        true
    }

    /// The device does not know the function: none of the values can be read. True: plan anew.
    pub(crate) fn unknown(&mut self, read: &Read, now: Duration) -> bool {
        if read.refused || self.trial(read).is_some() {
            return self.refused(read, now);
        }
        self.remember(whole(read), now);
        true
    }

    /// A read was answered. True: plan anew.
    pub(crate) fn answered(&mut self, read: &Read, now: Duration) -> bool {
        if read.refused {
            self.known.retain(|h| !(h.barrier.refused && covers(&h.barrier, read)));
            return true;
        }
        let Some(at) = self.trial(read) else { return false };
        let this = piece(read);
        let trial = &mut self.trials[at];
        trial.open.retain(|p| !p.same(&this));
        for side in trial.cuts.iter_mut().flat_map(|c| &mut c.sides) {
            side.1 |= side.0.same(&this);
        }
        self.conclude(at, now)
    }

    /// A piece under trial was not answered: it counts as refused as soon as the unit answers something else. False: it is
    /// no such piece, or it had been silent before.
    pub(crate) fn silent(&mut self, read: &Read) -> bool {
        let Some(at) = self.trial(read) else { return false };
        let this = piece(read);
        let open = self.trials[at].open.iter_mut().find(|p| p.same(&this) && !p.silent);
        open.is_some_and(|p| {
            p.silent = true;
            true
        })
    }

    /// The unit answered: the pieces of it that stayed silent are what it cannot read.
    pub(crate) fn alive(&mut self, unit: u8, reads: &[Read], now: Duration) -> bool {
        let is_silent = |t: &Trial, r: &Read| {
            t.unit == r.unit && t.every == r.every && t.open.iter().any(|p| p.silent && p.same(&piece(r)))
        };
        if !self.trials.iter().any(|t| t.unit == unit && t.open.iter().any(|p| p.silent)) {
            return false;
        }
        let silent: Vec<&Read> =
            reads.iter().filter(|r| r.unit == unit && self.trials.iter().any(|t| is_silent(t, r))).collect();
        silent.into_iter().fold(false, |any, read| self.refused(read, now) | any)
    }

    /// Whether a read has to be asked at once: its scan depends on it.
    pub(crate) fn is_urgent(&self, read: &Read) -> bool {
        let this = piece(read);
        self.trial(read).is_some_and(|t| self.trials[t].open.iter().any(|p| p.same(&this) && !p.silent))
    }

    /// Whether a refused read is left alone now.
    pub(crate) fn rests(&self, read: &Read, now: Duration) -> bool {
        read.refused && self.known.iter().filter(|h| covers(&h.barrier, read)).all(|h| h.until > now)
    }

    /// Forgets gaps whose time is over. True: plan anew.
    pub(crate) fn expire(&mut self, now: Duration) -> bool {
        let before = self.known.len();
        self.known.retain(|h| h.barrier.refused || h.until > now);
        self.known.len() < before
    }

    /// Gives up trials that a new plan has no pieces for.
    pub(crate) fn settle(&mut self, reads: &[Read]) {
        self.trials.retain(|t| {
            let asked = |p: &Piece| reads.iter().any(|r| r.unit == t.unit && r.every == t.every && p.same(&piece(r)));
            t.open.iter().all(asked)
        });
    }

    fn trial(&self, read: &Read) -> Option<usize> {
        if self.trials.is_empty() {
            return None;
        }
        let this = piece(read);
        self.trials.iter().position(|t| {
            t.unit == read.unit
                && t.every == read.every
                && t.table() == Some(read.table)
                && t.open.iter().any(|p| p.same(&this))
        })
    }

    fn conclude(&mut self, at: usize, now: Duration) -> bool {
        if !self.trials[at].open.is_empty() {
            return false;
        }
        let trial = self.trials.swap_remove(at);
        for barrier in trial.found {
            self.remember(barrier, now);
        }
        for cut in trial.cuts.iter().filter(|c| c.sides.iter().all(|(_, whole)| *whole)) {
            self.remember(cut.barrier, now);
        }
        true
    }

    fn remember(&mut self, barrier: Barrier, now: Duration) {
        let rest = if barrier.refused { FIRST_REST.min(self.expiry) } else { self.expiry };
        if self.known.len() >= MOST {
            self.known.remove(0);
        }
        self.known.push(Hole { barrier, until: now.saturating_add(rest), rest });
    }
}

impl Trial {
    fn table(&self) -> Option<crate::site::Table> {
        self.cuts.first().map(|c| c.barrier.table)
    }

    /// Replaces a piece by its halves; one that cannot be cut is a hole.
    fn split(&mut self, read: &Read) {
        let this = piece(read);
        self.open.retain(|p| !p.same(&this));
        let Some((left, right)) = read.middle() else {
            self.found.push(whole(read));
            return;
        };
        let half = |first, end| Piece { first, end, silent: false };
        let sides = [half(this.first, left), half(right, this.end)];
        self.open.extend(sides);
        let barrier = Barrier { unit: read.unit, table: read.table, first: left, end: right, refused: false };
        self.cuts.push(Cut { barrier, sides: sides.map(|side| (side, false)) });
    }
}

impl Piece {
    fn same(&self, other: &Piece) -> bool {
        (self.first, self.end) == (other.first, other.end)
    }
}

fn piece(read: &Read) -> Piece {
    Piece { first: read.start.into(), end: read.end(), silent: false }
}

fn whole(read: &Read) -> Barrier {
    Barrier { unit: read.unit, table: read.table, first: read.start.into(), end: read.end(), refused: true }
}

/// Whether a hole takes in some of a read.
fn covers(barrier: &Barrier, read: &Read) -> bool {
    (barrier.unit, barrier.table) == (read.unit, read.table)
        && barrier.first < read.end()
        && barrier.end > u32::from(read.start)
}

#[cfg(test)]
mod tests;
