//! From the core's objects, which know numbers, to the wire's, which go by name.

use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, Clock, CrewState, Incident, Ranking};
use linepack_core::registry::PointSource;
use linepack_core::{AlarmId, AssetId, CrewId, PointId, Ts};

use super::Picture;
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
