//! What stands at an operator position at one moment, for the hand-over of a shift.

use std::cmp::Reverse;

use linepack_core::Ts;
use linepack_core::alarm::Alarm;
use linepack_core::handover::Handover;

use super::Picture;
use crate::wire;

/// Rows of each list that a hand-over keeps.
const ROWS: usize = 200;

/// A hand-over as the outside knows it.
pub fn handover(h: &Handover) -> wire::Handover {
    wire::Handover {
        id: h.no.to_string(),
        position: h.position.to_string(),
        from: h.from.as_ref().map(ToString::to_string),
        to: h.to.as_ref().map(ToString::to_string),
        note: h.note.to_string(),
        state: h.state.name().to_owned(),
        written_ms: h.written.ms(),
        ended_by: h.ended.as_ref().map(|(who, _)| who.to_string()),
        ended_ms: h.ended.as_ref().map(|(_, at)| at.ms()),
        standing: serde_json::from_str(&h.standing).unwrap_or_default(),
    }
}

impl Picture {
    /// What stands at a position now.
    pub fn standing(&self, position: &str, now: Ts) -> wire::Standing {
        let here = |a: &&Alarm| self.registry.position_name(a.id) == position;
        let alarms = || self.board.alarms.values().map(|a| &**a).filter(here);
        let mut shown: Vec<&Alarm> = alarms().filter(|a| a.state.is_annunciated()).collect();
        shown.sort_by_key(|a| (self.registry.rule(a.id).priority, !a.state.wants_ack(), Reverse(a.raised)));
        let mut hidden: Vec<&Alarm> = alarms().filter(|a| a.state.is_hidden()).collect();
        let until = |a: &Alarm| a.hides.iter().filter_map(|(_, h)| h.until).max();
        hidden.sort_by_key(|a| (until(a).is_none(), until(a)));
        let mut incidents: Vec<_> = self.board.incidents.values().collect();
        incidents.sort_by_key(|i| (i.priority, i.no));
        wire::Standing {
            ts_ms: now.ms(),
            alarms_total: shown.len(),
            unacknowledged_total: shown.iter().filter(|a| a.state.wants_ack()).count(),
            alarms: shown.iter().take(ROWS).map(|a| self.standing_alarm(a)).collect(),
            hidden_total: hidden.len(),
            hidden: hidden.iter().take(ROWS).map(|a| self.standing_hidden(a)).collect(),
            incidents_total: incidents.len(),
            incidents: incidents
                .iter()
                .take(ROWS)
                .map(|i| wire::StandingIncident {
                    id: i.no.to_string(),
                    title: i.title.to_string(),
                    state: i.state.name().to_owned(),
                    priority: i.priority.name().to_owned(),
                })
                .collect(),
            substitutes: self.board.substitutes.keys().take(ROWS).map(|p| self.registry.point_name(*p)).collect(),
        }
    }

    fn standing_alarm(&self, a: &Alarm) -> wire::StandingAlarm {
        wire::StandingAlarm {
            id: self.registry.alarm_key(a.id),
            priority: self.registry.rule(a.id).priority.name().to_owned(),
            state: a.state.name().to_owned(),
            raised_ms: a.raised.map(Ts::ms),
            assignee: a.remarks.as_ref().and_then(|r| r.assignee.as_ref()).map(ToString::to_string),
            comment: a.remarks.as_ref().and_then(|r| r.last.as_ref()).map(|c| format!("{}: {}", c.by, c.text)),
        }
    }

    fn standing_hidden(&self, a: &Alarm) -> wire::StandingHidden {
        // the strongest names the state
        let (by, reason) =
            a.hides.iter().last().map(|(_, h)| (h.by.to_string(), h.reason.to_string())).unwrap_or_default();
        wire::StandingHidden {
            id: self.registry.alarm_key(a.id),
            state: a.state.name().to_owned(),
            by,
            reason,
            until_ms: a.hides.iter().filter_map(|(_, h)| h.until).max().map(Ts::ms),
        }
    }
}
