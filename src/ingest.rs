//! Links to the field: one supervised task a link, pure schedulers and parsers beside it. Feeds the engine, knows
//! nothing of alarms.

mod dead;
mod status;

pub use dead::DeadLetters;
pub use status::{LinkState, LinkStatus};
