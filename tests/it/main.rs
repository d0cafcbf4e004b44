//! All integration tests, one binary.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod api;
mod chain;
mod durability;
mod harness;
mod hub;
mod site;
mod site_contents;
mod site_errors;
mod store;
mod types;
