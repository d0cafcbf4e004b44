//! Links to the field: one supervised task a link, pure schedulers and parsers beside it. Feeds the engine, knows
//! nothing of alarms.

mod backoff;
#[cfg(feature = "broker")]
pub mod broker;
mod dead;
mod feed;
mod hash;
mod limits;
mod link;
mod links;
pub(crate) mod modbus;
pub(crate) mod mqtt;
pub(crate) mod sparkplug;
mod status;
mod write;

pub use dead::DeadLetters;
pub use links::{Links, start};
pub(crate) use modbus::probe;
pub(crate) use mqtt::scan;
pub use mqtt::{Probe as MqttProbe, PublishError, Publisher, QoS};
pub use sparkplug::{Adoption, Probe as SparkplugProbe, Unknown};
pub use status::{LinkState, LinkStatus};
pub use write::{Write, WriteError};
