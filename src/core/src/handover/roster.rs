//! Who sits at which position, and the hand-overs that wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Handover, HandoverState};
use crate::{Actor, Event, HandoverNo, Refusal, Reply, Ts};

/// All positions somebody ever sat at.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// The last one accepted, by position.
    held: BTreeMap<Arc<str>, Handover>,
    /// Those that wait; at most one a position.
    offered: BTreeMap<HandoverNo, Handover>,
    last: u64,
    /// Changed in this step.
    told: Vec<Handover>,
}

/// What a hand-over says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// Name of the position.
    pub position: Arc<str>,
    /// Who is to come; none: whoever comes.
    pub to: Option<Arc<str>>,
    /// What the one tells the other, or why a place is taken.
    pub note: Arc<str>,
    /// What stands at this moment, in the shell's words.
    pub standing: Arc<str>,
}

impl Roster {
    /// As it was saved; `last`: the highest number ever given.
    pub(crate) fn restored(saved: Vec<Handover>, last: u64) -> Self {
        let mut roster = Self { last, ..Self::default() };
        for handover in saved {
            roster.last = roster.last.max(handover.no.0);
            roster.keep(handover);
        }
        roster
    }

    /// Those accepted last and those that wait.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Handover> + '_ {
        self.held.values().chain(self.offered.values())
    }

    /// A reader of events may start from nothing now.
    pub(crate) fn reload(&mut self) {
        self.told.extend(self.all().cloned().collect::<Vec<_>>());
    }

    /// Moves what changed into `events`.
    pub(crate) fn flush(&mut self, events: &mut Vec<Event>) {
        events.extend(self.told.drain(..).map(|h| Event::Handover(Box::new(h))));
    }

    /// Who leaves writes what the next one must know. Only who sits there may, one at a time.
    pub(crate) fn write(&mut self, words: Words, now: Ts, actor: &Actor) -> Result<Reply, Refusal> {
        let position = &words.position;
        let holder = match self.holder(position) {
            None => return refused("vacant", format!("nobody sits at {position}: take it first")),
            Some(who) if *who != *actor.name => return refused("held", format!("{who} sits at {position}")),
            who => who,
        };
        if let Some(no) = self.waiting_at(position) {
            return refused(HandoverState::Offered.name(), format!("{no} waits already"));
        }
        if words.to.as_deref() == Some(&*actor.name) {
            return Err(Refusal::Invalid { field: "to", detail: "is who leaves".to_owned() });
        }
        let handover = self.next(words, holder, now);
        Ok(self.tell(handover))
    }

    /// Sits down where nobody sits, or with a reason in the place of somebody who cannot write it.
    pub(crate) fn take(&mut self, words: Words, now: Ts, actor: &Actor) -> Result<Reply, Refusal> {
        let holder = self.holder(&words.position);
        if holder.as_deref() == Some(&*actor.name) {
            return refused("held", format!("you sit at {} already", words.position));
        }
        if holder.is_some() && words.note.trim().is_empty() {
            return Err(Refusal::Invalid { field: "note", detail: "say why: somebody sits there".to_owned() });
        }
        if let Some(waits) = self.waiting_at(&words.position).and_then(|no| self.offered.remove(&no)) {
            self.end(waits, HandoverState::Withdrawn, now, actor);
        }
        let handover = self.next(words, holder, now);
        Ok(self.end(handover, HandoverState::Accepted, now, actor))
    }

    /// Who comes accepts it: from now on the position is theirs.
    pub(crate) fn accept(&mut self, no: HandoverNo, now: Ts, actor: &Actor) -> Result<Reply, Refusal> {
        let waits = self.waiting(no)?;
        let state = waits.state.name();
        if waits.from.as_deref() == Some(&*actor.name) {
            return refused(state, "who leaves cannot accept it".to_owned());
        }
        if let Some(to) = waits.to.as_deref().filter(|to| **to != *actor.name) {
            return refused(state, format!("it is for {to}"));
        }
        self.offered.remove(&no);
        Ok(self.end(waits, HandoverState::Accepted, now, actor))
    }

    /// Who wrote it takes it back.
    pub(crate) fn withdraw(&mut self, no: HandoverNo, now: Ts, actor: &Actor) -> Result<Reply, Refusal> {
        let waits = self.waiting(no)?;
        if waits.from.as_deref() != Some(&*actor.name) {
            return refused(waits.state.name(), "only who wrote it may take it back".to_owned());
        }
        self.offered.remove(&no);
        Ok(self.end(waits, HandoverState::Withdrawn, now, actor))
    }

    fn holder(&self, position: &str) -> Option<Arc<str>> {
        self.held.get(position)?.ended.as_ref().map(|(who, _)| who.clone())
    }

    fn waiting_at(&self, position: &str) -> Option<HandoverNo> {
        self.offered.values().find(|h| *h.position == *position).map(|h| h.no)
    }

    fn waiting(&self, no: HandoverNo) -> Result<Handover, Refusal> {
        if let Some(waits) = self.offered.get(&no) {
            return Ok(waits.clone());
        }
        if no.0 == 0 || no.0 > self.last {
            return Err(Refusal::NotFound { what: "hand-over", id: no.to_string() });
        }
        refused("ended", format!("{no} does not wait any more"))
    }

    fn next(&mut self, words: Words, from: Option<Arc<str>>, written: Ts) -> Handover {
        self.last += 1;
        let Words { position, to, note, standing } = words;
        let (no, state) = (HandoverNo(self.last), HandoverState::Offered);
        Handover { no, position, from, to, note, standing, state, written, ended: None }
    }

    fn end(&mut self, mut handover: Handover, state: HandoverState, now: Ts, actor: &Actor) -> Reply {
        handover.state = state;
        handover.ended = Some((actor.name.clone(), now));
        self.tell(handover)
    }

    fn tell(&mut self, handover: Handover) -> Reply {
        self.keep(handover.clone());
        self.told.push(handover.clone());
        Reply::Handover(Box::new(handover))
    }

    /// Where it belongs by its state.
    fn keep(&mut self, handover: Handover) {
        match handover.state {
            HandoverState::Withdrawn => {}
            HandoverState::Offered => {
                self.offered.insert(handover.no, handover);
            }
            HandoverState::Accepted => {
                let newer = self.held.get(&handover.position).is_none_or(|h| h.no < handover.no);
                if newer {
                    self.held.insert(handover.position.clone(), handover);
                }
            }
        }
    }
}

