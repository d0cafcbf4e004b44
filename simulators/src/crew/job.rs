//! What a crew does with an assignment, and when.

use std::ops::Range;

use linepack_core::LonLat;
use serde::Deserialize;

/// How far an assignment is, as the hub says it; declared in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Offered,
    Accepted,
    EnRoute,
    OnScene,
    MadeSafe,
    Restored,
    Complete,
    Declined,
    Expired,
    Cancelled,
    Reassigned,
}

/// The assignment object, as far as a crew cares.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) state: State,
    #[serde(default)]
    pub(crate) incident_detail: Option<Incident>,
}

/// The incident object, as far as a crew cares.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Incident {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    #[serde(default)]
    pub(crate) asset: Option<String>,
}

impl Incident {
    pub(crate) fn place(&self) -> Option<LonLat> {
        LonLat::new(self.lon, self.lat)
    }
}

/// A crew's step and the state it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Last part of the path.
    pub(crate) path: &'static str,
    pub(crate) leads_to: State,
}

/// Seconds a crew takes for its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// To answer a page.
    pub(crate) answer: f64,
    /// To make safe.
    pub(crate) work: f64,
    /// It stays after gas is back.
    pub(crate) hold: f64,
}

/// From what a crew's seconds are drawn.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    /// To answer a page, s.
    pub(crate) answer: Range<f64>,
    /// To make safe, s.
    pub(crate) work: Range<f64>,
}

impl Default for Habits {
    fn default() -> Self {
        Self { answer: 4.0..10.0, work: 15.0..25.0 }
    }
}

impl State {
    /// Nothing is left to do.
    pub(crate) fn is_over(self) -> bool {
        self >= Self::Complete
    }

    /// What a crew does next and after how many seconds; none: nothing, or on arrival.
    pub(crate) fn next(self, pace: &Pace) -> Option<(Step, f64)> {
        let step = |path, leads_to, after| Some((Step { path, leads_to }, after));
        match self {
            Self::Offered => step("accept", Self::Accepted, pace.answer),
            Self::Accepted => step("en-route", Self::EnRoute, 3.0),
            Self::OnScene => step("made-safe", Self::MadeSafe, pace.work),
            Self::MadeSafe => step("restored", Self::Restored, pace.work * 0.6),
            Self::Restored => step("complete", Self::Complete, pace.hold),
            _ => None,
        }
    }
}

/// The step of a crew that has arrived.
pub(crate) const ARRIVED: Step = Step { path: "on-scene", leads_to: State::OnScene };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_from_the_page_to_the_report() {
        let pace = Pace { answer: 4.0, work: 20.0, hold: 20.0 };
        let (mut state, mut paths) = (State::Offered, Vec::new());
        while !state.is_over() {
            let (step, _) = state.next(&pace).unwrap_or((ARRIVED, 0.0));
            assert!(step.leads_to > state);
            paths.push(step.path);
            state = step.leads_to;
        }
        assert_eq!(paths, ["accept", "en-route", "on-scene", "made-safe", "restored", "complete"]);
    }

    #[test]
    fn reads_the_hubs_object() {
        let text = r#"{"id":"as-000001","incident":"i-000001","crew":"c-07","state":"en-route","offered_ms":1,
            "incident_detail":{"id":"i-000001","lon":106.5,"lat":29.5,"asset":"rs-0042","alarms":[]}}"#;
        let read: Assignment = serde_json::from_str(text).unwrap();
        assert_eq!(read.state, State::EnRoute);
        assert_eq!(read.incident_detail.unwrap().asset.as_deref(), Some("rs-0042"));
    }
}
