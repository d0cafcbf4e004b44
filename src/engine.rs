//! The single writer: everything that changes the control room goes through here, in one order.
//!
//! `run` steps the core; `commit` makes each turn durable and only then shows it. The engine runs ahead of the
//! commit: values are on screens at once, what carries an event leaves when its commit is reported.

mod commit;
mod gather;
mod handle;
mod run;

pub use commit::{Committer, Turn};
pub use gather::Sender;
pub use handle::{AskError, Closed, EngineHandle, Mail, Mails, Question};
pub use run::{Engine, Refused};
