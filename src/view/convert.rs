//! From the core's objects, which know numbers, to the wire's, which go by name.

use linepack_core::alarm::{Alarm, Comment, Hide, HideKind, Request, State};
use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, Clock, CrewState, Incident, Ranking};
use linepack_core::registry::{AlarmKind, AlarmSource, PointSource};
use linepack_core::{AlarmId, AssetId, CrewId, Flood, PointId, Ts};

use super::Picture;
use super::models::evidence;
use crate::wire;

/// A number for JSON, which has no NaN.
pub fn number(v: f64) -> Option<f64> {
    v.is_finite().then_some(v)
}

/// A command to the field; it needs no picture, because it goes by names.
pub fn command(c: &Control) -> wire::Command {
    wire::Command {
        id: c.no.to_string(),
        point: c.point.to_string(),
        value: c.value,
        unit: c.unit.to_string(),
        state: c.state.name().to_owned(),
        reason: c.reason.to_string(),
        selected_by: c.selected_by.name.to_string(),
        selected_from: c.selected_by.address.to_string(),
        selected_ms: c.selected.ms(),
        expires_ms: c.expires.ms(),
        executed_by: c.executed.as_ref().map(|(by, _)| by.name.to_string()),
        executed_from: c.executed.as_ref().map(|(by, _)| by.address.to_string()),
        executed_ms: c.executed.as_ref().map(|(_, at)| at.ms()),
        finished_by: c.finished.as_ref().map(|(by, _)| by.name.to_string()),
        finished_ms: c.finished.as_ref().map(|(_, at)| at.ms()),
        cause: c.cause.map(|w| w.name().to_owned()),
        detail: c.detail.to_string(),
        before: c.before.and_then(number),
        found: c.found.and_then(number),
    }
}

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
    /// A point's current value.
    pub fn value(&self, point: PointId) -> wire::Value {
        let p = &self.registry.points[point.index()];
        let ty = self.registry.point_type(p);
        let now = self.values.get(point);
        let seen = now.received != Ts(0);
        wire::Value {
            point: self.registry.point_name(point),
            value: number(now.value),
            unit: ty.unit.to_string(),
            writable: self.site.is_writable(point),
            quality: now.quality.class().to_owned(),
            reason: now.quality.reason().map(|r| r.name().to_owned()),
            status_code: now.quality.status_code(),
            text: ty
                .state(now.value)
                .map(ToString::to_string)
                .or_else(|| self.site.texts.get(point).map(|t| t.to_string())),
            ts_ms: seen.then_some(now.ts.ms()),
            received_ms: seen.then_some(now.received.ms()),
            range: ty.range.map(|(lo, hi)| [lo, hi]),
            limits: p
                .alarms
                .clone()
                .map(|a| self.registry.rule(AlarmId(a)))
                .filter(|r| r.kind.has_limit())
                .map(|r| (r.kind.name().to_owned(), r.limit))
                .collect(),
            states: (!ty.states.is_empty()).then(|| ty.states.iter().map(|(n, word)| (*n, word.to_string())).collect()),
            entry: match ty.source {
                PointSource::Manual => Some("enter".to_owned()),
                PointSource::Total(_) => Some("reset".to_owned()),
                PointSource::Device | PointSource::Calc(_) => None,
            },
            substitute: self.board.substitutes.get(&point).map(|s| wire::SubstituteInfo {
                by: s.by.to_string(),
                reason: s.reason.to_string(),
                since_ms: s.since.ms(),
                until_ms: s.until.map(Ts::ms),
            }),
        }
    }

    /// A socket's row for a changed value.
    pub fn value_row(&self, point: PointId) -> wire::ValueRow {
        let now = self.values.get(point);
        wire::ValueRow(self.registry.point_name(point), number(now.value), now.quality.class().to_owned(), now.ts.ms())
    }

    /// An asset; with its values where a single one or a page of them is asked for.
    pub fn asset(&self, id: AssetId, with_values: bool) -> wire::Asset {
        let a = &self.registry.assets[id.index()];
        let qualities = || a.points.clone().map(|p| self.values.get(PointId(p)).quality);
        let quality = if qualities().all(|q| q.is_good()) {
            "good"
        } else if !a.points.is_empty() && qualities().all(|q| q.class() == "bad") {
            "bad"
        } else {
            "uncertain"
        };
        wire::Asset {
            id: a.id.to_string(),
            name: a.name.to_string(),
            kind: a.kind.to_string(),
            area: a.area.to_string(),
            lon: a.position.lon,
            lat: a.position.lat,
            worst: self.worst(id),
            values: if with_values { a.points.clone().map(|p| self.value(PointId(p))).collect() } else { vec![] },
            quality: quality.to_owned(),
            connection: a.connection.map(|c| self.registry.connections[c.index()].name.to_string()),
            clock_offset_ms: self.values.clock(id),
            attributes: vec![],
        }
    }

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
            None => self.alarm(&Alarm::at_rest(id)),
        }
    }

    /// A crew.
    pub fn crew(&self, crew: &CrewState, now: Ts) -> wire::Crew {
        let c = &self.registry.crews[crew.id.index()];
        let at = crew.fix.map_or(c.base, |f| f.position);
        wire::Crew {
            id: c.id.to_string(),
            name: c.name.to_string(),
            status: crew.status.name().to_owned(),
            skills: c.skills.iter().map(ToString::to_string).collect(),
            lon: at.lon,
            lat: at.lat,
            position_ms: crew.fix.map(|f| f.ts.ms()),
            accuracy_m: crew.fix.and_then(|f| f.accuracy_m),
            assignment: crew.assignment.map(|a| a.to_string()),
            phone: c.phone.to_string(),
            area: c.area.to_string(),
            on_shift: c.shift.covers(self.registry.local.minute_of_day(now)),
        }
    }

    /// An incident with its assignments, without its timeline.
    pub fn incident(&self, incident: &Incident) -> wire::Incident {
        self.incident_with(
            incident,
            incident.assignments.iter().filter_map(|no| self.board.assignments.get(no)).map(|a| &**a),
        )
    }

    /// An incident with assignments given, for closed ones out of the store.
    pub fn incident_with<'a>(
        &self,
        incident: &Incident,
        assignments: impl Iterator<Item = &'a Assignment>,
    ) -> wire::Incident {
        let kept = |c: &Clock| wire::Clock {
            name: c.name.name().to_owned(),
            due_ms: c.due.ms(),
            stopped_ms: c.stopped.map(Ts::ms),
            kept: c.kept(),
        };
        wire::Incident {
            id: incident.no.to_string(),
            kind: incident.kind.name().to_owned(),
            state: incident.state.name().to_owned(),
            priority: incident.priority.name().to_owned(),
            title: incident.title.to_string(),
            lon: incident.position.lon,
            lat: incident.position.lat,
            address: incident.address.to_string(),
            asset: incident.asset.map(|a| self.registry.assets[a.index()].id.to_string()),
            alarms: incident.alarms.iter().map(|&a| self.registry.alarm_key(a)).collect(),
            assignments: assignments.map(|a| self.assignment(a)).collect(),
            opened_ms: incident.opened.ms(),
            closed_ms: incident.closed.map(Ts::ms),
            clocks: incident.clocks.iter().map(kept).collect(),
            skill: incident.skill.to_string(),
            resolution: incident.resolution.to_string(),
            no_crew: incident.no_crew,
            timeline: None,
        }
    }

    /// An assignment, without its incident.
    pub fn assignment(&self, a: &Assignment) -> wire::Assignment {
        wire::Assignment {
            id: a.no.to_string(),
            incident: a.incident.to_string(),
            crew: self.crew_name(a.crew),
            state: a.state.name().to_owned(),
            offered_ms: a.offered.ms(),
            accept_by_ms: a.accept_by.ms(),
            accepted_ms: a.accepted.map(Ts::ms),
            en_route_ms: a.en_route.map(Ts::ms),
            on_scene_ms: a.on_scene.map(Ts::ms),
            made_safe_ms: a.made_safe.map(Ts::ms),
            restored_ms: a.restored.map(Ts::ms),
            completed_ms: a.completed.map(Ts::ms),
            eta_s: a.eta_s,
            distance_m: a.distance_m,
            eta_by: a.eta_by.name().to_owned(),
            report: a.report.to_string(),
            size: a.size.map(|s| s.name().to_owned()),
            incident_detail: None,
        }
    }

    /// An assignment with its incident, for the crew's page and MQTT.
    pub fn assignment_with_incident(&self, a: &Assignment) -> wire::Assignment {
        let incident = self.board.incidents.get(&a.incident).map(|i| Box::new(self.incident(i)));
        wire::Assignment { incident_detail: incident, ..self.assignment(a) }
    }

    /// Who could go.
    pub fn ranking(&self, ranking: &Ranking) -> wire::Ranking {
        wire::Ranking {
            items: ranking
                .items
                .iter()
                .map(|c| wire::Candidate {
                    crew: self.crew_name(c.crew),
                    distance_m: c.distance_m,
                    eta_s: c.eta_s,
                    eta_by: c.eta_by.name().to_owned(),
                    position_age_s: c.position_age_s,
                    reasons: c.reasons.clone(),
                })
                .collect(),
            left_out: ranking
                .left_out
                .iter()
                .map(|l| wire::LeftOut { crew: self.crew_name(l.crew), reasons: l.reasons.clone() })
                .collect(),
        }
    }

    fn crew_name(&self, id: CrewId) -> String {
        self.registry.crews[id.index()].id.to_string()
    }
}

/// One line for people: `RS-0042 outlet_pressure high-high: 138.9 kPa (limit 120)`.
pub fn alarm_message(picture: &Picture, id: AlarmId, value: f64) -> String {
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
