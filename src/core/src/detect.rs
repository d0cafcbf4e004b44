//! From an observation to a finding: is the condition of a rule met? Limits compare; [`Detector`]s learn what is usual.

mod cng;
mod counter;
mod detector;
mod deviation;
mod gas_step;
mod joint;
mod limit;
mod look;
mod model;
mod night;
mod no_report;
mod noise;
mod norm;
mod profile;
mod rate;
mod seasonal;
mod spec;
mod spike;
mod state;
mod statistical;
mod stuck;
mod substation;
mod views;
mod whiten;

pub use detector::{Detector, DetectorPlan};
pub(crate) use limit::{is_met, is_rate};
pub(crate) use look::is_number;
pub use look::{Day, Finding, Local, Look};
pub use model::Model;
pub use spec::{DetectorKind, DetectorSpec, SignalKind};

#[cfg(test)]
mod tests;
