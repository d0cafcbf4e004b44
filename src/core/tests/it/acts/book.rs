//! The standard's table and `docs/ALARMS.md` written down a second time: slow, every list kept whole, one deadline for
//! each thing that time does.

use linepack_core::Actor;
use linepack_core::alarm::{Cause, HideKind, State};
use linepack_core::registry::{AlarmPolicy, Handling};

use super::condition::Condition;

/// A journal row: alarm, from, to, cause, who.
pub(super) type Row = (usize, State, State, Cause, String);

/// What people do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Do {
    Acknowledge,
    Reset,
    /// Until then.
    Shelve(i64),
    Hide(HideKind),
    Show(HideKind),
    Confirm,
    Refuse,
}

#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub(super) kind: HideKind,
    pub(super) by: String,
    since: i64,
    pub(super) until: Option<i64>,
    warned: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Asked {
    kind: HideKind,
    until: Option<i64>,
    pub(super) by: String,
    expires: i64,
}

/// One alarm.
#[derive(Clone, Debug, Default)]
pub(super) struct One {
    /// The condition is true.
    pub(super) on: bool,
    /// What it would be if nothing hid it.
    shown: State,
    pub(super) hidden: Vec<Hidden>,
    pub(super) asked: Option<Asked>,
    /// When it is asked whether it is still true.
    look: Option<i64>,
    /// Every time it was annunciated, since the count began.
    came: Vec<i64>,
    /// It is held until it has been quiet for so long.
    pub(super) held: Option<i64>,
    quiet: Option<i64>,
    /// When the last hold ended, and how long a quiet it asked for.
    settled: Option<(i64, i64)>,
}

impl One {
    pub(super) fn state(&self) -> State {
        self.hidden.iter().map(|h| h.kind).max().map_or(self.shown, HideKind::state)
    }

    fn hide_of(&self, kind: HideKind) -> Option<&Hidden> {
        self.hidden.iter().find(|h| h.kind == kind)
    }

    /// When the desk is told that its time on the shelf is nearly over.
    fn warning(&self, before: i64) -> Option<i64> {
        let shelf = self.hide_of(HideKind::Shelved).filter(|h| !h.warned)?;
        let until = shelf.until.filter(|until| until - shelf.since > before)?;
        Some(until - before)
    }

    fn settles(&self) -> Option<i64> {
        Some(self.quiet? + self.held?)
    }

    fn looks(&self) -> Option<i64> {
        self.look.filter(|_| self.state() == State::Acknowledged)
    }
}

/// Alarms in pairs, the worse of a point before the lesser.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) handling: Handling,
    pub(super) latching: bool,
    pub(super) policy: AlarmPolicy,
    pub(super) alarms: Vec<One>,
    pub(super) conditions: Vec<Condition>,
    pub(super) rows: Vec<Row>,
}

impl Book {
    pub(super) fn row(&mut self, i: usize, from: State, cause: Cause, who: &str) {
        self.rows.push((i, from, self.alarms[i].state(), cause, who.to_owned()));
    }

    /// The point of a pair has a good value: what of each alarm is true now.
    pub(super) fn value(&mut self, pair: usize, truths: [bool; 2], now: i64) {
        for (i, on) in [2 * pair, 2 * pair + 1].into_iter().zip(truths) {
            if on && !self.alarms[i].on {
                // what hides it may have come first
                self.look(now);
                self.raise(i, now);
            } else if !on && self.alarms[i].on {
                self.clear(i, now);
            }
        }
        self.look(now);
    }

    fn raise(&mut self, i: usize, now: i64) {
        let one = &mut self.alarms[i];
        let from = one.state();
        one.on = true;
        if from.is_hidden() {
            return self.row(i, from, Cause::Raise, "");
        }
        if one.held.is_some() {
            one.quiet = None;
            return self.row(i, from, Cause::Raise, "");
        }
        self.annunciate(i, now);
        self.row(i, from, Cause::Raise, "");
        let lesser = &mut self.alarms[i | 1];
        let again = i.is_multiple_of(2) && self.handling.re_alarm.is_some() && lesser.on;
        if again && from != State::Unacknowledged && lesser.state() == State::Acknowledged {
            lesser.shown = State::Unacknowledged;
            self.row(i | 1, State::Acknowledged, Cause::ReAlarm, "");
        }
    }

