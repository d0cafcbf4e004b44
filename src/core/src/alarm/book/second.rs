//! What waits for a second person.

use super::super::{Cause, Hide, Request, Transition};
use super::{Book, Due};
use crate::registry::Rule;
use crate::{Actor, AlarmId, Ts};

impl Book {
    /// Somebody asks to hide it; another person must confirm. None where something is asked for already.
    pub(crate) fn ask(&mut self, id: AlarmId, rule: &Rule, request: Request, actor: &Actor) -> Option<Transition> {
        let from = self.state(id);
        let detail = self.details.entry(id).or_default();
        if detail.request.is_some() || detail.hides.get(request.kind).is_some() {
            return None;
        }
        self.timers.insert((request.expires, id, Due::Request));
        let (at, reason) = (request.at, request.reason.clone());
        detail.request = Some(Box::new(request));
        Some(self.moved(id, rule, from, Cause::Request, Some(actor), Some(reason), at))
    }

    /// What was asked for.
    pub(crate) fn request(&self, id: AlarmId) -> Option<&Request> {
        self.details.get(&id)?.request.as_deref()
    }

    /// The second person agrees: it is hidden as asked. A shorter time on the shelf that began meanwhile ends with that.
    pub(crate) fn confirm(&mut self, id: AlarmId, rule: &Rule, now: Ts, actor: &Actor) -> Option<Transition> {
        let Request { kind, until, by, reason, .. } = self.take_request(id)?;
        if let Some(detail) = self.details.get_mut(&id)
            && let Some(until) = detail.hides.end(kind, &by).and_then(|was| was.until)
        {
            self.timers.remove(&(until, id, Due::Shelf));
        }
        let by = format!("{by} + {}", actor.name).into();
        self.hide(id, rule, kind, Hide { by, reason, since: now, until, warned: false }, actor)
    }

    fn take_request(&mut self, id: AlarmId) -> Option<Request> {
        self.details.get_mut(&id)?.request.take().map(|r| *r)
    }

    /// What was asked for is refused, or nobody confirmed it in time.
    pub(crate) fn drop_request(
        &mut self,
        id: AlarmId,
        rule: &Rule,
        cause: Cause,
        actor: Option<&Actor>,
        now: Ts,
    ) -> Option<Transition> {
        let request = self.take_request(id)?;
        let from = self.state(id);
        Some(self.moved(id, rule, from, cause, actor, Some(request.reason), now))
    }
}
