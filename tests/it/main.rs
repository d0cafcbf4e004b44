//! All integration tests, one binary.

mod harness;
mod site;
mod store;
mod types;
