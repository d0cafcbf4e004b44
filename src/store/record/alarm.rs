//! Alarms and their transitions.

use std::sync::Arc;

use linepack_core::alarm::{Alarm, Chattering, Comment, Hide, HideKind, Hides, Remarks, Request, State, Transition};
use linepack_core::{AlarmId, IncidentNo, Millis, Quality, Registry, Ts};
use serde::{Deserialize, Serialize};

use super::evidence::{EvidenceRecord, evidence_record};
use super::{finite, text};

/// [`Alarm`] by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmRecord {
    pub(in crate::store) alarm: String,
    pub(in crate::store) seq: u64,
    pub(in crate::store) state: String,
    /// None for NaN.
    pub(in crate::store) value: Option<f64>,
    /// [`linepack_core::Quality::code`].
    pub(in crate::store) quality: u8,
    pub(in crate::store) raised_ms: Option<i64>,
    pub(in crate::store) acked_ms: Option<i64>,
    pub(in crate::store) acked_by: Option<String>,
    pub(in crate::store) cleared_ms: Option<i64>,
    pub(in crate::store) pending_ms: Option<i64>,
    pub(in crate::store) incident: Option<u64>,
    #[serde(default)]
    pub(in crate::store) abnormal: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::store) hides: Vec<HideRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) evidence: Option<Box<EvidenceRecord>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) onset_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) chatter: Option<ChatterRecord>,
    /// Key of the first alarm of its upset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) request: Option<RequestRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) assignee: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::store) comments: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) comment: Option<CommentRecord>,
}

/// [`Chattering`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct ChatterRecord {
    held: bool,
    activations: u32,
    recent_ms: Vec<i64>,
    quiet_ms: Option<i64>,
    hold_ms: i64,
    settled_ms: Option<i64>,
    #[serde(default)]
    fleeting: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look_ms: Option<i64>,
}

/// [`Request`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct RequestRecord {
    how: String,
    until_ms: Option<i64>,
    by: String,
    reason: String,
    at_ms: i64,
    expires_ms: i64,
}

/// What hides an alarm, with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct HideRecord {
    pub(in crate::store) how: String,
    pub(in crate::store) by: String,
    pub(in crate::store) reason: String,
    pub(in crate::store) since_ms: i64,
    pub(in crate::store) until_ms: Option<i64>,
    #[serde(default)]
    pub(in crate::store) warned: bool,
}

/// What was said last about an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct CommentRecord {
    pub(in crate::store) by: String,
    pub(in crate::store) ts_ms: i64,
    pub(in crate::store) text: String,
}

/// [`Transition`] with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransitionRecord {
    pub(in crate::store) from: String,
    pub(in crate::store) to: String,
    pub(in crate::store) cause: String,
    pub(in crate::store) actor: Option<String>,
    pub(in crate::store) address: Option<String>,
    pub(in crate::store) reason: Option<String>,
    pub(in crate::store) value: Option<f64>,
    pub(in crate::store) limit: Option<f64>,
    pub(in crate::store) quality: String,
    pub(in crate::store) source_ms: i64,
    pub(in crate::store) ts_ms: i64,
}

pub(super) fn alarm_record(registry: &Registry, a: &Alarm) -> AlarmRecord {
    AlarmRecord {
        alarm: registry.alarm_key(a.id),
        seq: a.seq,
        state: a.state.name().to_owned(),
        value: finite(a.value),
        quality: a.quality.code(),
        raised_ms: a.raised.map(Ts::ms),
        acked_ms: a.acked.as_ref().map(|(at, _)| at.ms()),
        acked_by: a.acked.as_ref().map(|(_, who)| text(who)),
        cleared_ms: a.cleared.map(Ts::ms),
        pending_ms: a.pending.map(Ts::ms),
        incident: a.incident.map(|i| i.0),
        abnormal: a.abnormal,
        hides: a.hides.iter().map(|(kind, hide)| hide_record(kind, hide)).collect(),
        evidence: a.evidence.as_deref().map(|e| Box::new(evidence_record(e))),
        onset_ms: a.onset.map(Ts::ms),
        chatter: (*a.chatter != Chattering::default()).then(|| chatter_record(&a.chatter)),
        group: a.group.map(|first| registry.alarm_key(first)),
        request: a.request.as_deref().map(request_record),
        assignee: a.remarks.as_ref().and_then(|r| r.assignee.as_deref()).map(text),
        comments: a.remarks.as_ref().map_or(0, |r| r.comments),
        comment: a.remarks.as_ref().and_then(|r| r.last.as_ref()).map(comment_record),
    }
}

fn chatter_record(c: &Chattering) -> ChatterRecord {
    ChatterRecord {
        held: c.held,
        activations: c.activations,
        recent_ms: c.recent.iter().map(|t| t.ms()).collect(),
        quiet_ms: c.quiet.map(Ts::ms),
        hold_ms: c.hold.0,
        settled_ms: c.settled.map(Ts::ms),
        fleeting: c.fleeting,
        look_ms: c.look.map(Ts::ms),
    }
}

