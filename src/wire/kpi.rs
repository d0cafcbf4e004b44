//! Figures of the alarm system.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET /alarms/kpi`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AlarmFigures {
    /// Inclusive.
    pub from_ms: i64,
    /// Exclusive; never after now.
    pub to_ms: i64,
    /// One for each operator position.
    pub positions: Vec<PositionFigures>,
}

/// Figures of one operator position. Only annunciated alarms count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct PositionFigures {
    /// Its name.
    pub position: String,
    /// Alarms shown anew.
    pub annunciated: u64,
    /// Mean.
    pub per_day: f64,
    /// Mean.
    pub per_hour: f64,
    /// Mean.
    pub per_10min: f64,
    /// Most in one of the ten-minute periods counted from `from_ms`.
    pub max_10min: u64,
    /// Share of those periods with over ten, percent.
    pub over_10_percent: f64,
    /// Floods.
    pub flood: FloodFigures,
    /// The ten most frequent alarms.
    pub top: Vec<AlarmCount>,
    /// Their share in all, percent.
    pub top_percent: f64,
    /// Alarms that chattered, worst first.
    pub chattering: Vec<String>,
    /// Alarms that were fleeting, most often first.
    pub fleeting: Vec<String>,
    /// Alarms that stood for too long, longest first.
    pub stale: Vec<String>,
    /// Alarms that stood at the end.
    pub standing: u64,
    /// Annunciated, by priority.
    pub priorities: BTreeMap<String, u64>,
    /// Median time to acknowledge, seconds.
    pub ack_p50_s: Option<f64>,
    /// 90 % were acknowledged sooner, seconds.
    pub ack_p90_s: Option<f64>,
    /// Each figure beside its target.
    pub compared: Vec<FigureCompared>,
    /// Alarms that are among the most frequent, chattered, were fleeting or stale, with how much.
    pub bad_actors: Vec<BadActor>,
}

/// Time in flood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct FloodFigures {
    /// There was one at the end.
    pub active: bool,
    /// Share of the time, percent.
    pub percent: f64,
    /// How many.
    pub episodes: u64,
    /// The first thousand of them, oldest first.
    pub list: Vec<FloodEpisode>,
}

/// One flood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct FloodEpisode {
    /// Begin.
    pub from_ms: i64,
    /// End.
    pub to_ms: i64,
    /// Alarms annunciated meanwhile.
    pub annunciated: u64,
}

/// How often an alarm was annunciated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AlarmCount {
    /// Alarm id.
    pub alarm: String,
    /// How often.
    pub count: u64,
    /// Share in all of the position, percent.
    pub percent: f64,
}

/// A figure beside its target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct FigureCompared {
    /// Name of the figure.
    pub name: String,
    /// What it is.
    pub value: f64,
    /// What it should be at most.
    pub target: f64,
    /// `acceptable manageable over`.
    pub verdict: String,
}

/// An alarm that makes more work than it is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct BadActor {
    /// Alarm id.
    pub alarm: String,
    /// Annunciated so often, where it is among the ten most frequent.
    pub count: u64,
    /// Share in all of the position, percent.
    pub percent: f64,
    /// Most activations of one chatter window; 0 where it did not chatter.
    pub chattering: u64,
    /// How often it was fleeting.
    pub fleeting: u64,
    /// The longest time it stood, seconds; none where that is not too long.
    pub stale_s: Option<f64>,
}