    /// Three in a minute, five in ten: held. So is what comes back soon after a hold, for twice as long.
    fn annunciate(&mut self, i: usize, now: i64) {
        let one = &mut self.alarms[i];
        (one.shown, one.quiet) = (State::Unacknowledged, None);
        one.came.push(now);
        if !self.handling.damped {
            return;
        }
        let within = self.policy.chatter.within.0;
        if let Some((_, long)) = one.settled.filter(|(ended, long)| now - ended < 8 * long) {
            one.held = Some((2 * long).min(30 * within));
            return;
        }
        one.settled = None;
        let lately = |span: i64| one.came.iter().filter(|at| now - **at < span).count();
        if lately(within) >= 3 || lately(10 * within) >= 5 {
            one.held = Some(within);
        }
    }

    fn clear(&mut self, i: usize, now: i64) {
        let one = &mut self.alarms[i];
        let from = one.state();
        one.on = false;
        if !from.is_hidden() {
            if one.held.is_some() {
                one.quiet = Some(now);
            } else {
                one.shown = returned(one.shown, self.latching);
            }
        }
        self.row(i, from, Cause::Clear, "");
        self.needs_nobody(i);
    }

    /// `auto_ack`.
    fn needs_nobody(&mut self, i: usize) {
        if self.handling.auto_ack && self.alarms[i].state() == State::ReturnedUnacknowledged {
            self.alarms[i].shown = State::Normal;
            self.row(i, State::ReturnedUnacknowledged, Cause::Acknowledge, &Actor::hub().name);
        }
    }

    /// A person acts; false where that is not to be done now.
    pub(super) fn act(&mut self, i: usize, what: Do, who: &str, now: i64) -> bool {
        let from = self.alarms[i].state();
        let legal = match what {
            Do::Acknowledge => self.acknowledge(i, now).then(|| self.row(i, from, Cause::Acknowledge, who)),
            Do::Reset => (from == State::LatchedAcknowledged).then(|| {
                self.alarms[i].shown = State::Normal;
                self.row(i, from, Cause::Reset, who);
            }),
            Do::Shelve(until) => {
                let long = until - now > self.policy.two_person_shelve.0;
                self.hide_or_ask(i, HideKind::Shelved, Some(until), long, who, now).then_some(())
            }
            Do::Hide(kind) => self.hide_or_ask(i, kind, None, true, who, now).then_some(()),
            Do::Show(kind) => self.alarms[i].hide_of(kind).is_some().then(|| {
                let cause = match kind {
                    HideKind::Shelved => Cause::Unshelve,
                    HideKind::OutOfService => Cause::InService,
                    HideKind::Suppressed | HideKind::ByDesign => Cause::Unsuppress,
                };
                self.show(i, kind, None, cause, who, now);
            }),
            Do::Confirm => self.alarms[i].asked.take_if(|a| a.by != who).map(|asked| {
                self.alarms[i].hidden.retain(|h| h.kind != asked.kind);
                self.hide(i, asked.kind, asked.until, format!("{} + {who}", asked.by), from, who, now);
            }),
            Do::Refuse => self.alarms[i].asked.take().map(|_| self.row(i, from, Cause::Refuse, who)),
        };
        self.look(now);
        legal.is_some()
    }

    fn acknowledge(&mut self, i: usize, now: i64) -> bool {
        let one = &mut self.alarms[i];
        one.shown = match one.state() {
            State::Unacknowledged => State::Acknowledged,
            State::ReturnedUnacknowledged => State::Normal,
            State::LatchedUnacknowledged => State::LatchedAcknowledged,
            _ => return false,
        };
        one.look = self.handling.re_alarm.map(|after| now + after.0);
        true
    }

    fn hide_or_ask(&mut self, i: usize, kind: HideKind, until: Option<i64>, long: bool, who: &str, now: i64) -> bool {
        let one = &mut self.alarms[i];
        let (from, two) = (one.state(), self.handling.two_person && long);
        if one.hide_of(kind).is_some() || (two && one.asked.is_some()) {
            return false;
        }
        if two {
            let expires = (now + self.policy.two_person_within.0).min(until.unwrap_or(i64::MAX));
            one.asked = Some(Asked { kind, until, by: who.to_owned(), expires });
            self.row(i, from, Cause::Request, who);
        } else {
            self.hide(i, kind, until, who.to_owned(), from, who, now);
        }
        true
    }

