//! MQTT 3.1.1: pure readers of messages, the task that receives, and the one that publishes.

mod acks;
mod batch;
mod json;
mod linepack;
mod link;
mod options;
mod outbox;
mod owntracks;
mod publisher;
mod route;
mod scan;
#[cfg(test)]
mod testing;

pub(crate) use link::run;
pub(crate) use options::{options, tune};
pub(crate) use outbox::run as publish;
pub(crate) use publisher::channel;
pub use publisher::{PublishError, Publisher, QoS};
