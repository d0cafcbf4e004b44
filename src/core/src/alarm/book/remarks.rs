//! What people say about alarms.

use std::sync::Arc;

use super::super::{Cause, Comment, Transition};
use super::{Book, limit};
use crate::registry::Rule;
use crate::{Actor, AlarmId, Quality, Ts};

impl Book {
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
}
