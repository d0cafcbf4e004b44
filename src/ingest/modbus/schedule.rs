//! Which read is due: a pure function of time, so that tests can drive it.
//!
//! Polls keep their phase; what could not be asked in time is skipped and counted. A unit that stays silent twice in a
//! row is down: then one read probes it at growing intervals, so that a dead device costs its neighbours next to nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use super::plan::Read;
use super::units::Units;

/// Failures in a row that make a unit count as down.
const FAILURES: u32 = 2;
/// First pause before a unit that is down is probed.
const FIRST_PROBE: Duration = Duration::from_secs(1);
/// Longest pause between probes while no unit answers: there is nobody to be disturbed.
const LONELY_PROBE: Duration = Duration::from_secs(2);
/// While others answer, probes of dead units take at most one part in this many of the link's time.
const PROBE_SHARE: u32 = 20;

/// The hub's beat: links whose turns are near each other take them together.
pub(crate) const BEAT: Duration = Duration::from_millis(20);
/// Beats in an interval from which on a beat more or less does not matter.
const SLOW: u32 = 10;

/// What to do next. Times count from the start of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask this read now.
    Read(usize),
    /// Nothing is due before.
    Wait(Duration),
    /// Nothing to read at all.
    Idle,
}

/// The polls of one link.
#[derive(Debug)]
pub(crate) struct Schedule {
    polls: Vec<Poll>,
    /// `(due, poll)`; an entry whose time is not the poll's own any more is void.
    queue: BinaryHeap<Reverse<(Duration, usize)>>,
    units: Units<Unit>,
    timeout: Duration,
    longest_probe: Duration,
    missed: u64,
    /// Units that are down.
    down: usize,
}

#[derive(Debug)]
struct Poll {
    unit: u8,
    every: Duration,
    /// Next turn in the regular rhythm.
    regular: Duration,
    /// Next turn: the regular one, an earlier repetition, or a later probe.
    due: Duration,
}

#[derive(Debug, Default)]
struct Unit {
    failures: u32,
    /// Set while it is down.
    probe: Option<Probe>,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    at: Duration,
    pause: Duration,
}

impl Schedule {
    /// Polls that begin now, the units' phases spread over each interval. `shift`, 0 to 1, is the part of an interval by
    /// which all turns but the first come later, so that many links do not ask at one moment; `beat` is when the hub's
    /// next beat is. `timeout` is what a silent unit costs, `longest_probe` the ceiling of the pause between probes.
    pub(crate) fn new(
        reads: &[Read],
        now: Duration,
        shift: f64,
        beat: Duration,
        timeout: Duration,
        longest_probe: Duration,
    ) -> Self {
        let mut members: BTreeMap<Duration, Vec<u8>> = BTreeMap::new();
        for r in reads {
            let units = members.entry(r.every).or_default();
            if units.last() != Some(&r.unit) {
                units.push(r.unit);
            }
        }
        let phase = |r: &Read| {
            let units = members.get(&r.every).map_or(&[][..], Vec::as_slice);
            // the plan is sorted by unit
            let rank = units.binary_search(&r.unit).unwrap_or(0);
            r.every.mul_f64(rank as f64 / units.len().max(1) as f64)
        };
        let polls: Vec<Poll> = reads
            .iter()
            .map(|r| {
                let due = now + phase(r);
                let every = r.every.max(Duration::from_millis(1));
                let regular = on_beat(due + every.mul_f64(shift.clamp(0.0, 1.0)), beat, every);
                Poll { unit: r.unit, every, regular, due }
            })
            .collect();
        Self {
            queue: polls.iter().enumerate().map(|(i, p)| Reverse((p.due, i))).collect(),
            units: reads.iter().map(|r| (r.unit, Unit::default())).collect(),
            polls,
            timeout,
            longest_probe,
            missed: 0,
            down: 0,
        }
    }

    /// The read that is due, which is thereby on its next round; or how long there is none.
    pub(crate) fn next(&mut self, now: Duration) -> Next {
        while let Some(&Reverse((due, i))) = self.queue.peek() {
            let poll = &mut self.polls[i];
            if poll.due != due {
                self.queue.pop();
                continue;
            }
            if due > now {
                return Next::Wait(due);
            }
            self.queue.pop();
            let probe = self.units.get(poll.unit).and_then(|u| u.probe);
            if poll.regular <= now {
                let late = now - poll.regular;
                let behind = if late < poll.every { 0 } else { late.as_nanos() / poll.every.as_nanos().max(1) };
                let behind = u32::try_from(behind).unwrap_or(u32::MAX);
                poll.regular = poll.regular.saturating_add(poll.every.saturating_mul(behind.saturating_add(1)));
                if probe.is_none() {
                    self.missed += u64::from(behind);
                }
            }
            let wait = probe.map(|p| p.at).filter(|at| *at > now);
            poll.due = wait.map_or(poll.regular, |at| at.max(due + Duration::from_nanos(1)));
            self.queue.push(Reverse((poll.due, i)));
            if wait.is_none() {
                return Next::Read(i);
            }
        }
        Next::Idle
    }

