//! Modbus TCP: pure planning, scheduling and decoding, and the task that asks.

mod client;
mod decode;
mod devices;
mod link;
mod map;
mod plan;
mod schedule;

pub(crate) use link::run;
