//! The book of alarms: a small dense cell for every alarm, the rest only for those that ever moved.

mod again;
mod cell;
mod detail;
mod hiding;
mod remarks;
mod second;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::{Alarm, Cause, Evidence, Happening, HideKind, State, Transition};
use crate::registry::{AlarmPolicy, Rule};
use crate::{Actor, AlarmId, IncidentNo, Quality, Ts};
pub(crate) use again::Again;
use cell::{Cell, IDLE, UNARMED};
use detail::Detail;

/// What may be due for an alarm at a moment; whether it is, is looked at then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// Its time on the shelf is over.
    Shelf,
    /// Its time on the shelf is nearly over.
    ShelfWarning,
    /// It chattered and has been quiet for long.
    Settle,
    /// It was acknowledged long ago.
    ReAlarm,
    /// Nobody confirmed what was asked for.
    Request,
}

/// What an observation led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing moved.
    Nothing,
    /// A delay began or was given up.
    Pending,
    /// The condition is true and its on-delay is over.
    Raise,
    /// The condition is gone and its off-delay is over.
    Clear,
}

/// What was seen when an alarm moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) value: f64,
    pub(crate) quality: Quality,
    /// Source time.
    pub(crate) source: Ts,
}

/// All alarms of the site.
#[derive(Debug, Default)]
pub(crate) struct Book {
    cells: Vec<Cell>,
    details: BTreeMap<AlarmId, Detail>,
    /// Hub time at which a delay may be over, looked at again then. Only the entry that the cell names counts.
    due: BinaryHeap<Reverse<(i64, AlarmId)>>,
    /// What may be due when, hub time. At most one entry a kind and alarm counts; others are passed over.
    timers: BTreeSet<(Ts, AlarmId, Due)>,
    policy: AlarmPolicy,
}

impl Book {
    pub(crate) fn new(alarms: usize, policy: AlarmPolicy) -> Self {
        Self { cells: vec![Cell::REST; alarms], policy, ..Self::default() }
    }

    /// Takes over a saved alarm. A running delay is looked at with the next tick.
    pub(crate) fn restore(&mut self, alarm: Alarm, rule: &Rule) {
        let (id, state, pending) = (alarm.id, alarm.state, alarm.pending);
        let Some(cell) = self.cells.get_mut(id.index()) else { return };
        (cell.state, cell.abnormal) = (state, alarm.abnormal);
        cell.held = alarm.chatter.held && !state.is_hidden();
        cell.pending = pending.map_or(IDLE, |t| t.0);
        cell.settling = alarm.chatter.settles().is_some();
        self.timers.extend(alarm.chatter.settles().map(|at| (at, id, Due::Settle)));
        if let Some(hide) = alarm.hides.get(HideKind::Shelved) {
            self.time_shelf(id, hide.until);
        }
        self.timers.extend(alarm.request.as_ref().map(|r| (r.expires, id, Due::Request)));
        let detail = Detail::of(alarm);
        if state == State::Acknowledged {
            self.timers.extend(detail.re_alarm_at(rule).map(|at| (at, id, Due::ReAlarm)));
        }
        self.details.insert(id, detail);
        if let Some(since) = pending {
            self.arm(id, since.0);
        }
    }

    pub(crate) fn state(&self, id: AlarmId) -> State {
        self.cells[id.index()].state
    }

    /// The condition counts as true, shown or not.
    pub(crate) fn is_raised(&self, id: AlarmId) -> bool {
        self.cells[id.index()].is_raised()
    }

    /// Number of transitions so far.
    pub(crate) fn seq(&self, id: AlarmId) -> u64 {
        self.details.get(&id).map_or(0, |d| d.seq)
    }

    /// Since when a delay runs.
    pub(crate) fn pending(&self, id: AlarmId) -> Option<Ts> {
        let since = self.cells[id.index()].pending;
        (since != IDLE).then_some(Ts(since))
    }

    /// Whether a value inside all limits could move it.
    pub(crate) fn is_watched(&self, id: AlarmId) -> bool {
        let cell = &self.cells[id.index()];
        cell.is_raised() || cell.pending != IDLE
    }