fn request_record(r: &Request) -> RequestRecord {
    RequestRecord {
        how: r.kind.name().to_owned(),
        until_ms: r.until.map(Ts::ms),
        by: text(&r.by),
        reason: text(&r.reason),
        at_ms: r.at.ms(),
        expires_ms: r.expires.ms(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn comment_record(c: &Comment) -> CommentRecord {
    CommentRecord { by: text(&c.by), ts_ms: c.at.ms(), text: text(&c.text) }
}

fn hide_record(kind: HideKind, hide: &Hide) -> HideRecord {
    HideRecord {
        how: kind.name().to_owned(),
        by: text(&hide.by),
        reason: text(&hide.reason),
        since_ms: hide.since.ms(),
        until_ms: hide.until.map(Ts::ms),
        warned: hide.warned,
    }
}

pub(super) fn transition_record(t: &Transition) -> TransitionRecord {
    TransitionRecord {
        from: t.from.name().to_owned(),
        to: t.to.name().to_owned(),
        cause: t.cause.name().to_owned(),
        actor: t.actor.as_ref().map(|a| text(&a.name)),
        address: t.actor.as_ref().filter(|a| !a.address.is_empty()).map(|a| text(&a.address)),
        reason: t.reason.as_deref().map(text),
        value: finite(t.value),
        limit: finite(t.limit),
        quality: t.quality.class().to_owned(),
        source_ms: t.source.ms(),
        ts_ms: t.at.ms(),
    }
}

impl AlarmRecord {
    /// None where the site has no such alarm any more.
    pub(in crate::store) fn restore(&self, registry: &Registry) -> Option<Alarm> {
        Some(Alarm {
            id: registry.find_alarm(&self.alarm)?,
            seq: self.seq,
            state: State::from_name(&self.state)?,
            value: self.value.unwrap_or(f64::NAN),
            quality: Quality::from_code(self.quality),
            raised: self.raised_ms.map(Ts),
            acked: self.acked_ms.map(|at| (Ts(at), self.acked_by.as_deref().unwrap_or_default().into())),
            cleared: self.cleared_ms.map(Ts),
            pending: self.pending_ms.map(Ts),
            incident: self.incident.map(IncidentNo),
            abnormal: self.abnormal,
            hides: self.hides(),
            evidence: self.evidence.as_ref().map(|e| Arc::new(e.restore())),
            onset: self.onset_ms.map(Ts),
            chatter: self.chatter.as_ref().map(|c| Box::new(c.restore())).unwrap_or_default(),
            group: self.group(registry),
            request: self.request.as_ref().and_then(RequestRecord::restore).map(Box::new),
            remarks: self.remarks(),
        })
    }

    fn remarks(&self) -> Option<Box<Remarks>> {
        let said = self.comment.as_ref();
        if said.is_none() && self.assignee.is_none() {
            return None;
        }
        Some(Box::new(Remarks {
            assignee: self.assignee.as_deref().map(Into::into),
            comments: self.comments,
            last: said.map(|c| Comment { by: c.by.as_str().into(), at: Ts(c.ts_ms), text: c.text.as_str().into() }),
        }))
    }

    fn group(&self, registry: &Registry) -> Option<AlarmId> {
        registry.find_alarm(self.group.as_deref()?)
    }

    fn hides(&self) -> Hides {
        let mut hides = Hides::default();
        for h in &self.hides {
            let Some(kind) = kind(&h.how) else { continue };
            let (by, reason) = (h.by.as_str().into(), h.reason.as_str().into());
            let (since, until) = (Ts(h.since_ms), h.until_ms.map(Ts));
            hides.add(kind, Hide { by, reason, since, until, warned: h.warned });
        }
        hides
    }
}

impl ChatterRecord {
    fn restore(&self) -> Chattering {
        Chattering {
            held: self.held,
            activations: self.activations,
            recent: self.recent_ms.iter().map(|at| Ts(*at)).collect(),
            quiet: self.quiet_ms.map(Ts),
            hold: Millis(self.hold_ms),
            settled: self.settled_ms.map(Ts),
            fleeting: self.fleeting,
            look: self.look_ms.map(Ts),
        }
    }
}

impl RequestRecord {
    fn restore(&self) -> Option<Request> {
        Some(Request {
            kind: kind(&self.how)?,
            until: self.until_ms.map(Ts),
            by: self.by.as_str().into(),
            reason: self.reason.as_str().into(),
            at: Ts(self.at_ms),
            expires: Ts(self.expires_ms),
        })
    }
}

fn kind(name: &str) -> Option<HideKind> {
    HideKind::ALL.into_iter().find(|k| k.name() == name)
}