    #[expect(clippy::too_many_arguments, reason = "what the journal says of it")]
    pub(super) fn hide(
        &mut self,
        i: usize,
        kind: HideKind,
        until: Option<i64>,
        by: String,
        from: State,
        who: &str,
        now: i64,
    ) {
        let one = &mut self.alarms[i];
        one.hidden.push(Hidden { kind, by, since: now, until, warned: false });
        if one.held.take().is_some() {
            // the count begins anew
            (one.quiet, one.settled) = (None, None);
            one.came.clear();
        }
        let cause = match kind {
            HideKind::Shelved => Cause::Shelve,
            HideKind::OutOfService => Cause::OutOfService,
            HideKind::Suppressed | HideKind::ByDesign => Cause::Suppress,
        };
        self.row(i, from, cause, who);
    }

    /// A way of hiding ends; with the last one, what is true is annunciated anew.
    pub(super) fn show(&mut self, i: usize, kind: HideKind, rule: Option<&str>, cause: Cause, who: &str, now: i64) {
        let one = &mut self.alarms[i];
        let from = one.state();
        one.hidden.retain(|h| h.kind != kind || rule.is_some_and(|name| name != h.by));
        if one.hidden.is_empty() {
            one.shown = State::Normal;
            if one.on {
                self.annunciate(i, now);
            }
        }
        self.row(i, from, cause, who);
    }

    /// The next moment at which time does something.
    pub(super) fn next(&self) -> Option<i64> {
        let before = self.policy.shelve_warning.0;
        let of = |one: &One| {
            let shelf = one.hide_of(HideKind::Shelved).and_then(|h| h.until);
            let asked = one.asked.as_ref().map(|a| a.expires);
            [shelf, one.warning(before), one.settles(), one.looks(), asked].into_iter().flatten().min()
        };
        let alarms = self.alarms.iter().filter_map(of);
        alarms.chain(self.conditions.iter().filter_map(Condition::ends)).min()
    }

    /// Time does what is due.
    pub(super) fn time(&mut self, now: i64) {
        let due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        for i in 0..self.alarms.len() {
            let before = self.policy.shelve_warning.0;
            if due(self.alarms[i].hide_of(HideKind::Shelved).and_then(|h| h.until)) {
                self.show(i, HideKind::Shelved, None, Cause::Expire, &Actor::hub().name, now);
            }
            if due(self.alarms[i].warning(before)) {
                self.alarms[i].hidden.iter_mut().for_each(|h| h.warned |= h.kind == HideKind::Shelved);
                self.row(i, self.alarms[i].state(), Cause::Expiring, "");
            }
            if due(self.alarms[i].settles()) {
                self.settle(i, now);
            }
            if due(self.alarms[i].looks()) {
                let one = &mut self.alarms[i];
                if one.on {
                    one.shown = State::Unacknowledged;
                    self.row(i, State::Acknowledged, Cause::ReAlarm, "");
                } else {
                    one.look = self.handling.re_alarm.map(|after| now + after.0);
                }
            }
            if due(self.alarms[i].asked.as_ref().map(|a| a.expires)) {
                self.alarms[i].asked = None;
                self.row(i, self.alarms[i].state(), Cause::RequestExpired, "");
            }
        }
        for n in 0..self.conditions.len() {
            self.end_condition(n, now);
        }
    }

    /// A held alarm was quiet for long enough.
    fn settle(&mut self, i: usize, now: i64) {
        let one = &mut self.alarms[i];
        let from = one.state();
        one.settled = one.held.take().map(|long| (now, long));
        one.quiet = None;
        one.came.clear();
        one.shown = returned(one.shown, self.latching);
        self.row(i, from, Cause::Settle, "");
        self.needs_nobody(i);
    }
}

/// The condition of a shown alarm ended.
fn returned(shown: State, latching: bool) -> State {
    match (shown, latching) {
        (State::Unacknowledged, true) => State::LatchedUnacknowledged,
        (State::Unacknowledged, false) => State::ReturnedUnacknowledged,
        (State::Acknowledged, true) => State::LatchedAcknowledged,
        _ => State::Normal,
    }
}
