//! The book of alarms: a small dense cell for every alarm, the rest only for those that ever moved.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::{Alarm, Cause, Comment, Evidence, Happening, Hide, HideKind, Hides, Remarks, State, Transition};
use crate::registry::Rule;
use crate::{Actor, AlarmId, IncidentNo, Quality, Ts};

/// Looked at with every sample of an alarm that is not at rest.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Since when a delay runs; [`IDLE`] when none does.
    pending: i64,
    /// The earliest look the timer queue holds for the delay, hub time; [`UNARMED`] when none.
    armed: i64,
    state: State,
    /// Historical data is beyond the limit: its excursion is already in the journal.
    excursion: bool,
    /// Hidden only: the condition is true underneath.
    abnormal: bool,
}

impl Cell {
    fn is_raised(&self) -> bool {
        if self.state.is_hidden() { self.abnormal } else { self.state.is_raised() }
    }

    /// Its state after a happening. What is hidden goes on underneath.
    fn after(&self, happening: Happening, latching: bool) -> Option<State> {
        match happening {
            Happening::Raise | Happening::Clear if self.state.is_hidden() => {
                (self.abnormal != (happening == Happening::Raise)).then_some(self.state)
            }
            _ => self.state.after(happening, latching),
        }
    }
}

const IDLE: i64 = i64::MIN;
const UNARMED: i64 = i64::MAX;

/// What only events need.
#[derive(Clone, Debug)]
struct Detail {
    seq: u64,
    value: f64,
    quality: Quality,
    raised: Option<Ts>,
    acked: Option<(Ts, Arc<str>)>,
    cleared: Option<Ts>,
    incident: Option<IncidentNo>,
    hides: Hides,
    evidence: Option<Arc<Evidence>>,
    remarks: Option<Box<Remarks>>,
}

impl Default for Detail {
    fn default() -> Self {
        let quality = Quality::Good;
        let (raised, acked, cleared, incident) = (None, None, None, None);
        let (hides, remarks, evidence) = (Hides::default(), None, None);
        Self { seq: 0, value: f64::NAN, quality, raised, acked, cleared, incident, hides, remarks, evidence }
    }
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
    /// When shelved alarms come back, hub time.
    shelf: BTreeSet<(Ts, AlarmId)>,
}

impl Book {
    pub(crate) fn new(alarms: usize) -> Self {
        let rest = Cell { pending: IDLE, armed: UNARMED, state: State::Normal, excursion: false, abnormal: false };
        Self { cells: vec![rest; alarms], ..Self::default() }
    }

    /// Takes over a saved alarm. A running delay is looked at with the next tick.
    pub(crate) fn restore(&mut self, alarm: Alarm) {
        let Alarm {
            id,
            seq,
            state,
            value,
            quality,
            raised,
            acked,
            cleared,
            pending,
            incident,
            abnormal,
            hides,
            evidence,
            remarks,
        } = alarm;
        let Some(cell) = self.cells.get_mut(id.index()) else { return };
        (cell.state, cell.abnormal) = (state, abnormal);
        cell.pending = pending.map_or(IDLE, |t| t.0);
        self.shelf.extend(hides.get(HideKind::Shelved).and_then(|h| h.until).map(|until| (until, id)));
        let detail = Detail { seq, value, quality, raised, acked, cleared, incident, hides, remarks, evidence };
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
        cell.state = to;
        cell.abnormal = happening == Happening::Raise;
        let detail = self.details.entry(id).or_default();
        detail.seq += 1;
        if let Some(seen) = seen {
            (detail.value, detail.quality) = (seen.value, seen.quality);
        }
        let cause = match happening {
            Happening::Raise => {
                detail.raised = Some(now);
                (detail.acked, detail.cleared, detail.incident) = (None, None, None);
                if from == State::Normal {
                    detail.remarks = None;
                }
                Cause::Raise
            }
            Happening::Clear => {
                detail.cleared = Some(now);
                Cause::Clear
            }
            Happening::Acknowledge => {
                detail.acked = actor.map(|a| (now, a.name.clone()));
                Cause::Acknowledge
            }
            Happening::Reset => Cause::Reset,
        };
        let (value, quality) = (detail.value, detail.quality);
        let source = seen.map_or(now, |s| s.source);
        let actor = actor.cloned();
        Some(Transition { from, to, cause, actor, reason: None, value, limit: limit(rule), quality, source, at: now })
    }

