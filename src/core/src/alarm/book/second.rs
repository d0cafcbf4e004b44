//! What waits for a second person.

use super::super::{Cause, Request, Transition};
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

    /// Nobody asks for it any more.
    pub(crate) fn take_request(&mut self, id: AlarmId) -> Option<Request> {
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
