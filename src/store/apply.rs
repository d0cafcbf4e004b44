//! Writes frames of the log into the tables: one transaction a batch, which also moves the position, so that a batch is in
//! the database once however often it is tried. Samples are each kind's own affair: [`sqlite`](super::sqlite), [`postgres`](super::postgres).

use super::db::Db;
use super::log::{Frame, StoredSample};
use super::{postgres, sqlite};

pub(super) mod records;

/// Begin of the names of imports among the logs: they need not be the one hub that writes.
pub(super) const IMPORT: &str = "import:";

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// Everything is in.
    Done,
    /// The database stands elsewhere than was thought; nothing was done.
    Elsewhere,
    /// Another hub writes there now; nothing was done.
    Ousted,
}

/// Applies frames in one transaction, moving the position of `log` from `from` to that of the last frame.
pub(super) async fn apply(db: &Db, log: &str, from: u64, frames: &[Frame]) -> Result<Applied, sqlx::Error> {
    match db {
        Db::Sqlite { writer, runs, .. } => sqlite::apply(writer, runs, log, from, frames).await,
        Db::Postgres { pool, copy } => postgres::apply(pool, *copy, log, from, frames).await,
    }
}

/// All samples of a batch, by point, then by time; of one point and time the first is first.
pub(super) fn sorted(frames: &[Frame]) -> Vec<StoredSample> {
    let mut samples: Vec<StoredSample> = frames.iter().flat_map(|f| f.samples.iter().copied()).collect();
    // frames come sorted, which this kind of sorting makes use of
    samples.sort_by_key(|s| (s.point, s.ts));
    samples
}

/// Sequence numbers as the database counts them.
pub(super) fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Point numbers as the database counts them.
pub(super) fn number(point: u32) -> i32 {
    i32::try_from(point).unwrap_or(i32::MAX)
}