    /// The condition was seen true or false at source time `at`. `skew`: hub time − source time of what was seen, for
    /// the timer of a delay that begins.
    pub(crate) fn observe(&mut self, id: AlarmId, rule: &Rule, met: bool, at: i64, skew: i64) -> Outcome {
        let met = met && rule.enabled;
        let cell = &mut self.cells[id.index()];
        if met == cell.is_raised() {
            return self.give_up(id);
        }
        let delay = if met { rule.on_delay.0 } else { rule.off_delay.0 };
        let moves = if met { Outcome::Raise } else { Outcome::Clear };
        if cell.after(happening(met), rule.latching).is_none() {
            return self.give_up(id);
        }
        if delay <= 0 {
            cell.pending = IDLE;
            return moves;
        }
        if cell.pending == IDLE {
            cell.pending = at;
            self.details.entry(id).or_default();
            self.arm(id, at.saturating_add(delay).saturating_add(skew));
            return Outcome::Pending;
        }
        if at.saturating_sub(cell.pending) >= delay {
            cell.pending = IDLE;
            return moves;
        }
        let due = cell.pending.saturating_add(delay).saturating_add(skew);
        self.arm(id, due);
        Outcome::Nothing
    }

    /// Ends a running delay without a transition.
    pub(crate) fn give_up(&mut self, id: AlarmId) -> Outcome {
        let cell = &mut self.cells[id.index()];
        if std::mem::replace(&mut cell.pending, IDLE) == IDLE { Outcome::Nothing } else { Outcome::Pending }
    }

    /// Asks for a look at hub time `due`, unless an earlier one is already asked for.
    pub(crate) fn arm(&mut self, id: AlarmId, due: i64) {
        let cell = &mut self.cells[id.index()];
        if due < cell.armed {
            cell.armed = due;
            self.due.push(Reverse((due, id)));
        }
    }

    /// When something may be due next, hub time.
    pub(crate) fn next_due(&self) -> Option<Ts> {
        let delay = self.due.peek().map(|Reverse((due, _))| Ts(*due));
        delay.into_iter().chain(self.timers.first().map(|(at, ..)| *at)).min()
    }

    /// The next alarm whose delay may be over; it is no longer armed.
    pub(crate) fn pop_due(&mut self, now: Ts) -> Option<AlarmId> {
        loop {
            let Reverse((due, id)) = *self.due.peek()?;
            if due > now.0 {
                return None;
            }
            self.due.pop();
            let cell = &mut self.cells[id.index()];
            if cell.armed == due {
                cell.armed = UNARMED;
                return Some(id);
            }
        }
    }

    /// Historical data went beyond the limit or came back: true for the first sample of an excursion.
    pub(crate) fn excursion(&mut self, id: AlarmId, met: bool) -> bool {
        !std::mem::replace(&mut self.cells[id.index()].excursion, met) && met
    }

    pub(crate) fn in_excursion(&self, id: AlarmId) -> bool {
        self.cells[id.index()].excursion
    }

