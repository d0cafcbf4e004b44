//! All integration tests, one binary.

mod site;
mod types;
