//! Alarms and floods as the wire has them.

use linepack_core::alarm::{Alarm, Comment, Hide, HideKind, Request, State};
use linepack_core::registry::{AlarmKind, AlarmSource};
use linepack_core::{AlarmId, AssetId, Flood, Ts};

use super::Picture;
use super::convert::number;
use super::models::evidence;
use crate::wire;

fn comment(c: &Comment) -> wire::Comment {
    wire::Comment { by: c.by.to_string(), ts_ms: c.at.ms(), text: c.text.to_string() }
}

fn hidden(kind: HideKind, hide: &Hide) -> wire::Hidden {
    wire::Hidden {
        how: kind.state().name().to_owned(),
        by_design: kind == HideKind::ByDesign,
        by: hide.by.to_string(),
        reason: hide.reason.to_string(),
        since_ms: hide.since.ms(),
        until_ms: hide.until.map(Ts::ms),
    }
}

/// What waits for a second person.
fn asked(request: &Request) -> wire::HideAsked {
    let what = match request.kind {
        HideKind::Shelved => "shelve",
        HideKind::ByDesign | HideKind::Suppressed => "suppress",
        HideKind::OutOfService => "out-of-service",
    };
    wire::HideAsked {
        what: what.to_owned(),
        until_ms: request.until.map(Ts::ms),
        by: request.by.to_string(),
        reason: request.reason.to_string(),
        at_ms: request.at.ms(),
        expires_ms: request.expires.ms(),
    }
}

/// A flood.
pub fn flood(of: &Flood) -> wire::Flood {
    wire::Flood {
        position: of.position.to_string(),
        began_ms: of.began.ms(),
        ended_ms: of.ended.map(Ts::ms),
        annunciated: of.annunciated,
        peak: of.peak,
    }
}

impl Picture {
    /// The worst annunciated alarm of an asset: by priority, unacknowledged before acknowledged.
    pub fn worst(&self, asset: AssetId) -> Option<wire::Worst> {
        self.board
            .alarms_of(asset)
            .filter(|a| a.state.is_annunciated())
            .map(|a| (self.registry.rule(a.id).priority, !a.state.wants_ack(), a.state))
            .min_by_key(|(priority, acked, _)| (*priority, *acked))
            .map(|(priority, _, state)| wire::Worst {
                priority: priority.name().to_owned(),
                state: state.name().to_owned(),
            })
    }

