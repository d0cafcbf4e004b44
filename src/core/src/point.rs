//! Current values: what a sample may do to them, and when silence makes them stale.

mod admit;
mod kind;
mod record;
mod stale;

pub(crate) use admit::{Admitted, admit};
pub(crate) use kind::Kind;
pub(crate) use record::{Record, flag};
pub(crate) use stale::StaleWheel;
