//! Models as the wire has them.

use linepack_core::alarm::Evidence;
use linepack_core::detect::Finding;
use linepack_core::hub::ModelState;
use linepack_core::registry::AlarmSource;
use linepack_core::{AlarmId, PointId, Ts};

use super::Picture;
use super::convert::number;
use crate::wire;

/// What spoke for an alarm.
pub(super) fn evidence(e: &Evidence) -> wire::Evidence {
    wire::Evidence {
        why: e.why.to_string(),
        expected: e.expected,
        low: e.low,
        high: e.high,
        score: e.score,
        window_s: e.window.as_secs_f64(),
        confidence: e.confidence,
        learned_from_ms: e.learned.map(|(from, _)| from.ms()),
        learned_to_ms: e.learned.map(|(_, to)| to.ms()),
        degraded: e.degraded.to_string(),
    }
}

impl Picture {
    /// The point whose samples the detector of an alarm looks at, and what else it looks at.
    pub fn looks_at(&self, alarm: AlarmId) -> Option<(PointId, Vec<Option<PointId>>)> {
        let registry = &self.registry;
        let AlarmSource::Point(point) = registry.alarms.get(alarm.index())?.source else { return None };
        let asset = registry.points[point.index()].asset;
        let rule = registry.rule(alarm).detector.as_ref()?;
        Some((point, rule.with.iter().map(|other| other.as_ref()?.find(registry, asset)).collect()))
    }

    /// A model; with what is normal in numbers where a single one is asked for.
    pub fn model(&self, state: &ModelState, whole: bool) -> Option<wire::Model> {
        let registry = &self.registry;
        let rule = registry.rule(state.alarm);
        let spec = &rule.detector.as_ref()?.spec;
        let (point, with) = self.looks_at(state.alarm)?;
        let of = &registry.points[point.index()];
        let finding = state.finding.as_ref();
        let degraded = finding.and_then(|f| f.degraded).unwrap_or_default();
        let name = match finding {
            _ if state.frozen.is_some() => "frozen",
            Some(f) if !f.warm => "learning",
            None => "learning",
            Some(_) if !degraded.is_empty() => "degraded",
            Some(_) => "watching",
        };
        let learned = state.model.numbers.get("learned_ms").copied().unwrap_or(0.0);
        let all = whole.then_some(&state.model);
        Some(wire::Model {
            id: registry.alarm_key(state.alarm),
            asset: registry.assets[of.asset.index()].id.to_string(),
            point: registry.point_name(point),
            kind: rule.kind.name().to_owned(),
            unit: registry.point_type(of).unit.to_string(),
            state: name.to_owned(),
            degraded: degraded.to_owned(),
            learned_s: learned / 1000.0,
            warm_up_s: spec.warm_up.as_secs_f64(),
            samples: state.model.samples,
            learned_from_ms: state.model.learned_from.map(Ts::ms),
            learned_to_ms: state.model.learned_to.map(Ts::ms),
            frozen: state.frozen.as_ref().map(|f| wire::Frozen {
                by: f.by.to_string(),
                reason: f.reason.to_string(),
                since_ms: f.since.ms(),
            }),
            met: finding.and_then(|f| f.met),
            finding: finding.map(|f| self.finding(f, state)),
            with: with.into_iter().flatten().map(|p| registry.point_name(p)).collect(),
            settings: wire::ModelSettings {
                signal: spec.signal.name().to_owned(),
                sigmas: spec.sigmas,
                least: spec.least,
                limit: spec.limit,
                window_s: spec.window.as_secs_f64(),
                memory_s: spec.memory.as_secs_f64(),
                hours: spec.hours.map(|(from, to)| [from, to]),
            },
            bytes: state.bytes as u64,
            numbers: all.map(|m| m.numbers.clone()).unwrap_or_default(),
            profiles: all
                .map(|m| {
                    let row = |row: &Vec<f64>| row.iter().map(|v| number(*v)).collect();
                    m.profiles.iter().map(|(name, values)| (name.clone(), row(values))).collect()
                })
                .unwrap_or_default(),
        })
    }

    fn finding(&self, f: &Finding, state: &ModelState) -> wire::Evidence {
        wire::Evidence {
            why: f.why.to_owned(),
            expected: f.expected,
            low: f.low,
            high: f.high,
            score: f.score,
            window_s: f.window.as_secs_f64(),
            confidence: f.confidence,
            learned_from_ms: state.model.learned_from.map(Ts::ms),
            learned_to_ms: state.model.learned_to.map(Ts::ms),
            degraded: f.degraded.unwrap_or_default().to_owned(),
        }
    }
}
