//! Sparkplug B 3.0, the side of the host application: pure readers, a pure state machine of edge nodes, and the task that
//! speaks with the broker. `docs/SPARKPLUG.md` says how each statement of the specification is met.

mod adoption;
mod datatype;
pub(crate) mod fuzz;
mod host;
mod payload;
mod plant;
mod probe;
mod proto;
mod protobuf;
mod session;
mod state;
mod topic;

pub use adoption::{Adoption, Unknown};
#[doc(hidden)]
pub use probe::Probe;
pub(crate) use session::run;
