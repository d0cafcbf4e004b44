//! Real servers for the tests.

pub(crate) mod postgres;
pub(crate) mod timescale;
