//! From an observation to a finding: is the condition of a rule met?

mod limit;

pub(crate) use limit::{is_met, is_rate};
