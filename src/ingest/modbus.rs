//! Modbus: pure planning, scheduling, framing and decoding, and the task that asks.

mod client;
mod control;
mod decode;
mod devices;
mod encode;
mod frame;
pub(crate) mod fuzz;
mod holes;
mod link;
mod map;
mod pdu;
mod plan;
pub(crate) mod probe;
mod schedule;
mod session;
mod shapes;
#[cfg(test)]
mod testing;
mod timer;
mod units;

pub(crate) use link::run;
pub(crate) use shapes::Shapes;
