//! Where things stay: a log on this machine's disk that makes them durable, and a database (SQLite or
//! PostgreSQL/TimescaleDB) that the log is written into, in order, exactly once.
//!
//! Everything acknowledged or shown goes into the log first ([`Log::append`], [`Log::sync`]); a writer task carries it into the
//! database and notes in the same transaction how far it is. While the database is away the log grows up to `spool_mib`.
//! After a crash the tail that the database has not seen is carried over before anything is loaded. One mechanism: the
//! log is write-ahead of the historian and queue at once.

mod account;
mod aggregate;
mod apply;
mod block;
mod db;
mod error;
mod handle;
mod history;
mod keeper;
mod load;
mod log;
mod migrate;
mod points;
mod postgres;
mod progress;
mod query;
mod record;
mod reduce;
mod restore;
mod source;
mod sql;
mod sqlite;
mod step;
mod steps;
mod transfer;
mod users;
mod writer;

pub(crate) mod fuzz {
    //! Entry points for fuzzing.
    pub(crate) use super::block::fuzz::block;
    pub(crate) use super::log::fuzz::segment;
}

pub use account::{Account, NewUser, Role, SessionToken};
pub use aggregate::{HistoryAggregate, HistoryAggregates};
pub use error::StoreError;
pub use handle::{FiguresKind, FiguresPage, FiguresRow, Store, StoreStatus};
pub use history::HistoryReading;
pub use log::Log;
pub use query::{CommandFilter, HistoryQuery, IncidentFilter, JournalQuery};
pub use record::{
    AlarmRecord, AssignmentRecord, ClockRecord, CommandRecord, CrewRecord, DoneRecord, EntryRecord, FixRecord,
    FrozenRecord, HandoverRecord, IncidentRecord, ModelRecord, Record, SubstituteRecord, TimelineRecord,
    TransitionRecord, TunedRecord, records,
};
pub use step::{Aggregation, Step};
pub use steps::HistorySteps;
pub use transfer::{HistoryImport, HistorySample, HistorySamples};
