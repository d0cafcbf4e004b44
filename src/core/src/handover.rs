//! Who sits at an operator position, and how a shift is handed over: written by who leaves, accepted by who comes.
//! Until then the position stays with who leaves.

mod roster;

use std::sync::Arc;

pub(crate) use roster::Roster;
pub use roster::Words;

use crate::dispatch::words;
use crate::{HandoverNo, Ts};

words! {
    /// How far a hand-over is.
    HandoverState {
        /// Written, nobody has accepted it.
        Offered = "offered",
        /// Somebody has taken over.
        Accepted = "accepted",
        /// Taken back by who wrote it.
        Withdrawn = "withdrawn",
    }
}

/// A hand-over, whole. It goes by names, so that it outlives the site it was written on.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// Running number.
    pub no: HandoverNo,
    /// Name of the operator position.
    pub position: Arc<str>,
    /// Who leaves; none where nobody sat there.
    pub from: Option<Arc<str>>,
    /// Who is to come; none: whoever comes.
    pub to: Option<Arc<str>>,
    /// What the one tells the other; may be empty.
    pub note: Arc<str>,
    /// What stood when it was written, in the shell's words; the core only keeps it.
    pub standing: Arc<str>,
    /// How far it is.
    pub state: HandoverState,
    /// When it was written.
    pub written: Ts,
    /// Who accepted it or took it back, and when.
    pub ended: Option<(Arc<str>, Ts)>,
}
