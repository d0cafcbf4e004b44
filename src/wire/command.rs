//! Commands to the field: select before operate.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A command to the field now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Command {
    /// `cmd-000123`.
    pub id: String,
    /// Full name, `asset/point`.
    pub point: String,
    /// What is wanted, in `unit`.
    pub value: f64,
    /// As shown.
    pub unit: String,
    /// `selected executing verified failed unverified unknown expired cancelled`.
    pub state: String,
    /// Why, as the person said it.
    pub reason: String,
    /// User name; nobody else may execute it.
    pub selected_by: String,
    /// Network address.
    pub selected_from: String,
    /// When.
    pub selected_ms: i64,
    /// The selection runs out then.
    pub expires_ms: i64,
    /// User name.
    pub executed_by: Option<String>,
    /// Network address.
    pub executed_from: Option<String>,
    /// When.
    pub executed_ms: Option<i64>,
    /// `hub`, or who cancelled it.
    pub finished_by: Option<String>,
    /// When it came to its final state.
    pub finished_ms: Option<i64>,
    /// Why it did not do what was wanted: `busy down not-writable too-late reload refused no-answer read-back restart lost`.
    pub cause: Option<String>,
    /// For people.
    pub detail: String,
    /// The value when it was selected, later when it was executed.
    pub before: Option<f64>,
    /// The value read back, where it is another than the one wanted.
    pub found: Option<f64>,
}

/// `POST /commands`: selects a point and a value. Nothing is sent yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// Full name, `asset/point`.
    #[serde(default)]
    pub point: String,
    /// In the point's unit.
    #[serde(default = "super::request::missing")]
    pub value: f64,
    /// Why; may be left out.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub reason: String,
}