    /// Hides an alarm; none where it is hidden so already. It is evaluated and journalled on.
    pub(crate) fn hide(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        kind: HideKind,
        hide: Hide,
        actor: &Actor,
    ) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        let detail = self.details.entry(id).or_default();
        if detail.hides.get(kind).is_some() {
            return None;
        }
        let (from, at, reason) = (cell.state, hide.since, hide.reason.clone());
        self.shelf.extend(hide.until.map(|until| (until, id)));
        detail.hides.set(kind, Some(hide));
        if !from.is_hidden() {
            cell.abnormal = from.is_raised();
        }
        cell.state = detail.hides.state().unwrap_or(from);
        Some(self.moved(id, rule, from, kind.begins(), Some(actor), Some(reason), at))
    }

    /// Ends one way of hiding; none where it was not hidden so. When nothing hides it any more and the condition is
    /// true, it is annunciated anew.
    pub(crate) fn show(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        kind: HideKind,
        cause: Cause,
        now: Ts,
        actor: &Actor,
    ) -> Option<Transition> {
        let cell = &mut self.cells[id.index()];
        let detail = self.details.get_mut(&id)?;
        let was = detail.hides.set(kind, None)?;
        if let Some(until) = was.until {
            self.shelf.remove(&(until, id));
        }
        let from = cell.state;
        let open = if cell.abnormal { State::Unacknowledged } else { State::Normal };
        cell.state = detail.hides.state().unwrap_or(open);
        if cell.state == State::Unacknowledged {
            detail.raised = Some(now);
            (detail.acked, detail.cleared) = (None, None);
        }
        Some(self.moved(id, rule, from, cause, Some(actor), None, now))
    }

    /// Somebody looks after it, or nobody any more; none where nothing changes. The count of transitions stays: what a
    /// person says must not make another's acknowledgement stale.
    pub(crate) fn assign(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        to: Option<Arc<str>>,
        now: Ts,
        by: &Actor,
    ) -> Option<Transition> {
        let remarks = self.details.entry(id).or_default().remarks.get_or_insert_default();
        if remarks.assignee == to {
            return None;
        }
        remarks.assignee.clone_from(&to);
        Some(self.said(id, rule, Cause::Assign, to.unwrap_or_default(), now, by))
    }

    /// Somebody says something about it.
    pub(crate) fn comment(&mut self, id: AlarmId, rule: &Rule, text: Arc<str>, now: Ts, by: &Actor) -> Transition {
        let remarks = self.details.entry(id).or_default().remarks.get_or_insert_default();
        remarks.comments += 1;
        remarks.last = Some(Comment { by: by.name.clone(), at: now, text: text.clone() });
        self.said(id, rule, Cause::Comment, text, now, by)
    }

    fn said(&self, id: AlarmId, rule: &Rule, cause: Cause, text: Arc<str>, at: Ts, by: &Actor) -> Transition {
        let state = self.state(id);
        let (value, quality) = self.details.get(&id).map_or((f64::NAN, Quality::Good), |d| (d.value, d.quality));
        let (actor, reason, limit) = (Some(by.clone()), Some(text), limit(rule));
        Transition { from: state, to: state, cause, actor, reason, value, limit, quality, source: at, at }
    }

    /// A shelved alarm whose time is over.
    pub(crate) fn pop_shelf(&mut self, now: Ts) -> Option<AlarmId> {
        let &(until, id) = self.shelf.first()?;
        (until <= now).then_some(id)
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
        let d = self.details.get(&id).cloned().unwrap_or_default();
        let Detail { seq, value, quality, raised, acked, cleared, incident, hides, remarks, evidence } = d;
        Alarm {
            id,
            seq,
            state: self.state(id),
            value,
            quality,
            raised,
            acked,
            cleared,
            pending: self.pending(id),
            incident,
            abnormal: self.cells[id.index()].state.is_hidden() && self.cells[id.index()].abnormal,
            hides,
            evidence,
            remarks,
        }
    }

    /// Everything that ever moved or waits, by number.
    pub(crate) fn touched(&self) -> impl Iterator<Item = AlarmId> + '_ {
        self.details.keys().copied()
    }

    /// Alarms that are not normal or have a delay running.
    pub(crate) fn active(&self) -> impl Iterator<Item = Alarm> + '_ {
        self.touched()
            .filter(|&id| self.state(id) != State::Normal || self.pending(id).is_some())
            .map(|id| self.alarm(id))
    }
}

/// The happening a condition asks for.
fn happening(met: bool) -> Happening {
    if met { Happening::Raise } else { Happening::Clear }
}

fn limit(rule: &Rule) -> f64 {
    if rule.kind.has_limit() { rule.limit } else { f64::NAN }
}
