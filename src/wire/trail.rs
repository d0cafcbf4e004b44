//! What the hub notes about itself: samples it had to drop, and what was done with accounts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Samples that are missing in history, because the queue on the hub's disk was full while the database was away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Gap {
    /// Running number.
    pub id: i64,
    /// Source time of the earliest.
    pub from_ms: i64,
    /// Source time of the latest.
    pub to_ms: i64,
    /// How many.
    pub samples: i64,
}

/// What was done with an account or a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Audited {
    /// Running number.
    pub id: i64,
    /// When.
    pub ts_ms: i64,
    /// `user-add token-create remove`.
    pub action: String,
    /// Of the account or token.
    pub name: String,
}