fn refused<T>(state: &'static str, detail: String) -> Result<T, Refusal> {
    Err(Refusal::Conflict { state, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(name: &str) -> Actor {
        Actor { name: name.into(), address: "".into() }
    }

    fn words(to: Option<&str>, note: &str) -> Words {
        Words { position: "north".into(), to: to.map(Into::into), note: note.into(), standing: "[]".into() }
    }

    fn no(reply: Result<Reply, Refusal>) -> HandoverNo {
        match reply {
            Ok(Reply::Handover(h)) => h.no,
            other => panic!("no hand-over: {other:?}"),
        }
    }

    fn state(reply: Result<Reply, Refusal>) -> &'static str {
        match reply {
            Ok(Reply::Handover(h)) => h.state.name(),
            Err(Refusal::Conflict { state, .. }) => state,
            Err(Refusal::Invalid { field, .. }) => field,
            Err(Refusal::NotFound { .. }) => "not found",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_position_stays_with_who_leaves_until_who_comes_has_accepted() {
        let mut roster = Roster::default();
        assert_eq!(state(roster.write(words(None, ""), Ts(1), &by("ann"))), "vacant");
        assert_eq!(state(roster.take(words(None, ""), Ts(1), &by("ann"))), "accepted");
        assert_eq!(state(roster.write(words(None, ""), Ts(2), &by("bob"))), "held");
        let waits = no(roster.write(words(None, "valve 7 sticks"), Ts(2), &by("ann")));
        assert_eq!(state(roster.write(words(None, ""), Ts(3), &by("ann"))), "offered", "one at a time");
        assert_eq!(state(roster.accept(waits, Ts(3), &by("ann"))), "offered", "not by who leaves");
        assert_eq!(roster.holder("north").as_deref(), Some("ann"));
        assert_eq!(state(roster.accept(waits, Ts(4), &by("bob"))), "accepted");
        assert_eq!(roster.holder("north").as_deref(), Some("bob"));
        assert_eq!(state(roster.accept(waits, Ts(5), &by("cid"))), "ended");
        assert_eq!(state(roster.accept(HandoverNo(9), Ts(5), &by("cid"))), "not found");
    }

    #[test]
    fn a_hand_over_for_one_person_is_accepted_by_that_one_and_can_be_taken_back() {
        let mut roster = Roster::default();
        roster.take(words(None, ""), Ts(1), &by("ann")).expect("vacant");
        assert_eq!(state(roster.write(words(Some("ann"), ""), Ts(2), &by("ann"))), "to");
        let waits = no(roster.write(words(Some("cid"), ""), Ts(2), &by("ann")));
        assert_eq!(state(roster.accept(waits, Ts(3), &by("bob"))), "offered");
        assert_eq!(state(roster.withdraw(waits, Ts(3), &by("cid"))), "offered");
        assert_eq!(state(roster.withdraw(waits, Ts(3), &by("ann"))), "withdrawn");
        assert_eq!(roster.holder("north").as_deref(), Some("ann"));
    }

    #[test]
    fn who_does_not_come_back_is_replaced_with_a_reason() {
        let mut roster = Roster::default();
        roster.take(words(None, ""), Ts(1), &by("ann")).expect("vacant");
        let waits = no(roster.write(words(Some("cid"), ""), Ts(2), &by("ann")));
        assert_eq!(state(roster.take(words(None, " "), Ts(3), &by("bob"))), "note");
        assert_eq!(state(roster.take(words(None, "taken ill"), Ts(3), &by("bob"))), "accepted");
        assert_eq!(state(roster.accept(waits, Ts(4), &by("cid"))), "ended", "what waited is withdrawn");
        assert_eq!(state(roster.take(words(None, "x"), Ts(5), &by("bob"))), "held");
    }

    #[test]
    fn a_restart_changes_nothing() {
        let mut roster = Roster::default();
        roster.take(words(None, ""), Ts(1), &by("ann")).expect("vacant");
        let waits = no(roster.write(words(None, ""), Ts(2), &by("ann")));
        let mut saved: Vec<Handover> = roster.all().cloned().collect();
        saved.reverse();
        let mut again = Roster::restored(saved, 2);
        assert_eq!(again.holder("north").as_deref(), Some("ann"));
        assert_eq!(state(again.accept(waits, Ts(3), &by("bob"))), "accepted");
        assert_eq!(no(again.write(words(None, ""), Ts(4), &by("bob"))), HandoverNo(3));
        let mut events = vec![];
        again.flush(&mut events);
        assert_eq!(events.len(), 2);
    }
}