    /// When the next read is due, if any is.
    pub(crate) fn peek(&self) -> Option<Duration> {
        self.queue.peek().map(|Reverse((due, _))| *due)
    }

    /// Takes over a new plan of the same units; each read takes the turns of the first due of the old reads that `before`
    /// names, and those that `urgent` picks are due at once.
    pub(crate) fn replace(
        &mut self,
        reads: &[Read],
        now: Duration,
        before: impl Fn(&Read) -> Vec<usize>,
        urgent: impl Fn(&Read) -> bool,
    ) {
        let polls: Vec<Poll> = reads
            .iter()
            .map(|r| {
                let every = r.every.max(Duration::from_millis(1));
                let old = before(r).into_iter().filter_map(|i| self.polls.get(i)).min_by_key(|p| p.due);
                let (regular, due) = old.map_or((now, now), |p| (p.regular, p.due));
                Poll { unit: r.unit, every, regular, due: if urgent(r) { now } else { due } }
            })
            .collect();
        self.queue = polls.iter().enumerate().map(|(i, p)| Reverse((p.due, i))).collect();
        self.polls = polls;
    }

    /// Asks a read again before its regular turn.
    pub(crate) fn again(&mut self, read: usize, at: Duration) {
        if let Some(poll) = self.polls.get_mut(read)
            && at < poll.due
        {
            poll.due = at;
            self.queue.push(Reverse((at, read)));
        }
    }

    /// A unit answered. True: it was down and is up again.
    pub(crate) fn answered(&mut self, unit: u8) -> bool {
        let Some(u) = self.units.get_mut(unit) else { return false };
        u.failures = 0;
        let was_down = u.probe.take().is_some();
        self.down -= usize::from(was_down);
        was_down
    }

    /// A unit did not answer. True: it counts as down from now on.
    pub(crate) fn failed(&mut self, unit: u8, now: Duration) -> bool {
        let Some(u) = self.units.get_mut(unit) else { return false };
        u.failures = u.failures.saturating_add(1);
        if u.failures < FAILURES {
            return false;
        }
        let before = u.probe.map(|p| p.pause);
        if before.is_none() {
            self.down += 1;
        }
        let down = u32::try_from(self.down).unwrap_or(u32::MAX);
        let ceiling = if self.down == self.units.len() {
            LONELY_PROBE.min(self.longest_probe)
        } else {
            self.timeout
                .saturating_mul(PROBE_SHARE)
                .saturating_mul(down)
                .clamp(LONELY_PROBE, self.longest_probe.max(LONELY_PROBE))
        };
        let pause = before.map_or(FIRST_PROBE, |p| p.saturating_mul(2)).min(ceiling);
        if let Some(u) = self.units.get_mut(unit) {
            u.probe = Some(Probe { at: now + pause, pause });
        }
        before.is_none()
    }

    /// A unit known to be down from before.
    pub(crate) fn mark_down(&mut self, unit: u8, now: Duration) {
        for _ in 0..FAILURES {
            self.failed(unit, now);
        }
    }

    /// The connection is back after an outage: everything is asked at once, units that were down too.
    pub(crate) fn reconnected(&mut self, now: Duration) {
        for probe in self.units.values_mut().filter_map(|u| u.probe.as_mut()) {
            *probe = Probe { at: now, pause: FIRST_PROBE };
        }
        for (i, poll) in self.polls.iter_mut().enumerate().filter(|(_, p)| p.due > now) {
            poll.due = now;
            self.queue.push(Reverse((now, i)));
        }
    }

    /// Whether a unit is down.
    pub(crate) fn is_down(&self, unit: u8) -> bool {
        self.units.get(unit).is_some_and(|u| u.probe.is_some())
    }

    /// Polls skipped since the last call because the link was behind.
    pub(crate) fn take_missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }
}

/// Turns of slow polls fall on the beat before: waking up for a hundred links at once costs far less than for each.
fn on_beat(at: Duration, beat: Duration, every: Duration) -> Duration {
    let beat = beat.as_micros() % BEAT.as_micros();
    let since = (at.as_micros() + BEAT.as_micros() - beat) % BEAT.as_micros();
    let since = Duration::from_micros(u64::try_from(since).unwrap_or(0));
    if every >= BEAT * SLOW { at.saturating_sub(since) } else { at }
}

#[cfg(test)]
mod tests;
