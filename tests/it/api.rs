//! The HTTP API.

mod table;
