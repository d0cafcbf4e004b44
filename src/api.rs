//! HTTP: every change is a request with a role, an audit row and a status code; every question is answered from the
//! published snapshot or the store. Never in the engine's way.

pub mod caller;
mod problem;

pub use caller::{Access, Caller, origin_ok};
pub use problem::Problem;
