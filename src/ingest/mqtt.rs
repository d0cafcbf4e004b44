//! MQTT 3.1.1 and 5: pure readers of messages, the task that receives, and the one that publishes.

mod acks;
pub(crate) mod batch;
pub(crate) mod client;
mod fault;
pub(crate) mod fuzz;
mod json;
mod linepack;
mod link;
pub(crate) mod options;
mod outbox;
pub(crate) mod owntracks;
mod probe;
mod publisher;
mod rest;
mod route;
pub(crate) mod scan;
pub(crate) mod specimen;
mod tls;

pub use client::QoS;
pub(crate) use link::run;
pub(crate) use outbox::run as publish;
pub use probe::Probe;
pub(crate) use publisher::channel;
pub use publisher::{PublishError, Publisher};
