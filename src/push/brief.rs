//! An alarm as the lists of a screen need it. The whole object has over fifty fields; a hundred thousand of those would be
//! a snapshot of well over a hundred megabytes.

use linepack_core::alarm::Alarm;
use serde::Serialize;

use super::encode::json;
use crate::view::Picture;
use crate::wire;

/// How alarms are written to a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum AlarmForm {
    /// Every field of the object.
    #[default]
    Whole,
    /// Without what is empty, and without what `GET /alarms/{id}` is for: rationalization, evidence, settings, the line for
    /// people, and the second names of states.
    Brief,
}

/// The fields of a brief alarm, by the names they have in the whole one.
#[derive(Serialize)]
struct Brief<'a> {
    id: &'a str,
    asset: &'a str,
    point: &'a str,
    kind: &'a str,
    state: &'a str,
    priority: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    unit: &'a str,
    quality: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    raised_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acked_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shelved_until_ms: Option<i64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hidden: &'a [wire::Hidden],
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<&'a str>,
    #[serde(skip_serializing_if = "none")]
    comments: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a wire::Comment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<&'a str>,
    asset_name: &'a str,
    area: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    class: &'a str,
    position: &'a str,
    seq: u64,
    #[serde(skip_serializing_if = "no")]
    chattering: bool,
    #[serde(skip_serializing_if = "no")]
    fleeting: bool,
    #[serde(skip_serializing_if = "none")]
    activations: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "no")]
    first_out: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a wire::HideAsked>,
    #[serde(skip_serializing_if = "no")]
    expiring: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    respond_within_s: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn no(v: &bool) -> bool {
    !v
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn none(v: &u32) -> bool {
    *v == 0
}

impl<'a> Brief<'a> {
    fn of(a: &'a wire::Alarm) -> Self {
        Self {
            id: &a.id,
            asset: &a.asset,
            point: &a.point,
            kind: &a.kind,
            state: &a.state,
            priority: &a.priority,
            value: a.value,
            limit: a.limit,
            unit: &a.unit,
            quality: &a.quality,
            raised_ms: a.raised_ms,
            acked_ms: a.acked_ms,
            acked_by: a.acked_by.as_deref(),
            cleared_ms: a.cleared_ms,
            shelved_until_ms: a.shelved_until_ms,
            hidden: &a.hidden,
            assignee: a.assignee.as_deref(),
            comments: a.comments,
            comment: a.comment.as_ref(),
            incident: a.incident.as_deref(),
            asset_name: &a.asset_name,
            area: &a.area,
            class: &a.class,
            position: &a.position,
            seq: a.seq,
            chattering: a.chattering,
            fleeting: a.fleeting,
            activations: a.activations,
            group: a.group.as_deref(),
            first_out: a.first_out,
            request: a.request.as_ref(),
            expiring: a.expiring,
            respond_within_s: a.respond_within_s,
        }
    }
}

/// An alarm as JSON.
pub(super) fn alarm(picture: &Picture, alarm: &Alarm, form: AlarmForm) -> String {
    let whole = picture.alarm(alarm);
    match form {
        AlarmForm::Whole => json(&whole),
        AlarmForm::Brief => json(&Brief::of(&whole)),
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::AlarmId;
    use linepack_core::alarm::Comment;
    use linepack_core::{Ts, alarm};
    use serde_json::Value;

    use super::*;
    use crate::push::fixture;

    /// Everything a brief alarm says is as in the whole one; what it leaves out of the list's fields is empty there.
    #[test]
    fn a_brief_alarm_is_the_whole_one_without_what_is_empty() {
        let picture = fixture::picture(1);
        let mut quiet = Alarm::at_rest(AlarmId(0));
        let mut busy = quiet.clone();
        busy.state = alarm::State::Acknowledged;
        busy.value = 131.5;
        busy.raised = Some(Ts(5));
        busy.acked = Some((Ts(6), "chen".into()));
        busy.group = Some(AlarmId(0));
        busy.chatter.held = true;
        busy.remarks.get_or_insert_default().last =
            Some(Comment { by: "chen".into(), at: Ts(7), text: "whistles".into() });
        quiet.value = f64::NAN;
        for alarm in [quiet, busy] {
            let read = |form| -> serde_json::Map<String, Value> {
                serde_json::from_str(&super::alarm(&picture, &alarm, form)).unwrap()
            };
            let (whole, brief) = (read(AlarmForm::Whole), read(AlarmForm::Brief));
            for (name, value) in &brief {
                assert_eq!(Some(value), whole.get(name), "{name}");
            }
            let left_out =
                ["message", "cause", "consequence", "action", "evidence", "active", "acked", "shelving_state"];
            let settings = ["on_delay_s", "off_delay_s", "max_time_shelved_s"];
            for (name, value) in whole.iter().filter(|(name, _)| !brief.contains_key(*name)) {
                let empty = [Value::Null, 0.into(), false.into(), "".into(), Value::Array(vec![])].contains(value);
                let known = left_out.contains(&&**name) || settings.contains(&&**name) || name == "first_in_group";
                assert!(empty || known, "{name}: {value}");
            }
            assert!(brief.len() * 2 < whole.len());
        }
    }
}