    /// Moves an alarm; none where its state does not allow it.
    pub(crate) fn transition(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        happening: Happening,
        seen: Option<Seen>,
        now: Ts,
        actor: Option<&Actor>,
    ) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        let from = cell.state;
        let to = cell.after(happening, rule.latching)?;
        let underneath = cell.goes_on_underneath();
        cell.state = to;
        if matches!(happening, Happening::Raise | Happening::Clear) {
            cell.abnormal = happening == Happening::Raise;
        }
        let detail = self.details.entry(id).or_default();
        detail.seq += 1;
        if let Some(seen) = seen {
            (detail.value, detail.quality) = (seen.value, seen.quality);
        }
        let cause = match happening {
            Happening::Raise if cell.held => {
                detail.chatter.again();
                Cause::Raise
            }
            Happening::Raise => {
                detail.raised = Some(now);
                detail.onset = Some(seen.map_or(now, |s| s.source));
                (detail.acked, detail.cleared, detail.incident) = (None, None, None);
                if !underneath {
                    cell.held = detail.chatter.annunciated(now, &self.policy.chatter, rule.handling.damped);
                }
                if from == State::Normal {
                    detail.remarks = None;
                }
                Cause::Raise
            }
            Happening::Clear => {
                detail.cleared = Some(now);
                let since = if cell.held { None } else { detail.raised };
                detail.chatter.ended(since, now, &self.policy);
                // one timer at a time: a look that comes too early asks for the next
                if let Some(at) = detail.chatter.settles()
                    && !std::mem::replace(&mut cell.settling, true)
                {
                    self.timers.insert((at, id, Due::Settle));
                }
                Cause::Clear
            }
            Happening::Acknowledge => {
                detail.acked = actor.map(|a| (now, a.name.clone()));
                detail.chatter.look = None;
                self.timers.extend(detail.re_alarm_at(rule).map(|at| (at, id, Due::ReAlarm)));
                Cause::Acknowledge
            }
            Happening::Reset => Cause::Reset,
            Happening::ReAlarm => {
                detail.acked = None;
                Cause::ReAlarm
            }
        };
        let (value, quality) = (detail.value, detail.quality);
        let source = seen.map_or(now, |s| s.source);
        let actor = actor.cloned();
        Some(Transition { from, to, cause, actor, reason: None, value, limit: limit(rule), quality, source, at: now })
    }

    /// Source time of what last raised it.
    pub(crate) fn onset(&self, id: AlarmId) -> Option<Ts> {
        self.details.get(&id).and_then(|d| d.onset)
    }

    /// When it was last annunciated, hub time.
    pub(crate) fn raised(&self, id: AlarmId) -> Option<Ts> {
        self.details.get(&id).and_then(|d| d.raised)
    }

    /// The upset it belongs to, by its first alarm.
    pub(crate) fn group(&self, id: AlarmId) -> Option<AlarmId> {
        self.details.get(&id).and_then(|d| d.group)
    }

    /// Puts it into an upset, or out of one; whether that is news.
    pub(crate) fn set_group(&mut self, id: AlarmId, group: Option<AlarmId>) -> bool {
        let detail = self.details.entry(id).or_default();
        std::mem::replace(&mut detail.group, group) != group
    }

    /// A journal row about the alarm; its state stays.
    pub(crate) fn noted(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        cause: Cause,
        actor: &Actor,
        said: Arc<str>,
        now: Ts,
    ) -> Transition {
        let from = self.state(id);
        self.moved(id, rule, from, cause, Some(actor), Some(said), now)
    }

    /// The journal row of a move that no value caused.
    #[expect(clippy::too_many_arguments, reason = "what a journal row consists of")]
    fn moved(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        from: State,
        cause: Cause,
        actor: Option<&Actor>,
        reason: Option<Arc<str>>,
        at: Ts,
    ) -> Transition {
        let to = self.state(id);
        let detail = self.details.entry(id).or_default();
        detail.seq += 1;
        let (value, quality, limit) = (detail.value, detail.quality, limit(rule));
        Transition { from, to, cause, actor: actor.cloned(), reason, value, limit, quality, source: at, at }
    }

    /// A journal row for late or historical data; the state stays.
    pub(crate) fn historical(&mut self, id: AlarmId, rule: &Rule, seen: Seen, now: Ts) -> Transition {
        self.details.entry(id).or_default().seq += 1;
        let state = self.state(id);
        let Seen { value, quality, source } = seen;
        let (cause, limit) = (Cause::Historical, limit(rule));
        Transition { from: state, to: state, cause, actor: None, reason: None, value, limit, quality, source, at: now }
    }

    /// A journal row about the alarm that leaves its state as it is.
    pub(crate) fn tell(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        cause: Cause,
        actor: &Actor,
        reason: Arc<str>,
        at: Ts,
    ) -> Transition {
        self.moved(id, rule, self.state(id), cause, Some(actor), Some(reason), at)
    }

    /// Keeps what spoke for an alarm that has just risen.
    pub(crate) fn set_evidence(&mut self, id: AlarmId, evidence: Option<Evidence>) {
        self.details.entry(id).or_default().evidence = evidence.map(Arc::new);
    }

    /// Ties an alarm to its incident.
    pub(crate) fn set_incident(&mut self, id: AlarmId, incident: IncidentNo) {
        self.details.entry(id).or_default().incident = Some(incident);
    }

    /// The whole alarm.
    pub(crate) fn alarm(&self, id: AlarmId) -> Alarm {
        let (cell, pending) = (&self.cells[id.index()], self.pending(id));
        match self.details.get(&id) {
            Some(detail) => detail.alarm(id, cell, pending),
            None => Detail::default().alarm(id, cell, pending),
        }
    }

    /// Everything that ever moved or waits, by number.
    pub(crate) fn touched(&self) -> impl Iterator<Item = AlarmId> + '_ {
        self.details.keys().copied()
    }

    /// Normal alarms that have moved, with their number of transitions.
    pub(crate) fn rested(&self) -> impl Iterator<Item = (AlarmId, u64)> + '_ {
        self.details.iter().filter(|&(&id, _)| self.state(id) == State::Normal).map(|(&id, d)| (id, d.seq))
    }

    /// Alarms that are not normal, have a delay running or wait for a second person.
    pub(crate) fn active(&self) -> impl Iterator<Item = Alarm> + '_ {
        self.details
            .iter()
            .filter(|&(&id, d)| self.state(id) != State::Normal || self.pending(id).is_some() || d.request.is_some())
            .map(|(&id, d)| d.alarm(id, &self.cells[id.index()], self.pending(id)))
    }
}

/// The happening a condition asks for.
fn happening(met: bool) -> Happening {
    if met { Happening::Raise } else { Happening::Clear }
}

fn limit(rule: &Rule) -> f64 {
    if rule.kind.has_limit() { rule.limit } else { f64::NAN }
}
