//! The pure core of Linepack: what the control room knows and how it changes.
//!
//! `Core::step(now, input, &mut out)` is the whole of it: no I/O, no clock, no async, no randomness.
//! The same inputs in the same order give the same events to the bit, on every machine; replay, restart tests and
//! the simulation of years in seconds all come from that one property.
//!
//! Read in this order: [`registry`] (what exists), [`input`] and [`event`] (what goes in and comes out), [`hub`] (the step).

mod ahead;
pub mod alarm;
pub mod calc;
mod clockwatch;
pub mod control;
pub mod detect;
pub mod dispatch;
pub mod event;
pub mod glob;
pub mod handover;
pub mod hub;
pub mod id;
pub mod input;
pub mod kpi;
mod point;
pub mod position;
pub mod quality;
pub mod registry;
pub mod replay;
pub mod sample;
mod total;
pub mod ts;
pub mod tune;

pub use event::{Event, Output};
pub use hub::{Core, Current, Flood, Saved, Substitute};
pub use id::{AlarmId, AssetId, AssignmentNo, ConnectionId, ControlNo, CrewId, HandoverNo, IncidentNo, PointId};
pub use input::{Actor, Command, Input, Refusal, Reply};
pub use position::LonLat;
pub use quality::{Quality, Reason};
pub use registry::Registry;
pub use sample::{Delivery, Sample};
pub use ts::{Millis, Ts};
