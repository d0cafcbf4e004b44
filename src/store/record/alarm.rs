//! Alarms and their transitions.

use linepack_core::alarm::{Alarm, Comment, Evidence, Hide, HideKind, Transition};
use linepack_core::{Registry, Ts};
use serde::{Deserialize, Serialize};

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
    pub(in crate::store) assignee: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::store) comments: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) comment: Option<CommentRecord>,
}

/// What spoke for an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct EvidenceRecord {
    pub(in crate::store) why: String,
    pub(in crate::store) expected: Option<f64>,
    pub(in crate::store) low: Option<f64>,
    pub(in crate::store) high: Option<f64>,
    pub(in crate::store) score: f64,
    pub(in crate::store) window_ms: i64,
    pub(in crate::store) confidence: f64,
    pub(in crate::store) learned_ms: Option<(i64, i64)>,
    pub(in crate::store) degraded: String,
}

/// What hides an alarm, with words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct HideRecord {
    pub(in crate::store) how: String,
    pub(in crate::store) by: String,
    pub(in crate::store) reason: String,
    pub(in crate::store) since_ms: i64,
    pub(in crate::store) until_ms: Option<i64>,
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
        assignee: a.remarks.as_ref().and_then(|r| r.assignee.as_deref()).map(text),
        comments: a.remarks.as_ref().map_or(0, |r| r.comments),
        comment: a.remarks.as_ref().and_then(|r| r.last.as_ref()).map(comment_record),
    }
}

fn evidence_record(e: &Evidence) -> EvidenceRecord {
    EvidenceRecord {
        why: e.why.to_string(),
        expected: e.expected,
        low: e.low,
        high: e.high,
        score: e.score,
        window_ms: e.window.0,
        confidence: e.confidence,
        learned_ms: e.learned.map(|(from, to)| (from.ms(), to.ms())),
        degraded: e.degraded.to_string(),
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
        how: kind.state().name().to_owned(),
        by: text(&hide.by),
        reason: text(&hide.reason),
        since_ms: hide.since.ms(),
        until_ms: hide.until.map(Ts::ms),
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
