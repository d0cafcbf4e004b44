//! The single writer: everything that changes the control room goes through here, in one order.

mod handle;

pub use handle::{AskError, Closed, EngineHandle, Mail};