    /// An alarm.
    pub fn alarm(&self, alarm: &Alarm) -> wire::Alarm {
        let registry = &self.registry;
        let rule = registry.rule(alarm.id);
        let asset = registry.alarm_asset(alarm.id).map(|a| &registry.assets[a.index()]);
        let (point, unit, link) = match registry.alarms[alarm.id.index()].source {
            AlarmSource::Point(p) => {
                (registry.point_name(p), registry.point_type(&registry.points[p.index()]).unit.to_string(), None)
            }
            AlarmSource::Device(a) => {
                let unit = if rule.kind == AlarmKind::Clock { "s" } else { "" };
                (format!("{}/device", registry.assets[a.index()].id), unit.to_owned(), None)
            }
            AlarmSource::Link(c) => {
                let name = &registry.connections[c.index()].name;
                (format!("link/{name}"), String::new(), Some(name.to_string()))
            }
            AlarmSource::Store => ("hub/store".to_owned(), String::new(), Some("store".to_owned())),
        };
        let why = &rule.rationalization;
        let hidden_as = |kinds: &[HideKind]| kinds.iter().any(|k| alarm.hides.get(*k).is_some());
        wire::Alarm {
            id: registry.alarm_key(alarm.id),
            asset: asset.map(|a| a.id.to_string()).or_else(|| link.clone()).unwrap_or_default(),
            point,
            kind: rule.kind.name().to_owned(),
            state: alarm.state.name().to_owned(),
            priority: rule.priority.name().to_owned(),
            value: number(alarm.value),
            limit: rule.kind.has_limit().then_some(rule.limit).and_then(number),
            unit,
            quality: alarm.quality.class().to_owned(),
            raised_ms: alarm.raised.map(Ts::ms),
            acked_ms: alarm.acked.as_ref().map(|(at, _)| at.ms()),
            acked_by: alarm.acked.as_ref().map(|(_, who)| who.to_string()),
            cleared_ms: alarm.cleared.map(Ts::ms),
            shelved_until_ms: alarm.hides.get(HideKind::Shelved).and_then(|h| h.until).map(Ts::ms),
            hidden: alarm.hides.iter().map(|(kind, hide)| hidden(kind, hide)).collect(),
            assignee: alarm.remarks.as_ref().and_then(|r| r.assignee.as_ref()).map(ToString::to_string),
            comments: alarm.remarks.as_ref().map_or(0, |r| r.comments),
            comment: alarm.remarks.as_ref().and_then(|r| r.last.as_ref()).map(comment),
            message: alarm_message(self, alarm.id, alarm.value),
            incident: alarm.incident.map(|i| i.to_string()),
            asset_name: asset.map(|a| a.name.to_string()).or(link).unwrap_or_default(),
            area: registry.alarm_area(alarm.id).to_owned(),
            class: rule.handling.class.to_string(),
            position: registry.position_name(alarm.id).to_owned(),
            seq: alarm.seq,
            chattering: alarm.chatter.held,
            fleeting: alarm.chatter.fleeting,
            activations: alarm.chatter.activations,
            group: alarm.group.map(|first| registry.alarm_key(first)),
            first_out: alarm.group == Some(alarm.id),
            request: alarm.request.as_deref().map(asked),
            expiring: alarm.hides.get(HideKind::Shelved).is_some_and(|h| h.warned),
            active: alarm.is_raised(),
            acked: !alarm.state.wants_ack(),
            suppressed: hidden_as(&[HideKind::ByDesign, HideKind::Suppressed]),
            out_of_service: hidden_as(&[HideKind::OutOfService]),
            suppressed_or_shelved: alarm.state.is_hidden(),
            shelving_state: if hidden_as(&[HideKind::Shelved]) { "timed-shelved" } else { "unshelved" }.to_owned(),
            latched: matches!(alarm.state, State::LatchedUnacknowledged | State::LatchedAcknowledged),
            first_in_group: alarm.group == Some(alarm.id),
            on_delay_s: rule.on_delay.as_secs_f64(),
            off_delay_s: rule.off_delay.as_secs_f64(),
            re_alarm_time_s: rule.handling.re_alarm.map(|m| m.as_secs_f64()),
            max_time_shelved_s: registry.shelving.longest(rule.priority).as_secs_f64(),
            two_person: rule.handling.two_person,
            cause: why.cause.to_string(),
            consequence: why.consequence.to_string(),
            action: why.action.to_string(),
            respond_within_s: why.respond_within.map(|m| m.as_secs_f64()),
            evidence: alarm.evidence.as_deref().map(evidence),
        }
    }

    /// An alarm that may be normal: the state it has on the board, or normal.
    pub fn alarm_by_id(&self, id: AlarmId) -> wire::Alarm {
        match self.board.alarms.get(&id) {
            Some(alarm) => self.alarm(alarm),
            None => {
                let seq = self.board.rested.get(&id).copied().unwrap_or_default();
                self.alarm(&Alarm { seq, ..Alarm::at_rest(id) })
            }
        }
    }
}

/// One line for people: `RS-0042 outlet_pressure high-high: 138.9 kPa (limit 120)`.
fn alarm_message(picture: &Picture, id: AlarmId, value: f64) -> String {
    let registry = &picture.registry;
    let rule = registry.rule(id);
    match registry.alarms[id.index()].source {
        AlarmSource::Point(p) => {
            let ty = registry.point_type(&registry.points[p.index()]);
            let mut text = format!("{} {}", registry.point_name(p).replace('/', " "), rule.kind.name());
            if let (true, Some(v)) = (rule.kind.has_limit(), number(value)) {
                text += &format!(": {v:.1} {} (limit {})", ty.unit, rule.limit);
            }
            text
        }
        AlarmSource::Device(a) if rule.kind == AlarmKind::Clock => {
            let id = &registry.assets[a.index()].id;
            format!("{id} clock is off by {value:.0} s (limit {})", rule.limit)
        }
        AlarmSource::Device(a) => format!("{} does not answer", registry.assets[a.index()].id),
        AlarmSource::Link(c) => format!("connection {} is down", registry.connections[c.index()].name),
        AlarmSource::Store => "history does not reach the database, or samples are being lost".to_owned(),
    }
}
