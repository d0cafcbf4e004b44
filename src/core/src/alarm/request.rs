//! What one person asks for and another must confirm.

use std::sync::Arc;

use super::HideKind;
use crate::Ts;

/// A way of hiding an alarm that waits for a second person.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// How.
    pub kind: HideKind,
    /// When it would end by itself; shelving only.
    pub until: Option<Ts>,
    /// Who asks.
    pub by: Arc<str>,
    /// Not empty.
    pub reason: Arc<str>,
    /// Since when.
    pub at: Ts,
    /// Nobody has confirmed it by then: it is gone.
    pub expires: Ts,
}
