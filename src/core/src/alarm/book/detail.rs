//! What is kept of alarms that ever moved.

use std::sync::Arc;

use super::super::{Alarm, Chattering, Evidence, Hides, Remarks, Request};
use super::cell::Cell;
use crate::registry::Rule;
use crate::{AlarmId, IncidentNo, Quality, Ts};

/// What only events need; each field as in [`Alarm`].
#[derive(Clone, Debug)]
pub(super) struct Detail {
    pub(super) seq: u64,
    pub(super) value: f64,
    pub(super) quality: Quality,
    pub(super) raised: Option<Ts>,
    pub(super) acked: Option<(Ts, Arc<str>)>,
    pub(super) cleared: Option<Ts>,
    pub(super) incident: Option<IncidentNo>,
    pub(super) hides: Hides,
    pub(super) evidence: Option<Arc<Evidence>>,
    pub(super) onset: Option<Ts>,
    pub(super) chatter: Box<Chattering>,
    pub(super) group: Option<AlarmId>,
    pub(super) request: Option<Box<Request>>,
    pub(super) remarks: Option<Box<Remarks>>,
}

impl Default for Detail {
    fn default() -> Self {
        Self {
            seq: 0,
            value: f64::NAN,
            quality: Quality::Good,
            raised: None,
            acked: None,
            cleared: None,
            incident: None,
            hides: Hides::default(),
            evidence: None,
            onset: None,
            chatter: Box::default(),
            group: None,
            request: None,
            remarks: None,
        }
    }
}

impl Detail {
    /// Of a saved alarm.
    pub(super) fn of(alarm: Alarm) -> Self {
        let Alarm { seq, value, quality, raised, acked, cleared, incident, hides, .. } = alarm;
        let Alarm { evidence, onset, chatter, group, request, remarks, .. } = alarm;
        Self {
            seq,
            value,
            quality,
            raised,
            acked,
            cleared,
            incident,
            hides,
            evidence,
            onset,
            chatter,
            group,
            request,
            remarks,
        }
    }

    /// The whole alarm.
    pub(super) fn alarm(&self, id: AlarmId, cell: &Cell, pending: Option<Ts>) -> Alarm {
        let d = self.clone();
        Alarm {
            id,
            seq: d.seq,
            state: cell.state,
            value: d.value,
            quality: d.quality,
            raised: d.raised,
            acked: d.acked,
            cleared: d.cleared,
            pending,
            incident: d.incident,
            abnormal: cell.goes_on_underneath() && cell.abnormal,
            hides: d.hides,
            evidence: d.evidence,
            onset: d.onset,
            chatter: d.chatter,
            group: d.group,
            request: d.request,
            remarks: d.remarks,
        }
    }

    /// When it is looked at for annunciating it again; none where its rule does not ask for it or nobody acknowledged.
    pub(super) fn re_alarm_at(&self, rule: &Rule) -> Option<Ts> {
        let after = rule.handling.re_alarm?;
        let (acked, _) = self.acked.as_ref()?;
        Some(self.chatter.look.unwrap_or(*acked + after))
    }
}
