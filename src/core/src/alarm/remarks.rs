//! What people say about an alarm while it stands: whose it is, and comments. Neither changes its state.

use std::sync::Arc;

use crate::Ts;

/// Whose an alarm is, and what was said last; the journal has the rest. Gone with the next activation out of `normal`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remarks {
    /// User name of who looks after it.
    pub assignee: Option<Arc<str>>,
    /// How often something was said.
    pub comments: u32,
    /// What was said last.
    pub last: Option<Comment>,
}

/// Something a person said.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// User name.
    pub by: Arc<str>,
    /// When, hub time.
    pub at: Ts,
    /// Not empty.
    pub text: Arc<str>,
}
